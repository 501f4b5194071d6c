// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF-Expand (RFC 5869 §2.3) for short inputs, made for speed: one
// compression function over preallocated words, rounds eight at a time. Calls into OpenSSL cost several microseconds
// each whatever the length, and a simulated hour makes millions of them. For the simulator alone.

const K = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);
const INITIAL = Int32Array.of(0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);

const BLOCK = 64;
const HASH = 32;
/** Longer inputs are OpenSSL's. */
export const MAX_SHORT_HASH = 256;

const words = new Int32Array(64);
const state = new Int32Array(8);
const inner = new Int32Array(8);
const outer = new Int32Array(8);
const digest = new Int32Array(8);
const buffer = new Uint8Array(MAX_SHORT_HASH + HASH + 2 * BLOCK);

export function sha256(data: Uint8Array): Uint8Array {
  buffer.set(data, 0);
  state.set(INITIAL);
  finish(data.length, 0);
  return store(state, new Uint8Array(HASH), 0);
}

export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  keyPads(key);
  buffer.set(data, 0);
  mac(data.length);
  return store(state, new Uint8Array(HASH), 0);
}

export function expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  keyPads(prk);
  let at = 0;
  for (let offset = 0, counter = 1; offset < length; offset += HASH, counter++) {
    buffer.set(info, at);
    buffer[at + info.length] = counter;
    mac(at + info.length + 1);
    // T(n) begins the next input.
    store(state, buffer, 0);
    at = HASH;
    out.set(offset + HASH > length ? buffer.subarray(0, length - offset) : buffer.subarray(0, HASH), offset);
  }
  buffer.fill(0, 0, HASH);
  return out;
}

/** The states after the first block of the inner and the outer hash. */
function keyPads(key: Uint8Array): void {
  const short = key.length > BLOCK ? sha256(key) : key;
  for (const [target, pad] of [[inner, 0x36], [outer, 0x5c]] as const) {
    for (let i = 0; i < BLOCK; i++) buffer[i] = (i < short.length ? short[i]! : 0) ^ pad;
    state.set(INITIAL);
    compress(0);
    target.set(state);
  }
}

/** HMAC of what lies in the buffer; the result is the state. */
function mac(length: number): void {
  state.set(inner);
  finish(length, BLOCK);
  digest.set(state);
  for (let i = 0; i < 8; i++) words[i] = digest[i]!;
  words[8] = 0x80000000 | 0;
  for (let i = 9; i < 15; i++) words[i] = 0;
  words[15] = (BLOCK + HASH) * 8;
  state.set(outer);
  rounds();
}

/** Hashes the rest of a message, which lies in the buffer, after `before` bytes. */
function finish(length: number, before: number): void {
  let end = length + 9;
  end += (BLOCK - (end % BLOCK)) % BLOCK;
  buffer.fill(0, length, end);
  buffer[length] = 0x80;
  const bits = (before + length) * 8;
  buffer[end - 2] = bits >>> 8;
  buffer[end - 1] = bits;
  for (let at = 0; at < end; at += BLOCK) compress(at);
}

function compress(at: number): void {
  for (let i = 0, j = at; i < 16; i++, j += 4) {
    words[i] = (buffer[j]! << 24) | (buffer[j + 1]! << 16) | (buffer[j + 2]! << 8) | buffer[j + 3]!;
  }
  rounds();
}

function rounds(): void {
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!;
    const y = words[i - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    words[i] = (words[i - 16]! + s0 + words[i - 7]! + s1) | 0;
  }
  let a = state[0]!, b = state[1]!, c = state[2]!, d = state[3]!, e = state[4]!, f = state[5]!, g = state[6]!, h = state[7]!;
  for (let i = 0; i < 64; i += 4) {
    // Four rounds; each names anew what the one before has turned over.
    const t1 = (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) + (g ^ (e & (f ^ g))) + K[i]! + words[i]!) | 0;
    d = (d + t1) | 0;
    h = (t1 + (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) + ((a & b) | (c & (a | b)))) | 0;
    const t2 = (g + (((d >>> 6) | (d << 26)) ^ ((d >>> 11) | (d << 21)) ^ ((d >>> 25) | (d << 7))) + (f ^ (d & (e ^ f))) + K[i + 1]! + words[i + 1]!) | 0;
    c = (c + t2) | 0;
    g = (t2 + (((h >>> 2) | (h << 30)) ^ ((h >>> 13) | (h << 19)) ^ ((h >>> 22) | (h << 10))) + ((h & a) | (b & (h | a)))) | 0;
    const t3 = (f + (((c >>> 6) | (c << 26)) ^ ((c >>> 11) | (c << 21)) ^ ((c >>> 25) | (c << 7))) + (e ^ (c & (d ^ e))) + K[i + 2]! + words[i + 2]!) | 0;
    b = (b + t3) | 0;
    f = (t3 + (((g >>> 2) | (g << 30)) ^ ((g >>> 13) | (g << 19)) ^ ((g >>> 22) | (g << 10))) + ((g & h) | (a & (g | h)))) | 0;
    const t4 = (e + (((b >>> 6) | (b << 26)) ^ ((b >>> 11) | (b << 21)) ^ ((b >>> 25) | (b << 7))) + (d ^ (b & (c ^ d))) + K[i + 3]! + words[i + 3]!) | 0;
    a = (a + t4) | 0;
    e = (t4 + (((f >>> 2) | (f << 30)) ^ ((f >>> 13) | (f << 19)) ^ ((f >>> 22) | (f << 10))) + ((f & g) | (h & (f | g)))) | 0;
    const na = e, nb = f, nc = g, nd = h, ne = a, nf = b, ng = c, nh = d;
    a = na; b = nb; c = nc; d = nd; e = ne; f = nf; g = ng; h = nh;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

function store(from: Int32Array, to: Uint8Array, at: number): Uint8Array {
  for (let i = 0; i < 8; i++) {
    const word = from[i]!;
    to[at + 4 * i] = word >>> 24;
    to[at + 4 * i + 1] = word >>> 16;
    to[at + 4 * i + 2] = word >>> 8;
    to[at + 4 * i + 3] = word;
  }
  return to;
}
