// The derivation of the two primes, recomputed from π with nothing but integers.
import assert from 'node:assert/strict';
import { toHex } from 'lorica/bytes/bytes';
import { BASE, CHEB1536, CHEB2048, SECRET_LENGTH } from 'lorica/chebyshev/groups';
import { jacobi, toBytes } from 'lorica/chebyshev/reference';
import { sha256 } from 'lorica/primitives/sha256';
import { ownVectors } from '../support/read-vectors.ts';

const GROUPS = [
  { group: CHEB2048, exponent: 2046n, offset: 10656269657n },
  { group: CHEB1536, exponent: 1534n, offset: 21711106n },
];

describe('chebyshev: groups', () => {
  it('p = floor(2^k · π) + c, as published', () => {
    for (const { group, exponent, offset } of GROUPS) assert.equal(group.p, scaledPi(exponent) + offset);
  });

  it('p has the digest and the length that the vectors name', () => {
    const { groups } = ownVectors<{ groups: Record<string, { sha256_p: string }> }>('chebyshev.json');
    for (const { group } of GROUPS) {
      const bytes = toBytes(group.p, group.publicLength);
      assert.ok(bytes[0]! >= 0x80);
      assert.equal(toHex(sha256(bytes)), groups[group.name]!.sha256_p);
    }
  });

  it('p, q = (p+1)/2 and (p−1)/12 pass Miller-Rabin for the first twelve primes', () => {
    for (const { group } of GROUPS) {
      assert.equal(2n * group.q, group.p + 1n);
      assert.equal((group.p - 1n) % 12n, 0n);
      for (const n of [group.p, group.q, (group.p - 1n) / 12n]) assert.ok(isProbablePrime(n));
    }
  });

  it('p ≡ 13 (mod 24), so 2 is no square, 3 and −1 are, and the base is of order q', () => {
    for (const { group: { p } } of GROUPS) {
      assert.equal(p % 24n, 13n);
      assert.equal(jacobi(2n, p), -1);
      assert.equal(jacobi(3n, p), 1);
      assert.equal(jacobi(-1n, p), 1);
      assert.equal(jacobi(BigInt(BASE) + 1n, p), -1);
      assert.equal(jacobi(BigInt(BASE) - 1n, p), 1);
    }
  });

  it('no secret reaches the order of the base', () => {
    for (const { group } of GROUPS) assert.ok(group.q > 1n << BigInt(8 * SECRET_LENGTH));
  });
});

/** floor(2^k · π) by Machin's formula π = 16 arctan(1/5) − 4 arctan(1/239), with 64 guard bits */
function scaledPi(k: bigint): bigint {
  const one = 1n << (k + 64n);
  return (16n * arctanInverse(5n, one) - 4n * arctanInverse(239n, one)) >> 64n;
}

function arctanInverse(x: bigint, one: bigint): bigint {
  let sum = 0n;
  let sign = 1n;
  for (let power = one / x, n = 1n; power > 0n; power /= x * x, n += 2n, sign = -sign) sum += sign * (power / n);
  return sum;
}

function isProbablePrime(n: bigint): boolean {
  let odd = n - 1n;
  let twos = 0;
  while ((odd & 1n) === 0n) { odd >>= 1n; twos++; }
  return [2n, 3n, 5n, 7n, 11n, 13n, 17n, 19n, 23n, 29n, 31n, 37n].every((witness) => {
    let x = power(witness, odd, n);
    if (x === 1n || x === n - 1n) return true;
    for (let i = 1; i < twos; i++) if ((x = (x * x) % n) === n - 1n) return true;
    return false;
  });
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (let bit = BigInt(exponent.toString(2).length) - 1n; bit >= 0n; bit--) {
    result = (result * result) % modulus;
    if ((exponent >> bit) & 1n) result = (result * base) % modulus;
  }
  return result;
}
