// The two groups of the Chebyshev map (protocol.md §1): the primes, and what follows from them.
//
// p = floor(2^k · π) + c with the smallest c for which p is prime, q = (p+1)/2 is prime, (p−1)/12 is prime and
// p ≡ 13 (mod 24): nothing up the sleeve, and test/chebyshev/groups.test.ts computes both primes again from π.
// The base 5 generates the values of order q. All values travel big-endian in `publicLength` bytes.

/** bytes of a secret n, uniform, not zero */
export const SECRET_LENGTH = 32;

/** T_1 = 5; of order q in both groups */
export const BASE = 5;

export interface ChebyshevGroup {
  /** as it stands in a Noise protocol name */
  readonly name: 'Cheb2048' | 'Cheb1536';
  /** as it stands in the clear header of a handshake */
  readonly suite: 1 | 2;
  /** bytes of a public value and of a shared value */
  readonly publicLength: 256 | 192;
  readonly p: bigint;
  /** the prime order of the base, (p + 1) / 2 */
  readonly q: bigint;
}

// floor(2^2046 · π) + 10656269657
const P_2048 = BigInt('0x' +
  'c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b' +
  '302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5' +
  'ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad96' +
  '1c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c180e8603' +
  '9b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa051015728e5a8aaac42d' +
  'ad33170d04507a33a85521ae5a467fbd');

// floor(2^1534 · π) + 21711106
const P_1536 = BigInt('0x' +
  'c90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b' +
  '302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7edee386bfb5a899fa5' +
  'ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f83655d23dca3ad96' +
  '1c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3be39e772c1959cf05');

/** The default: strength judged to be at least 128 bit. */
export const CHEB2048: ChebyshevGroup = { name: 'Cheb2048', suite: 1, publicLength: 256, p: P_2048, q: (P_2048 + 1n) / 2n };

/** The light one: about 120 bit. */
export const CHEB1536: ChebyshevGroup = { name: 'Cheb1536', suite: 2, publicLength: 192, p: P_1536, q: (P_1536 + 1n) / 2n };
