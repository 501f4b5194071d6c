// The health center's core: handshake, records, commit before acknowledgement, resumption, offline chains.
import assert from 'node:assert/strict';
import { readRows } from 'lorica/hosts/health-center/read-rows';
import { isAcknowledged } from 'lorica/session/acknowledgement';
import { Bench, temporaryFolder } from './bench.ts';

describe('health center', () => {
  it('confirms a handshake by an acknowledgement of the new chains under the new session', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    const acknowledgements = node.acknowledgements();
    assert.deepEqual(acknowledgements.map(({ tag, next }) => [Buffer.from(tag).toString('hex'), next]).sort(), [
      [Buffer.from(node.chains!.normal.tag).toString('hex'), 0], [Buffer.from(node.chains!.urgent.tag).toString('hex'), 0],
    ].sort());
    assert.equal(bench.center.load.halfOpen, 0);
  });

  it('stores records once, acknowledges them after the commit and settles the envelope', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.commands();
    const before = bench.settled;
    const records = [700, 710, 720].map((rate) => node.seal(node.vitals(rate)));
    node.send(records);
    assert.equal(bench.settled, before + 1);
    assert.equal(bench.store.readings.count(), 3);
    const [acknowledgement] = node.acknowledgements();
    assert.equal(acknowledgement?.next, 3);
    const rows = [...readRows(bench.store, bench.keys)];
    assert.deepEqual(rows.map(({ index, kind }) => [index, kind]), [[0, 1], [1, 1], [2, 1]]);
    assert.deepEqual(rows[0]?.serial, node.enrolment.serial);
  });

  it('keeps what comes out of order, and says by the bitmap what is missing', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.commands();
    const records = [1, 2, 3, 4].map((rate) => node.seal(node.vitals(rate)));
    node.send([records[3]!, records[1]!]);
    const [acknowledgement] = node.acknowledgements();
    assert.deepEqual([0, 1, 2, 3].map((i) => isAcknowledged(acknowledgement!, i)), [false, true, false, true]);
    node.send([records[0]!, records[2]!]);
    assert.equal(node.acknowledgements()[0]?.next, 4);
  });

  it('resumes, keeps the old session until a record opens under the new one, and never takes an attempt twice', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    const old = node.chains!;
    const { message1, message2 } = node.resume();
    assert.ok(message2 !== undefined);
    // The reply was lost, say: the same message again gets the same reply, and the old session still works.
    bench.up([message1], { handle: node.handle });
    assert.deepEqual(bench.takeDown(node.handle), [message2]);
    const renewed = node.chains!;
    node.chains = old;
    node.send([node.seal(node.vitals(2))]);
    assert.equal(node.acknowledgements()[0]?.next, 2);
    // A record under the new session ends the old one's right to speak and to be resumed.
    node.chains = renewed;
    node.send([node.seal(node.vitals(3))]);
    assert.equal(node.acknowledgements()[0]?.next, 1);
    node.chains = old;
    node.send([node.seal(node.vitals(4))]);
    assert.equal(node.acknowledgements().length, 0, 'the old session does not speak any more');
    assert.equal(bench.store.readings.count(), 4, 'but what comes on its chains is stored');
    node.attempt = 1;
    assert.equal(node.resume().message2, undefined);
    assert.ok(bench.count('handshake-refused') > 0);
  });

  it('opens offline chains, with steps left out, and keeps looking ahead', () => {
    const bench = new Bench();
    const node = bench.node();
    for (let i = 0; i < 10; i++) node.useOffline();
    node.send([node.seal(node.vitals(5))]);
    assert.equal(bench.store.readings.count(), 1);
    for (let i = 0; i < 16; i++) node.useOffline();
    node.send([node.seal(node.vitals(6)), node.seal({ kind: 'event', boot: 1, tick: 3, code: 10 })]);
    assert.equal(bench.store.readings.count(), 3);
  });

  it('finds an offline chain beyond its look-ahead when an authenticated node names it', () => {
    const bench = new Bench();
    const node = bench.node();
    for (let i = 0; i < 60; i++) node.useOffline();
    const record = node.seal(node.vitals(5));
    const { tag } = node.chains!.normal;
    node.send([record]);
    assert.equal(bench.count('record-unknown-chain'), 1);
    node.handshake({ listed: [{ tag, next: 1 }] });
    node.send([record]);
    assert.equal(bench.store.readings.count(), 1);
    assert.equal(bench.store.chronicle.events().some(({ code }) => code === 'chain-unknown'), false);
  });

  it('continues after a crash between commit and acknowledgement without storing anything twice', () => {
    const bench = new Bench({ path: `${temporaryFolder()}/store.db` });
    const node = bench.node();
    node.handshake();
    node.commands();
    const records = [1, 2, 3].map((rate) => node.seal(node.vitals(rate)));
    node.send(records);
    bench.crash();
    assert.equal(bench.store.wasRestored, false);
    node.send(records);
    assert.equal(bench.store.readings.count(), 3);
    assert.equal(node.acknowledgements()[0]?.next, 3);
  });
});
