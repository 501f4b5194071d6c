// Breathing rate from what breathing modulates: the height of QRS complexes or pulses, their intervals, or the slow
// part of a PPG. Any such series, known at beats or samples, is read four times a second; its autocorrelation over
// half a minute tells the period, and the height of that peak tells how much to believe it. It sees no apnoea
// shorter than its window and no rate outside 6 to 40 a minute.

import { ramp, WITHHELD_BELOW } from 'lorica/vitals/scale';

/** Readings of the series a second. */
export const RESPIRATION_RATE_HZ = 4;
/** Half a minute: three breaths of the slowest rate. */
const WINDOW = 128;
/** 40 and 6 breaths a minute, in readings. */
const MIN_LAG = 6;
const MAX_LAG = 40;
/** Quality is 0 at the first correlation, 100 at the second. */
const POOR = 0.15;
const GOOD = 0.75;
/** A repeat after half the period, as a share of that after the whole: from the first it casts doubt, to the second. */
const HALF_DOUBTFUL = 0.2;
const HALF_EQUAL = 0.6;
/** Two computations in a row that differ by more than this share are not to be believed, nor is the first. */
const AGREE = 0.15;

/** One modulated series. */
export class Respiration {
  readonly #values = new Float64Array(WINDOW);
  readonly #centred = new Float64Array(WINDOW);
  readonly #correlation = new Float64Array(MAX_LAG + 2);
  #at = 0;
  #length = 0;
  #rate = 0;
  #before = 0;
  #quality = 0;

  /** Signal quality, 0–100. */
  get quality(): number {
    return this.#quality;
  }

  /** Breaths a minute, or `undefined` when the quality is low. */
  get perMinute(): number | undefined {
    return this.#quality < WITHHELD_BELOW ? undefined : this.#rate;
  }

  forget(): void {
    this.#length = 0;
    this.#at = 0;
    this.#rate = 0;
    this.#quality = 0;
  }

  /** Takes the series' present value; call RESPIRATION_RATE_HZ times a second. */
  push(value: number): void {
    this.#values[this.#at] = value;
    this.#at = (this.#at + 1) % WINDOW;
    if (this.#length < WINDOW) this.#length++;
  }

  /** Computes rate and quality anew; every few seconds is enough. */
  update(): void {
    this.#quality = 0;
    this.#before = this.#rate;
    this.#rate = 0;
    if (this.#length < WINDOW || !this.#centre()) return;
    const correlation = this.#correlation;
    for (let lag = MIN_LAG - 1; lag <= MAX_LAG + 1; lag++) correlation[lag] = this.#correlate(lag);
    let best = 0;
    for (let lag = MIN_LAG; lag <= MAX_LAG; lag++) {
      const here = correlation[lag]!;
      if (here < correlation[lag - 1]! || here < correlation[lag + 1]!) continue;
      // The first high peak is the breath; its multiples are as high and must not win by a hair.
      if (best === 0 || here > correlation[best]! + 0.1) best = lag;
    }
    if (best === 0) return;
    const before = correlation[best - 1]!;
    const after = correlation[best + 1]!;
    const bend = before - 2 * correlation[best]! + after;
    const period = best + (bend === 0 ? 0 : (before - after) / (2 * bend));
    this.#rate = (60 * RESPIRATION_RATE_HZ) / period;
    if (Math.abs(this.#rate - this.#before) > AGREE * this.#rate) return;
    let half = 0;
    for (let lag = Math.max(MIN_LAG, Math.floor(0.4 * best)); lag <= 0.6 * best; lag++) half = Math.max(half, correlation[lag]!);
    this.#quality = Math.round(100 * ramp(correlation[best]!, POOR, GOOD) * ramp(half / correlation[best]!, HALF_EQUAL, HALF_DOUBTFUL));
  }

  /** Removes mean and trend. @returns whether anything is left */
  #centre(): boolean {
    const middle = (WINDOW - 1) / 2;
    let sum = 0;
    let slope = 0;
    let weight = 0;
    for (let i = 0; i < WINDOW; i++) {
      const value = this.#values[(this.#at + i) % WINDOW]!;
      sum += value;
      slope += (i - middle) * value;
      weight += (i - middle) * (i - middle);
    }
    let power = 0;
    for (let i = 0; i < WINDOW; i++) {
      const value = this.#values[(this.#at + i) % WINDOW]! - sum / WINDOW - ((i - middle) * slope) / weight;
      this.#centred[i] = value;
      power += value * value;
    }
    return power > 0;
  }

  #correlate(lag: number): number {
    let cross = 0;
    let early = 0;
    let late = 0;
    for (let i = lag; i < WINDOW; i++) {
      const a = this.#centred[i - lag]!;
      const b = this.#centred[i]!;
      cross += a * b;
      early += a * a;
      late += b * b;
    }
    return early === 0 || late === 0 ? 0 : cross / Math.sqrt(early * late);
  }
}
