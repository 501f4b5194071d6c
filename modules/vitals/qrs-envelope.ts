// From the filtered ECG to candidates for a beat: the magnitude is smoothed by two moving sums (a triangle that one
// QRS complex fills), and each peak of that envelope with no higher one within 200 ms, the time in which no heart can
// beat twice, becomes a candidate at the extreme of the filtered signal beneath it. It does not decide what a beat is.

import { BandFilter } from 'lorica/vitals/band-filter';

/** The moving mean has its first zero at 50 Hz; at 60 Hz a sixth is left. */
const SMOOTH_MS = 20;
/** Centre at 0.43 / 28 ms = 15 Hz, where QRS energy stands out most (Thakor, Webster, Tompkins 1984). */
const BOX_MS = 28;
/** Each of the two moving sums; together they span a broad QRS complex. */
const ENVELOPE_MS = 64;
/** Refractory time of the ventricles, shorter than any RR interval (Pan, Tompkins 1985). */
export const REFRACTORY_MS = 200;
/** How much filtered signal is kept: a template on each side of a candidate that is known 200 ms late. */
const HISTORY_MS = 640;

/** Finds candidates, one at a time; the getters describe the latest. */
export class QrsEnvelope {
  readonly #rateHz: number;
  readonly #filter: BandFilter;
  readonly #history: Int32Array;
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #shift: number;
  readonly #refractory: number;
  readonly #lag: number;
  #historyAt = 0;
  #firstAt = 0;
  #secondAt = 0;
  #firstSum = 0;
  #secondSum = 0;
  #index = -1;
  #settledAt: number;
  #before = 0;
  #rising = false;
  #peak = 0;
  #peakIndex = -1;
  #candidate = -1;
  #height = 0;
  #level = 0;

  constructor(rateHz: number) {
    const length = Math.max(2, Math.round((ENVELOPE_MS * rateHz) / 1000));
    this.#rateHz = rateHz;
    this.#filter = new BandFilter(rateHz, SMOOTH_MS, BOX_MS);
    this.#history = new Int32Array(Math.round((HISTORY_MS * rateHz) / 1000));
    this.#first = new Int32Array(length);
    this.#second = new Int32Array(length);
    this.#shift = Math.max(0, Math.round(Math.log2(length)));
    this.#refractory = Math.round((REFRACTORY_MS * rateHz) / 1000);
    this.#lag = length - 1;
    this.#settledAt = this.#filter.settleSamples;
  }

  /** Index of the next sample. */
  get nextIndex(): number {
    return this.#index + 1;
  }

  /** Where the latest candidate is, as an index of input samples. */
  get candidate(): number {
    return this.#candidate;
  }

  /** The envelope's height at the latest candidate. */
  get height(): number {
    return this.#height;
  }

  /** The envelope now. */
  get level(): number {
    return this.#level;
  }

  /** Samples from a beat to the moment at which it can be known. */
  get latencySamples(): number {
    return this.#filter.delay + this.#lag + this.#refractory;
  }

  /** Takes one sample. @returns whether it settled a new candidate */
  push(sample: number): boolean {
    const filtered = this.#filter.push(sample);
    this.#index++;
    this.#history[this.#historyAt] = filtered;
    if (++this.#historyAt === this.#history.length) this.#historyAt = 0;
    this.#smooth(filtered < 0 ? -filtered : filtered);
    return this.#track();
  }

  /** Passes over `count` samples that nobody has: time goes on, the filters start anew. */
  skip(count: number): void {
    this.#index += count;
    this.#filter.restart();
    this.#history.fill(0);
    this.#first.fill(0);
    this.#second.fill(0);
    this.#firstSum = 0;
    this.#secondSum = 0;
    this.#settledAt = this.#index + 1 + this.#filter.settleSamples;
    this.#peakIndex = -1;
    this.#before = 0;
    this.#rising = false;
  }

  /** Whether the filtered signal at an input index is still kept. */
  keeps(index: number): boolean {
    return this.#index - this.#filter.delay - index < this.#history.length;
  }

  /** The filtered signal at an input index, or 0 where it is no longer (or not yet) kept. */
  filteredAt(index: number): number {
    const back = this.#index - this.#filter.delay - index;
    if (back < 0 || back >= this.#history.length) return 0;
    const at = this.#historyAt - 1 - back;
    return this.#history[at < 0 ? at + this.#history.length : at]!;
  }

  #smooth(magnitude: number): void {
    this.#firstSum += magnitude - this.#first[this.#firstAt]!;
    this.#first[this.#firstAt] = magnitude;
    if (++this.#firstAt === this.#first.length) this.#firstAt = 0;
    const scaled = this.#firstSum >> this.#shift;
    this.#secondSum += scaled - this.#second[this.#secondAt]!;
    this.#second[this.#secondAt] = scaled;
    if (++this.#secondAt === this.#second.length) this.#secondAt = 0;
    this.#level = this.#secondSum >> this.#shift;
  }

  #track(): boolean {
    const before = this.#before;
    this.#before = this.#level;
    if (this.#level > before) this.#rising = true;
    else if (this.#rising && this.#level < before) {
      this.#rising = false;
      if (before > this.#peak || this.#peakIndex < 0) {
        this.#peak = before;
        this.#peakIndex = this.#index - 1;
      }
    }
    if (this.#peakIndex < 0 || this.#index - this.#peakIndex < this.#refractory || this.#level > this.#peak) return false;
    return this.#settle();
  }

  /** The peak has stood for the refractory time: place it at the extreme beneath it. */
  #settle(): boolean {
    const centre = this.#peakIndex - this.#lag - this.#filter.delay;
    this.#height = this.#peak;
    this.#peakIndex = -1;
    this.#peak = 0;
    if (centre < this.#settledAt - this.#filter.settleSamples) return false;
    const reach = Math.round((ENVELOPE_MS * this.#rateHz) / 1000);
    let best = centre;
    let extreme = -1;
    for (let index = centre - reach; index <= centre + reach; index++) {
      const value = this.filteredAt(index);
      const magnitude = value < 0 ? -value : value;
      if (magnitude <= extreme) continue;
      extreme = magnitude;
      best = index;
    }
    this.#candidate = best;
    return true;
  }
}
