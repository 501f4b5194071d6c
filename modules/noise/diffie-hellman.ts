// The one seam between the Noise framework (revision 34, §4.1 "DH functions") and a group. Groups live elsewhere
// (`lorica/chebyshev/diffie-hellman`); a test runs the published X25519 vectors through the same seam.
import type { Entropy } from 'lorica/primitives/entropy';

export interface KeyPair {
  readonly secretKey: Uint8Array;
  /** `DiffieHellman.publicLength` bytes */
  readonly publicKey: Uint8Array;
}

export interface DiffieHellman {
  /** as it stands in a protocol name: `Cheb2048`, `25519` */
  readonly name: string;
  /** bytes of a public value (DHLEN) */
  readonly publicLength: number;
  /** bytes of a shared value; it goes into MixKey and nowhere else */
  readonly sharedLength: number;
  generate(entropy: Entropy): KeyPair;
  /** @returns the public value of a secret */
  publicKey(secretKey: Uint8Array): Uint8Array;
  /** @returns the shared value, or `undefined` for a public value that must be refused (wrong length, small order) */
  shared(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined;
  /** The expensive full test of a public value; a handshake with `fullValidation` applies it to all it receives. */
  isMember?(publicKey: Uint8Array): boolean;
}
