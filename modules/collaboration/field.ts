// GF(2⁸) with the polynomial x⁸ + x⁴ + x³ + x + 1 (FIPS 197 §4), four elements in the octets of one 32-bit word.
// No table and no branch, index or length depends on a value: shares go through here. Engines promise nothing about
// the time of their integer operations; on the cores that Lorica is for, shifts, masks and exclusive or have one.

/** the low eight bits of the field's polynomial */
const REDUCTION = 0x1b;
const LOW_SEVEN_BITS = 0x7f7f7f7f;
const LOWEST_BITS = 0x01010101;

/**
 * Multiplies each octet of `word` by `factor`: eight rounds, whatever they hold.
 * @param word four elements
 * @param factor one element, 0…255
 * @returns four elements, as a signed 32-bit integer
 */
export function multiplyWord(word: number, factor: number): number {
  let sum = 0;
  let power = word | 0;
  for (let bit = 0; bit < 8; bit++) {
    sum ^= power & -((factor >>> bit) & 1);
    // times x, in every octet: what falls out at the top comes back as the reduction
    power = ((power & LOW_SEVEN_BITS) << 1) ^ Math.imul((power >>> 7) & LOWEST_BITS, REDUCTION);
  }
  return sum;
}

/** @param a, b elements, 0…255 */
export function multiply(a: number, b: number): number {
  return multiplyWord(a, b) & 0xff;
}
