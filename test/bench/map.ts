// The map beside what Node's OpenSSL offers for the same purpose: making a key pair, and agreeing on a secret.
// X25519 and P-256 are the honest peers at equal strength, ffdhe2048 (RFC 7919) the nearest relative in size.
import { createDiffieHellman, createECDH, diffieHellman, generateKeyPairSync } from 'node:crypto';
import type { DiffieHellman } from 'node:crypto';
import { CHEB1536, CHEB2048 } from 'lorica/chebyshev/groups';
import { generateKeyPair, isMember, sharedValue } from 'lorica/chebyshev/map';
import { entropy } from 'lorica/primitives/entropy';
import { race, RACE_ROUNDS } from './harness.ts';
import type { Contestant, Figure } from './harness.ts';

/** RFC 7919 §A.1; OpenSSL knows it by its value and takes a 225-bit secret, as for the map's 256. */
const FFDHE2048 =
  'ffffffffffffffffadf85458a2bb4a9aafdc5620273d3cf1d8b9c583ce2d3695a9e13641146433fbcc939dce249b3ef9' +
  '7d2fe363630c75d8f681b202aec4617ad3df1ed5d5fd65612433f51f5f066ed0856365553ded1af3b557135e7f57c935' +
  '984f0c70e0e68b77e2a689daf3efe8721df158a136ade73530acca4f483a797abc0ab182b324fb61d108a94bb2c8e3fb' +
  'b96adab760d7f4681d4f42a3de394df4ae56ede76372bb190b07a7c8ee0a6d709e02fce1cdf7e2ecc03404cd28342f61' +
  '9172fe9ce98583ff8e4f1232eef28183c3fe3b1b4c6fad733bb5fcbc2ec22005c58ef1837d1683b2c6f34a26c1b2effa' +
  '886b423861285c97ffffffffffffffff';

export const MAP_STEPS = 3 * RACE_ROUNDS;

export function mapFigures(step: () => void): Figure[] {
  return [
    ...race(keyGeneration(), 'key pair, X25519 (node:crypto)', step),
    ...race(agreement(), 'agreement, X25519 (node:crypto)', step),
    ...race([CHEB2048, CHEB1536].map((group) => {
      const { publicKey } = generateKeyPair(group, entropy);
      return { name: `full membership test, ${group.name}`, run: () => { isMember(group, publicKey); } };
    }), 'full membership test, Cheb2048', step),
  ];
}

function keyGeneration(): Contestant[] {
  return [
    ...[CHEB2048, CHEB1536].map((group) => ({ name: `key pair, ${group.name}`, run: () => { generateKeyPair(group, entropy); } })),
    { name: 'key pair, X25519 (node:crypto)', run: () => { generateKeyPairSync('x25519'); } },
    { name: 'key pair, P-256 (node:crypto)', run: () => { createECDH('prime256v1').generateKeys(); } },
    { name: 'key pair, ffdhe2048 (node:crypto)', run: () => { ffdhe2048().generateKeys(); } },
  ];
}

function agreement(): Contestant[] {
  const x25519 = [generateKeyPairSync('x25519'), generateKeyPairSync('x25519')] as const;
  const p256 = [createECDH('prime256v1'), createECDH('prime256v1')] as const;
  const ffdhe = [ffdhe2048(), ffdhe2048()] as const;
  for (const side of [...p256, ...ffdhe]) side.generateKeys();
  const p256Public = p256[1].getPublicKey();
  const ffdhePublic = ffdhe[1].getPublicKey();
  return [
    ...[CHEB2048, CHEB1536].map((group) => {
      const [own, peer] = [generateKeyPair(group, entropy), generateKeyPair(group, entropy)];
      return { name: `agreement, ${group.name}`, run: () => { sharedValue(group, own.secretKey, peer.publicKey); } };
    }),
    { name: 'agreement, X25519 (node:crypto)', run: () => { diffieHellman({ privateKey: x25519[0].privateKey, publicKey: x25519[1].publicKey }); } },
    { name: 'agreement, P-256 (node:crypto)', run: () => { p256[0].computeSecret(p256Public); } },
    { name: 'agreement, ffdhe2048 (node:crypto)', run: () => { ffdhe[0].computeSecret(ffdhePublic); } },
  ];
}

function ffdhe2048(): DiffieHellman {
  return createDiffieHellman(FFDHE2048, 'hex', 2);
}
