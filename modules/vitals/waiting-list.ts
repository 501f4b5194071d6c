// The candidates that were not beats when they came and may yet be: those of the learning time, and those since the
// last beat. Fixed room; the oldest make way.

/** Five candidates a second at most, so this is more than six seconds. */
export const MAX_WAITING = 32;

/** Candidates in order of time. */
export class WaitingList {
  readonly #index = new Float64Array(MAX_WAITING);
  readonly #height = new Int32Array(MAX_WAITING);
  readonly #likeness = new Int32Array(MAX_WAITING);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  push(index: number, height: number, likeness: number): void {
    if (this.#length === MAX_WAITING) {
      this.#index.copyWithin(0, 1);
      this.#height.copyWithin(0, 1);
      this.#likeness.copyWithin(0, 1);
      this.#length--;
    }
    this.#index[this.#length] = index;
    this.#height[this.#length] = height;
    this.#likeness[this.#length] = likeness;
    this.#length++;
  }

  index(at: number): number {
    return this.#index[at]!;
  }

  height(at: number): number {
    return this.#height[at]!;
  }

  likeness(at: number): number {
    return this.#likeness[at]!;
  }

  /** The second greatest height, or the only one; 0 when empty. */
  secondHighest(): number {
    let first = 0;
    let second = 0;
    for (let i = 0; i < this.#length; i++) {
      const height = this.#height[i]!;
      if (height > first) {
        second = first;
        first = height;
      } else if (height > second) second = height;
    }
    return second > 0 ? second : first;
  }
}
