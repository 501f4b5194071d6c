// What the node has counted since it started; it goes into status records (codes: COUNTER in lorica/reading/reading).
import { MAX_COUNTERS } from 'lorica/reading/reading';

export class Counters {
  readonly #values = new Uint32Array(MAX_COUNTERS + 1);

  add(code: number, by = 1): void {
    this.#values[code] = Math.min(0xffffffff, this.get(code) + by);
  }

  get(code: number): number {
    return this.#values[code] ?? 0;
  }

  /** @returns those that are not zero */
  snapshot(): Map<number, number> {
    const counts = new Map<number, number>();
    for (let code = 1; code < this.#values.length; code++) if (this.#values[code] !== 0) counts.set(code, this.#values[code]!);
    return counts;
  }
}
