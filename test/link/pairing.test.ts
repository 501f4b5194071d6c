import assert from 'node:assert/strict';
import { concat } from 'lorica/bytes/bytes';
import { cut } from 'lorica/link/framing';
import { LINK_END, NodeLink, PAIRING_DEADLINE_MS, type LinkEnd } from 'lorica/link/link';
import { Pair, seededEntropy, TestTimer } from './pair.ts';
import { ID, message, World } from './world.ts';

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

  it('ends after that time however much is said: nobody holds the slot by talking', () => {
    const timer = new TestTimer();
    const pair = new Pair(timer, 247);
    const ends: [number, LinkEnd][] = [];
    new NodeLink({
      connection: pair.node,
      linkKeys: () => [],
      entropy: seededEntropy(1),
      timer,
      onReady: () => assert.fail('ready'),
      onMessage: () => assert.fail('message'),
      onClosed: (code) => ends.push([timer.ticks(), code]),
      pairing: { onMessage: () => undefined }
    });
    timer.advance(1000);
    for (let i = 0; i < 2 * (PAIRING_DEADLINE_MS / 1000); i++) {
      pair.inject(cut(Uint8Array.of(0x30), 244)[0]!, false);
      timer.advance(1000);
    }
    assert.deepEqual(ends, [[1000 + PAIRING_DEADLINE_MS, LINK_END.deadline]]);
  });
});
