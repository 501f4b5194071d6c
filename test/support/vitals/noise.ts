// Noise for stress tests, in the manner of the MIT-BIH Noise Stress Test Database (Moody, Muldrow, Mark 1984) but
// modelled, not recorded: baseline wander, muscle noise and electrode motion, mixed in at a stated ratio of signal to
// noise, two minutes on and two minutes off, from the fifth minute. It is no substitute for the recorded noises.

import { SeededRandom } from './random.ts';

export type NoiseKind = 'wander' | 'muscle' | 'electrode';

/** @returns `length` samples of a kind of noise, of no particular size */
export function makeNoise(kind: NoiseKind, length: number, rateHz: number, seed: number): Float64Array {
  const random = new SeededRandom(seed);
  if (kind === 'wander') return wander(length, rateHz, random);
  return kind === 'muscle' ? muscle(length, rateHz, random) : electrode(length, rateHz, random);
}

/** Breathing and drift: a few slow sines and a smoothed random walk. */
function wander(length: number, rateHz: number, random: SeededRandom): Float64Array {
  const out = new Float64Array(length);
  const sines = Array.from({ length: 5 }, () => ({ f: 0.05 + 0.45 * random.uniform(), p: 6.28 * random.uniform() }));
  let walk = 0;
  for (let i = 0; i < length; i++) {
    walk = walk * (1 - 0.3 / rateHz) + random.normal() * 2 * Math.sqrt(1 / rateHz);
    out[i] = walk;
    for (const { f, p } of sines) out[i]! += 0.6 * Math.sin((2 * Math.PI * f * i) / rateHz + p);
  }
  return out;
}

/** White noise between about 15 and 120 Hz, in bursts of changing strength. */
function muscle(length: number, rateHz: number, random: SeededRandom): Float64Array {
  const out = new Float64Array(length);
  const high = Math.exp((-2 * Math.PI * 15) / rateHz);
  const low = Math.exp((-2 * Math.PI * 100) / rateHz);
  let slow = 0;
  let smooth = 0;
  let strength = 1;
  for (let i = 0; i < length; i++) {
    if (i % Math.round(rateHz) === 0) strength = 0.4 + 1.2 * random.uniform();
    const white = random.normal() * strength;
    smooth = low * smooth + (1 - low) * white;
    slow = high * slow + (1 - high) * smooth;
    out[i] = smooth - slow;
  }
  return out;
}

/** Jumps of the half-cell potential that take 20 to 120 ms and creep back, over 1/f noise below 10 Hz. */
function electrode(length: number, rateHz: number, random: SeededRandom): Float64Array {
  const out = new Float64Array(length);
  let target = 0;
  let level = 0;
  let reach = 0.05;
  let decay = 0.5;
  let pink = 0;
  let fast = 0;
  for (let i = 0; i < length; i++) {
    if (random.uniform() < 2.2 / rateHz) {
      target += random.normal() * Math.exp(0.7 * random.normal());
      reach = 0.02 + 0.1 * random.uniform();
      decay = 0.15 + 0.8 * random.uniform();
    }
    target -= target / (decay * rateHz);
    level += (target - level) / (reach * rateHz);
    pink += -pink / (0.3 * rateHz) + random.normal() * 0.8 * Math.sqrt(1 / rateHz);
    fast += (random.normal() - fast) * Math.min(1, 60 / rateHz);
    out[i] = level + pink + 0.1 * fast;
  }
  return out;
}

/**
 * Signal power as the database defines it: the middle peak-to-peak height of the QRS complexes, squared, over eight.
 * @param beats sample indices of the complexes
 */
export function qrsPower(samples: ArrayLike<number>, beats: readonly number[], rateHz: number): number {
  const reach = Math.round(0.05 * rateHz);
  const heights = beats.filter((beat) => beat > reach && beat + reach < samples.length).map((beat) => {
    let low = Infinity;
    let high = -Infinity;
    for (let i = beat - reach; i <= beat + reach; i++) {
      low = Math.min(low, samples[i]!);
      high = Math.max(high, samples[i]!);
    }
    return high - low;
  });
  const middle = heights.sort((a, b) => a - b)[heights.length >> 1] ?? 0;
  return (middle * middle) / 8;
}

/** Noise power as the database defines it: variance in windows of a second, averaged without the outer twentieths. */
export function noisePower(noise: Float64Array, rateHz: number): number {
  const width = Math.round(rateHz);
  const variances: number[] = [];
  for (let at = 0; at + width <= noise.length; at += width) {
    let sum = 0;
    let squares = 0;
    for (let i = at; i < at + width; i++) {
      sum += noise[i]!;
      squares += noise[i]! * noise[i]!;
    }
    variances.push(squares / width - (sum / width) ** 2);
  }
  variances.sort((a, b) => a - b);
  const kept = variances.slice(Math.floor(variances.length / 20), Math.ceil((variances.length * 19) / 20));
  return kept.reduce((sum, one) => sum + one, 0) / kept.length;
}

/** Whether the noise is on at a second of the recording: from minute 5, two minutes on, two off. */
export function noiseIsOn(second: number): boolean {
  return second >= 300 && Math.floor((second - 300) / 120) % 2 === 0;
}

/** @returns the samples with noise of a kind at `decibels` below the QRS power, by the on-off plan */
export function addNoise(samples: ArrayLike<number>, beats: readonly number[], rateHz: number, kind: NoiseKind, decibels: number, seed: number): Float64Array {
  const noise = makeNoise(kind, samples.length, rateHz, seed);
  const gain = Math.sqrt(qrsPower(samples, beats, rateHz) / 10 ** (decibels / 10) / noisePower(noise, rateHz));
  return Float64Array.from(samples, (sample, i) => sample + (noiseIsOn(i / rateHz) ? gain * noise[i]! : 0));
}
