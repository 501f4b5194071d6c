// Commit before acknowledgement: whatever ends in between, nothing acknowledged is missing and nothing is stored twice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { Random } from 'lorica/hosts/simulator/random';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { encodeMessage3 } from 'lorica/wire/handshake-payload';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { Bench, EPOCH_MS, temporaryFolder } from './bench.ts';

const CHILD = fileURLToPath(new URL('crash-child.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../hosts/node/register.mjs', import.meta.url));

/** Lets the store's transactions fail, as a full disk would, and come back. */
function failing(bench: Bench): () => void {
  const { transaction } = bench.store;
  bench.store.transaction = <T>(work: () => T): T => transaction.call(bench.store, () => {
    work();
    throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  }) as T;
  return () => { bench.store.transaction = transaction; };
}

describe('health center: when a transaction fails', () => {
  it('acknowledges nothing, keeps nothing in memory, and takes the same records afterwards', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.takeDown();
    const records = [2, 3, 4].map((rate) => node.seal(node.vitals(rate)));
    const mend = failing(bench);
    const settled = bench.settled;
    node.send(records);
    assert.equal(bench.settled, settled + 1, 'the transport is not stuck');
    assert.equal(bench.takeDown().length, 0);
    assert.equal(bench.committed.length, 1);
    mend();
    assert.equal(bench.store.readings.count(), 1);
    bench.settle(2000);
    node.send(records);
    assert.equal(bench.store.readings.count(), 4);
    assert.equal(node.acknowledgements()[0]?.next, 4);
  });

  it('still takes the message 3 whose transaction failed, when it comes again', () => {
    const bench = new Bench();
    const node = bench.node();
    const { message1, next } = node.start();
    bench.up([message1], { handle: node.handle });
    const confirmation = next.read(bench.takeDown(node.handle)[0]!)!;
    const { message3, keys } = confirmation.confirm(encodeMessage3({ firmware: 'x', enrolmentVersion: 1, chains: [], round: { boot: 1, sentTick: 0, receivedTick: 5 } }));
    node.use(keys);
    const mend = failing(bench);
    node.send([message3]);
    mend();
    assert.equal(bench.takeDown().length, 0);
    bench.settle(2000);
    node.send([message3]);
    assert.equal(node.acknowledgements().length, 2);
    node.send([node.seal(node.vitals(1))]);
    assert.equal(bench.store.readings.count(), 1);
  });

  it('sends no reply to a resumption that is not at rest, and takes the attempt again', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.takeDown();
    const mend = failing(bench);
    assert.equal(node.resume({ attempt: 0 }).message2, undefined);
    mend();
    bench.settle(2000);
    assert.ok(node.resume({ attempt: 0 }).message2 !== undefined);
  });

  it('never seals again with what a failed command had sealed with', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    const seen: string[] = [];
    const look = (): number => {
      for (const message of bench.takeDown(node.handle)) if (message[0] === MESSAGE_TYPE.record) seen.push(toHex(message.subarray(1, 13)));
      return Number.parseInt(seen.at(-1)!.slice(-8), 16);
    };
    const plan = (vitalsIntervalMs: number) => ({ vitalsIntervalMs, waveforms: new Map(), deliveryIntervalMs: 2000, limits: new Map() });
    node.send([node.seal(node.vitals(0))]);
    while ((look() & 0xff) !== 0xff) node.send([node.seal(node.vitals(1))]);
    // The next record of the down chain begins a block, and its transaction fails.
    const mend = failing(bench);
    assert.throws(() => { bench.center.setPlan(node.enrolment.serial, plan(2000)); }, /full/);
    mend();
    assert.ok(bench.center.setPlan(node.enrolment.serial, plan(3000)));
    const again = failing(bench);
    node.send([node.seal(node.vitals(2))]);
    again();
    bench.settle(2000);
    for (let i = 0; i < 4; i++) node.send([node.seal(node.vitals(3))]);
    look();
    assert.ok(seen.length > 256);
    assert.equal(new Set(seen).size, seen.length, 'one index, one record');
  });

  it('goes on when the clock was set back after a failure', () => {
    let offsetMs = 0;
    const time = new VirtualTime(EPOCH_MS);
    const clock = { now: () => time.clock.now() + offsetMs, after: (delayMs: number, callback: () => void) => time.after(delayMs, callback) };
    const bench = new Bench({ time, center: { clock } });
    const node = bench.node();
    node.handshake();
    const mend = failing(bench);
    node.send([node.seal(node.vitals(1))]);
    mend();
    offsetMs = -3_600_000;
    const record = node.seal(node.vitals(2));
    node.send([record]);
    bench.settle(2000);
    assert.equal(bench.store.readings.count(), 1);
  });

  it('throws a defect of ours where nobody listens', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    bench.store.readings.add = () => { throw new TypeError('planted'); };
    assert.throws(() => { node.send([node.seal(node.vitals(1))]); }, /planted/);
  });

  it('hands a defect of ours on, and lives on', () => {
    const defects: unknown[] = [];
    const bench = new Bench({ center: { onDefect: (error) => { defects.push(error); } } });
    const node = bench.node();
    node.handshake();
    const record = node.seal(node.vitals(1));
    const { add } = bench.store.readings;
    bench.store.readings.add = () => { throw new TypeError('planted'); };
    node.send([record]);
    bench.store.readings.add = add;
    assert.equal(defects.length, 1);
    node.send([record]);
    assert.equal(bench.store.readings.count(), 1);
  });
});

describe('health center: kill -9', () => {
  it('between commit and acknowledgement, and before the commit: all is there once after the node has sent again', function () {
    this.timeout(120_000);
    const folder = temporaryFolder();
    const keyFile = join(folder, 'unsealing-key');
    const path = join(folder, 'store.db');
    const keys = Keystore.open(keyFile, new Random('crash').entropy, true);
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    node.commands();
    const records = Array.from({ length: 40 }, (_, i) => node.seal(node.vitals(i)));
    bench.center.close();
    bench.store.close();
    writeFileSync(join(folder, 'records'), records.map(toHex).join('\n'));
    for (const [moment, expected] of [['after', 10], ['before', 10]] as const) {
      const result = spawnSync(process.execPath, ['--import', REGISTER, CHILD, folder, moment, String(bench.now)], { encoding: 'utf8' });
      assert.equal(result.signal, 'SIGKILL', result.stderr);
      bench.store = bench.openStore();
      assert.equal(bench.store.wasRestored, false);
      assert.equal(bench.store.readings.count(), expected, `killed ${moment} the commit`);
      bench.store.close();
    }
    bench.store = bench.openStore();
    bench.center = bench.openCenter();
    node.send(readFileSync(join(folder, 'records'), 'utf8').split('\n').map((line) => fromHex(line)!));
    assert.deepEqual([...bench.store.readings.rows()].map(({ index }) => index), Array.from({ length: 40 }, (_, i) => i));
    assert.equal(node.acknowledgements().at(-1)?.next, 40);
    bench.store.close();
  });
});
