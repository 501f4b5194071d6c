// The seam below the Chebyshev map: one implementation per engine, picked by package.json (Node) or by manifest.json
// (XS). Callers import lorica/chebyshev/map, which checks types and lengths; a provider may trust what it is given.
import type { ChebyshevGroup } from 'lorica/chebyshev/groups';

export interface ChebyshevProvider {
  /** what computes, for logs and benches: `reference`, `native` */
  readonly name: string;
  /** T_n(5). @param secret n, 32 bytes big-endian, not zero */
  publicValue(group: ChebyshevGroup, secret: Uint8Array): Uint8Array;
  /** T_n(T_12(X)), or `undefined` where X ≥ p or T_12(X) = 1. @param publicValue X, `publicLength` bytes */
  sharedValue(group: ChebyshevGroup, secret: Uint8Array, publicValue: Uint8Array): Uint8Array | undefined;
  /** X < p, Jacobi(X + 1) = −1 and Jacobi(X − 1) = +1: X is in ⟨5⟩ and is not 1 */
  isMember(group: ChebyshevGroup, publicValue: Uint8Array): boolean;
  /** plain T_n(X) mod p, no refusals; for vectors and benches. @param index n, 32 bytes; @param x below p */
  evaluate(group: ChebyshevGroup, index: Uint8Array, x: Uint8Array): Uint8Array;
}
