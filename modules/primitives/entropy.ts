// Unpredictable bytes. Protocol code takes an `Entropy` from its caller, so that a test can fix it; only the
// outermost layer hands it the machine's own.
import provider from 'lorica/primitives/provider';
import { requireCount } from 'lorica/primitives/validate';

/** One request; keys are far shorter, and getrandom(2) gives up to 256 bytes without interruption. */
export const ENTROPY_MAX = 256;

/** @returns `length` unpredictable bytes, a fresh array. @throws Error when there is no entropy: stop, never go on */
export type Entropy = (length: number) => Uint8Array;

/**
 * The machine's own entropy.
 * @param length 0 to 256 bytes
 * @throws TypeError, RangeError; Error when the machine has none to give
 */
export const entropy: Entropy = (length) => {
  requireCount(length, 'length', 0, ENTROPY_MAX);
  return provider.entropy(length);
};
