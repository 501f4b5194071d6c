// Lagrange's interpolation over GF(2⁸): from shares to the secret and to any other share. Indices are public, so their
// weights may come from tables of logarithms; what the shares hold meets nothing but `multiplyWord`.
import { wipe } from 'lorica/bytes/bytes';
import { multiply, multiplyWord } from 'lorica/collaboration/field';
import { requireCounts, requireLength, SECRET_LENGTH, type Share } from 'lorica/collaboration/shamir';

/** elements of the multiplicative group; 3 generates it (FIPS 197's field) */
const ORDER = 255;
const GENERATOR = 3;
const EXPONENTIAL = new Uint8Array(ORDER);
const LOGARITHM = new Uint8Array(ORDER + 1);
for (let exponent = 0, power = 1; exponent < ORDER; exponent++, power = multiply(power, GENERATOR)) {
  EXPONENTIAL[exponent] = power;
  LOGARITHM[power] = exponent;
}

/**
 * The value at `at` of the polynomial of least degree through the shares; at 0 it is the secret if they are k true ones.
 * Which points are meant is public, what they hold is not.
 * @param shares 1 to 16, with indices from 1 to 255 that differ
 * @param at 0…255
 * @returns 32 bytes; the caller wipes them
 * @throws RangeError on other lengths, counts or coordinates, or an index that comes twice
 */
export function interpolate(shares: readonly Share[], at: number): Uint8Array {
  requireCounts(shares.length, shares.length);
  if (!isElement(at)) throw new RangeError('no element of the field');
  const out = new Uint8Array(SECRET_LENGTH);
  const sum = new Int32Array(out.buffer);
  const scratch = new Uint8Array(SECRET_LENGTH);
  const words = new Int32Array(scratch.buffer);
  for (const { index, value } of shares) {
    requireLength(value);
    const weight = weightAt(shares, index, at);
    scratch.set(value);
    for (let i = 0; i < words.length; i++) sum[i]! ^= multiplyWord(words[i]!, weight);
  }
  wipe(scratch);
  return out;
}

/** Lagrange's basis polynomial of `index`, at `at`: the product of (at − other) / (index − other); all of it public */
function weightAt(shares: readonly Share[], index: number, at: number): number {
  let exponent = 0;
  let own = 0;
  let isZero = false;
  for (const other of shares) {
    if (other.index === index) {
      own++;
      continue;
    }
    if (at === other.index) isZero = true;
    exponent += LOGARITHM[at ^ other.index]! + ORDER - LOGARITHM[index ^ other.index]!;
  }
  if (own !== 1 || index === 0 || !isElement(index)) throw new RangeError('an index comes twice, or is none');
  return isZero ? 0 : EXPONENTIAL[exponent % ORDER]!;
}

function isElement(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= ORDER;
}
