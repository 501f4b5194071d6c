// Poly1305 (RFC 8439 §2.5) in ten limbs of 13 bits, so that every sum of products is an integer below 2^32 that a
// number holds exactly. No branch or index depends on key, message or accumulator.

const LIMBS = 10;
const LIMB_BITS = 13;
const LIMB_MASK = 0x1fff;
const BLOCK_LENGTH = 16;

/** One-time authenticator; the key must never serve for a second message. */
export class Poly1305 {
  #r = new Uint32Array(LIMBS);
  #pad: Uint8Array;
  #h = new Uint32Array(LIMBS);
  #sums = new Float64Array(LIMBS);

  /** @param key 32 bytes: r ‖ s */
  constructor(key: Uint8Array) {
    const r = key.slice(0, BLOCK_LENGTH);
    // §2.5: clamp
    for (const i of [3, 7, 11, 15]) r[i]! &= 15;
    for (const i of [4, 8, 12]) r[i]! &= 252;
    for (let i = 0; i < LIMBS; i++) this.#r[i] = limb(r, i);
    r.fill(0);
    this.#pad = key.slice(BLOCK_LENGTH, 2 * BLOCK_LENGTH);
  }

  /** Whole blocks, the last filled up with zeros as the AEAD construction has it (§2.8). */
  updatePadded(data: Uint8Array): void {
    const block = new Uint8Array(BLOCK_LENGTH + 1);
    for (let offset = 0; offset < data.length; offset += BLOCK_LENGTH) {
      block.fill(0);
      block.set(data.subarray(offset, offset + BLOCK_LENGTH));
      block[BLOCK_LENGTH] = 1;
      this.#absorb(block);
    }
    block.fill(0);
  }

  /** Plain Poly1305 over a last, possibly short block (§2.5.1): the one bit stands right behind it. */
  updateLast(data: Uint8Array): void {
    const whole = data.length - (data.length % BLOCK_LENGTH);
    this.updatePadded(data.subarray(0, whole));
    if (whole === data.length) return;
    const block = new Uint8Array(BLOCK_LENGTH + 1);
    block.set(data.subarray(whole));
    block[data.length - whole] = 1;
    this.#absorb(block);
    block.fill(0);
  }

  /** @returns the 16-byte tag: (h mod 2^130 − 5) + s mod 2^128 */
  tag(): Uint8Array {
    const h = this.#h;
    this.#carry();
    this.#carry();
    const reduced = subtractModulus(h);
    const out = new Uint8Array(BLOCK_LENGTH);
    let carry = 0;
    for (let i = 0; i < BLOCK_LENGTH; i++) {
      carry += octet(reduced, i) + this.#pad[i]!;
      out[i] = carry;
      carry >>>= 8;
    }
    for (const secret of [this.#r, h, this.#pad, this.#sums, reduced]) secret.fill(0);
    return out;
  }

  /** h ← (h + block) · r mod 2^130 − 5, partly reduced: 2^130 ≡ 5, so limbs that pass the top return five times over */
  #absorb(block: Uint8Array): void {
    const h = this.#h, r = this.#r, sums = this.#sums;
    for (let i = 0; i < LIMBS; i++) h[i]! += limb(block, i);
    this.#carry();
    for (let i = 0; i < LIMBS; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += h[j]! * r[i - j]!;
      for (let j = i + 1; j < LIMBS; j++) sum += h[j]! * 5 * r[i + LIMBS - j]!;
      sums[i] = sum;
    }
    // sums stay below 2^32 + 2^20, which needs more than 32 bits once the carry is added: divide, do not shift
    let carry = 0;
    for (let i = 0; i < LIMBS; i++) {
      const sum = sums[i]! + carry;
      carry = Math.floor(sum / (LIMB_MASK + 1));
      h[i] = sum - carry * (LIMB_MASK + 1);
    }
    h[0]! += carry * 5;
  }

  #carry(): void {
    const h = this.#h;
    let carry = 0;
    for (let i = 0; i < LIMBS; i++) {
      const sum = h[i]! + carry;
      h[i] = sum & LIMB_MASK;
      carry = sum >>> LIMB_BITS;
    }
    h[0]! += carry * 5;
  }
}

/** h − (2^130 − 5) where h is not below it, chosen by mask; h < 2^130 + 2^13 on entry */
function subtractModulus(h: Uint32Array): Uint32Array {
  const difference = new Uint32Array(LIMBS);
  let carry = 5;
  for (let i = 0; i < LIMBS; i++) {
    const sum = h[i]! + carry;
    difference[i] = sum & LIMB_MASK;
    carry = sum >>> LIMB_BITS;
  }
  const mask = -carry;
  for (let i = 0; i < LIMBS; i++) difference[i] = (difference[i]! & mask) | (h[i]! & ~mask);
  return difference;
}

/** bits 13 i to 13 i + 12 of a little-endian number */
function limb(bytes: Uint8Array, i: number): number {
  const bit = LIMB_BITS * i, at = bit >>> 3;
  const three = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
  return (three >>> (bit & 7)) & LIMB_MASK;
}

/** octet i of a number in limbs */
function octet(limbs: Uint32Array, i: number): number {
  const bit = 8 * i, at = Math.floor(bit / LIMB_BITS);
  return ((limbs[at]! | ((limbs[at + 1] ?? 0) << LIMB_BITS)) >>> (bit % LIMB_BITS)) & 0xff;
}
