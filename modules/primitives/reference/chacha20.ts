// ChaCha20 (RFC 8439 §2.1 to 2.4): additions, rotations and exclusive-ors of public position only.

const BLOCK_LENGTH = 64;
// §2.3: "expand 32-byte k"
const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

/**
 * §2.4: `data` ⊕ key stream, into a new array.
 * @param key 32 bytes
 * @param nonce 12 bytes
 */
export function chacha20(key: Uint8Array, counter: number, nonce: Uint8Array, data: Uint8Array): Uint8Array {
  const state = initialState(key, counter, nonce);
  const block = new Uint8Array(BLOCK_LENGTH);
  const working = new Uint32Array(16);
  const out = data.slice();
  for (let offset = 0; offset < out.length; offset += BLOCK_LENGTH) {
    keyStreamBlock(state, working, block);
    const end = Math.min(BLOCK_LENGTH, out.length - offset);
    for (let i = 0; i < end; i++) out[offset + i]! ^= block[i]!;
    state[12]!++;
  }
  state.fill(0);
  working.fill(0);
  block.fill(0);
  return out;
}

/** §2.3: constants, key, block counter, nonce; all little-endian */
function initialState(key: Uint8Array, counter: number, nonce: Uint8Array): Uint32Array {
  const state = new Uint32Array(16);
  state.set(CONSTANTS);
  for (let i = 0; i < 8; i++) state[4 + i] = littleEndian(key, 4 * i);
  state[12] = counter;
  for (let i = 0; i < 3; i++) state[13 + i] = littleEndian(nonce, 4 * i);
  return state;
}

/** §2.3.1: twenty rounds, column and diagonal in turn */
function keyStreamBlock(state: Uint32Array, x: Uint32Array, out: Uint8Array): void {
  x.set(state);
  for (let round = 0; round < 10; round++) {
    quarterRound(x, 0, 4, 8, 12);
    quarterRound(x, 1, 5, 9, 13);
    quarterRound(x, 2, 6, 10, 14);
    quarterRound(x, 3, 7, 11, 15);
    quarterRound(x, 0, 5, 10, 15);
    quarterRound(x, 1, 6, 11, 12);
    quarterRound(x, 2, 7, 8, 13);
    quarterRound(x, 3, 4, 9, 14);
  }
  for (let i = 0; i < 16; i++) {
    const word = (x[i]! + state[i]!) | 0;
    out[4 * i] = word;
    out[4 * i + 1] = word >>> 8;
    out[4 * i + 2] = word >>> 16;
    out[4 * i + 3] = word >>> 24;
  }
}

/** §2.1 */
function quarterRound(x: Uint32Array, a: number, b: number, c: number, d: number): void {
  x[a]! += x[b]!; x[d] = rotl(x[d]! ^ x[a]!, 16);
  x[c]! += x[d]!; x[b] = rotl(x[b]! ^ x[c]!, 12);
  x[a]! += x[b]!; x[d] = rotl(x[d]! ^ x[a]!, 8);
  x[c]! += x[d]!; x[b] = rotl(x[b]! ^ x[c]!, 7);
}

function rotl(x: number, by: number): number { return (x << by) | (x >>> (32 - by)); }

function littleEndian(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
