import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, equal } from 'lorica/bytes/bytes';
import { cut } from 'lorica/link/framing';
import { GatewayLink, HANDSHAKE_DEADLINE_MS, LINK_END, MAX_REFUSED, NodeLink, PAIRING_DEADLINE_MS } from 'lorica/link/link';
import type { LinkEnd, NodeLinkOptions } from 'lorica/link/link';
import { MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES } from 'lorica/link/outbox';
import { MAX_MESSAGE } from 'lorica/wire/message-type';
import { Pair, seededEntropy, TestTimer, type Air } from './pair.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);
const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const OTHER_ID = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

interface Setup {
  mtu?: number;
  gatewayKey?: Uint8Array;
  linkKeys?: NodeLinkOptions['linkKeys'];
  pairing?: NodeLinkOptions['pairing'];
  gatewayMode?: 'pairing';
  air?: Air;
  subscribe?: boolean;
}

/** A node and a gateway on one connection, with all that they report. */
class World {
  readonly timer = new TestTimer();
  readonly pair: Pair;
  readonly node: NodeLink;
  readonly gateway: GatewayLink;
  readonly ready: (Uint8Array | 'node')[] = [];
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  readonly nodeEnds: LinkEnd[] = [];
  readonly gatewayEnds: LinkEnd[] = [];

  constructor(setup: Setup = {}) {
    const { timer } = this;
    this.pair = new Pair(timer, setup.mtu ?? 247);
    if (setup.air) this.pair.air = setup.air;
    this.node = new NodeLink({
      connection: this.pair.node,
      linkKeys: setup.linkKeys ?? (() => [{ id: OTHER_ID, key: OTHER_KEY }, { id: ID, key: KEY }]),
      entropy: seededEntropy(1),
      timer,
      onReady: (gateway) => this.ready.push(gateway),
      onMessage: (message) => this.down.push(message),
      onClosed: (code) => this.nodeEnds.push(code),
      pairing: setup.pairing
    });
    this.gateway = new GatewayLink({
      connection: this.pair.gateway,
      linkKey: setup.gatewayKey ?? KEY,
      mode: setup.gatewayMode,
      entropy: seededEntropy(2),
      timer,
      onReady: () => this.ready.push('node'),
      onMessage: (message) => this.up.push(message),
      onClosed: (code) => this.gatewayEnds.push(code)
    });
    if (setup.subscribe !== false) this.subscribe();
  }

  subscribe(): void {
    this.pair.node.onSubscribed!();
    this.timer.advance(100);
  }

  /** @returns what `done` said, in order */
  send(link: NodeLink | GatewayLink, ...messages: Uint8Array[]): boolean[] {
    const told: boolean[] = [];
    link.send(messages, (ok) => told.push(ok));
    return told;
  }
}

function message(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? 1 : (i * 31 + seed * 7) & 255));
}

describe('link: opening', () => {
  it('comes up at any MTU when both hold the key, and tells the node which gateway it is', () => {
    for (let mtu = 23; mtu <= 517; mtu += mtu < 60 ? 1 : 61) {
      const world = new World({ mtu });
      assert.deepEqual(world.ready, [ID, 'node'], `MTU ${mtu}`);
      assert.equal(world.node.state, 'open');
      assert.equal(world.gateway.state, 'open');
      world.timer.advance(10 * HANDSHAKE_DEADLINE_MS);
      assert.deepEqual([world.nodeEnds, world.gatewayEnds], [[], []]);
    }
  });

  it('says nothing but a nonce before the gateway has proved itself, and drops a silent central after 5 s', () => {
    for (const subscribe of [true, false]) {
      const world = new World({ subscribe, air: (value, up) => ({ arrive: up ? [] : [value], told: true }) });
      assert.deepEqual(world.send(world.node, message(10)), []);
      world.timer.advance(HANDSHAKE_DEADLINE_MS - 200);
      assert.equal(world.node.state, subscribe ? 'proving' : 'waiting');
      world.timer.advance(200);
      assert.deepEqual(world.nodeEnds, [LINK_END.deadline]);
      assert.ok(world.pair.nodeClosed);
      const said = world.pair.sent.filter(({ up }) => up).map(({ value }) => value);
      assert.equal(said.length, subscribe ? 1 : 0);
      if (subscribe) assert.deepEqual([...said[0]!.subarray(0, 5)], [0x80, 0, 18, 0xa0, 1]);
    }
  });

  it('closes on a proof under an unknown key, with a code, and has said nothing more', () => {
    const world = new World({ gatewayKey: new Uint8Array(32).fill(9) });
    assert.deepEqual(world.nodeEnds, [LINK_END.wrongProof]);
    assert.deepEqual(world.gatewayEnds, [LINK_END.disconnected]);
    assert.ok(world.pair.nodeClosed);
    assert.equal(world.pair.sent.filter(({ up }) => up).length, 1);
  });

  it('closes when the node knows no gateway at all', () => {
    assert.deepEqual(new World({ linkKeys: () => [] }).nodeEnds, [LINK_END.wrongProof]);
  });

  it('lets a gateway that listens without a key learn neither key, tag nor reading', () => {
    const spy = new World({ gatewayMode: 'pairing' });
    assert.deepEqual(spy.ready, ['node']);
    assert.deepEqual(spy.send(spy.node, message(40)), []);
    spy.timer.advance(HANDSHAKE_DEADLINE_MS);
    assert.deepEqual(spy.nodeEnds, [LINK_END.deadline]);
    assert.deepEqual(spy.up, []);
    assert.equal(spy.pair.sent.length, 1);
  });

  it('refuses every single flipped bit of each of its three messages', () => {
    const clean = new World();
    const opening = clean.pair.sent.length;
    for (let which = 0; which < opening; which++) {
      const length = clean.pair.sent[which]!.value.length;
      for (let bit = 0; bit < 8 * length; bit++) {
        let count = 0;
        const air: Air = (value) => {
          if (count++ === which) value[bit >> 3]! ^= 1 << (bit & 7);
          return { arrive: [value], told: true };
        };
        const world = new World({ air });
        world.timer.advance(HANDSHAKE_DEADLINE_MS);
        const open = world.node.state === 'open' && world.gateway.state === 'open';
        // bits 0 to 6: the sequence number, which means nothing in a lone first fragment
        assert.equal(open, bit < 7, `message ${which}, bit ${bit}`);
        if (!open) assert.ok(!world.ready.includes('node'));
      }
    }
  });

  it('is not fooled by the node\'s own messages, thrown back at it', () => {
    for (const clear of [true, false]) {
      const world = new World({ subscribe: false, air: (value, up) => ({ arrive: up && clear ? [] : [value], told: true }) });
      world.subscribe();
      const own = world.pair.sent.filter(({ up }) => up).map(({ value }) => value);
      for (const value of own) world.pair.inject(value, false);
      if (clear) {
        assert.deepEqual(world.nodeEnds, [LINK_END.malformed]);
        assert.deepEqual(world.ready, []);
      } else {
        assert.deepEqual(world.nodeEnds, []);
        assert.equal(world.node.counters.framesRefused, own.length);
      }
    }
  });

  it('refuses a proof that belongs to another connection', () => {
    const first = new World();
    const proof = first.pair.sent.find(({ up }) => !up)!.value;
    const second = new World({ subscribe: false, air: (value, up) => ({ arrive: up ? [value] : [proof], told: true }) });
    // both nodes draw from the same seed, so make the nonce differ as a real one would
    const third = new NodeLink({
      connection: second.pair.node,
      linkKeys: () => [{ id: ID, key: KEY }],
      entropy: seededEntropy(99),
      timer: second.timer,
      onReady: () => assert.fail('ready'),
      onMessage: () => assert.fail('message'),
      onClosed: (code) => second.nodeEnds.push(code)
    });
    second.subscribe();
    assert.deepEqual(second.nodeEnds, [LINK_END.wrongProof]);
    assert.equal(third.state, 'closed');
  });

  it('has a gateway that gives up on a node of another version, on a false node and on a silent one', () => {
    const version = new World({
      air: (value, up) => {
        if (up && value[3] === 0xa0) value[4] = 2;
        return { arrive: [value], told: true };
      }
    });
    assert.deepEqual(version.gatewayEnds, [LINK_END.version]);
    const liar = new World({ subscribe: false });
    liar.pair.inject(cut(concat(Uint8Array.of(0xa0, 1), new Uint8Array(16)), 244)[0]!, true);
    liar.pair.inject(cut(concat(Uint8Array.of(0xa2), new Uint8Array(16)), 244)[0]!, true);
    assert.deepEqual(liar.gatewayEnds, [LINK_END.wrongProof]);
    const ends: LinkEnd[] = [];
    const timer = new TestTimer();
    const alone = new Pair(timer);
    new GatewayLink({
      connection: alone.gateway,
      linkKey: KEY,
      entropy: seededEntropy(5),
      timer,
      onReady: () => assert.fail('ready'),
      onMessage: () => assert.fail('message'),
      onClosed: (code) => ends.push(code)
    });
    timer.advance(HANDSHAKE_DEADLINE_MS);
    assert.deepEqual(ends, [LINK_END.deadline]);
    assert.ok(alone.gatewayClosed);
  });

  it('says a nonce or a proof again when the radio loses a part of it, but not for ever', () => {
    for (let lost = 0; lost < 5; lost++) {
      let count = 0;
      const world = new World({ mtu: 23, air: (value) => (count++ === lost ? { arrive: [], told: false } : { arrive: [value], told: true }) });
      assert.deepEqual(world.ready, [ID, 'node'], `fragment ${lost}`);
    }
    const dead = new World({ mtu: 23, air: () => ({ arrive: [], told: false }) });
    assert.equal(dead.pair.sent.length, 8);
    dead.timer.advance(HANDSHAKE_DEADLINE_MS);
    assert.deepEqual(dead.nodeEnds, [LINK_END.deadline]);
  });
});

describe('link: messages', () => {
  it('carries messages of any length both ways, in order, at any MTU', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 23, max: 517 }), lengths, lengths, (mtu, up, down) => {
        const world = new World({ mtu });
        const ups = up.map((length, i) => message(length, i));
        const downs = down.map((length, i) => message(length, 100 + i));
        const told = world.send(world.node, ...ups);
        const toldDown = world.send(world.gateway, ...downs);
        world.timer.advance(5000);
        assert.deepEqual([told, toldDown], [[true], [true]]);
        assert.deepEqual(world.up, ups);
        assert.deepEqual(world.down, downs);
        assert.equal(world.pair.mostInFlight, 1);
      }),
      { numRuns: 60 }
    );
  });

  it('carries a message of the greatest length at the smallest MTU', () => {
    const world = new World({ mtu: 23 });
    const told = world.send(world.node, message(MAX_MESSAGE));
    world.timer.advance(1000);
    assert.deepEqual(told, [true]);
    assert.deepEqual(world.up, [message(MAX_MESSAGE)]);
    assert.throws(() => world.node.send([message(MAX_MESSAGE + 1)], () => undefined), RangeError);
    assert.throws(() => world.node.send([new Uint8Array(0)], () => undefined), RangeError);
  });

  it('loses with one fragment the messages of its frame, and nothing else', () => {
    for (const told of [true, false]) {
      const sent = Array.from({ length: 8 }, (_, i) => message(100, i));
      const probe = new World({ mtu: 60 });
      const opening = probe.pair.sent.length;
      probe.send(probe.node, ...sent);
      probe.timer.advance(1000);
      const fragments = probe.pair.sent.length - opening;
      assert.ok(fragments >= 16);
      for (let lost = 0; lost < fragments; lost++) {
        let count = -opening;
        const world = new World({ mtu: 60, air: (value) => (count++ === lost ? { arrive: [], told } : { arrive: [value], told: true }) });
        const done = world.send(world.node, ...sent);
        world.timer.advance(1000);
        assert.equal(world.node.state, 'open');
        assert.deepEqual(done, [told], `fragment ${lost}`);
        const missing = sent.filter((one) => !world.up.some((came) => equal(one, came)));
        assert.equal(missing.length, 1, `fragment ${lost}`);
        assert.equal(world.up.length, 7);
        const again = world.send(world.node, ...missing);
        world.timer.advance(1000);
        assert.deepEqual(again, [true]);
        assert.equal(world.up.length, 8);
      }
    }
  });

  it('refuses and counts a frame that is played again, comes late or was altered', () => {
    const world = new World();
    const before = world.pair.sent.length;
    world.send(world.node, message(20, 1));
    world.timer.advance(100);
    world.send(world.node, message(20, 2));
    world.timer.advance(100);
    const [first, second] = world.pair.sent.slice(before).map(({ value }) => value);
    world.pair.inject(second!, true);
    world.pair.inject(first!, true);
    assert.equal(world.gateway.counters.framesRefused, 2);
    assert.equal(world.up.length, 2);
    let refused = 2;
    for (let bit = 8 * 3; bit < 8 * second!.length; bit += 17) {
      const altered = second!.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      world.pair.inject(altered, true);
      refused++;
      if (refused === MAX_REFUSED) break;
      assert.equal(world.gateway.counters.framesRefused, refused);
    }
    assert.equal(world.up.length, 2);
  });

  it('refuses frames that overtake each other, and takes the later one', () => {
    const world = new World();
    const before = world.pair.sent.length;
    world.pair.air = () => ({ arrive: [], told: true });
    for (let i = 0; i < 3; i++) {
      world.send(world.node, message(20, i));
      world.timer.advance(100);
    }
    const frames = world.pair.sent.slice(before).map(({ value }) => value);
    world.pair.inject(frames[2]!, true);
    world.pair.inject(frames[0]!, true);
    world.pair.inject(frames[1]!, true);
    assert.deepEqual(world.up, [message(20, 2)]);
    assert.equal(world.gateway.counters.framesRefused, 2);
    assert.equal(world.gateway.counters.framesReceived, 1);
  });

  it('gives a peer up that makes too many frames that must be refused', () => {
    const world = new World();
    const junk = cut(concat(Uint8Array.of(0xa3, 0, 0, 0, 9), new Uint8Array(30)), 244)[0]!;
    for (let i = 1; i < MAX_REFUSED; i++) world.pair.inject(junk, false);
    assert.deepEqual(world.nodeEnds, []);
    world.pair.inject(junk, false);
    assert.deepEqual(world.nodeEnds, [LINK_END.tooManyRefused]);
    world.pair.inject(junk, false);
    assert.deepEqual(world.nodeEnds, [LINK_END.tooManyRefused]);
  });

  it('takes nothing in clear once it is open, pairing messages included', () => {
    const seen: Uint8Array[] = [];
    const world = new World({ pairing: { onMessage: (each) => seen.push(each) } });
    for (const type of [0x01, 0x30, 0x3f, 0xa0, 0xa1, 0xa2]) world.pair.inject(cut(Uint8Array.of(type, 0, 0), 244)[0]!, false);
    assert.equal(world.node.counters.framesRefused, 6);
    assert.deepEqual([seen, world.down, world.nodeEnds], [[], [], []]);
  });

  it('shows nobody on the air what it carries', () => {
    const secret = message(64, 5);
    const world = new World({ mtu: 247 });
    world.send(world.node, secret);
    world.timer.advance(100);
    const air = concat(...world.pair.sent.map(({ value }) => value));
    for (let at = 0; at + 8 <= air.length; at++) assert.ok(!equal(air.subarray(at, at + 8), secret.subarray(8, 16)));
    assert.deepEqual(world.up, [secret]);
  });
});

describe('link: bounds and ends', () => {
  it('queues so much and no more, and says no later, never before send has returned', () => {
    const world = new World();
    const told: boolean[][] = [];
    for (let i = 0; i < MAX_QUEUED_MESSAGES; i++) told.push(world.send(world.node, message(8)));
    assert.equal(world.node.room, 0);
    const refused = world.send(world.node, message(8));
    assert.deepEqual(refused, []);
    world.timer.advance(1000);
    assert.deepEqual(refused, [false]);
    assert.ok(told.every((one) => one.length === 1 && one[0]));
    assert.equal(world.up.length, MAX_QUEUED_MESSAGES);
    assert.equal(world.node.room, MAX_QUEUED_BYTES);
    const large = Array.from({ length: 4 }, () => message(MAX_MESSAGE));
    const fits = world.send(world.node, ...large);
    const over = world.send(world.node, message(1));
    world.timer.advance(1000);
    assert.deepEqual([fits, over], [[true], [false]]);
    const empty = world.send(world.node);
    world.timer.advance(0);
    assert.deepEqual(empty, [true]);
  });

  it('ends all sends and reports once when the connection breaks in the middle of a message', () => {
    const probe = new World({ mtu: 23 });
    probe.send(probe.node, message(200, 1), message(200, 2));
    probe.timer.advance(1000);
    for (let after = 0; after < probe.pair.sent.length; after += 3) {
      const world = new World({ mtu: 23, subscribe: false });
      world.pair.node.onSubscribed!();
      const told: boolean[] = [];
      let sent = false;
      while (world.pair.sent.length <= after) {
        world.timer.advance(1);
        if (world.node.state === 'open' && !sent) {
          sent = true;
          world.node.send([message(200, 1), message(200, 2)], (ok) => told.push(ok));
        }
      }
      world.pair.break();
      world.timer.advance(2 * HANDSHAKE_DEADLINE_MS);
      assert.deepEqual(told, sent ? [false] : []);
      assert.deepEqual([world.nodeEnds, world.gatewayEnds], [[LINK_END.disconnected], [LINK_END.disconnected]]);
      assert.equal(world.node.state, 'closed');
      assert.equal(world.timer.pending, 0);
      const late = world.send(world.node, message(3));
      world.timer.advance(0);
      assert.deepEqual(late, [false]);
    }
  });

  it('is closed by its owner without a report, and then hears nothing', () => {
    const world = new World();
    const told = world.send(world.node, message(500));
    world.node.close();
    world.node.close();
    world.timer.advance(100);
    assert.deepEqual(told, [false]);
    assert.deepEqual([world.nodeEnds, world.gatewayEnds], [[], [LINK_END.disconnected]]);
    assert.ok(world.pair.nodeClosed);
    assert.equal(world.timer.pending, 0);
  });

  it('stops in the middle of a frame when a message makes the owner close', () => {
    const world = new World();
    const seen: Uint8Array[] = [];
    const gateway = new GatewayLink({
      connection: world.pair.gateway,
      linkKey: KEY,
      entropy: seededEntropy(3),
      timer: world.timer,
      onReady: () => undefined,
      onMessage: (each) => {
        seen.push(each);
        gateway.close();
      },
      onClosed: () => assert.fail('closed by the owner')
    });
    const node = new NodeLink({
      connection: world.pair.node,
      linkKeys: () => [{ id: ID, key: KEY }],
      entropy: seededEntropy(4),
      timer: world.timer,
      onReady: () => node.send([message(5, 1), message(5, 2)], () => undefined),
      onMessage: () => undefined,
      onClosed: () => undefined
    });
    world.subscribe();
    assert.deepEqual(seen, [message(5, 1)]);
  });

  it('survives a radio that calls back at once, even with hundreds of fragments', () => {
    const world = new World({ mtu: 23, subscribe: false });
    world.pair.later = false;
    world.subscribe();
    assert.deepEqual(world.ready.length, 2);
    const told = world.send(world.node, ...Array.from({ length: 4 }, (_, i) => message(MAX_MESSAGE, i)));
    assert.deepEqual(told, [true]);
    assert.equal(world.up.length, 4);
  });
});

describe('link: pairing', () => {
  it('carries pairing messages in clear while the window is open, both ways', () => {
    const seen: Uint8Array[] = [];
    const world = new World({ mtu: 23, gatewayMode: 'pairing', pairing: { onMessage: (each) => seen.push(each) } });
    assert.deepEqual(world.ready, ['node']);
    const first = concat(Uint8Array.of(0x30), message(600));
    const told = world.send(world.gateway, first);
    world.timer.advance(200);
    assert.deepEqual([told, seen], [[true], [first]]);
    assert.equal(world.node.state, 'pairing');
    const answer = concat(Uint8Array.of(0x31), message(600, 2));
    const answered: boolean[] = [];
    world.node.sendPairing(answer, (ok) => answered.push(ok));
    world.timer.advance(200);
    assert.deepEqual([answered, world.up], [[true], [answer]]);
  });

  it('never carries anything else in clear', () => {
    const world = new World({ gatewayMode: 'pairing', pairing: { onMessage: () => undefined } });
    assert.throws(() => world.gateway.send([Uint8Array.of(0x01)], () => undefined), RangeError);
    assert.throws(() => world.node.sendPairing(Uint8Array.of(0x01), () => undefined), RangeError);
    const told = world.send(world.node, message(30));
    const early: boolean[] = [];
    world.node.sendPairing(Uint8Array.of(0x30), (ok) => early.push(ok));
    world.timer.advance(0);
    assert.deepEqual([told, early], [[false], [false]]);
    world.pair.inject(cut(Uint8Array.of(0x01, 2), 244)[0]!, false);
    assert.deepEqual(world.nodeEnds, [LINK_END.malformed]);
  });

  it('closes on a pairing message while the window is shut', () => {
    const world = new World({ gatewayMode: 'pairing' });
    world.send(world.gateway, Uint8Array.of(0x30, 1, 2));
    world.timer.advance(100);
    assert.deepEqual(world.nodeEnds, [LINK_END.malformed]);
  });

  it('lets a known gateway in while the window is open, and turns no pairing into a link', () => {
    const world = new World({ pairing: { onMessage: () => undefined } });
    assert.deepEqual(world.ready, [ID, 'node']);
    const sly = new World({ gatewayMode: 'pairing', pairing: { onMessage: () => undefined } });
    sly.pair.inject(cut(Uint8Array.of(0x30), 244)[0]!, false);
    sly.pair.inject(world.pair.sent.find(({ up }) => !up)!.value, false);
    assert.deepEqual(sly.nodeEnds, [LINK_END.malformed]);
  });

  it('ends when pairing takes too long', () => {
    const world = new World({ gatewayMode: 'pairing', pairing: { onMessage: () => undefined } });
    world.send(world.gateway, Uint8Array.of(0x30, 1, 2));
    world.timer.advance(PAIRING_DEADLINE_MS - 200);
    assert.deepEqual([world.nodeEnds, world.gatewayEnds], [[], []]);
    world.timer.advance(400);
    assert.equal(world.nodeEnds.length + world.gatewayEnds.length, 2);
    assert.ok([...world.nodeEnds, ...world.gatewayEnds].includes(LINK_END.deadline));
  });
});
