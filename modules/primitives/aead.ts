// ChaCha20-Poly1305 (RFC 8439 §2.8). The work is the provider's. That no key meets a nonce twice is the caller's
// business: record chains use each key once, the Noise cipher state counts.
import provider from 'lorica/primitives/provider';
import { requireBytes } from 'lorica/primitives/validate';

export const AEAD_KEY_LENGTH = 32;
export const AEAD_NONCE_LENGTH = 12;
export const AEAD_TAG_LENGTH = 16;

/**
 * @param key 32 bytes
 * @param nonce 12 bytes, never twice under one key
 * @returns ciphertext ‖ 16-byte tag
 * @throws TypeError, RangeError
 */
export function seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  requireBytes(key, 'key', AEAD_KEY_LENGTH);
  requireBytes(nonce, 'nonce', AEAD_NONCE_LENGTH);
  requireBytes(associatedData, 'associated data');
  requireBytes(plaintext, 'plaintext');
  return provider.seal(key, nonce, associatedData, plaintext);
}

/**
 * @param key 32 bytes
 * @param nonce 12 bytes
 * @param ciphertext with its tag, foreign bytes of any length
 * @returns the plaintext, or `undefined` if a single bit of anything is not what was sealed
 * @throws TypeError, RangeError
 */
export function open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined {
  requireBytes(key, 'key', AEAD_KEY_LENGTH);
  requireBytes(nonce, 'nonce', AEAD_NONCE_LENGTH);
  requireBytes(associatedData, 'associated data');
  requireBytes(ciphertext, 'ciphertext');
  if (ciphertext.length < AEAD_TAG_LENGTH) return undefined;
  return provider.open(key, nonce, associatedData, ciphertext);
}
