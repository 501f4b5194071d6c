// From beat to beat: heart or pulse rate and whether the rhythm is irregular, out of the last intervals. A flag, not
// a diagnosis: irregular means that most intervals differ from their neighbours by more than breathing explains.

import { Ring } from 'lorica/vitals/ring';

/** Intervals that make a rate; the outer quarters are dropped, so a missed or an extra beat does not count. */
const RATE_INTERVALS = 10;
const MIN_RATE_INTERVALS = 4;
/** Intervals that make a rhythm: half a minute, roughly. */
const RHYTHM_INTERVALS = 32;
/** A step from one interval to the next beyond this share of the mean is irregular (compare Lian et al. 2011). */
const IRREGULAR_STEP = 0.08;
/** Ectopic beats make a few such steps; atrial fibrillation makes most. */
const IRREGULAR_SHARE = 0.55;
/** Intervals outside these are no intervals between neighbours: 250/min and 20/min. */
export const MIN_INTERVAL_MS = 240;
export const MAX_INTERVAL_MS = 3000;

/** The rhythm of one source of beats. */
export class HeartRhythm {
  readonly #recent = new Ring(RATE_INTERVALS);
  readonly #longer = new Ring(RHYTHM_INTERVALS);
  #last = -1;

  /** Time of the last beat in ms, or −1. */
  get lastBeatMs(): number {
    return this.#last;
  }

  /** Takes a beat at a time in ms. */
  beat(atMs: number): void {
    const interval = Math.round(atMs - this.#last);
    const known = this.#last >= 0 && interval <= MAX_INTERVAL_MS;
    if (this.#last >= 0 && !known) this.forget();
    this.#last = atMs;
    if (!known || interval < MIN_INTERVAL_MS) return;
    this.#recent.push(interval);
    this.#longer.push(interval);
  }

  /** Breaks the chain: the next beat starts a new one. */
  forget(): void {
    this.#recent.clear();
    this.#longer.clear();
    this.#last = -1;
  }

  /** The expected interval in ms, or 0 while there are too few. */
  get intervalMs(): number {
    return this.#recent.length < MIN_RATE_INTERVALS ? 0 : this.#recent.middleMean();
  }

  /** Beats a minute, or `undefined` while there are too few or the last is too long ago. */
  perMinute(nowMs: number): number | undefined {
    const interval = this.intervalMs;
    if (interval === 0 || nowMs - this.#last > Math.max(2000, 2.5 * interval)) return undefined;
    return 60_000 / interval;
  }

  /** The last interval in ms, or `undefined`. */
  get lastIntervalMs(): number | undefined {
    return this.#recent.length === 0 ? undefined : this.#recent.recent(0);
  }

  /** How far the recent intervals are apart: the middle half's width as a share of the middle one. */
  get spread(): number {
    const middle = this.#recent.quantile(0.5);
    return middle === 0 ? 1 : (this.#recent.quantile(0.75) - this.#recent.quantile(0.25)) / middle;
  }

  /** Whether the rhythm is irregular; `undefined` before RHYTHM_INTERVALS beats in a row. */
  get irregular(): boolean | undefined {
    if (!this.#longer.full) return undefined;
    const limit = IRREGULAR_STEP * this.#longer.mean();
    let steps = 0;
    for (let i = 1; i < RHYTHM_INTERVALS; i++) {
      if (Math.abs(this.#longer.recent(i) - this.#longer.recent(i - 1)) > limit) steps++;
    }
    return steps > IRREGULAR_SHARE * (RHYTHM_INTERVALS - 1);
  }
}
