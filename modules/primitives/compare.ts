// Comparison of secrets: the time tells nothing of where two values differ. Their lengths are public.
import provider from 'lorica/primitives/provider';
import { requireBytes } from 'lorica/primitives/validate';

/** @returns whether both hold the same octets; `false` at once if the lengths differ. @throws TypeError */
export function equalConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  requireBytes(a, 'a');
  requireBytes(b, 'b');
  return a.length === b.length && provider.equal(a, b);
}
