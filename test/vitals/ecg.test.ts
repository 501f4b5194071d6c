import assert from 'node:assert/strict';
import { EcgMonitor } from 'lorica/vitals/ecg-monitor';
import { MAX_ECG_RATE_HZ, MIN_ECG_RATE_HZ, QrsDetector } from 'lorica/vitals/qrs-detector';
import { beatIndices, ECTOPIC, makeEcg, NORMAL, steadyBeats } from '../support/vitals/heart.ts';
import type { Beat } from '../support/vitals/heart.ts';
import { compareRun, mean, runEcg } from '../support/vitals/run.ts';

const SECONDS = 120;

function run(beats: readonly Beat[], rateHz = 250, gain = 1) {
  return compareRun(makeEcg(beats, SECONDS, rateHz, gain), beatIndices(beats, rateHz), rateHz);
}

function perfect(result: ReturnType<typeof run>): void {
  assert.deepEqual([result.comparison.missed, result.comparison.extra], [[], []]);
  const late = result.rates.slice(15);
  assert.ok(late.every((rate) => rate !== undefined), 'a clear signal is never withheld');
}

describe('ECG vital signs, on modelled hearts', () => {
  for (const rateHz of [MIN_ECG_RATE_HZ, 128, 250, 360, 500, MAX_ECG_RATE_HZ]) {
    it(`finds each beat at ${rateHz} Hz, and where it is`, () => {
      const result = run(steadyBeats(SECONDS, 70, 0.03, 1), rateHz);
      perfect(result);
      assert.ok(Math.abs(result.comparison.meanOffsetMs) < 10);
    });
  }

  for (const perMinute of [30, 40, 120, 180, 220]) {
    it(`counts ${perMinute} a minute`, () => {
      const result = run(steadyBeats(SECONDS, perMinute, 0.01, 2));
      perfect(result);
      for (const rate of result.rates.slice(20)) assert.ok(Math.abs((rate ?? 0) - perMinute) < 0.03 * perMinute, `${rate}`);
    });
  }

  it('does not mind small or large complexes, nor an inverted lead', () => {
    for (const gain of [0.1, 0.3, 5, -1]) perfect(run(steadyBeats(SECONDS, 70, 0.03, 1), 250, gain));
  });

  it('takes no tall T wave for a beat', () => {
    const shape = NORMAL.map((wave) => (wave.atMs === 280 ? { ...wave, uV: 1100, widthMs: 35 } : wave));
    perfect(run(steadyBeats(SECONDS, 70, 0.03, 1).map((beat) => ({ ...beat, shape }))));
  });

  it('finds ectopic beats, single, in bigeminy and in a row', () => {
    const early = (every: number) => steadyBeats(SECONDS, 70, 0.02, 2).map((beat, i) => (i % every === 1 ? { atS: beat.atS - 0.25, shape: ECTOPIC } : beat));
    perfect(run(early(10)));
    perfect(run(early(2)));
    perfect(run(steadyBeats(SECONDS, 160, 0.01, 3).map((beat) => ({ ...beat, shape: ECTOPIC }))));
  });

  it('calls fibrillation irregular, and neither a steady rhythm nor single ectopic beats', () => {
    assert.ok(run(steadyBeats(SECONDS, 90, 0.2, 3)).irregularS > 60);
    assert.equal(run(steadyBeats(SECONDS, 70, 0.02, 3)).irregularS, 0);
    const single = steadyBeats(SECONDS, 70, 0.02, 2).map((beat, i) => (i % 12 === 5 ? { atS: beat.atS - 0.25, shape: ECTOPIC } : beat));
    assert.equal(run(single).irregularS, 0);
  });

  it('tells an asystole four seconds after the last beat, and its end', () => {
    const beats = steadyBeats(SECONDS, 70, 0.02, 2).filter(({ atS }) => atS < 60 || atS > 75);
    const { asystoleS, rates, comparison } = run(beats);
    const last = beats.findLast(({ atS }) => atS < 60)?.atS ?? 0;
    assert.ok(asystoleS[0]! - last >= 4 && asystoleS[0]! - last < 6, `${asystoleS[0]}`);
    assert.ok(asystoleS.at(-1)! < 82);
    assert.ok(rates.slice(66, 75).every((rate) => rate === undefined), 'no rate without beats');
    assert.deepEqual(comparison.extra, [], 'no beats in the silence');
    assert.equal(run(steadyBeats(SECONDS, 25, 0.01, 2)).asystoleS.length, 0, 'a slow heart is none');
  });

  it('keeps an asystole that does not end, whatever the noise of the line does', () => {
    const samples = makeEcg(steadyBeats(60, 70, 0.02, 2), 400, 250);
    const { asystoleS } = runEcg(samples, 250);
    assert.ok(asystoleS.length > 330, `${asystoleS.length} s`);
  });

  it('calls a flat line a lead that is off, with no quality and no asystole', () => {
    const monitor = new EcgMonitor({ rateHz: 250 });
    for (const sample of makeEcg(steadyBeats(30, 70, 0.02, 2), 30, 250)) monitor.push(Math.round(sample));
    assert.equal(monitor.leadOff, false);
    for (let i = 0; i < 250 * 10; i++) monitor.push(40);
    assert.deepEqual([monitor.leadOff, monitor.quality, monitor.perMinute, monitor.asystole], [true, 0, undefined, undefined]);
  });

  it('follows a loss of four fifths of the amplitude', () => {
    const beats = steadyBeats(SECONDS, 70, 0.02, 2).map((beat) => (beat.atS < 60 ? beat : { ...beat, shape: NORMAL.map((wave) => ({ ...wave, uV: 0.2 * wave.uV })) }));
    const { comparison } = run(beats);
    assert.deepEqual([comparison.missed, comparison.extra], [[], []]);
  });

  it('withholds in noise that buries the beats, and shows again when it is over', () => {
    const beats = steadyBeats(SECONDS, 70, 0.02, 2);
    const loud = makeEcg([], 30, 250, 1, 900, 3);
    const samples = makeEcg(beats, SECONDS, 250).map((sample, i) => sample + (i >= 40 * 250 && i < 70 * 250 ? loud[i - 40 * 250]! : 0));
    const { rates, qualities } = runEcg(samples, 250);
    assert.ok(rates.slice(43, 70).filter((rate) => rate !== undefined).length <= 2);
    assert.ok(mean(qualities.slice(43, 70)) < 20);
    assert.ok(rates.slice(95).every((rate) => rate !== undefined));
  });

  it('keeps time across missing samples and makes no beat of the gap', () => {
    const rateHz = 250;
    const beats = steadyBeats(60, 70, 0.02, 2);
    const samples = makeEcg(beats, 60, rateHz);
    const found: number[] = [];
    const monitor = new EcgMonitor({ rateHz, onBeat: (index) => found.push(index) });
    for (let i = 0; i < samples.length; i++) {
      if (i === 20 * rateHz) monitor.skip(5 * rateHz);
      if (i >= 20 * rateHz && i < 25 * rateHz) continue;
      monitor.push(Math.round(samples[i]! + (i > 22 * rateHz ? 5000 : 0)));
    }
    const outside = (index: number) => index < 19.5 * rateHz || (index > 25.5 * rateHz && index < 59 * rateHz);
    const truth = beatIndices(beats, rateHz).filter(outside);
    const mine = found.filter(outside);
    assert.equal(mine.length, truth.length);
    truth.forEach((index, i) => assert.ok(Math.abs(index - mine[i]!) <= 5));
    assert.ok(found.every((index) => index < 20 * rateHz || index >= 25 * rateHz));
    assert.throws(() => monitor.skip(0), RangeError);
  });

  it('refuses rates that its filters do not fit', () => {
    for (const rateHz of [MIN_ECG_RATE_HZ - 1, MAX_ECG_RATE_HZ + 1, Number.NaN]) assert.throws(() => new QrsDetector(rateHz, () => {}), RangeError);
  });
});
