// HMAC-SHA-256 (RFC 2104 §2) and HKDF-Expand (RFC 5869 §2.3) over the reference SHA-256.
import { wipe } from 'lorica/bytes/bytes';
import { ReferenceSha256, sha256 } from 'lorica/primitives/reference/sha256';

const BLOCK_LENGTH = 64;
const HASH_LENGTH = 32;

/** @returns 32 bytes */
export function hmac(key: Uint8Array, ...data: readonly Uint8Array[]): Uint8Array {
  const padded = new Uint8Array(BLOCK_LENGTH);
  padded.set(key.length > BLOCK_LENGTH ? sha256(key) : key);
  const inner = keyedHash(padded, 0x36);
  for (const part of data) inner.update(part);
  const outer = keyedHash(padded, 0x5c);
  outer.update(inner.digest());
  wipe(padded);
  return outer.digest();
}

/** @param length 0 to 255 · 32 bytes */
export function expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  let previous = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < length; offset += HASH_LENGTH, counter++) {
    const block = hmac(prk, previous, info, Uint8Array.of(counter));
    wipe(previous);
    previous = block as Uint8Array<ArrayBuffer>;
    out.set(block.subarray(0, Math.min(HASH_LENGTH, length - offset)), offset);
  }
  wipe(previous);
  return out;
}

function keyedHash(paddedKey: Uint8Array, pad: number): ReferenceSha256 {
  const hash = new ReferenceSha256();
  const masked = paddedKey.map((byte) => byte ^ pad);
  hash.update(masked);
  wipe(masked);
  return hash;
}
