// The health center's time of a reading: mapped from exchanges, placed between neighbours, never guessed in silence;
// and the minutes that are summed up from it.
import assert from 'node:assert/strict';
import { DRIFT_PPM, MAX_EXCHANGES, MAX_ROUND_TRIP_MS } from 'lorica/hosts/health-center/time-store';
import type { Reading } from 'lorica/reading/reading';
import { Bench, EPOCH_MS, type BareNode } from './bench.ts';

const rows = (bench: Bench) => [...bench.store.readings.rows()];

const vitals = (boot: number, tick: number, value = 700): Reading => ({ kind: 'vitals', boot, tick, measurements: [{ vital: 1, value, quality: 80 }] });

/** An exchange as a node reports it, with the given round trip. */
function sync(bench: Bench, node: BareNode, roundTripMs: number, timeMs = bench.now - 10): Reading {
  const receivedTick = Math.round(node.tick);
  return { kind: 'sync', boot: node.boot, tick: receivedTick, sentTick: receivedTick - roundTripMs, receivedTick, timeMs };
}

describe('health center: time', () => {
  it('maps ticks by the handshake\'s exchange, and says how well', () => {
    const bench = new Bench();
    bench.settle(50_000);
    const node = bench.node();
    bench.settle(5_000);
    node.handshake();
    const takenAt = bench.now;
    const record = node.seal(node.vitals(700));
    bench.settle(3_600_000);
    node.send([record]);
    const [row] = rows(bench);
    assert.equal(row?.source, 0);
    assert.ok(Math.abs(row!.timeMs - takenAt) <= row!.uncertaintyMs, `${row!.timeMs - takenAt} ± ${row!.uncertaintyMs}`);
    assert.ok(row!.uncertaintyMs > 0 && row!.uncertaintyMs < 1000);
  });

  it('lets the uncertainty grow with the distance from an exchange, and shrink with a better one', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    bench.settle(86_400_000);
    node.send([node.seal(node.vitals(1))]);
    const far = rows(bench).at(-1)!;
    assert.ok(far.uncertaintyMs >= (86_400_000 * DRIFT_PPM) / 1e6);
    node.send([node.seal(sync(bench, node, 20))]);
    node.send([node.seal(node.vitals(2))]);
    assert.ok(rows(bench).at(-1)!.uncertaintyMs < 50);
  });

  it('does not use an exchange of ten seconds or more, one in the future, or one that goes backwards', () => {
    const bench = new Bench();
    const node = bench.node();
    for (let i = 0; i < 3; i++) node.useOffline();
    bench.settle(60_000);
    const { times } = bench.store;
    const good = { boot: 1, sentTick: 1000, receivedTick: 1500, timeMs: bench.now };
    assert.equal(times.exchange(1, { ...good, receivedTick: 1000 + MAX_ROUND_TRIP_MS }, bench.now), undefined);
    assert.equal(times.exchange(1, { ...good, receivedTick: 999 }, bench.now), undefined);
    assert.equal(times.exchange(1, { ...good, timeMs: bench.now + 1 }, bench.now), undefined);
    assert.ok(times.exchange(1, good, bench.now) !== undefined);
  });

  it('bounds the exchanges that it keeps of one boot', () => {
    const bench = new Bench();
    bench.node();
    for (let i = 0; i < MAX_EXCHANGES + 20; i++) {
      bench.settle(86_400_000);
      const tick = bench.time.elapsedMs;
      bench.store.times.exchange(1, { boot: 1, sentTick: tick - 10, receivedTick: tick, timeMs: bench.now }, bench.now);
    }
    bench.store.times.forgetCached();
    const placed = bench.store.times.place(1, 1, 5, bench.now)!;
    assert.ok(Math.abs(placed.timeMs - (EPOCH_MS + 5)) <= placed.uncertaintyMs, 'the first is kept');
  });

  it('places a boot that was never synchronised between its neighbours, and marks it', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    const firstEnd = bench.now;
    // A boot of ten minutes without anybody in reach, then a third one with a handshake.
    bench.settle(1_200_000);
    node.useOffline();
    const lost = [0, 300_000, 600_000].map((tick) => node.seal(vitals(2, tick)));
    bench.settle(1_200_000);
    node.boot = 3;
    node.handshake();
    const thirdStart = bench.now - node.tick;
    node.send(lost);
    const placed = rows(bench).filter(({ boot }) => boot === 2);
    assert.equal(placed.length, 3);
    for (const [i, row] of placed.entries()) {
      assert.equal(row.source, 1, 'marked');
      assert.ok(row.timeMs - row.uncertaintyMs >= firstEnd - 1000, 'after the boot before it');
      assert.ok(row.timeMs + row.uncertaintyMs <= Math.max(thirdStart, bench.now) + 1000, 'before the one after it');
      assert.equal(row.timeMs - placed[0]!.timeMs, i * 300_000, 'its own ticks are kept');
    }
  });

  it('moves the readings of a boot to their place with its first exchange, and sums their minutes up again', () => {
    const bench = new Bench();
    const node = bench.node();
    node.useOffline();
    bench.settle(7_200_000);
    const takenAt = bench.now;
    node.send([node.seal(vitals(1, Math.round(node.tick), 640))]);
    const before = rows(bench)[0]!;
    assert.equal(before.source, 1);
    assert.equal(bench.store.rollUps.between(1, 0, bench.now + 60_000).length, 1);
    node.send([node.seal(sync(bench, node, 100))]);
    const after = rows(bench)[0]!;
    assert.equal(after.source, 0);
    assert.ok(Math.abs(after.timeMs - takenAt) <= after.uncertaintyMs + 100);
    assert.deepEqual(after.plaintext, before.plaintext, 'and can still be opened');
    const minutes = bench.store.rollUps.between(1, 0, bench.now + 60_000);
    assert.deepEqual(minutes.map(({ minuteMs, vitals: [sum] }) => [minuteMs, sum?.count, sum?.minimum]), [[Math.floor(after.timeMs / 60_000) * 60_000, 1, 640]]);
  });

  it('stores a reading from the future at its arrival, and counts it', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(vitals(1, 10 ** 12))]);
    const [row] = rows(bench);
    assert.equal(row?.source, 2);
    assert.ok(Math.abs(row!.timeMs - bench.now) < 1000);
    assert.equal(bench.count('time-implausible'), 1);
  });
});

describe('health center: minutes', () => {
  it('sums up minimum, mean, maximum, quality and what was withheld, over batches and restarts', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    bench.settle(70_000 - (bench.now % 60_000));
    const reading = (value: number | undefined, quality: number): Reading => ({ kind: 'vitals', boot: 1, tick: Math.round(node.tick), measurements: [{ vital: 2, value, quality }] });
    node.send([node.seal(reading(960, 90)), node.seal(reading(980, 70))]);
    bench.store.rollUps.forgetCached();
    node.send([node.seal(reading(undefined, 20)), node.seal(reading(940, 60))]);
    const [minute] = bench.store.rollUps.between(1, bench.now - 120_000, bench.now + 60_000).slice(-1);
    assert.deepEqual(minute?.vitals, [{ vital: 2, count: 3, withheld: 1, minimum: 940, maximum: 980, sum: 2880, qualitySum: 240 }]);
  });

  it('forgets what a failed transaction had added', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    bench.settle(1000);
    const records = [node.seal(node.vitals(700)), node.seal(node.vitals(800))];
    const { save } = bench.store.rollUps;
    bench.store.rollUps.save = () => { throw Object.assign(new Error('disk full'), { code: 'SQLITE_FULL' }); };
    node.send(records);
    bench.store.rollUps.save = save;
    assert.equal(bench.count('store-failed'), 1);
    assert.equal(bench.store.readings.count(), 0);
    bench.settle(2000);
    node.send(records);
    assert.equal(bench.store.rollUps.between(1, 0, bench.now + 60_000)[0]?.vitals[0]?.count, 2);
  });
});
