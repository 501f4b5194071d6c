// ChaCha20-Poly1305 (RFC 8439) for short inputs, made for speed as short-sha256.ts is and for the same reason. ChaCha
// in sixteen local words; Poly1305 in doubles with six limbs of 22 bits, whose products stay below 2^53. For the
// simulator alone: nothing is said about timing.

const BLOCK = 64;
const TAG = 16;
/** Longer inputs are OpenSSL's. */
export const MAX_SHORT_AEAD = 512;

const LIMB = 0x400000;
const MASK = 0x3fffff;
const PER_LIMB = 1 / LIMB;
/** 2^132 = 4 · 2^130 ≡ 4 · 5 modulo 2^130 − 5 */
const FOLD = 20;
/** what bit 130 weighs in the highest limb */
const TOP = 0x100000;
const MOST = 0xffffffff;

// Words over the same memory as bytes: right on little-endian machines, which are all that Node runs on but one (s390x).
const key32 = new Int32Array(8);
const nonce32 = new Int32Array(3);
const stream32 = new Int32Array(BLOCK / 4);
const stream = new Uint8Array(stream32.buffer);
const mac32 = new Int32Array(8);
const input32 = new Int32Array((2 * MAX_SHORT_AEAD + 64) / 4);
const macInput = new Uint8Array(input32.buffer);
const tag32 = new Int32Array(TAG / 4);
const tag = new Uint8Array(tag32.buffer);
const limbs = new Float64Array(6);

export function seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + TAG);
  load(key, nonce);
  cipher(plaintext, plaintext.length, out);
  authenticate(associatedData, out, plaintext.length);
  out.set(tag, plaintext.length);
  return out;
}

export function open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const length = sealed.length - TAG;
  load(key, nonce);
  authenticate(associatedData, sealed, length);
  let difference = 0;
  for (let i = 0; i < TAG; i++) difference |= tag[i]! ^ sealed[length + i]!;
  if (difference !== 0) return undefined;
  const out = new Uint8Array(length);
  cipher(sealed, length, out);
  return out;
}

/** §2.5 alone, for its test vectors. @param key 32 bytes @param message whole blocks of 16 bytes */
export function oneTimeTag(key: Uint8Array, message: Uint8Array): Uint8Array {
  for (let i = 0; i < 8; i++) mac32[i] = word(key, 4 * i);
  macInput.set(message);
  poly1305(message.length);
  return tag.slice();
}

function load(key: Uint8Array, nonce: Uint8Array): void {
  for (let i = 0; i < 8; i++) key32[i] = word(key, 4 * i);
  for (let i = 0; i < 3; i++) nonce32[i] = word(nonce, 4 * i);
}

/** §2.4, from block 1 on. */
function cipher(from: Uint8Array, length: number, to: Uint8Array): void {
  for (let at = 0, counter = 1; at < length; at += BLOCK, counter++) {
    block(counter);
    const end = Math.min(BLOCK, length - at);
    for (let i = 0; i < end; i++) to[at + i] = from[at + i]! ^ stream[i]!;
  }
}

/** §2.8: the tag over associated data ‖ ciphertext, each filled to 16, and both lengths. */
function authenticate(associatedData: Uint8Array, ciphertext: Uint8Array, length: number): void {
  block(0);
  for (let i = 0; i < 8; i++) mac32[i] = stream32[i]!;
  let end = associatedData.length;
  macInput.set(associatedData, 0);
  while (end % 16 !== 0) macInput[end++] = 0;
  const start = end;
  for (let i = 0; i < length; i++) macInput[end++] = ciphertext[i]!;
  while ((end - start) % 16 !== 0) macInput[end++] = 0;
  input32[end / 4] = associatedData.length;
  input32[end / 4 + 1] = 0;
  input32[end / 4 + 2] = length;
  input32[end / 4 + 3] = 0;
  poly1305(end + 16);
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** §2.3: one block of key stream. */
function block(counter: number): void {
  const out = stream32;
  const k0 = key32[0]!, k1 = key32[1]!, k2 = key32[2]!, k3 = key32[3]!, k4 = key32[4]!, k5 = key32[5]!, k6 = key32[6]!, k7 = key32[7]!;
  const n0 = nonce32[0]!, n1 = nonce32[1]!, n2 = nonce32[2]!;
  let a = 0x61707865, b = 0x3320646e, c = 0x79622d32, d = 0x6b206574, e = k0, f = k1, g = k2, h = k3;
  let i = k4, j = k5, k = k6, l = k7, m = counter | 0, n = n0, o = n1, p = n2;
  for (let round = 0; round < 10; round++) {
    a = (a + e) | 0; m ^= a; m = (m << 16) | (m >>> 16); i = (i + m) | 0; e ^= i; e = (e << 12) | (e >>> 20);
    b = (b + f) | 0; n ^= b; n = (n << 16) | (n >>> 16); j = (j + n) | 0; f ^= j; f = (f << 12) | (f >>> 20);
    c = (c + g) | 0; o ^= c; o = (o << 16) | (o >>> 16); k = (k + o) | 0; g ^= k; g = (g << 12) | (g >>> 20);
    d = (d + h) | 0; p ^= d; p = (p << 16) | (p >>> 16); l = (l + p) | 0; h ^= l; h = (h << 12) | (h >>> 20);
    a = (a + e) | 0; m ^= a; m = (m << 8) | (m >>> 24); i = (i + m) | 0; e ^= i; e = (e << 7) | (e >>> 25);
    b = (b + f) | 0; n ^= b; n = (n << 8) | (n >>> 24); j = (j + n) | 0; f ^= j; f = (f << 7) | (f >>> 25);
    c = (c + g) | 0; o ^= c; o = (o << 8) | (o >>> 24); k = (k + o) | 0; g ^= k; g = (g << 7) | (g >>> 25);
    d = (d + h) | 0; p ^= d; p = (p << 8) | (p >>> 24); l = (l + p) | 0; h ^= l; h = (h << 7) | (h >>> 25);
    a = (a + f) | 0; p ^= a; p = (p << 16) | (p >>> 16); k = (k + p) | 0; f ^= k; f = (f << 12) | (f >>> 20);
    b = (b + g) | 0; m ^= b; m = (m << 16) | (m >>> 16); l = (l + m) | 0; g ^= l; g = (g << 12) | (g >>> 20);
    c = (c + h) | 0; n ^= c; n = (n << 16) | (n >>> 16); i = (i + n) | 0; h ^= i; h = (h << 12) | (h >>> 20);
    d = (d + e) | 0; o ^= d; o = (o << 16) | (o >>> 16); j = (j + o) | 0; e ^= j; e = (e << 12) | (e >>> 20);
    a = (a + f) | 0; p ^= a; p = (p << 8) | (p >>> 24); k = (k + p) | 0; f ^= k; f = (f << 7) | (f >>> 25);
    b = (b + g) | 0; m ^= b; m = (m << 8) | (m >>> 24); l = (l + m) | 0; g ^= l; g = (g << 7) | (g >>> 25);
    c = (c + h) | 0; n ^= c; n = (n << 8) | (n >>> 24); i = (i + n) | 0; h ^= i; h = (h << 7) | (h >>> 25);
    d = (d + e) | 0; o ^= d; o = (o << 8) | (o >>> 24); j = (j + o) | 0; e ^= j; e = (e << 7) | (e >>> 25);
  }
  out[0] = a + 0x61707865; out[1] = b + 0x3320646e; out[2] = c + 0x79622d32; out[3] = d + 0x6b206574;
  out[4] = e + k0; out[5] = f + k1; out[6] = g + k2; out[7] = h + k3;
  out[8] = i + k4; out[9] = j + k5; out[10] = k + k6; out[11] = l + k7;
  out[12] = m + counter; out[13] = n + n0; out[14] = o + n1; out[15] = p + n2;
}

/** §2.5 over `length` bytes of the input, a multiple of 16; the result goes into `tag`. */
function poly1305(length: number): void {
  const t0 = mac32[0]! & 0x0fffffff, t1 = mac32[1]! & 0x0ffffffc, t2 = mac32[2]! & 0x0ffffffc, t3 = mac32[3]! & 0x0ffffffc;
  const r0 = t0 & MASK, r1 = ((t0 >>> 22) | (t1 << 10)) & MASK, r2 = ((t1 >>> 12) | (t2 << 20)) & MASK;
  const r3 = (t2 >>> 2) & MASK, r4 = ((t2 >>> 24) | (t3 << 8)) & MASK, r5 = t3 >>> 14;
  const s1 = FOLD * r1, s2 = FOLD * r2, s3 = FOLD * r3, s4 = FOLD * r4, s5 = FOLD * r5;
  let h0 = 0, h1 = 0, h2 = 0, h3 = 0, h4 = 0, h5 = 0;
  for (let at = 0; at < length / 4; at += 4) {
    const w0 = input32[at]!, w1 = input32[at + 1]!, w2 = input32[at + 2]!, w3 = input32[at + 3]!;
    h0 += w0 & MASK;
    h1 += ((w0 >>> 22) | (w1 << 10)) & MASK;
    h2 += ((w1 >>> 12) | (w2 << 20)) & MASK;
    h3 += (w2 >>> 2) & MASK;
    h4 += ((w2 >>> 24) | (w3 << 8)) & MASK;
    h5 += (w3 >>> 14) + 0x40000;
    let d0 = h0 * r0 + h1 * s5 + h2 * s4 + h3 * s3 + h4 * s2 + h5 * s1;
    let d1 = h0 * r1 + h1 * r0 + h2 * s5 + h3 * s4 + h4 * s3 + h5 * s2;
    let d2 = h0 * r2 + h1 * r1 + h2 * r0 + h3 * s5 + h4 * s4 + h5 * s3;
    let d3 = h0 * r3 + h1 * r2 + h2 * r1 + h3 * r0 + h4 * s5 + h5 * s4;
    let d4 = h0 * r4 + h1 * r3 + h2 * r2 + h3 * r1 + h4 * r0 + h5 * s5;
    let d5 = h0 * r5 + h1 * r4 + h2 * r3 + h3 * r2 + h4 * r1 + h5 * r0;
    let carry = Math.floor(d0 * PER_LIMB); h0 = d0 - carry * LIMB; d1 += carry;
    carry = Math.floor(d1 * PER_LIMB); h1 = d1 - carry * LIMB; d2 += carry;
    carry = Math.floor(d2 * PER_LIMB); h2 = d2 - carry * LIMB; d3 += carry;
    carry = Math.floor(d3 * PER_LIMB); h3 = d3 - carry * LIMB; d4 += carry;
    carry = Math.floor(d4 * PER_LIMB); h4 = d4 - carry * LIMB; d5 += carry;
    carry = Math.floor(d5 * PER_LIMB); h5 = d5 - carry * LIMB;
    d0 = h0 + FOLD * carry;
    carry = Math.floor(d0 * PER_LIMB); h0 = d0 - carry * LIMB;
    h1 += carry;
  }
  reduce(h0, h1, h2, h3, h4, h5);
}

/** Brings the sum below the prime 2^130 − 5 and adds the second half of the key, modulo 2^128. */
function reduce(l0: number, l1: number, l2: number, l3: number, l4: number, l5: number): void {
  limbs[0] = l0; limbs[1] = l1; limbs[2] = l2; limbs[3] = l3; limbs[4] = l4; limbs[5] = l5;
  // Twice: what overflows at the top comes back at the bottom. Bit 20 of the last limb is bit 130.
  for (let round = 0; round < 2; round++) {
    const over = Math.floor(limbs[5]! / TOP);
    limbs[5]! -= over * TOP;
    carryFrom(5 * over);
  }
  // Not below the prime exactly when adding 5 reaches 2^130.
  const atLeast = limbs[5] === TOP - 1 && limbs[4] === MASK && limbs[3] === MASK && limbs[2] === MASK && limbs[1] === MASK && limbs[0]! >= LIMB - 5;
  if (atLeast) {
    carryFrom(5);
    limbs[5]! -= TOP;
  }
  const h0 = limbs[0]!, h1 = limbs[1]!, h2 = limbs[2]!, h3 = limbs[3]!, h4 = limbs[4]!, h5 = limbs[5]!;
  let sum = ((h0 | (h1 << 22)) >>> 0) + (mac32[4]! >>> 0);
  tag32[0] = sum | 0;
  sum = (((h1 >>> 10) | (h2 << 12)) >>> 0) + (mac32[5]! >>> 0) + (sum > MOST ? 1 : 0);
  tag32[1] = sum | 0;
  sum = (((h2 >>> 20) | (h3 << 2) | (h4 << 24)) >>> 0) + (mac32[6]! >>> 0) + (sum > MOST ? 1 : 0);
  tag32[2] = sum | 0;
  sum = (((h4 >>> 8) | (h5 << 14)) >>> 0) + (mac32[7]! >>> 0) + (sum > MOST ? 1 : 0);
  tag32[3] = sum | 0;
}

/** Adds to the lowest limb and carries up to the highest. */
function carryFrom(value: number): void {
  let carry = value;
  for (let i = 0; i < 5; i++) {
    const limb = limbs[i]! + carry;
    carry = Math.floor(limb * PER_LIMB);
    limbs[i] = limb - carry * LIMB;
  }
  limbs[5]! += carry;
}
