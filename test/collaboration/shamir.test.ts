// Sharing: what k − 1 shares say about a secret (nothing, by enumeration), and what k of them give.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { interpolate } from 'lorica/collaboration/interpolation';
import { SECRET_LENGTH, split } from 'lorica/collaboration/shamir';
import { MAX_SHARES } from 'lorica/wire/handshake-payload';
import { countingEntropy, plainCoefficients, plainEvaluate, subsets, type Point } from './support.ts';

const octet = (value: number): Uint8Array => new Uint8Array(SECRET_LENGTH).fill(value);
const PATTERNS = [1, 2, 3, 4].flatMap((k) => [1, 2, 3, 4, 5].filter((n) => n >= k).map((n) => [k, n] as const));

/** Entropy that gives these coefficients, the lowest degree first. */
function giving(coefficients: readonly Uint8Array[]): (length: number) => Uint8Array {
  let next = 0;
  return () => coefficients[next++]!.slice();
}

describe('collaboration: what fewer than k shares say', () => {
  for (const [k, n] of PATTERNS) {
    it(`${k} of ${n}: with k − 1 shares every secret stays possible exactly once`, () => {
      const seen = split(octet(0x5a), k, n, countingEntropy(`${k} ${n}`));
      for (const known of subsets(n, k - 1)) {
        const points = known.map((index): Point => [index, seen[index - 1]!.value[7]!]);
        // for each of the 256 secrets the one polynomial that fits; 32 secrets at a time go through the real `split`
        for (let first = 0; first < 256; first += SECRET_LENGTH) {
          const secrets = Uint8Array.from({ length: SECRET_LENGTH }, (_, i) => first + i);
          const polynomials = Array.from(secrets, (secret) => plainCoefficients([[0, secret], ...points]));
          const coefficients = Array.from({ length: k - 1 }, (_, i) => Uint8Array.from(polynomials, (each) => each[i + 1]!));
          const shares = split(secrets, k, n, giving(coefficients));
          for (const [index, value] of points) assert.deepEqual(shares[index - 1]!.value, octet(value));
        }
      }
    });

    it(`${k} of ${n}: and no secret in two ways: coefficients and k − 1 shares determine each other`, () => {
      // `split` is linear over GF(2) (below), so it is enough that no sum of the 8(k − 1) single bits gives no share
      const zero = octet(0);
      const single = Array.from({ length: 8 * (k - 1) }, (_, bit) =>
        split(zero, k, n, giving(Array.from({ length: k - 1 }, (_unused, i) => octet(i === bit >> 3 ? 1 << (bit & 7) : 0)))));
      for (const known of subsets(n, k - 1)) {
        assert.equal(rank(single.map((shares) => known.map((index) => shares[index - 1]!.value[0]!))), 8 * (k - 1));
      }
    });
  }

  it('2 of 5: by brute force, each share goes with each secret for exactly one coefficient', () => {
    for (let index = 1; index <= 5; index++) {
      for (let secret = 0; secret < 256; secret++) {
        const values = new Set<number>();
        for (let first = 0; first < 256; first += SECRET_LENGTH) {
          const coefficient = Uint8Array.from({ length: SECRET_LENGTH }, (_, i) => first + i);
          for (const value of split(octet(secret), 2, 5, giving([coefficient]))[index - 1]!.value) values.add(value);
        }
        assert.equal(values.size, 256);
      }
    }
  });

  it('the control: k shares leave one secret', () => {
    for (const [k, n] of PATTERNS) {
      const shares = split(octet(0x5a), k, n, countingEntropy(`control ${k} ${n}`));
      for (const known of subsets(n, k)) {
        const points = known.map((index): Point => [index, shares[index - 1]!.value[0]!]);
        const possible = Array.from({ length: 256 }, (_, secret) => secret)
          .filter((secret) => plainCoefficients([[0, secret], ...points])[k] === 0);
        assert.deepEqual(possible, [0x5a]);
      }
    }
  });

  it('split is linear over GF(2)', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const sum = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((value, i) => value ^ b[i]!);
    fc.assert(fc.property(fc.array(bytes, { minLength: 8, maxLength: 8 }), (all) => {
      const [one, other] = [all.slice(0, 4), all.slice(4)];
      const both = one.map((value, i) => sum(value, other[i]!));
      const [a, b, c] = [one, other, both].map(([secret, ...rest]) => split(secret!, 4, 5, giving(rest)));
      for (let i = 0; i < 5; i++) assert.deepEqual(c![i]!.value, sum(a![i]!.value, b![i]!.value));
    }));
  });
});

describe('collaboration: splitting and interpolating', () => {
  const sizes = fc.integer({ min: 1, max: MAX_SHARES }).chain((n) => fc.tuple(fc.integer({ min: 1, max: n }), fc.constant(n)));

  it('any k of n ≤ 16 shares, in any order, give the secret and every other share', () => {
    fc.assert(fc.property(sizes, fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), fc.func(fc.nat()), ([k, n], secret, seed, order) => {
      const shares = split(secret, k, n, countingEntropy(seed.replace(/[^ -~]/g, '')));
      const chosen = shares.toSorted((a, b) => order(a.index) - order(b.index)).slice(0, k);
      assert.deepEqual(interpolate(chosen, 0), secret);
      for (const { index, value } of shares) assert.deepEqual(interpolate(chosen, index), value);
    }));
  });

  it('agrees with the plain reference', () => {
    fc.assert(fc.property(sizes, fc.uint8Array({ minLength: 32, maxLength: 32 }), ([k, n], secret) => {
      const coefficients = Array.from({ length: k - 1 }, (_, i) => countingEntropy(`coefficient ${i}`)(32));
      for (const { index, value } of split(secret, k, n, giving(coefficients))) {
        value.forEach((each, i) => assert.equal(each, plainEvaluate([secret[i]!, ...coefficients.map((one) => one[i]!)], index)));
      }
    }), { numRuns: 30 });
  });

  it('interpolates at every element of the field as the plain reference does', () => {
    const shares = split(countingEntropy('secret')(32), 4, 5, countingEntropy('everywhere')).slice(1);
    const coefficients = Array.from({ length: 32 }, (_, i) => plainCoefficients(shares.map(({ index, value }): Point => [index, value[i]!])));
    for (let at = 0; at < 256; at++) {
      assert.deepEqual(interpolate(shares, at), Uint8Array.from(coefficients, (each) => plainEvaluate(each, at)));
    }
  });

  it('takes full entropy for each coefficient, and wipes it', () => {
    const given: Uint8Array[] = [];
    const entropy = countingEntropy('recorded');
    split(octet(1), 16, 16, (length) => {
      assert.equal(length, 32);
      given.push(entropy(length));
      return given.at(-1)!;
    });
    assert.equal(given.length, 15);
    assert(given.every((each) => each.every((value) => value === 0)));
  });

  it('wipes what it has drawn when the entropy fails on the way', () => {
    const drawn: Uint8Array[] = [];
    const failing = (): Uint8Array => {
      if (drawn.length === 2) throw new Error('no entropy');
      drawn.push(octet(9));
      return drawn.at(-1)!;
    };
    assert.throws(() => split(octet(1), 5, 5, failing), /no entropy/);
    assert.deepEqual(drawn, [octet(0), octet(0)]);
  });

  it('refuses counts and lengths beyond the bounds', () => {
    const entropy = countingEntropy('unused');
    for (const [k, n] of [[0, 3], [4, 3], [1, 17], [17, 17], [1.5, 3], [1, 2.5], [NaN, 3], [-1, 1]] as const) {
      assert.throws(() => split(octet(1), k, n, entropy), RangeError, `${k} of ${n}`);
    }
    assert.equal(split(octet(1), 16, 16, entropy).length, 16);
    for (const length of [0, 31, 33]) {
      assert.throws(() => split(new Uint8Array(length), 2, 3, entropy), RangeError);
      assert.throws(() => split(octet(1), 2, 3, () => new Uint8Array(length)), RangeError);
      assert.throws(() => interpolate([{ index: 1, value: new Uint8Array(length) }], 0), RangeError);
    }
    const share = { index: 1, value: octet(1) };
    for (const at of [-1, 256, 1.5, NaN]) assert.throws(() => interpolate([share], at), RangeError);
    for (const index of [0, -1, 256, 1.5, NaN]) assert.throws(() => interpolate([{ ...share, index }], 0), RangeError);
    assert.deepEqual(interpolate([{ ...share, index: 255 }], 255), share.value);
    assert.throws(() => interpolate([], 0), RangeError);
    assert.throws(() => interpolate([share, share], 0), RangeError);
    assert.throws(() => interpolate(Array.from({ length: 17 }, (_, i) => ({ index: i + 1, value: octet(1) })), 0), RangeError);
  });
});

/** of a matrix over GF(2) whose rows are octet strings */
function rank(rows: readonly (readonly number[])[]): number {
  const left = rows.map((row) => row.reduce((bits, value) => bits * 256n + BigInt(value), 0n));
  let count = 0;
  while (left.length > 0) {
    const pivot = left.pop()!;
    if (pivot === 0n) continue;
    count++;
    const lowest = pivot & -pivot;
    for (let i = 0; i < left.length; i++) if ((left[i]! & lowest) !== 0n) left[i]! ^= pivot;
  }
  return count;
}
