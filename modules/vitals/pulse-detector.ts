// Pulses in a photoplethysmogram: the band around the pulse rate (0.7 to 4 Hz), its peaks, and an adaptive threshold
// that passes over dicrotic waves. Systole must point up: invert a signal of received light. It does not say how good
// the signal is; `pulse-quality` does.

import { BandFilter } from 'lorica/vitals/band-filter';
import { Ring } from 'lorica/vitals/ring';

export const MIN_PPG_RATE_HZ = 20;
export const MAX_PPG_RATE_HZ = 250;

const SMOOTH_MS = 80;
/** Centre at 2.1 Hz; half of that gain at 0.75 and 4.2 Hz. */
const BOX_MS = 200;
/** Two pulses are at least this apart, and at least this share of the usual interval. */
const MIN_APART_MS = 270;
const APART_SHARE = 0.55;
const MAX_APART_MS = 700;
/** A pulse is at least this share as high as the last ones usually were. */
const THRESHOLD = 0.4;
const HEIGHTS = 8;
/** Without a pulse for so long any peak will do. */
const FORGET_MS = 3000;

/** Called for each pulse: the sample index of its (filtered) peak and its height. */
export type PulseListener = (index: number, height: number) => void;

/** One channel. */
export class PulseDetector {
  readonly #rateHz: number;
  readonly #filter: BandFilter;
  readonly #onPulse: PulseListener;
  readonly #heights = new Ring(HEIGHTS);
  #index = -1;
  #readyAt: number;
  #before = 0;
  #rising = false;
  #peak = 0;
  #peakIndex = -1;
  #lastPulse = -Infinity;
  #intervalSamples = 0;
  #filtered = 0;

  /** @throws RangeError for a rate outside MIN_PPG_RATE_HZ to MAX_PPG_RATE_HZ */
  constructor(rateHz: number, onPulse: PulseListener) {
    if (!(rateHz >= MIN_PPG_RATE_HZ && rateHz <= MAX_PPG_RATE_HZ)) throw new RangeError(`PPG rate must be ${MIN_PPG_RATE_HZ} to ${MAX_PPG_RATE_HZ} Hz`);
    this.#rateHz = rateHz;
    this.#onPulse = onPulse;
    this.#filter = new BandFilter(rateHz, SMOOTH_MS, BOX_MS);
    this.#readyAt = this.#filter.settleSamples;
  }

  /** The filtered signal, `delaySamples` late. */
  get filtered(): number {
    return this.#filtered;
  }

  get delaySamples(): number {
    return this.#filter.delay;
  }

  /** How high the last pulses were, in the middle. */
  get height(): number {
    return this.#heights.middleMean();
  }

  /** Lower quarter of the heights as a share of the upper: near 1 for an undisturbed signal. */
  get evenness(): number {
    const high = this.#heights.quantile(0.75);
    return high === 0 ? 0 : this.#heights.quantile(0.25) / high;
  }

  /** Tells the detector the usual interval, from which the shortest plausible one follows; 0: unknown. */
  expect(intervalMs: number): void {
    this.#intervalSamples = (intervalMs * this.#rateHz) / 1000;
  }

  push(sample: number): void {
    this.#filtered = this.#filter.push(sample);
    this.#index++;
    const value = this.#filtered;
    const before = this.#before;
    this.#before = value;
    if (this.#index < this.#readyAt) return;
    if (value > before) this.#rising = true;
    else if (this.#rising && value < before) {
      this.#rising = false;
      if (before > this.#peak) {
        this.#peak = before;
        this.#peakIndex = this.#index - 1;
      }
    }
    if (this.#peakIndex >= 0 && value <= 0 && this.#index - this.#peakIndex >= this.#apart()) this.#settle();
  }

  /** Passes over `count` samples that nobody has. */
  skip(count: number): void {
    this.#index += count;
    this.#filter.restart();
    this.#readyAt = this.#index + 1 + this.#filter.settleSamples;
    this.#peak = 0;
    this.#peakIndex = -1;
    this.#rising = false;
    this.#lastPulse = -Infinity;
  }

  /** Samples for which a peak must stand, so that a higher one soon after replaces it. */
  #apart(): number {
    const usual = Math.min(APART_SHARE * this.#intervalSamples, (MAX_APART_MS * this.#rateHz) / 1000) / 2;
    return Math.max(usual, (MIN_APART_MS * this.#rateHz) / 2000);
  }

  #settle(): void {
    const index = this.#peakIndex - this.#filter.delay;
    const height = this.#peak;
    this.#peak = 0;
    this.#peakIndex = -1;
    const since = index - this.#lastPulse;
    const stale = since > (FORGET_MS * this.#rateHz) / 1000;
    if (since < 2 * this.#apart() || (!stale && height < THRESHOLD * this.height)) return;
    this.#lastPulse = index;
    this.#heights.push(height);
    this.#onPulse(index, height);
  }
}
