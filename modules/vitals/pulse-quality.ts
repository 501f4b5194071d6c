// How much a pulse signal is to be believed, and its rate seen whole: the autocorrelation of the last six seconds of
// the filtered signal. A pulse repeats itself; motion and noise do not. Peaks that disagree with the period found
// here are not counted as pulses by anyone who asks.

import { ramp } from 'lorica/vitals/scale';

/** The filtered signal is read about so often a second. */
const READ_HZ = 16;
const WINDOW_S = 6;
/** 210 and 33 pulses a minute. */
const MIN_PERIOD_S = 0.28;
const MAX_PERIOD_S = 1.8;
/** Correlation at the period for quality 0 and 100. */
const POOR = 0.35;
const GOOD = 0.85;
/** A repeat after half the period, as a share of that after the whole: from the first it casts doubt, to the second. */
const HALF_DOUBTFUL = 0.35;
const HALF_EQUAL = 0.7;
/** A longer period must beat a shorter one by this, or it is only its multiple. */
const MULTIPLE_MARGIN = 0.12;

/** Period and regularity of one signal. */
export class PulseQuality {
  readonly #every: number;
  readonly #readHz: number;
  readonly #values: Int32Array;
  readonly #ordered: Int32Array;
  readonly #correlation: Float64Array;
  readonly #minLag: number;
  readonly #maxLag: number;
  #at = 0;
  #length = 0;
  #countdown = 0;
  #periodMs = 0;
  #regularity = 0;

  constructor(rateHz: number) {
    this.#every = Math.max(1, Math.round(rateHz / READ_HZ));
    this.#readHz = rateHz / this.#every;
    const window = Math.round(WINDOW_S * this.#readHz);
    this.#values = new Int32Array(window);
    this.#ordered = new Int32Array(window);
    this.#minLag = Math.max(2, Math.floor(MIN_PERIOD_S * this.#readHz));
    this.#maxLag = Math.ceil(MAX_PERIOD_S * this.#readHz);
    this.#correlation = new Float64Array(this.#maxLag + 2);
  }

  /** The period in ms, or 0 when there is none. */
  get periodMs(): number {
    return this.#periodMs;
  }

  /** 0–100: how well the signal repeats itself after that period. */
  get regularity(): number {
    return this.#regularity;
  }

  forget(): void {
    this.#length = 0;
    this.#at = 0;
    this.#periodMs = 0;
    this.#regularity = 0;
  }

  /** Takes a filtered sample (all of them; it reads every so many). */
  push(filtered: number): void {
    if (--this.#countdown > 0) return;
    this.#countdown = this.#every;
    this.#values[this.#at] = filtered;
    this.#at = this.#at + 1 === this.#values.length ? 0 : this.#at + 1;
    if (this.#length < this.#values.length) this.#length++;
  }

  /** Computes anew; once a second is enough. */
  update(): void {
    this.#periodMs = 0;
    this.#regularity = 0;
    if (this.#length < this.#values.length || !this.#order()) return;
    const correlation = this.#correlation;
    for (let lag = this.#minLag - 1; lag <= this.#maxLag + 1; lag++) correlation[lag] = this.#correlate(lag);
    let best = 0;
    for (let lag = this.#minLag; lag <= this.#maxLag; lag++) {
      const here = correlation[lag]!;
      if (here < correlation[lag - 1]! || here <= correlation[lag + 1]!) continue;
      if (best === 0 || here > correlation[best]! + MULTIPLE_MARGIN) best = lag;
    }
    if (best === 0 || correlation[best]! <= POOR) return;
    const before = correlation[best - 1]!;
    const after = correlation[best + 1]!;
    const bend = before - 2 * correlation[best]! + after;
    const period = best + (bend === 0 ? 0 : (before - after) / (2 * bend));
    this.#periodMs = (1000 * period) / this.#readHz;
    const doubt = ramp(this.#half(best) / correlation[best]!, HALF_DOUBTFUL, HALF_EQUAL);
    this.#regularity = Math.round(100 * ramp(correlation[best]!, POOR, GOOD) * (1 - doubt));
  }

  /** The highest repeat around half the period: two pulses may hide in one. */
  #half(lag: number): number {
    let highest = 0;
    for (let half = Math.max(this.#minLag, Math.floor(0.42 * lag)); half <= Math.ceil(0.58 * lag); half++) {
      const here = this.#correlation[half]!;
      if (here > this.#correlation[half - 1]! && here > this.#correlation[half + 1]! && here > highest) highest = here;
    }
    return highest;
  }

  /** Lays the window out in order of time, scaled to eleven bits. @returns whether there is any signal */
  #order(): boolean {
    let largest = 0;
    for (let i = 0; i < this.#values.length; i++) {
      const value = this.#values[i]!;
      if (value > largest) largest = value;
      else if (-value > largest) largest = -value;
    }
    let shift = 0;
    while (largest >> shift > 1023) shift++;
    for (let i = 0, at = this.#at; i < this.#ordered.length; i++) {
      this.#ordered[i] = this.#values[at]! >> shift;
      at = at + 1 === this.#values.length ? 0 : at + 1;
    }
    return largest > 0;
  }

  #correlate(lag: number): number {
    const ordered = this.#ordered;
    let cross = 0;
    let early = 0;
    let late = 0;
    for (let i = lag; i < ordered.length; i++) {
      const a = ordered[i - lag]!;
      const b = ordered[i]!;
      cross += a * b;
      early += a * a;
      late += b * b;
    }
    return early === 0 || late === 0 ? 0 : cross / Math.sqrt(early * late);
  }
}
