// Shamir's secret sharing (Communications of the ACM 22, 1979) over GF(2⁸), one polynomial for each octet: every share
// is as long as the secret, k shares give it (`interpolation`), and k − 1 say nothing about it. It cannot tell a false
// share from a true one; that is the business of `commitment` and `collection`.
import { wipe } from 'lorica/bytes/bytes';
import { multiplyWord } from 'lorica/collaboration/field';
import type { Entropy } from 'lorica/primitives/entropy';
import { MAX_SHARES } from 'lorica/wire/handshake-payload';

/** octets of a secret and of each share */
export const SECRET_LENGTH = 32;

const WORDS = SECRET_LENGTH / 4;

export interface Share {
  /** x-coordinate, 1…n; public */
  readonly index: number;
  /** 32 bytes */
  readonly value: Uint8Array;
}

/**
 * @param secret 32 bytes, left as they are
 * @param k shares that suffice, 1…n
 * @param n ≤ 16; the x-coordinates are 1…n
 * @param entropy gives k − 1 times 32 bytes, which are wiped
 * @returns n shares; the caller wipes them
 * @throws RangeError on other lengths or counts
 */
export function split(secret: Uint8Array, k: number, n: number, entropy: Entropy): Share[] {
  requireLength(secret);
  requireCounts(k, n);
  const coefficients: Uint8Array[] = [];
  try {
    for (let i = 1; i < k; i++) coefficients.push(drawCoefficient(entropy));
    const shares: Share[] = [];
    for (let index = 1; index <= n; index++) shares.push({ index, value: evaluate(secret, coefficients, index) });
    return shares;
  } finally {
    wipe(...coefficients);
  }
}

/** @throws RangeError unless 1 ≤ k ≤ n ≤ 16 */
export function requireCounts(k: number, n: number): void {
  const areWhole = Number.isInteger(k) && Number.isInteger(n);
  if (!areWhole || k < 1 || k > n || n > MAX_SHARES) throw new RangeError(`not 1 ≤ k ≤ n ≤ ${MAX_SHARES}`);
}

/** Uniform, the highest coefficient too: were it never 0, k − 1 shares would rule secrets out. */
function drawCoefficient(entropy: Entropy): Uint8Array {
  const coefficient = entropy(SECRET_LENGTH);
  requireLength(coefficient);
  return coefficient;
}

/** Horner's rule */
function evaluate(secret: Uint8Array, coefficients: readonly Uint8Array[], at: number): Uint8Array {
  const out = new Uint8Array(SECRET_LENGTH);
  const words = new Int32Array(out.buffer);
  for (let degree = coefficients.length; degree >= 0; degree--) {
    const coefficient = degree === 0 ? secret : coefficients[degree - 1]!;
    for (let i = 0; i < WORDS; i++) words[i] = multiplyWord(words[i]!, at);
    for (let i = 0; i < SECRET_LENGTH; i++) out[i]! ^= coefficient[i]!;
  }
  return out;
}

/** @throws RangeError */
export function requireLength(value: Uint8Array): void {
  if (value.length !== SECRET_LENGTH) throw new RangeError(`a secret and its shares have ${SECRET_LENGTH} bytes`);
}
