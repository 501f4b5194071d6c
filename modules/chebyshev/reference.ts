// The Chebyshev map over BigInt (protocol.md §1): readable, the measure of every faster kernel.
// NOT CONSTANT-TIME and not wipeable: BigInt arithmetic depends on its operands and leaves copies behind. It touches
// no long-lived secret outside tests and the simulator.
import type { ChebyshevProvider } from 'lorica/chebyshev/chebyshev-provider';
import { BASE, SECRET_LENGTH } from 'lorica/chebyshev/groups';

const SECRET_BITS = 8n * BigInt(SECRET_LENGTH);

export const referenceChebyshev: ChebyshevProvider = {
  name: 'reference',

  publicValue(group, secret) {
    return toBytes(ladder(toInteger(secret), BigInt(BASE), group.p), group.publicLength);
  },

  sharedValue(group, secret, publicValue) {
    const x = toInteger(publicValue);
    if (x >= group.p) return undefined;
    const y = clearCofactor(x, group.p);
    if (y === 1n) return undefined;
    return toBytes(ladder(toInteger(secret), y, group.p), group.publicLength);
  },

  isMember(group, publicValue) {
    const x = toInteger(publicValue);
    return x < group.p && jacobi(x + 1n, group.p) === -1 && jacobi(x - 1n, group.p) === 1;
  },

  evaluate(group, index, x) {
    return toBytes(ladder(toInteger(index), toInteger(x), group.p), group.publicLength);
  },
};

/**
 * T_n(x) mod p by the Montgomery ladder over (T_k, T_k+1), always 256 steps:
 * T_2k = 2 T_k² − 1, T_2k+1 = 2 T_k T_k+1 − x.
 */
export function ladder(n: bigint, x: bigint, p: bigint): bigint {
  let low = 1n; // T_0
  let high = x; // T_1
  for (let bit = SECRET_BITS - 1n; bit >= 0n; bit--) {
    const middle = modulo(2n * low * high - x, p);
    if ((n >> bit) & 1n) {
      low = middle;
      high = modulo(2n * high * high - 1n, p);
    } else {
      high = middle;
      low = modulo(2n * low * low - 1n, p);
    }
  }
  return low;
}

/** T_12(x) = T_3(T_2(T_2(x))): sends the values of order dividing 12, and only those, to 1 */
export function clearCofactor(x: bigint, p: bigint): bigint {
  const x2 = modulo(2n * x * x - 1n, p);
  const x4 = modulo(2n * x2 * x2 - 1n, p);
  return modulo(4n * x4 * x4 * x4 - 3n * x4, p);
}

/** The Jacobi symbol (a / p) by quadratic reciprocity; p odd and positive. */
export function jacobi(a: bigint, p: bigint): -1 | 0 | 1 {
  let numerator = modulo(a, p);
  let denominator = p;
  let sign: -1 | 1 = 1;
  while (numerator !== 0n) {
    while ((numerator & 1n) === 0n) {
      numerator >>= 1n;
      const residue = denominator & 7n;
      if (residue === 3n || residue === 5n) sign = sign === 1 ? -1 : 1;
    }
    [numerator, denominator] = [denominator, numerator];
    if ((numerator & 3n) === 3n && (denominator & 3n) === 3n) sign = sign === 1 ? -1 : 1;
    numerator %= denominator;
  }
  return denominator === 1n ? sign : 0;
}

function modulo(a: bigint, p: bigint): bigint {
  const remainder = a % p;
  return remainder < 0n ? remainder + p : remainder;
}

export function toInteger(bytes: Uint8Array): bigint {
  let text = '0x0';
  for (const byte of bytes) text += HEX[byte >>> 4]! + HEX[byte & 15]!;
  return BigInt(text);
}

export function toBytes(value: bigint, length: number): Uint8Array {
  const text = value.toString(16).padStart(2 * length, '0');
  const out = new Uint8Array(length);
  for (let i = 0; i < length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const HEX = '0123456789abcdef';
