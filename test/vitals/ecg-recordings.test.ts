import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { beatSamples, readAnnotations } from 'lorica/hosts/node/wfdb/annotations';
import { compareBeats } from 'lorica/hosts/node/wfdb/compare';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { recording } from '../support/recordings.ts';
import { addNoise, noiseIsOn } from '../support/vitals/noise.ts';
import type { NoiseKind } from '../support/vitals/noise.ts';
import { resample } from '../support/vitals/resample.ts';
import { compareRun, mean } from '../support/vitals/run.ts';

const NODE_RATE_HZ = 250;

function record100(test: Context, lead = 0) {
  const record = readRecord(recording(test, 'ecg-mitbih/100', 'ecg-mitbih/100.hea'));
  const signal = record.signals[lead]!;
  const beats = beatSamples(readAnnotations(recording(test, 'ecg-mitbih/100.atr')));
  return { microvolts: Float64Array.from(signal.samples, (sample) => (1000 * (sample - signal.baseline)) / signal.gain), beats, rateHz: signal.rateHz };
}

describe('ECG vital signs, on real recordings', function () {
  this.timeout(60_000);

  it('finds 99.9 % of the beats of MIT-BIH 100, and of its beats 99.9 % are true, at 360 Hz', function () {
    const { microvolts, beats, rateHz } = record100(this);
    const { comparison } = compareRun(microvolts, beats, rateHz);
    assert.ok(comparison.sensitivity >= 0.999 && comparison.positivePredictivity >= 0.999, JSON.stringify(comparison));
  });

  it('does so at the rate of the node too', function () {
    const { microvolts, beats, rateHz } = record100(this);
    const truth = beats.map((beat) => Math.round((beat * NODE_RATE_HZ) / rateHz));
    const { comparison } = compareRun(resample(microvolts, rateHz, NODE_RATE_HZ), truth, NODE_RATE_HZ);
    assert.ok(comparison.sensitivity >= 0.999 && comparison.positivePredictivity >= 0.999, JSON.stringify(comparison));
  });

  for (const kind of ['wander', 'muscle', 'electrode'] as const satisfies readonly NoiseKind[]) {
    it(`holds against modelled ${kind} noise: exact at 24 dB, better than the established detectors at 0 dB`, function () {
      const { microvolts, beats, rateHz } = record100(this);
      const quiet = compareRun(addNoise(microvolts, beats, rateHz, kind, 24, 5), beats, rateHz).comparison;
      assert.ok(quiet.sensitivity >= 0.999 && quiet.positivePredictivity >= 0.999);
      const run = compareRun(addNoise(microvolts, beats, rateHz, kind, 0, 5), beats, rateHz);
      const on = (beat: number) => noiseIsOn(beat / rateHz);
      // The established figures (0.79 and 0.59) are of whole recordings; this asks for them where the noise is.
      const noisy = compareBeats(beats.filter(on), run.beats.filter(on), rateHz);
      assert.ok(noisy.sensitivity > 0.79 && noisy.positivePredictivity > 0.79, JSON.stringify({ ...noisy, missed: 0, extra: 0 }));
      assert.equal(run.asystoleS.length, 0);
    });
  }

  it('lets quality fall where the noise is, and shows few wrong rates', function () {
    const { microvolts, beats, rateHz } = record100(this);
    const { qualities, rates } = compareRun(addNoise(microvolts, beats, rateHz, 'muscle', -6, 5), beats, rateHz);
    const second = (on: boolean) => qualities.filter((_, i) => i > 10 && noiseIsOn(i) === on);
    assert.ok(mean(second(true)) < 30 && mean(second(false)) > 80, `${mean(second(true))} and ${mean(second(false))}`);
    const shown = rates.filter((rate, i) => noiseIsOn(i) && rate !== undefined);
    assert.ok(shown.length < 0.1 * second(true).length);
  });

  for (const lead of [0, 1]) {
    it(`makes no asystole of the false alarm a103l, lead ${lead + 1} alone`, function () {
      const signal = readRecord(recording(this, 'ecg-mitbih/a103l', 'ecg-mitbih/a103l.hea')).signals[lead]!;
      const microvolts = Float64Array.from(signal.samples, (sample) => (1000 * (sample - signal.baseline)) / signal.gain);
      const run = compareRun(microvolts, [], signal.rateHz);
      assert.deepEqual(run.asystoleS, []);
      assert.ok(mean(run.qualities.slice(20, 260)) > 90, 'good before the disturbance');
      assert.ok(mean(run.qualities.slice(268, 293)) < 30, 'poor in it');
    });
  }
});
