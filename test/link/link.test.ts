import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, equal } from 'lorica/bytes/bytes';
import { cut } from 'lorica/link/framing';
import { GatewayLink, HANDSHAKE_DEADLINE_MS, LINK_END, MAX_REFUSED, NodeLink } from 'lorica/link/link';
import { MAX_QUEUED_BYTES, MAX_QUEUED_MESSAGES } from 'lorica/link/outbox';
import { MAX_MESSAGE } from 'lorica/wire/message-type';
import { seededEntropy } from './pair.ts';
import { ID, KEY, message, World } from './world.ts';

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
    const most = world.send(world.node, ...Array.from({ length: MAX_QUEUED_MESSAGES - 1 }, () => message(8)));
    const pair = world.send(world.node, message(8), message(8));
    world.timer.advance(1000);
    assert.deepEqual([most, pair], [[true], [false]], 'all of a send or none of it');
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
