// SHA-256 as FIPS 180-4 writes it: the readable reference that the fast implementations are held to.
// No branch or index depends on the data.
import { readUint32, writeUint32 } from 'lorica/bytes/bytes';
import type { Sha256State } from 'lorica/primitives/primitives-provider';

const BLOCK_LENGTH = 64;
const DIGEST_LENGTH = 32;

// §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes
const K = Uint32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2);

// §5.3.3: the same of the square roots of the first eight primes
const INITIAL = Uint32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19);

/** @returns 32 bytes */
export function sha256(data: Uint8Array): Uint8Array {
  const state = new ReferenceSha256();
  state.update(data);
  return state.digest();
}

export class ReferenceSha256 implements Sha256State {
  #hash = Uint32Array.from(INITIAL);
  #schedule = new Uint32Array(64);
  #block = new Uint8Array(BLOCK_LENGTH);
  #filled = 0;
  #total = 0;

  update(data: Uint8Array): void {
    this.#total += data.length;
    let offset = 0;
    while (offset < data.length) {
      const taken = Math.min(BLOCK_LENGTH - this.#filled, data.length - offset);
      this.#block.set(data.subarray(offset, offset + taken), this.#filled);
      this.#filled += taken;
      offset += taken;
      if (this.#filled === BLOCK_LENGTH) this.#compress();
    }
  }

  digest(): Uint8Array {
    // §5.1.1: a one bit, zeros, and the length in bits as 64-bit big-endian
    const total = this.#total;
    const zeros = (BLOCK_LENGTH + 55 - this.#filled) % BLOCK_LENGTH;
    const padding = new Uint8Array(1 + zeros + 8);
    padding[0] = 0x80;
    writeUint32(padding, 1 + zeros, Math.floor(total / 0x20000000));
    writeUint32(padding, 5 + zeros, (total << 3) >>> 0);
    this.update(padding);
    const out = new Uint8Array(DIGEST_LENGTH);
    this.#hash.forEach((word, i) => writeUint32(out, 4 * i, word));
    this.#hash.fill(0);
    this.#schedule.fill(0);
    this.#block.fill(0);
    return out;
  }

  /** §6.2.2 */
  #compress(): void {
    const w = this.#schedule;
    for (let t = 0; t < 16; t++) w[t] = readUint32(this.#block, 4 * t);
    for (let t = 16; t < 64; t++) w[t] = smallSigma1(w[t - 2]!) + w[t - 7]! + smallSigma0(w[t - 15]!) + w[t - 16]!;
    let [a, b, c, d, e, f, g, h] = this.#hash as unknown as [number, number, number, number, number, number, number, number];
    for (let t = 0; t < 64; t++) {
      const t1 = (h + bigSigma1(e) + ((e & f) ^ (~e & g)) + K[t]! + w[t]!) | 0;
      const t2 = (bigSigma0(a) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0;
      d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { this.#hash[i]! += word; });
    this.#filled = 0;
  }
}

// §4.1.2
function bigSigma0(x: number): number { return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22); }
function bigSigma1(x: number): number { return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25); }
function smallSigma0(x: number): number { return rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3); }
function smallSigma1(x: number): number { return rotr(x, 17) ^ rotr(x, 19) ^ (x >>> 10); }
function rotr(x: number, by: number): number { return (x >>> by) | (x << (32 - by)); }
