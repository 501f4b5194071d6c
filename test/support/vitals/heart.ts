// Modelled hearts for tests: an ECG as a sum of bell curves after each beat (in the manner of McSharry et al. 2003,
// without the dynamics) and a pulse wave of two bells. Beat times are the truth. Models, and labelled so.

import { SeededRandom } from './random.ts';

/** One wave of the ECG: microvolts, middle and width in ms from the R wave. */
export interface Wave {
  readonly uV: number;
  readonly atMs: number;
  readonly widthMs: number;
}

/** P, Q, R, S and T of a healthy adult. */
export const NORMAL: readonly Wave[] = [
  { uV: 120, atMs: -170, widthMs: 22 }, { uV: -120, atMs: -26, widthMs: 9 }, { uV: 1100, atMs: 0, widthMs: 10 },
  { uV: -220, atMs: 27, widthMs: 9 }, { uV: 300, atMs: 280, widthMs: 45 },
];
/** A ventricular ectopic beat: broad, no P, the T wave the other way. */
export const ECTOPIC: readonly Wave[] = [
  { uV: 1500, atMs: 0, widthMs: 32 }, { uV: -500, atMs: 80, widthMs: 30 }, { uV: -450, atMs: 300, widthMs: 60 },
];

export interface Beat {
  readonly atS: number;
  readonly shape?: readonly Wave[];
}

/** @returns beats at a steady rate with normal scatter (standard deviation as a share of the interval) */
export function steadyBeats(seconds: number, perMinute: number, scatter: number, seed: number): Beat[] {
  const random = new SeededRandom(seed);
  const beats: Beat[] = [];
  for (let atS = 0.4; atS < seconds; atS += Math.max(0.25, (60 / perMinute) * (1 + scatter * random.normal()))) beats.push({ atS });
  return beats;
}

/** @returns an ECG in microvolts with a little white noise; `gain` scales the heart, not the noise */
export function makeEcg(beats: readonly Beat[], seconds: number, rateHz: number, gain = 1, noiseUv = 8, seed = 7): Float64Array {
  const random = new SeededRandom(seed);
  const out = Float64Array.from({ length: Math.round(seconds * rateHz) }, () => noiseUv * random.normal());
  for (const { atS, shape = NORMAL } of beats) {
    for (const { uV, atMs, widthMs } of shape) {
      const middle = (atS + atMs / 1000) * rateHz;
      const width = (widthMs * rateHz) / 1000;
      for (let i = Math.max(0, Math.ceil(middle - 5 * width)); i < Math.min(out.length, middle + 5 * width); i++) {
        out[i]! += gain * uV * Math.exp(-((i - middle) ** 2) / (2 * width * width));
      }
    }
  }
  return out;
}

/** @returns the pulse wave of the beats, 0 to about 1, 200 ms after them, with a dicrotic wave */
export function makePulse(beats: readonly Beat[], seconds: number, rateHz: number): Float64Array {
  const out = new Float64Array(Math.round(seconds * rateHz));
  for (const { atS } of beats) {
    for (const [height, atMs, widthMs] of [[1, 200, 90], [0.25, 480, 80]] as const) {
      const middle = (atS + atMs / 1000) * rateHz;
      const width = (widthMs * rateHz) / 1000;
      for (let i = Math.max(0, Math.ceil(middle - 5 * width)); i < Math.min(out.length, middle + 5 * width); i++) {
        out[i]! += height * Math.exp(-((i - middle) ** 2) / (2 * width * width));
      }
    }
  }
  return out;
}

/** @returns sample numbers of the beats */
export function beatIndices(beats: readonly Beat[], rateHz: number): number[] {
  return beats.map(({ atS }) => Math.round(atS * rateHz));
}
