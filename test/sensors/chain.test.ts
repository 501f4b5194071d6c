import assert from 'node:assert/strict';
import { SimulatedI2c } from 'lorica/hosts/simulator/chips/i2c';
import { Max30003Chip } from 'lorica/hosts/simulator/chips/max30003';
import { Max30102Chip } from 'lorica/hosts/simulator/chips/max30102';
import { compareBeats } from 'lorica/hosts/node/wfdb/compare';
import { SENSOR_FAULT } from 'lorica/sensors/fault';
import { Max30003, MAX30003_RATE_HZ } from 'lorica/sensors/max30003';
import { Max30102 } from 'lorica/sensors/max30102';
import { EcgMonitor } from 'lorica/vitals/ecg-monitor';
import { Spo2Monitor } from 'lorica/vitals/spo2-monitor';
import { makeFinger } from '../support/vitals/beer-lambert.ts';
import { beatIndices, makeEcg, makePulse, steadyBeats } from '../support/vitals/heart.ts';

const SECONDS = 90;

describe('from the chip to the vital sign', () => {
  it('beats keep their time across an overrun, a reset and a failing bus', () => {
    const beats = steadyBeats(SECONDS, 72, 0.02, 6);
    const world = makeEcg(beats, SECONDS, 1000);
    let now = 0;
    const faults = new Set<number>();
    const chip = new Max30003Chip(() => now, (at) => world[Math.min(world.length - 1, Math.round(at))]!);
    const driver = new Max30003({ sensor: { io: chip.io }, clock: { now: () => now }, onError: (fault) => faults.add(fault) });
    const found: number[] = [];
    const monitor = new EcgMonitor({ rateHz: MAX30003_RATE_HZ, onBeat: (index) => found.push(index) });
    for (; now < SECONDS * 1000; now += now === 20_000 ? 3000 : 100) {
      if (now === 40_000) chip.powerUp();
      if (now === 60_000) chip.failures = 2;
      const batch = driver.sample();
      if (batch === undefined) continue;
      if (batch.lost > 0) monitor.skip(batch.lost);
      for (let i = 0; i < batch.count; i++) monitor.push(batch.microvolts[i]!);
    }
    assert.deepEqual([...faults].sort(), [SENSOR_FAULT.bus, SENSOR_FAULT.resetInRun, SENSOR_FAULT.overrun].sort());
    // What is hidden: the gaps, and what the filters need to settle behind them.
    const clear = (index: number) => [20, 40, 60].every((at) => index < (at - 0.5) * 250 || index > (at + 4.5) * 250) && index < (SECONDS - 1) * 250;
    const { missed, extra, meanOffsetMs } = compareBeats(beatIndices(beats, MAX30003_RATE_HZ).filter(clear), found.filter(clear), MAX30003_RATE_HZ);
    assert.deepEqual([missed, extra], [[], []]);
    assert.ok(Math.abs(meanOffsetMs) < 10, `${meanOffsetMs} ms`);
  });

  it('pulse and saturation come out of the FIFO of a real driver, and come back after an overrun', () => {
    const pulse = makePulse(steadyBeats(SECONDS, 66, 0.02, 6), SECONDS, 1000);
    const { red, infrared } = makeFinger({ saturation: () => 0.93, pulse, rateHz: 1000, noiseCounts: 3 });
    let now = 0;
    const bus = new SimulatedI2c();
    bus.attach(0x57, new Max30102Chip(() => now, (at) => {
      const i = Math.min(red.length - 1, Math.round(at));
      return [red[i]!, infrared[i]!];
    }));
    const driver = new Max30102({ sensor: { io: bus.io }, clock: { now: () => now }, rateHz: 100 });
    const monitor = new Spo2Monitor({ rateHz: driver.rateHz });
    const seen: { atS: number; perMinute: number | undefined; ratio: number | undefined }[] = [];
    for (; now < SECONDS * 1000; now += now === 40_000 ? 5000 : 200) {
      const batch = driver.sample();
      if (batch === undefined) continue;
      if (batch.lost > 0) monitor.skip(batch.lost);
      for (let i = 0; i < batch.count; i++) monitor.push(batch.red[i]!, batch.infrared[i]!);
      seen.push({ atS: now / 1000, perMinute: monitor.infrared.perMinute, ratio: monitor.ratio });
    }
    const at = (s: number) => seen.find(({ atS }) => atS >= s)!;
    for (const s of [30, 39, 75, 89]) {
      assert.ok(Math.abs((at(s).perMinute ?? 0) - 66) < 3, `${at(s).perMinute} at ${s} s`);
      // (0.93 × 319.6 + 0.07 × 3226.56) / (0.93 × 1214 + 0.07 × 693.44)
      assert.ok(Math.abs((at(s).ratio ?? 0) - 0.444) < 0.02, `${at(s).ratio} at ${s} s`);
    }
    assert.deepEqual([at(46).perMinute, at(46).ratio], [undefined, undefined]);
  });
});
