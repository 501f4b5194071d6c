// Seals what lies at rest: nonce 12 ‖ ciphertext ‖ tag 16 under one key, with ChaCha20-Poly1305 (RFC 8439) and a
// random nonce, which is safe for far more than the 2^32 seals that one of these keys will see. The associated data
// binds a value to its table and row, so that values cannot be moved about inside the database.
import { concat } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import type { Entropy } from 'lorica/primitives/entropy';

const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

export class Sealer {
  readonly #key: Uint8Array;
  readonly #entropy: Entropy;

  /** @param key 32 bytes */
  constructor(key: Uint8Array, entropy: Entropy) {
    if (key.length !== 32) throw new RangeError('a sealing key has 32 bytes');
    this.#key = key;
    this.#entropy = entropy;
  }

  /** @returns 28 bytes more than `plaintext` */
  seal(row: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const nonce = this.#entropy(NONCE_LENGTH);
    return concat(nonce, seal(this.#key, nonce, row, plaintext));
  }

  /** @returns the plaintext, or `undefined` for what this key did not seal for this row */
  open(row: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < NONCE_LENGTH + TAG_LENGTH) return undefined;
    return open(this.#key, sealed.subarray(0, NONCE_LENGTH), row, sealed.subarray(NONCE_LENGTH));
  }
}
