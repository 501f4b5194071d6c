// What the tests of collaboration share: a field and an interpolation written another way, repeatable entropy, subsets.
import { ascii } from 'lorica/bytes/bytes';
import type { Contribution } from 'lorica/collaboration/contribution';
import { beginContribution, type AwaitingReceipt, type DealtShare } from 'lorica/collaboration/node-contribution';
import { decodeShareMessage } from 'lorica/collaboration/share-message';
import type { Entropy } from 'lorica/primitives/entropy';
import { hmac } from 'lorica/primitives/hmac';
import type { Sharing } from 'lorica/wire/handshake-payload';

/** FIPS 197 §4.2 by the book: the product of two polynomials over GF(2), then its remainder modulo 0x11b. */
export function plainMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if (((b >> bit) & 1) === 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit--) if (((product >> bit) & 1) === 1) product ^= 0x11b << (bit - 8);
  return product;
}

export function plainInvert(a: number): number {
  for (let b = 1; b < 256; b++) if (plainMultiply(a, b) === 1) return b;
  throw new RangeError('0 has no inverse');
}

/** [x, y] */
export type Point = readonly [number, number];

/** The coefficients, from degree 0 on, of the polynomial of degree < points.length through all of them, by elimination. */
export function plainCoefficients(points: readonly Point[]): number[] {
  const rows = points.map(([x, y]) => {
    const row = [1];
    while (row.length < points.length) row.push(plainMultiply(row.at(-1)!, x));
    return [...row, y];
  });
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows.findIndex((row, i) => i >= column && row[column] !== 0);
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const inverse = plainInvert(rows[column]![column]!);
    rows[column] = rows[column]!.map((value) => plainMultiply(value, inverse));
    for (let i = 0; i < rows.length; i++) {
      const factor = rows[i]![column]!;
      if (i !== column) rows[i] = rows[i]!.map((value, j) => value ^ plainMultiply(factor, rows[column]![j]!));
    }
  }
  return rows.map((row) => row.at(-1)!);
}

export function plainEvaluate(coefficients: readonly number[], x: number): number {
  return coefficients.reduceRight((value, coefficient) => plainMultiply(value, x) ^ coefficient, 0);
}

/** Bytes that differ from call to call and are the same in every run. */
export function countingEntropy(seed: string): Entropy {
  let count = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) out.set(hmac(ascii(seed), ascii(String(count++))).subarray(0, length - at), at);
    return out;
  };
}

/** All subsets of 1…n with `size` members. */
export function subsets(n: number, size: number, from = 1): number[][] {
  if (size === 0) return [[]];
  const found: number[][] = [];
  for (let first = from; first <= n - size + 1; first++) {
    for (const rest of subsets(n, size - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

export const SID = hmac(ascii('sid'), ascii('of the tests'));

export interface Dealt {
  readonly sharing: Sharing;
  readonly shares: DealtShare[];
  readonly next: AwaitingReceipt;
  /** index → what an assistant passes on in good faith */
  readonly honest: (index: number) => Contribution;
}

export function deal(k: number, n: number, seed = `${k} of ${n}`): Dealt {
  const prepared = beginContribution(k, n, countingEntropy(seed));
  const { sharing } = prepared;
  const { shares, next } = prepared.deal(SID);
  const honest = (index: number): Contribution => {
    const { value } = decodeShareMessage(shares[index - 1]!.message)!;
    return { assistant: `assistant ${index}`, index, value, isVerified: true };
  };
  return { sharing, shares, next, honest };
}

/** A share to which `error` is added in every octet. */
export function spoiled(contribution: Contribution, error: number): Contribution {
  return { ...contribution, value: contribution.value.map((octet) => octet ^ error) };
}
