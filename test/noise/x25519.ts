// X25519 (RFC 7748) from Node behind the seam of `lorica/noise/diffie-hellman`: the published Noise vectors are for it.
import { createPrivateKey, createPublicKey, diffieHellman } from 'node:crypto';
import { concat, fromHex } from 'lorica/bytes/bytes';
import type { DiffieHellman } from 'lorica/noise/diffie-hellman';

const SECRET_PREFIX = fromHex('302e020100300506032b656e04220420')!;
const PUBLIC_PREFIX = fromHex('302a300506032b656e032100')!;

export const X25519: DiffieHellman = {
  name: '25519',
  publicLength: 32,
  sharedLength: 32,
  generate(entropy) {
    const secretKey = entropy(32);
    return { secretKey, publicKey: X25519.publicKey(secretKey) };
  },
  publicKey(secretKey) {
    const exported = createPublicKey(importSecret(secretKey)).export({ format: 'der', type: 'spki' });
    return new Uint8Array(exported.subarray(PUBLIC_PREFIX.length));
  },
  shared(secretKey, publicKey) {
    try {
      const key = createPublicKey({ key: Buffer.from(concat(PUBLIC_PREFIX, publicKey)), format: 'der', type: 'spki' });
      const shared = new Uint8Array(diffieHellman({ privateKey: importSecret(secretKey), publicKey: key }));
      return shared.some((byte) => byte !== 0) ? shared : undefined;
    } catch {
      return undefined; // OpenSSL throws for a point of small order
    }
  }
};

function importSecret(secretKey: Uint8Array) {
  return createPrivateKey({ key: Buffer.from(concat(SECRET_PREFIX, secretKey)), format: 'der', type: 'pkcs8' });
}
