// Key agreement with the Chebyshev map T_n(x) mod p (protocol.md §1): T_a(T_b(5)) = T_b(T_a(5)). It is
// Diffie-Hellman in the order-(p+1) torus of F_p², no new hardness assumption. A shared value goes through a KDF.
import { wipe } from 'lorica/bytes/bytes';
import { SECRET_LENGTH } from 'lorica/chebyshev/groups';
import type { ChebyshevGroup } from 'lorica/chebyshev/groups';
import provider from 'lorica/chebyshev/provider';
import type { Entropy } from 'lorica/primitives/entropy';
import { requireBytes } from 'lorica/primitives/validate';

/**
 * T_n(5).
 * @param secret n, 32 bytes big-endian, not zero
 * @returns `group.publicLength` bytes
 * @throws TypeError, RangeError
 */
export function publicValue(group: ChebyshevGroup, secret: Uint8Array): Uint8Array {
  requireSecret(secret);
  return provider.publicValue(group, secret);
}

/**
 * T_n(T_12(X)). Clearing the cofactor takes X and −X to one value, so what this accepts identifies nobody:
 * identity is always an encoding that `isMember` has tested.
 * @param secret n, 32 bytes big-endian, not zero
 * @param received X, foreign bytes
 * @returns `group.publicLength` bytes, or `undefined` if X has another length, is not below p, or has an order
 *   dividing 12 (0, ±1, ±1/2, ±√3/2)
 * @throws TypeError, RangeError
 */
export function sharedValue(group: ChebyshevGroup, secret: Uint8Array, received: Uint8Array): Uint8Array | undefined {
  requireSecret(secret);
  requireBytes(received, 'public value');
  if (received.length !== group.publicLength) return undefined;
  return provider.sharedValue(group, secret, received);
}

/**
 * The full test: X is T_n(5) for some n, and not 1. Jacobi(X + 1) = −1 and Jacobi(X − 1) = +1 mean membership
 * because Jacobi(2) = −1, which rests on p ≡ 13 (mod 24).
 * @param received X, foreign bytes
 * @throws TypeError
 */
export function isMember(group: ChebyshevGroup, received: Uint8Array): boolean {
  requireBytes(received, 'public value');
  return received.length === group.publicLength && provider.isMember(group, received);
}

/**
 * A fresh pair: n uniform in 1 … 2^256 − 1.
 * @throws Error if the entropy fails or gives 32 zero bytes, which an honest source never does
 */
export function generateKeyPair(group: ChebyshevGroup, entropy: Entropy): { secretKey: Uint8Array; publicKey: Uint8Array } {
  const secretKey = entropy(SECRET_LENGTH);
  if (secretKey.length !== SECRET_LENGTH || isZero(secretKey)) {
    wipe(secretKey);
    throw new Error('the entropy source is broken');
  }
  return { secretKey, publicKey: provider.publicValue(group, secretKey) };
}

function requireSecret(secret: Uint8Array): void {
  requireBytes(secret, 'secret', SECRET_LENGTH);
  if (isZero(secret)) throw new RangeError('secret must not be zero');
}

function isZero(bytes: Uint8Array): boolean {
  let bits = 0;
  for (const byte of bytes) bits |= byte;
  return bits === 0;
}
