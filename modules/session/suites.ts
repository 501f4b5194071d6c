// The suites a node may be enrolled for. A suite is the group alone: cipher, hash and patterns are the same in all.
// Which of them a node uses is enrolled, never negotiated.
import { CHEBYSHEV_1536, CHEBYSHEV_2048 } from 'lorica/chebyshev/diffie-hellman';
import type { DiffieHellman } from 'lorica/noise/diffie-hellman';

export interface Suite {
  /** as in the clear header of message 1 */
  readonly number: number;
  readonly name: string;
  readonly dh: DiffieHellman;
}

export const SUITES: ReadonlyMap<number, Suite> = new Map(
  [
    { number: 1, name: 'Cheb2048', dh: CHEBYSHEV_2048 },
    { number: 2, name: 'Cheb1536', dh: CHEBYSHEV_1536 }
  ].map((suite) => [suite.number, suite])
);

/** @throws RangeError for a number that names no suite */
export function suiteByNumber(number: number): Suite {
  const suite = SUITES.get(number);
  if (suite === undefined) throw new RangeError(`no suite ${number}`);
  return suite;
}
