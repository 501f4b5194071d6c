// AEAD_CHACHA20_POLY1305 (RFC 8439 §2.8) over the reference ChaCha20 and Poly1305.
import { equal, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { chacha20 } from 'lorica/primitives/reference/chacha20';
import { Poly1305 } from 'lorica/primitives/reference/poly1305';

const TAG_LENGTH = 16;

/** @returns ciphertext ‖ 16-byte tag */
export function seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const out = new Uint8Array(plaintext.length + TAG_LENGTH);
  const ciphertext = chacha20(key, 1, nonce, plaintext);
  out.set(ciphertext);
  out.set(tag(key, nonce, associatedData, ciphertext), plaintext.length);
  return out;
}

/** @returns the plaintext, or `undefined`; nothing is deciphered before the tag has been compared */
export function open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const ciphertext = sealed.subarray(0, sealed.length - TAG_LENGTH);
  if (!equal(tag(key, nonce, associatedData, ciphertext), sealed.subarray(sealed.length - TAG_LENGTH))) return undefined;
  return chacha20(key, 1, nonce, ciphertext);
}

function tag(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  const oneTimeKey = chacha20(key, 0, nonce, new Uint8Array(32)); // §2.6
  const authenticator = new Poly1305(oneTimeKey);
  wipe(oneTimeKey);
  authenticator.updatePadded(associatedData);
  authenticator.updatePadded(ciphertext);
  authenticator.updatePadded(lengths(associatedData.length, ciphertext.length));
  return authenticator.tag();
}

/** two 64-bit little-endian counts of octets */
function lengths(first: number, second: number): Uint8Array {
  const out = new Uint8Array(16);
  [first % 0x100000000, Math.floor(first / 0x100000000), second % 0x100000000, Math.floor(second / 0x100000000)]
    .forEach((word, i) => writeUint32(out, 4 * i, word));
  for (let i = 0; i < 16; i += 4) out.subarray(i, i + 4).reverse();
  return out;
}
