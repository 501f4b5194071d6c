// The last few integers, with mean and median: what the detectors remember. Nothing here allocates after the
// constructor.

/** The longest list; sorting is by insertion. */
export const MAX_RING = 64;

/** A list of at most `capacity` integers that forgets the oldest. */
export class Ring {
  readonly #values: Int32Array;
  readonly #sorted: Int32Array;
  #at = 0;
  #length = 0;

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_RING) throw new RangeError(`capacity must be 1 to ${MAX_RING}`);
    this.#values = new Int32Array(capacity);
    this.#sorted = new Int32Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  get full(): boolean {
    return this.#length === this.#values.length;
  }

  clear(): void {
    this.#length = 0;
    this.#at = 0;
  }

  push(value: number): void {
    this.#values[this.#at] = value;
    this.#at = this.#at + 1 === this.#values.length ? 0 : this.#at + 1;
    if (this.#length < this.#values.length) this.#length++;
  }

  /** @returns the value pushed `back` pushes ago (0: the latest). @throws RangeError beyond the length */
  recent(back: number): number {
    if (back < 0 || back >= this.#length) throw new RangeError('not that many values');
    const at = this.#at - 1 - back;
    return this.#values[at < 0 ? at + this.#values.length : at]!;
  }

  /** Mean; 0 when empty. */
  mean(): number {
    let sum = 0;
    for (let i = 0; i < this.#length; i++) sum += this.#values[i]!;
    return this.#length === 0 ? 0 : sum / this.#length;
  }

  /** The value at `share` (0–1) of the sorted list, the lower of two; 0 when empty. */
  quantile(share: number): number {
    if (this.#length === 0) return 0;
    const sorted = this.#sort();
    return sorted[Math.floor(share * (this.#length - 1))]!;
  }

  /** Mean of the middle: a quarter of the values is dropped at each end, so that one odd interval does not count. */
  middleMean(): number {
    if (this.#length === 0) return 0;
    const sorted = this.#sort();
    const drop = this.#length >> 2;
    let sum = 0;
    for (let i = drop; i < this.#length - drop; i++) sum += sorted[i]!;
    return sum / (this.#length - 2 * drop);
  }

  #sort(): Int32Array {
    const sorted = this.#sorted;
    for (let i = 0; i < this.#length; i++) {
      const value = this.#values[i]!;
      let at = i;
      while (at > 0 && sorted[at - 1]! > value) {
        sorted[at] = sorted[at - 1]!;
        at--;
      }
      sorted[at] = value;
    }
    return sorted;
  }
}
