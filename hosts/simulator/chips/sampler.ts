// The clockwork inside a sampling chip: how many samples it has taken by now, with an oscillator of its own that may
// be a few percent off.

/** Time in ms, as the world counts it. */
export type Now = () => number;

export class Sampler {
  readonly #now: Now;
  #rateHz = 0;
  #since = 0;
  #taken = 0;

  constructor(now: Now) {
    this.#now = now;
  }

  start(rateHz: number): void {
    this.#rateHz = rateHz;
    this.#since = this.#now();
    this.#taken = 0;
  }

  stop(): void {
    this.#rateHz = 0;
  }

  /** Times in ms of the samples that were taken since the last call, oldest first. */
  due(): number[] {
    if (this.#rateHz === 0) return [];
    const times: number[] = [];
    const end = Math.floor(((this.#now() - this.#since) * this.#rateHz) / 1000);
    while (this.#taken < end) {
      this.#taken++;
      times.push(this.#since + (1000 * this.#taken) / this.#rateHz);
    }
    return times;
  }
}
