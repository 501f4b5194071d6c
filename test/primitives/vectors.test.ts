import assert from 'node:assert/strict';
import { concat } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import { expand, extract } from 'lorica/primitives/hkdf';
import { hmac } from 'lorica/primitives/hmac';
import { chacha20 } from 'lorica/primitives/reference/chacha20';
import { Poly1305 } from 'lorica/primitives/reference/poly1305';
import { referencePrimitives as reference } from 'lorica/primitives/reference/reference-primitives';
import { octets, ownVectors } from '../support/read-vectors.ts';

interface Rfc8439 {
  chacha20Block: { key: string; counter: number; nonce: string; keyStream: string };
  chacha20: { key: string; counter: number; nonce: string; plaintext: string; ciphertext: string };
  poly1305: { key: string; message: string; tag: string }[];
  aead: { key: string; nonce: string; associatedData: string; plaintext: string; ciphertext: string; tag: string };
}

const rfc8439 = ownVectors<Rfc8439>('rfc8439.json');

describe('primitives: published vectors', () => {
  it('RFC 4231: HMAC-SHA-256', () => {
    const { cases } = ownVectors<{ cases: { key: string; data: string; mac: string }[] }>('rfc4231.json');
    for (const { key, data, mac } of cases) {
      const expected = octets(mac);
      assert.deepEqual(hmac(octets(key), octets(data)).subarray(0, expected.length), expected);
      assert.deepEqual(reference.hmac(octets(key), octets(data)).subarray(0, expected.length), expected);
    }
  });

  it('RFC 5869: HKDF-SHA-256', () => {
    const { cases } = ownVectors<{ cases: { ikm: string; salt: string; info: string; prk: string; okm: string }[] }>('rfc5869.json');
    for (const { ikm, salt, info, prk, okm } of cases) {
      assert.deepEqual(extract(octets(salt), octets(ikm)), octets(prk));
      const expected = octets(okm);
      assert.deepEqual(expand(octets(prk), octets(info), expected.length), expected);
      assert.deepEqual(reference.expand(octets(prk), octets(info), expected.length), expected);
    }
  });

  it('RFC 8439 §2.3.2 and §2.4.2: the ChaCha20 key stream and cipher of the reference', () => {
    const block = rfc8439.chacha20Block;
    assert.deepEqual(chacha20(octets(block.key), block.counter, octets(block.nonce), new Uint8Array(64)), octets(block.keyStream));
    const text = rfc8439.chacha20;
    assert.deepEqual(chacha20(octets(text.key), text.counter, octets(text.nonce), octets(text.plaintext)), octets(text.ciphertext));
  });

  it('RFC 8439 §2.5.2 and A.3: Poly1305 of the reference', () => {
    for (const { key, message, tag } of rfc8439.poly1305) {
      const authenticator = new Poly1305(octets(key));
      authenticator.updateLast(octets(message));
      assert.deepEqual(authenticator.tag(), octets(tag));
    }
  });

  it('RFC 8439 §2.8.2: the AEAD', () => {
    const { key, nonce, associatedData, plaintext, ciphertext, tag } = rfc8439.aead;
    const sealed = concat(octets(ciphertext), octets(tag));
    for (const aead of [{ seal, open }, reference]) {
      assert.deepEqual(aead.seal(octets(key), octets(nonce), octets(associatedData), octets(plaintext)), sealed);
      assert.deepEqual(aead.open(octets(key), octets(nonce), octets(associatedData), sealed), octets(plaintext));
    }
  });
});
