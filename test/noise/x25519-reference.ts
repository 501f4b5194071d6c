// X25519 as RFC 7748 §5 writes it down, in BigInt: slow, not constant-time, and the same in Node and inside XS, so that
// the published Noise vectors run in both.
import { fromHex, toHex } from 'lorica/bytes/bytes';
import type { DiffieHellman } from 'lorica/noise/diffie-hellman';

const P = (1n << 255n) - 19n;
const A24 = 121665n;
const BASE = littleEndian(9n);

export const X25519_REFERENCE: DiffieHellman = {
  name: '25519',
  publicLength: 32,
  sharedLength: 32,
  generate(entropy) {
    const secretKey = entropy(32);
    return { secretKey, publicKey: x25519(secretKey, BASE) };
  },
  publicKey: (secretKey) => x25519(secretKey, BASE),
  shared(secretKey, publicKey) {
    const shared = x25519(secretKey, publicKey);
    return shared.some((byte) => byte !== 0) ? shared : undefined;
  }
};

export function x25519(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  const clamped = scalar.slice();
  clamped[0]! &= 248;
  clamped[31] = (clamped[31]! & 127) | 64;
  const point = u.slice();
  point[31]! &= 127;
  return littleEndian(ladder(number(clamped), number(point) % P));
}

function ladder(k: bigint, x1: bigint): bigint {
  let [x2, z2, x3, z3] = [1n, 0n, x1, 1n];
  let swapped = 0n;
  for (let t = 254n; t >= 0n; t--) {
    const bit = (k >> t) & 1n;
    if (bit !== swapped) [x2, z2, x3, z3] = [x3, z3, x2, z2];
    swapped = bit;
    const [a, b, c, d] = [x2 + z2, x2 - z2 + P, x3 + z3, x3 - z3 + P];
    const [aa, bb, da, cb] = [(a * a) % P, (b * b) % P, (d * a) % P, (c * b) % P];
    const e = aa - bb + P;
    const [sum, difference] = [da + cb, da - cb + P];
    x3 = (sum * sum) % P;
    z3 = (x1 * ((difference * difference) % P)) % P;
    x2 = (aa * bb) % P;
    z2 = (e * (aa + A24 * e)) % P;
  }
  if (swapped === 1n) [x2, z2] = [x3, z3];
  return (x2 * inverse(z2)) % P;
}

/** z^(p−2) */
function inverse(z: bigint): bigint {
  let result = 1n;
  for (let bit = 254n; bit >= 0n; bit--) {
    result = (result * result) % P;
    if (((P - 2n) >> bit) & 1n) result = (result * z) % P;
  }
  return result;
}

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))!.reverse();
}
