// Hostile peers and lines: what is refused leaves nothing behind, is counted, and looks the same from outside: silence.
import assert from 'node:assert/strict';
import { HALF_OPEN_MS, MAX_HALF_OPEN_PER_GATEWAY, MAX_MESSAGE3_TRIES } from 'lorica/hosts/health-center/half-open';
import { GATEWAY_BURST, NODE_BURST } from 'lorica/hosts/health-center/handshake-desk';
import { Inbox, MAX_QUEUED_HANDSHAKES, MAX_QUEUED_RECORDS, type Item } from 'lorica/hosts/health-center/inbox';
import { registerGateway } from 'lorica/hosts/health-center/provision';
import { startHandshake } from 'lorica/session/initiator';
import { suiteByNumber } from 'lorica/session/suites';
import { encodeMessage1, encodeMessage3 } from 'lorica/wire/handshake-payload';
import { encodeEnvelope } from 'lorica/wire/envelope';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { Bench, type BareNode } from './bench.ts';

/** Everything that the store holds, as far as a refused message could change it. */
function traces(bench: Bench): unknown {
  const node = bench.store.registry.nodes()[0]!;
  return { rows: bench.store.readings.count(), sessions: bench.store.sessions.sessionsOf(node.id).length, chains: bench.store.sessions.chainsOf(node.id), half: bench.center.load.halfOpen };
}

function flipped(message: Uint8Array, byte: number, bit: number): Uint8Array {
  const copy = message.slice();
  copy[byte]! ^= 1 << bit;
  return copy;
}

/** Every bit of every byte is flipped in test/session; here it is the health center's state that counts. */
const STRIDE = 5;

/** Up to message 3, which is not sent. */
function untilMessage3(bench: Bench, node: BareNode, overrides: Parameters<BareNode['start']>[0] = {}, payload?: Uint8Array) {
  const { message1, next } = node.start(overrides);
  bench.up([message1], { handle: node.handle });
  const message2 = bench.takeDown(node.handle)[0];
  const confirmation = message2 && next.read(message2);
  assert.ok(confirmation !== undefined);
  return confirmation.confirm(payload ?? encodeMessage3({ firmware: 'test 1', enrolmentVersion: 1, chains: [], round: { boot: 1, sentTick: 0, receivedTick: 1 } }));
}

describe('health center: records under attack', () => {
  it('refuses a record with any single bit flipped, and still takes the true one', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    const record = node.seal(node.vitals(700));
    const before = traces(bench);
    for (let byte = 0; byte < record.length; byte++) {
      for (let bit = 0; bit < 8; bit++) bench.up([flipped(record, byte, bit)], { wait: false });
      bench.settle();
    }
    assert.deepEqual(traces(bench), before);
    // A flipped first octet makes it another type of message, a flipped tag another chain's.
    const refused = bench.notes.length;
    assert.equal(refused, record.length * 8);
    assert.deepEqual(bench.takeDown().length > 0, true, 'the handshake was confirmed');
    node.send([record]);
    assert.equal(bench.store.readings.count(), 1);
  });

  it('stores a replayed record once, whoever replays it, and does not move the route', () => {
    const bench = new Bench({ gateways: ['ward', 'thief'] });
    const node = bench.node();
    node.handshake();
    const record = node.seal(node.vitals(700));
    node.send([record]);
    const stored = [...bench.store.readings.rows()];
    bench.takeDown();
    for (let i = 0; i < 5; i++) bench.up([record, record], { gateway: 'thief', handle: Uint8Array.of(9) });
    assert.deepEqual([...bench.store.readings.rows()], stored);
    bench.takeDown();
    assert.ok(bench.center.setPlan(node.enrolment.serial, { vitalsIntervalMs: 1000, waveforms: new Map(), deliveryIntervalMs: 2000, limits: new Map() }));
    assert.deepEqual(bench.down.map(({ gateway }) => gateway), ['ward'], 'commands go where the last authentic message came from');
  });

  it('answers the honest gateway even when another one replays through many links in the same turn', () => {
    const bench = new Bench({ gateways: ['ward', 'thief'] });
    const node = bench.node();
    node.handshake();
    const old = node.seal(node.vitals(700));
    node.send([old]);
    bench.takeDown();
    for (let i = 0; i < 20; i++) bench.up([old], { gateway: 'thief', handle: Uint8Array.of(i), wait: false });
    node.send([node.seal(node.vitals(710))]);
    assert.equal(node.acknowledgements()[0]?.next, 2);
    assert.ok(new Set(bench.down.map(({ handle }) => handle[0])).size <= 4, 'and amplifies little');
  });

  it('does not let a replayed message 3 move the route', () => {
    const bench = new Bench({ gateways: ['ward', 'thief'] });
    const node = bench.node();
    const { message3 } = node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.up([message3], { gateway: 'thief' });
    bench.takeDown();
    bench.center.setPlan(node.enrolment.serial, { vitalsIntervalMs: 1000, waveforms: new Map(), deliveryIntervalMs: 2000, limits: new Map() });
    assert.deepEqual(bench.down.map(({ gateway }) => gateway), ['ward']);
  });

  it('keeps an authentic record that cannot be read, as it came, and tells a person', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.commands();
    node.send([node.seal(Uint8Array.of(0xa1, 0x00, 0x63))]);
    const [row] = [...bench.store.readings.rows()];
    assert.equal(row?.kind, 0);
    assert.deepEqual(row?.plaintext, Uint8Array.of(0xa1, 0x00, 0x63));
    assert.equal(node.acknowledgements()[0]?.next, 1, 'and acknowledges it, or it would come for ever');
    assert.ok(bench.store.chronicle.events({ alertsOnly: true }).some(({ code }) => code === 'record-unreadable'));
  });

  it('takes nothing from a gateway that is not registered, or of a form that is not specified', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    const record = node.seal(node.vitals(700));
    bench.up([record], { gateway: 'stranger' });
    assert.equal(bench.count('gateway-unknown'), 1);
    const envelope = encodeEnvelope({ handle: Uint8Array.of(1), messages: [record] });
    let settled = 0;
    for (let length = 0; length < envelope.length; length++) bench.center.receive('ward', envelope.subarray(0, length), () => { settled++; });
    bench.settle();
    assert.equal(settled, envelope.length, 'the transport is told each time');
    assert.equal(bench.count('envelope-malformed'), envelope.length);
    assert.equal(bench.store.readings.count(), 0);
  });

  it('takes nothing of a revoked node, neither on its chains nor by a handshake', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.store.registry.revokeNode(bench.store.registry.nodeBySerial(node.enrolment.serial)!.id, bench.now);
    bench.takeDown();
    node.send([node.seal(node.vitals(2))]);
    assert.equal(bench.store.readings.count(), 1);
    assert.equal(node.resume().message2, undefined);
    const { message3 } = untilMessage3(bench, node);
    node.send([message3]);
    assert.equal(bench.count('handshake-unknown-node'), 1);
    assert.equal(bench.takeDown().length, 0);
  });
});

describe('health center: handshakes under attack', () => {
  it('refuses message 3 with a bit flipped all along it, and takes the true one after it', function () {
    this.timeout(120_000);
    const bench = new Bench();
    const node = bench.node();
    let { message3 } = untilMessage3(bench, node);
    const before = bench.store.sessions.sessionsOf(1).length;
    for (let byte = 0; byte < message3.length; byte += STRIDE) {
      node.send([flipped(message3, byte, byte % 8)]);
      assert.equal(bench.store.sessions.sessionsOf(1).length, before);
      assert.equal(bench.takeDown().length, 0);
      if ((byte / STRIDE) % (MAX_MESSAGE3_TRIES - 1) !== MAX_MESSAGE3_TRIES - 2) continue;
      // One forged message less than the bound: the true one still opens.
      node.send([message3]);
      assert.equal(bench.store.sessions.sessionsOf(1).length, before + 1);
      bench.store.sessions.drop(bench.store.sessions.sessionsOf(1).at(-1)!.id);
      bench.center.close();
      bench.center = bench.openCenter();
      bench.settle(60_000);
      bench.takeDown();
      ({ message3 } = untilMessage3(bench, node));
    }
  });

  it('gives a handshake up after a few forged messages 3', () => {
    const bench = new Bench();
    const node = bench.node();
    const { message3 } = untilMessage3(bench, node);
    for (let i = 0; i < MAX_MESSAGE3_TRIES; i++) node.send([flipped(message3, message3.length - 1, i)]);
    assert.equal(bench.center.load.halfOpen, 0);
    node.send([message3]);
    assert.equal(bench.store.sessions.sessionsOf(1).length, 0);
  });

  it('refuses message 1 with a bit flipped in any byte, and its truncations', function () {
    this.timeout(120_000);
    const bench = new Bench();
    const node = bench.node();
    const { message1 } = node.start();
    for (let byte = 0; byte < message1.length; byte++) {
      node.send([flipped(message1, byte, byte % 8)]);
      assert.equal(bench.takeDown().length, 0, `byte ${byte}`);
    }
    for (const length of [1, 2, 9, 10, 11, message1.length - 1]) node.send([message1.subarray(0, length)]);
    assert.equal(bench.center.load.halfOpen, 0);
  });

  it('is silent to strangers, to a wrong psk, a wrong suite and a mode that was not enrolled', () => {
    const bench = new Bench();
    const node = bench.node();
    const other = bench.node({ suite: 1 });
    const attempts: Parameters<BareNode['start']>[0][] = [
      { staticKeys: suiteByNumber(2).dh.generate(node.entropy) },
      { enrolmentPsk: new Uint8Array(32).fill(1) },
      { mode: 1, payload: encodeMessage1({ mode: 1 }) },
    ];
    for (const attempt of attempts) {
      const { message3 } = untilMessage3(bench, node, attempt);
      node.send([message3]);
      assert.equal(bench.takeDown().length, 0);
      bench.settle(HALF_OPEN_MS);
    }
    const { suite, healthCenterKey, enrolmentPsk, staticKeys } = other.enrolment;
    // The node enrolled for suite 1 has no key of suite 2, so its handshake does not even begin there.
    const { message1 } = startHandshake({ suite, healthCenterKey, enrolmentPsk, staticKeys, mode: 0, payload: encodeMessage1({ mode: 0 }), entropy: node.entropy });
    message1[1] = 2;
    other.send([message1]);
    assert.equal(bench.takeDown().length, 0);
    assert.equal(bench.store.sessions.sessionsOf(1).length + bench.store.sessions.sessionsOf(2).length, 0);
  });

  it('ignores what is reflected to it, out of turn, or of no known type', () => {
    const bench = new Bench();
    const node = bench.node();
    const { message1, message2, message3 } = node.handshake();
    bench.takeDown();
    const before = bench.store.sessions.sessionsOf(1).length;
    for (const type of [0, 0x02, 0x11, 0x13, 0x21, 0x30, 0x40, 0xa0, 0xff]) node.send([Uint8Array.of(type, ...message1.subarray(1))]);
    node.send([message2]);
    assert.equal(bench.takeDown().length, 0);
    // A repeated message 3 is answered, since its confirmation may have been lost, and begins nothing.
    node.send([message3]);
    assert.equal(bench.store.sessions.sessionsOf(1).length, before);
    assert.ok(bench.takeDown().length > 0);
  });

  it('answers a repeated message 1 with the same message 2, once it is forgotten with nothing from the old one', () => {
    const bench = new Bench();
    const node = bench.node();
    const { message1 } = node.start();
    node.send([message1]);
    const first = bench.takeDown(node.handle);
    node.send([message1]);
    assert.deepEqual(bench.takeDown(node.handle), first);
    assert.equal(bench.center.load.halfOpen, 1);
    bench.settle(HALF_OPEN_MS + 1000);
    node.send([message1]);
    assert.notDeepEqual(bench.takeDown(node.handle), first);
    assert.equal(bench.center.load.halfOpen, 1, 'the old state is gone');
  });

  it('takes a resume id once, and nothing beyond its look-ahead', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    const { chains } = node;
    const { message1, message2 } = node.resume({ attempt: 2 });
    assert.ok(message2 !== undefined);
    bench.settle(HALF_OPEN_MS + 1000);
    node.send([message1]);
    assert.equal(bench.takeDown(node.handle).length, 0, 'a replay after its answer was forgotten');
    for (const attempt of [0, 1, 2, 11, 500]) {
      node.chains = chains;
      assert.equal(node.resume({ attempt }).message2, undefined, `attempt ${attempt}`);
    }
    node.chains = chains;
    assert.ok(node.resume({ attempt: 10 }).message2 !== undefined);
  });
});

describe('health center: floods', () => {
  it('bounds what waits of one gateway, and serves the others in turn', () => {
    const inbox = new Inbox();
    const item = (id: number, type: number): Item => ({ message: Uint8Array.of(type), delivery: { gateway: { id, name: `g${id}` }, handle: Uint8Array.of(1), left: 1, done: () => undefined } });
    for (let i = 0; i < MAX_QUEUED_RECORDS; i++) assert.ok(inbox.push(item(1, MESSAGE_TYPE.record)));
    assert.equal(inbox.push(item(1, MESSAGE_TYPE.record)), false);
    for (let i = 0; i < MAX_QUEUED_HANDSHAKES; i++) assert.ok(inbox.push(item(1, MESSAGE_TYPE.handshake1)));
    assert.equal(inbox.push(item(1, MESSAGE_TYPE.handshake1)), false);
    for (let i = 0; i < 3; i++) inbox.push(item(2, MESSAGE_TYPE.record));
    inbox.push(item(2, MESSAGE_TYPE.handshake1));
    assert.deepEqual(inbox.takeRecords(6).map(({ delivery }) => delivery.gateway.id), [1, 2, 1, 2, 1, 2]);
    assert.deepEqual([inbox.takeHandshakes(1), inbox.takeHandshakes(1)].flat().map(({ delivery }) => delivery.gateway.id).sort(), [1, 2], 'one at a time is fair too');
    assert.equal(inbox.takeRecords(MAX_QUEUED_RECORDS * 2).length, MAX_QUEUED_RECORDS - 3);
    assert.equal(inbox.size, MAX_QUEUED_HANDSHAKES - 1);
  });

  it('settles what it drops, so that the transport is not stuck', () => {
    const bench = new Bench();
    const node = bench.node();
    const record = new Uint8Array(60).fill(1);
    const envelopes = Math.ceil(MAX_QUEUED_RECORDS / 64) + 2;
    for (let i = 0; i < envelopes; i++) bench.up(Array.from({ length: 64 }, () => record), { handle: node.handle, wait: false });
    assert.equal(bench.center.load.waiting, MAX_QUEUED_RECORDS);
    assert.equal(bench.count('queue-full'), envelopes * 64 - MAX_QUEUED_RECORDS);
    bench.settle(1000);
    assert.equal(bench.settled, envelopes);
    assert.equal(bench.center.load.waiting, 0);
  });

  it('bounds a gateway\'s half-open handshakes and their rate, and charges it; another gateway still gets through', function () {
    this.timeout(240_000);
    const bench = new Bench({ gateways: ['ward', 'flood'] });
    const node = bench.node();
    // A garbled value costs as much as a true one up to its refusal, and is charged to the rate all the same.
    const { message1 } = node.start();
    const garbled = (i: number): Uint8Array => {
      const copy = message1.slice();
      copy.fill(0xff, 10, 10 + 192);
      copy[copy.length - 1] = i;
      copy[copy.length - 2] = i >> 8;
      return copy;
    };
    for (let i = 0; i < GATEWAY_BURST + 200; i++) bench.up([garbled(i)], { gateway: 'flood', wait: i % 32 === 31 });
    bench.settle(20_000);
    assert.ok(bench.count('rate-limited') > 0);
    assert.equal(bench.center.load.halfOpen, 0);
    node.handshake();
    assert.ok(node.acknowledgements().length > 0);
    bench.center.close();
    const flood = bench.store.registry.gatewayNamed('flood')!.id;
    assert.ok(bench.store.chronicle.counters().some(({ gateway, code, count }) => gateway === flood && code === 'rate-limited' && count > 0));
    assert.ok(bench.store.chronicle.counters().every(({ gateway }) => gateway === flood), 'nothing is charged to the honest one');
    assert.ok(MAX_HALF_OPEN_PER_GATEWAY >= GATEWAY_BURST, 'the rate is met first');
  });

  it('bounds the sessions of one node', function () {
    this.timeout(120_000);
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    let answered = 0;
    for (let i = 0; i < NODE_BURST + 5; i++) {
      const old = node.chains;
      // A node that loses every answer and tries again at once.
      if (node.resume({ attempt: i }).message2 === undefined) break;
      node.chains = old;
      answered++;
    }
    assert.ok(answered < NODE_BURST + 5, `${answered} answered`);
    assert.ok(bench.count('rate-limited') >= 1);
    assert.ok(bench.store.sessions.sessionsOf(1).length <= 4, 'candidates are bounded');
  });

  it('refuses the same gateway name twice', () => {
    const bench = new Bench();
    assert.throws(() => registerGateway(bench.store, 'ward', bench.now), /there is a gateway "ward" already/);
    assert.throws(() => registerGateway(bench.store, 'Ward/+', bench.now), /cannot be the name/);
  });
});
