// SHA-256 (FIPS 180-4), at once and step by step. The work is the provider's.
import provider from 'lorica/primitives/provider';
import type { Sha256State } from 'lorica/primitives/primitives-provider';
import { requireBytes } from 'lorica/primitives/validate';

export const SHA256_LENGTH = 32;

/** @returns the 32-byte digest of `data`. @throws TypeError */
export function sha256(data: Uint8Array): Uint8Array {
  requireBytes(data, 'data');
  return provider.sha256(data);
}

/** SHA-256 of what arrives in pieces, such as a firmware image. */
export class Sha256 {
  #state: Sha256State | undefined = provider.createSha256();

  /** @throws TypeError on anything but bytes, Error after `digest` */
  update(data: Uint8Array): this {
    requireBytes(data, 'data');
    this.#running().update(data);
    return this;
  }

  /** @returns the 32-byte digest, once. @throws Error the second time */
  digest(): Uint8Array {
    const state = this.#running();
    this.#state = undefined;
    return state.digest();
  }

  #running(): Sha256State {
    if (!this.#state) throw new Error('this hash has already given its digest');
    return this.#state;
  }
}
