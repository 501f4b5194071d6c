// The part of fast-check that tests of portable modules use, for inside XS: seeded, biased to edges, few runs, no
// shrinking. The same properties run in Node under the real one. What it lacks is not there and fails loudly.
import { PROPERTY_RUNS } from './settings.xs.ts';

const SEED = 0x9e3779b9;
const DEFAULT_MAX_LENGTH = 10;
const FILTER_TRIES = 10_000;
const EDGE_CHANCE = 0.25;

/** xorshift32 */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** @returns a whole number below 2^32 */
  word(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  unit(): number {
    return this.word() / 0x100000000;
  }

  between(minimum: number, maximum: number): number {
    const span = maximum - minimum + 1;
    const fine = span > 0x100000000 ? this.word() * 0x200000 + (this.word() >>> 11) : this.word();
    return minimum + fine % span;
  }
}

export class Arbitrary<T> {
  readonly generate: (random: Random) => T;

  constructor(generate: (random: Random) => T) {
    this.generate = generate;
  }

  map<U>(change: (value: T) => U): Arbitrary<U> {
    return new Arbitrary((random) => change(this.generate(random)));
  }

  chain<U>(next: (value: T) => Arbitrary<U>): Arbitrary<U> {
    return new Arbitrary((random) => next(this.generate(random)).generate(random));
  }

  filter(holds: (value: T) => boolean): Arbitrary<T> {
    return new Arbitrary((random) => {
      for (let i = 0; i < FILTER_TRIES; i++) {
        const value = this.generate(random);
        if (holds(value)) return value;
      }
      throw new Error('a filter lets nothing pass');
    });
  }
}

interface Lengths { readonly minLength?: number; readonly maxLength?: number }
interface Range<T> { readonly min?: T; readonly max?: T }
type Arbitraries<T extends unknown[]> = { [K in keyof T]: Arbitrary<T[K]> };
interface Property { readonly arbitraries: readonly Arbitrary<unknown>[]; readonly holds: (...values: unknown[]) => unknown }

function integer({ min = -0x80000000, max = 0x7fffffff }: Range<number> = {}): Arbitrary<number> {
  return new Arbitrary((random) => {
    if (random.unit() >= EDGE_CHANCE) return random.between(min, max);
    const edges = [min, max, 0, 1, -1, min + 1, max - 1].filter((edge) => edge >= min && edge <= max);
    return edges[random.between(0, edges.length - 1)]!;
  });
}

const nat = (max: number | { max: number } = 0x7fffffff): Arbitrary<number> => integer({ min: 0, max: typeof max === 'number' ? max : max.max });
const maxSafeInteger = (): Arbitrary<number> => integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const maxSafeNat = (): Arbitrary<number> => integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const boolean = (): Arbitrary<boolean> => new Arbitrary((random) => random.unit() < 0.5);
const constant = <T>(value: T): Arbitrary<T> => new Arbitrary(() => value);
const constantFrom = <T>(...values: T[]): Arbitrary<T> => new Arbitrary((random) => values[random.between(0, values.length - 1)]!);

function bigInt(first: bigint | Range<bigint> = {}, second?: bigint): Arbitrary<bigint> {
  const { min = -(1n << 256n), max = 1n << 256n } = typeof first === 'bigint' ? { min: first, max: second! } : first;
  return new Arbitrary((random) => {
    if (random.unit() < EDGE_CHANCE / 2) return random.unit() < 0.5 ? min : max;
    const span = max - min + 1n;
    let value = 0n;
    for (let bits = 0; bits < span.toString(2).length + 32; bits += 32) value = (value << 32n) | BigInt(random.word());
    return min + value % span;
  });
}

function lengthOf(random: Random, { minLength = 0, maxLength = minLength + DEFAULT_MAX_LENGTH }: Lengths): number {
  return integer({ min: minLength, max: random.unit() < 0.5 ? Math.min(maxLength, minLength + DEFAULT_MAX_LENGTH) : maxLength }).generate(random);
}

function array<T>(item: Arbitrary<T>, lengths: Lengths = {}): Arbitrary<T[]> {
  return new Arbitrary((random) => Array.from({ length: lengthOf(random, lengths) }, () => item.generate(random)));
}

function uniqueArray<T>(item: Arbitrary<T>, options: Lengths & { selector?: (value: T) => unknown } = {}): Arbitrary<T[]> {
  const { selector = (value: T) => value as unknown, minLength = 0 } = options;
  return array(item, options).map((values) => {
    const seen = new Set<unknown>();
    return values.filter((value) => !seen.has(selector(value)) && seen.add(selector(value)));
  }).filter((values) => values.length >= minLength);
}

function shuffledSubarray<T>(values: readonly T[], { minLength = 0, maxLength = values.length }: Lengths = {}): Arbitrary<T[]> {
  return new Arbitrary((random) => {
    const left = [...values];
    const length = random.between(minLength, maxLength);
    return Array.from({ length }, () => left.splice(random.between(0, left.length - 1), 1)[0]!);
  });
}

function subarray<T>(values: readonly T[], { minLength = 0 }: Lengths = {}): Arbitrary<T[]> {
  return new Arbitrary((random) => values.filter(() => random.unit() < 0.5)).filter((chosen) => chosen.length >= minLength);
}

function uint8Array(options: Lengths & Range<number> = {}): Arbitrary<Uint8Array> {
  const { min = 0, max = 255 } = options;
  return array(integer({ min, max }), options).map((values) => Uint8Array.from(values));
}

function string(options: Lengths & { unit?: 'binary' | 'grapheme-ascii' | Arbitrary<string> } = {}): Arbitrary<string> {
  const { unit = 'grapheme-ascii' } = options;
  const letter = unit instanceof Arbitrary ? unit : unit === 'binary' ? codePoint : printable;
  return array(letter, options).map((letters) => letters.join(''));
}

const printable = integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code));
const codePoint = integer({ min: 0, max: 0x10ffff }).filter((code) => code < 0xd800 || code > 0xdfff).map((code) => String.fromCodePoint(code));

function tuple<T extends unknown[]>(...items: Arbitraries<T>): Arbitrary<T> {
  return new Arbitrary((random) => items.map((item) => (item as Arbitrary<unknown>).generate(random)) as T);
}

function record<T extends object>(members: { [K in keyof T]: Arbitrary<T[K]> }, { requiredKeys }: { requiredKeys?: readonly (keyof T)[] } = {}): Arbitrary<T> {
  return new Arbitrary((random) => {
    const result: Partial<T> = {};
    for (const key of Object.keys(members) as (keyof T)[]) {
      const value = members[key].generate(random);
      if (!requiredKeys || requiredKeys.includes(key) || random.unit() < 0.5) result[key] = value;
    }
    return result as T;
  });
}

function oneof<T>(...choices: (Arbitrary<T> | { arbitrary: Arbitrary<T>; weight: number } | object)[]): Arbitrary<T> {
  const items = choices.flatMap((choice) => choice instanceof Arbitrary ? [choice as Arbitrary<T>]
    : 'arbitrary' in choice ? Array.from({ length: (choice as { weight: number }).weight }, () => choice.arbitrary as Arbitrary<T>) : []);
  return new Arbitrary((random) => items[random.between(0, items.length - 1)]!.generate(random));
}

function option<T, N = null>(item: Arbitrary<T>, options: { nil?: N } = {}): Arbitrary<T | N> {
  const nil = ('nil' in options ? options.nil : null) as N;
  return new Arbitrary((random) => random.unit() < 0.2 ? nil : item.generate(random));
}

/** `tie` ends in the first choice of a `oneof` once it is deep enough, as `depthSize` would. */
function letrec<T extends Record<string, unknown>>(build: (tie: (key: keyof T) => Arbitrary<unknown>) => { [K in keyof T]: Arbitrary<T[K]> }): { [K in keyof T]: Arbitrary<T[K]> } {
  let depth = 0;
  const built = build((key) => new Arbitrary((random) => {
    if (depth >= 3) return LEAF;
    depth++;
    try {
      return built[key].generate(random);
    } finally {
      depth--;
    }
  }));
  return built;
}
const LEAF = 0;

function property<T extends unknown[]>(...all: [...Arbitraries<T>, (...values: T) => unknown]): Property {
  const holds = all.at(-1) as (...values: unknown[]) => unknown;
  return { arbitraries: all.slice(0, -1) as Arbitrary<unknown>[], holds };
}

function assert({ arbitraries, holds }: Property, { numRuns = PROPERTY_RUNS }: { numRuns?: number } = {}): void {
  const random = new Random(SEED);
  for (let run = 0; run < Math.min(numRuns, PROPERTY_RUNS); run++) {
    const values = arbitraries.map((arbitrary) => arbitrary.generate(random));
    let failure: unknown;
    try {
      if (holds(...values) !== false) continue;
      failure = 'the property gave false';
    } catch (error) {
      if (error instanceof PreconditionError) continue;
      failure = error;
    }
    throw new Error(`property failed in run ${run} for ${JSON.stringify(values, (_, value: unknown) => typeof value === 'bigint' ? `${value}n` : value)}: ${String(failure)}`);
  }
}

class PreconditionError extends Error {}

function pre(holds: boolean): asserts holds {
  if (!holds) throw new PreconditionError();
}

/** what `import fc from 'fast-check'` gives */
export const fc = {
  Arbitrary, integer, nat, maxSafeInteger, maxSafeNat, boolean, constant, constantFrom, bigInt, array, uniqueArray, shuffledSubarray,
  subarray,   uint8Array, string, tuple, record, oneof, option, letrec, property, assert, pre,
};
