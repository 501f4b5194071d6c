import assert from 'node:assert/strict';
import { concat } from 'lorica/bytes/bytes';
import { cut } from 'lorica/link/framing';
import { GatewayLink, HANDSHAKE_DEADLINE_MS, LINK_END, NodeLink, type LinkEnd } from 'lorica/link/link';
import { Pair, seededEntropy, TestTimer, type Air } from './pair.ts';
import { ID, KEY, message, World } from './world.ts';

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
