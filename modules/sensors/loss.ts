// How many samples are missing between two batches of a FIFO: what the chip counted, or, where its counter is full or
// the chip was reset, what the clock says. So no sample is ever given the time of another.

import type { Clock } from 'lorica/sensors/bus';

/** A chip that has given nothing for the time of so many samples, since it did or was started, has stopped. */
export const STALLED_SAMPLES = 8;
/** Fewer than so many are drift between the two clocks, and no loss. */
const DRIFT_SAMPLES = 2;

/** Counts the samples of one stream against the clock. */
export class LossMeter {
  readonly #clock: Clock;
  #rateHz = 1;
  #startedMs = -1;
  #given = 0;
  #aliveMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A stream begins (once, or again after `close`); its time is the first sample's. */
  begin(rateHz: number): void {
    this.#aliveMs = this.#clock.now();
    if (this.#startedMs >= 0 && rateHz === this.#rateHz) return;
    this.#rateHz = rateHz;
    this.#startedMs = this.#clock.now();
    this.#given = 0;
  }

  end(): void {
    this.#startedMs = -1;
  }

  /** Says that `count` samples came, behind `lost` that the chip itself counted. */
  give(count: number, lost: number): void {
    this.#given += count + lost;
    if (count > 0 || lost > 0) this.#aliveMs = this.#clock.now();
    // The chip's clock and the node's drift apart by a few percent: follow the chip while nothing is missing.
    if (lost === 0 && count > 0) this.#startedMs = this.#clock.now() - (1000 * this.#given) / this.#rateHz;
  }

  /** Whether a running chip has given nothing for far too long: it does not sample. */
  get stalled(): boolean {
    return ((this.#clock.now() - this.#aliveMs) * this.#rateHz) / 1000 > STALLED_SAMPLES;
  }

  /** How many samples the clock misses if `waiting` are still in the chip. */
  missing(waiting: number): number {
    if (this.#startedMs < 0) return 0;
    const due = Math.round(((this.#clock.now() - this.#startedMs) * this.#rateHz) / 1000);
    return Math.max(0, due - this.#given - waiting);
  }

  /**
   * What is lost before a batch.
   * @param counted by the chip; at `full` its counter has stopped and only the clock knows
   */
  lost(count: number, counted: number, full: number): number {
    if (counted > 0 && counted < full) return counted;
    const missing = this.missing(count);
    if (counted > 0) return Math.max(full, missing);
    return count > 0 && missing > DRIFT_SAMPLES ? missing : 0;
  }
}
