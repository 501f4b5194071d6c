import assert from 'node:assert/strict';
import { beatIndices, ECTOPIC, makeEcg, NORMAL, steadyBeats } from '../support/vitals/heart.ts';
import type { Beat, Wave } from '../support/vitals/heart.ts';
import { makeNoise, noisePower, qrsPower } from '../support/vitals/noise.ts';
import { SeededRandom } from '../support/vitals/random.ts';
import { compareRun } from '../support/vitals/run.ts';

const RATE_HZ = 360;
const SECONDS = 180;

const scaled = (shape: readonly Wave[], by: number): Wave[] => shape.map((wave) => ({ ...wave, uV: by * wave.uV }));
/** Left and right bundle branch block, as broad and as notched as they come. */
const LEFT_BLOCK: readonly Wave[] = [
  { uV: 100, atMs: -190, widthMs: 25 }, { uV: 700, atMs: -15, widthMs: 25 }, { uV: 750, atMs: 40, widthMs: 22 }, { uV: -450, atMs: 300, widthMs: 60 },
];
const RIGHT_BLOCK: readonly Wave[] = [
  { uV: 100, atMs: -190, widthMs: 25 }, { uV: 500, atMs: -10, widthMs: 12 }, { uV: -600, atMs: 35, widthMs: 20 },
  { uV: 300, atMs: 80, widthMs: 22 }, { uV: -150, atMs: 300, widthMs: 50 },
];

const BEATS = steadyBeats(SECONDS, 75, 0.04, 5);
const each = (shape: (beat: Beat, index: number) => readonly Wave[]): Beat[] => BEATS.map((beat, i) => ({ ...beat, shape: shape(beat, i) }));

function perfect(beats: readonly Beat[], extra?: (i: number) => number): void {
  const samples = makeEcg(beats, SECONDS, RATE_HZ).map((value, i) => value + (extra?.(i) ?? 0));
  const { comparison, rates } = compareRun(samples, beatIndices(beats, RATE_HZ), RATE_HZ);
  // A beat that the recording cuts off behind its R wave need not be found.
  assert.deepEqual([comparison.missed.filter((beat) => beat < (SECONDS - 0.3) * RATE_HZ), comparison.extra], [[], []]);
  const withheld = rates.slice(15).filter((rate) => rate === undefined).length;
  assert.ok(withheld < 0.1 * rates.length, `${withheld} s withheld`);
}

describe('odd hearts and lines', () => {
  it('have their beats found: bundle branch blocks', () => {
    perfect(each(() => LEFT_BLOCK));
    perfect(each(() => RIGHT_BLOCK));
  });
  it('have their beats found: ectopic beats twice as high, half as high, and in runs', () => {
    const early = (by: number): Beat[] => BEATS.map((beat, i) => (i % 7 === 3 ? { atS: beat.atS - 0.2, shape: scaled(ECTOPIC, by) } : beat));
    perfect(early(2.5));
    perfect(early(0.5));
    perfect(each((_, i) => (i % 60 > 40 && i % 60 < 50 ? scaled(ECTOPIC, 1.5) : NORMAL)));
  });
  it('have their beats found: every second one a third as high, or all rising and falling', () => {
    perfect(each((_, i) => (i % 2 === 0 ? NORMAL : scaled(NORMAL, 0.35))));
    perfect(each(({ atS }) => scaled(NORMAL, 1 + 0.5 * Math.sin(atS / 3))));
  });
  it('have their beats found: pacemaker spikes and high P waves', () => {
    perfect(each(() => [{ uV: 2500, atMs: -60, widthMs: 1.2 }, ...LEFT_BLOCK]));
    perfect(each(() => NORMAL.map((wave) => (wave.atMs === -170 ? { ...wave, uV: 350, widthMs: 18 } : wave))));
  });
  it('have their beats found: flutter waves, and mains hum of either continent', () => {
    for (const [hertz, uV] of [[5, 150], [50, 300], [60, 300]] as const) perfect(BEATS, (i) => uV * Math.sin((2 * Math.PI * hertz * i) / RATE_HZ));
  });

  it('are found better than by the established detectors in spikes that look like QRS complexes, at 0 dB', () => {
    const seconds = 420;
    for (const shape of [NORMAL, RIGHT_BLOCK]) {
      const beats = steadyBeats(seconds, 75, 0.04, 5).map((beat) => ({ ...beat, shape }));
      const truth = beatIndices(beats, RATE_HZ);
      const clean = makeEcg(beats, seconds, RATE_HZ);
      const noise = spikes(seconds);
      const gain = Math.sqrt(qrsPower(clean, truth, RATE_HZ) / noisePower(noise, RATE_HZ));
      const noisy = clean.map((value, i) => value + (i > 60 * RATE_HZ ? gain * noise[i]! : 0));
      const { comparison, asystoleS } = compareRun(noisy, truth, RATE_HZ);
      assert.ok(comparison.sensitivity > 0.9 && comparison.positivePredictivity > 0.75, `${comparison.sensitivity}, ${comparison.positivePredictivity}`);
      assert.deepEqual(asystoleS, []);
    }
  });
});

/** One or two a second, 8 to 48 ms wide, over electrode motion. */
function spikes(seconds: number): Float64Array {
  const random = new SeededRandom(3);
  const list: Beat[] = [];
  for (let atS = 0; atS < seconds; atS += 0.15 + 1.2 * random.uniform()) {
    list.push({ atS, shape: [
      { uV: 1000 * random.normal(), atMs: 0, widthMs: 8 + 40 * random.uniform() }, { uV: 700 * random.normal(), atMs: 60, widthMs: 10 + 60 * random.uniform() },
    ] });
  }
  const sharp = makeEcg(list, seconds, RATE_HZ, 1, 0);
  const slow = makeNoise('electrode', sharp.length, RATE_HZ, 4);
  const sharpGain = 1 / Math.sqrt(noisePower(sharp, RATE_HZ));
  const slowGain = 1 / Math.sqrt(noisePower(slow, RATE_HZ));
  return sharp.map((value, i) => value * sharpGain + slow[i]! * slowGain);
}
