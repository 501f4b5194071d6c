// Whether a signal is there at all: the range of each second tells flat lines (a lead that is off, a converter that
// hangs), the time spent at the extremes tells clipping, and a range far beyond the usual tells a disturbance. It
// knows nothing of hearts.

import { Ring } from 'lorica/vitals/ring';

/** A second that stays within so many units (of about a microvolt) is flat. */
const FLAT_RANGE = 4;
/** Running at the same extreme for this share of a second is clipping. */
const CLIPPED_SHARE = 0.2;
/** A second's range so many times the usual one of three seconds (which hold a beat of the slowest heart) is a
 * disturbance; usual is the lower quarter of half a minute. */
const DISTURBED_RANGE = 3;
const USUAL_SECONDS = 32;
/** One such second may be an ectopic beat; two within this many are not. */
const REPEATED_S = 3;
const MIN_USUAL_SECONDS = 8;

/** One channel's contact. */
export class Contact {
  readonly #window: number;
  #count = 0;
  #low = 0;
  #high = 0;
  #atLow = 0;
  #atHigh = 0;
  #flatSeconds = 0;
  #clipped = false;
  #range = 0;
  #rangeBefore = 0;
  #rangeBeforeThat = 0;
  #disturbed = false;
  #secondsSinceBroad = Infinity;
  readonly #ranges = new Ring(USUAL_SECONDS);

  constructor(rateHz: number) {
    this.#window = Math.round(rateHz);
  }

  /** Whole seconds for which the signal has been flat. */
  get flatSeconds(): number {
    return this.#flatSeconds;
  }

  /** Whether the last whole second ran at an extreme. */
  get clipped(): boolean {
    return this.#clipped;
  }

  /** Highest minus lowest sample of the last whole second. */
  get range(): number {
    return this.#range;
  }

  /** Whether the last whole second ranged far beyond the usual, and another shortly before it did. */
  get disturbed(): boolean {
    return this.#disturbed;
  }

  restart(): void {
    this.#count = 0;
    this.#flatSeconds = 0;
    this.#clipped = false;
    this.#disturbed = false;
  }

  push(sample: number): void {
    if (this.#count === 0) this.#low = this.#high = sample;
    if (sample < this.#low) {
      this.#low = sample;
      this.#atLow = 0;
    }
    if (sample > this.#high) {
      this.#high = sample;
      this.#atHigh = 0;
    }
    if (sample === this.#low) this.#atLow++;
    if (sample === this.#high) this.#atHigh++;
    if (++this.#count < this.#window) return;
    this.#range = this.#high - this.#low;
    const flat = this.#range <= FLAT_RANGE;
    this.#flatSeconds = flat ? this.#flatSeconds + 1 : 0;
    this.#clipped = !flat && Math.max(this.#atLow, this.#atHigh) > CLIPPED_SHARE * this.#window;
    this.#secondsSinceBroad++;
    const broad = this.#ranges.length >= MIN_USUAL_SECONDS && this.#range > DISTURBED_RANGE * this.#ranges.quantile(0.25);
    this.#disturbed = broad && this.#secondsSinceBroad <= REPEATED_S;
    if (broad) this.#secondsSinceBroad = 0;
    if (!flat) this.#ranges.push(Math.max(this.#range, this.#rangeBefore, this.#rangeBeforeThat));
    this.#rangeBeforeThat = this.#rangeBefore;
    this.#rangeBefore = this.#range;
    this.#count = 0;
    this.#atLow = 0;
    this.#atHigh = 0;
  }
}
