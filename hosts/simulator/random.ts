// Chance from one seed. A stream is named; its numbers depend on the seed and its name alone, so a new consumer with a
// name of its own changes nothing for the others. The generator is sfc32 (C. Doty-Humphrey, PractRand), seeded through
// SHA-256. Predictable by design: nothing here may ever make a key of a real node.

import { createHash } from 'node:crypto';
import type { Entropy } from 'lorica/primitives/entropy';

/** Numbers to throw away after seeding, as sfc32's author advises. */
const WARM_UP = 12;
const TWO_32 = 0x1_0000_0000;

export class Random {
  readonly #name: string;
  #a: number;
  #b: number;
  #c: number;
  #counter: number;
  #spare: number | undefined;

  /** @param name the seed, or the whole name of a stream */
  constructor(name: string | number) {
    this.#name = String(name);
    const digest = createHash('sha256').update(`lorica simulator ${this.#name}`).digest();
    this.#a = digest.readUInt32LE(0) | 0;
    this.#b = digest.readUInt32LE(4) | 0;
    this.#c = digest.readUInt32LE(8) | 0;
    this.#counter = 1;
    for (let i = 0; i < WARM_UP; i++) this.uint32();
  }

  /** A stream of its own; two of the same name are the same numbers. */
  stream(name: string | number): Random {
    return new Random(`${this.#name}/${name}`);
  }

  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  uniform(): number {
    return this.uint32() / TWO_32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** A whole number in [0, bound). @throws RangeError unless 1 ≤ bound ≤ 2^32 */
  integer(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > TWO_32) throw new RangeError('bound must be a whole number from 1 to 2^32');
    return Math.floor(this.uniform() * bound);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** Mean 0, standard deviation 1 (Marsaglia's polar method). */
  normal(): number {
    const spare = this.#spare;
    if (spare !== undefined) {
      this.#spare = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const square = x * x + y * y;
      if (square === 0 || square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = y * factor;
      return x * factor;
    }
  }

  /** Waiting time of a Poisson process. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.uniform());
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.uint32();
      for (let j = i; j < Math.min(i + 4, length); j++) out[j] = word >>> (8 * (j - i));
    }
    return out;
  }

  /** This stream as the entropy of a simulated machine. */
  get entropy(): Entropy {
    return (length) => this.bytes(length);
  }
}
