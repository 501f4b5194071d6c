import assert from 'node:assert/strict';
import { MAX_PPG_RATE_HZ, MIN_PPG_RATE_HZ, PulseDetector } from 'lorica/vitals/pulse-detector';
import { MOTION_SPOILS_MG, PpgMonitor } from 'lorica/vitals/ppg-monitor';
import { compareRates } from 'lorica/hosts/node/wfdb/compare';
import { readCsv } from 'lorica/hosts/node/wfdb/csv';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { beatIndices, makePulse, steadyBeats } from '../support/vitals/heart.ts';
import { SeededRandom } from '../support/vitals/random.ts';
import { recording } from '../support/recordings.ts';

interface Run {
  readonly monitor: PpgMonitor;
  readonly pulses: number[];
  readonly rates: { t: number; perMinute: number | undefined; quality: number }[];
}

function run(samples: ArrayLike<number>, rateHz: number, inverted = false): Run {
  const pulses: number[] = [];
  const rates: Run['rates'] = [];
  const monitor = new PpgMonitor({ rateHz, inverted, onPulse: (index) => pulses.push(index) });
  let second = 1;
  for (let i = 0; i < samples.length; i++) {
    monitor.push(Math.round(samples[i]!));
    if (i + 1 < second * rateHz) continue;
    rates.push({ t: second, perMinute: monitor.perMinute, quality: monitor.quality });
    second++;
  }
  return { monitor, pulses, rates };
}

function finger(seconds: number, perMinute: number, rateHz: number, noise = 10, scatter = 0.02): Float64Array {
  const random = new SeededRandom(3);
  return makePulse(steadyBeats(seconds, perMinute, scatter, 4), seconds, rateHz)
    .map((value, i) => 100_000 + 1000 * value + 2000 * Math.sin(i / rateHz) + noise * random.normal());
}

describe('PPG vital signs, on modelled pulses', () => {
  for (const rateHz of [MIN_PPG_RATE_HZ, 25, 50, 64, 100, MAX_PPG_RATE_HZ]) {
    it(`counts pulses at ${rateHz} Hz`, () => {
      for (const perMinute of [45, 72, 150]) {
        const { rates } = run(finger(60, perMinute, rateHz), rateHz);
        for (const { t, perMinute: found } of rates.slice(20)) assert.ok(Math.abs((found ?? 0) - perMinute) < 0.04 * perMinute, `${found} for ${perMinute} at ${t} s`);
      }
    });
  }

  it('counts each pulse once, dicrotic waves not at all', () => {
    const { pulses } = run(finger(60, 72, 100), 100);
    const truth = beatIndices(steadyBeats(60, 72, 0.02, 4), 100).slice(2, -2);
    assert.ok(Math.abs(pulses.filter((index) => index >= truth[0]! && index <= truth.at(-1)! + 50).length - truth.length) <= 1);
  });

  it('takes light that falls with systole when told so', () => {
    const { rates } = run(finger(60, 72, 100).map((value) => 200_000 - value), 100, true);
    assert.ok(rates.slice(20).every(({ perMinute }) => Math.abs((perMinute ?? 0) - 72) < 3));
  });

  it('measures perfusion as pulse height over light', () => {
    const percent = run(finger(60, 72, 100, 0).map((value) => value - 2000), 100).monitor.perfusionPercent ?? 0;
    assert.ok(percent > 0.9 && percent < 1.6, `${percent}`);
  });

  it('withholds noise, a flat line, and what a moving wearer gives', () => {
    const random = new SeededRandom(9);
    const noise = Float64Array.from({ length: 6000 }, () => 100_000 + 500 * random.normal());
    const shown = run(noise, 100).rates.filter(({ perMinute }) => perMinute !== undefined);
    assert.ok(shown.length <= 2, `${shown.length} s of noise shown`);
    const flat = run(new Float64Array(3000).fill(5000), 100);
    assert.deepEqual([flat.monitor.quality, flat.monitor.perMinute, flat.monitor.off], [0, undefined, true]);
    const moving = run(finger(60, 72, 100), 100).monitor;
    assert.ok(moving.quality > 80);
    moving.motion(MOTION_SPOILS_MG);
    for (const value of finger(2, 72, 100)) moving.push(Math.round(value));
    assert.deepEqual([moving.quality, moving.perMinute], [0, undefined]);
  });

  it('shows no rate of half the pulse when every second pulse is higher', () => {
    const beats = steadyBeats(60, 120, 0.01, 4);
    const even = makePulse(beats.filter((_, i) => i % 2 === 0), 60, 100);
    const odd = makePulse(beats.filter((_, i) => i % 2 === 1), 60, 100);
    const { rates } = run(even.map((value, i) => 100_000 + 1000 * value + 550 * odd[i]!), 100);
    for (const { perMinute } of rates) assert.ok(perMinute === undefined || Math.abs(perMinute - 120) < 6, `${perMinute}`);
  });

  it('starts anew behind missing samples', () => {
    const { monitor } = run(finger(30, 72, 100), 100);
    monitor.skip(500);
    assert.deepEqual([monitor.quality, monitor.perMinute, monitor.nowMs], [0, undefined, 35_000]);
    for (const value of finger(30, 72, 100)) monitor.push(Math.round(value));
    assert.ok(Math.abs((monitor.perMinute ?? 0) - 72) < 3);
  });

  it('breathes with the slow part', () => {
    const { monitor } = run(finger(90, 72, 100).map((value, i) => value - 2000 * Math.sin(i / 100) + 2000 * Math.sin((2 * Math.PI * 0.25 * i) / 100)), 100);
    assert.ok(Math.abs((monitor.breathsPerMinute ?? 0) - 15) < 1, `${monitor.breathsPerMinute}`);
  });

  it('refuses rates that its filters do not fit', () => {
    for (const rateHz of [MIN_PPG_RATE_HZ - 1, MAX_PPG_RATE_HZ + 1]) assert.throws(() => new PulseDetector(rateHz, () => {}), RangeError);
  });
});

describe('PPG vital signs, on real recordings', () => {
  for (const [column, scale] of [['R', 2500], ['G', 1000]] as const) {
    it(`is within 2 a minute of the reference oximeter, finger camera, ${column}`, function () {
      const samples = readCsv(recording(this, 'oximetry-uw/ppg/100001.csv'), { column, rate: 30 }).samples;
      const reference = readCsv(recording(this, 'oximetry-uw/reference/100001.csv'), { column: 'Pulse 1', rate: 1 }).samples;
      const { rates } = run(samples.map((value) => scale * value), 30, true);
      const truth = [...reference].map((perMinute, t) => ({ t, perMinute: perMinute > 0 ? perMinute : undefined }));
      const { meanAbsoluteError, minutes, withheldMinutes } = compareRates(truth, rates);
      assert.ok(meanAbsoluteError <= 2, `${meanAbsoluteError}`);
      assert.ok(withheldMinutes <= 0.1 * minutes);
    });
  }

  it('shows the clear part of finger-ppg, and not the part in which the finger was off', function () {
    const { samples, rateHz } = readCsv(recording(this, 'finger-ppg/data2.csv'));
    const { rates } = run(samples.map((value) => 200 * value), rateHz);
    assert.deepEqual(rates.slice(0, 45).filter(({ perMinute }) => perMinute !== undefined), []);
    const shown = rates.slice(45).filter(({ perMinute }) => perMinute !== undefined);
    assert.ok(shown.length > 30 && shown.every(({ perMinute }) => perMinute! > 55 && perMinute! < 72));
  });

  it('agrees with the ECG of a103l, or withholds', function () {
    const signal = readRecord(recording(this, 'ecg-mitbih/a103l', 'ecg-mitbih/a103l.hea')).signals[2]!;
    const { rates } = run(Float64Array.from(signal.samples, (value) => value + 20_000), signal.rateHz);
    const shown = rates.filter(({ perMinute }) => perMinute !== undefined);
    assert.ok(shown.length > 100);
    assert.ok(shown.every(({ perMinute }) => Math.abs(perMinute! - 126) < 12));
  });
});
