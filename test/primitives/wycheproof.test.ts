import assert from 'node:assert/strict';
import { concat, toHex } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import { HKDF_EXPAND_MAX, expand, extract } from 'lorica/primitives/hkdf';
import { hmac } from 'lorica/primitives/hmac';
import { referencePrimitives as reference } from 'lorica/primitives/reference/reference-primitives';
import { octets, sharedVectors } from '../support/read-vectors.ts';

interface Suite<T> { numberOfTests: number; testGroups: { ivSize?: number; keySize: number; tagSize?: number; tests: T[] }[] }
interface AeadCase { tcId: number; key: string; iv: string; aad: string; msg: string; ct: string; tag: string; result: string }
interface HkdfCase { tcId: number; ikm: string; salt: string; info: string; size: number; okm: string; result: string }
interface HmacCase { tcId: number; key: string; msg: string; tag: string; result: string }

describe('primitives: Wycheproof', () => {
  it('ChaCha20-Poly1305: seals and opens what is valid, opens nothing else, refuses nonces of other sizes', function () {
    const suite = sharedVectors<Suite<AeadCase>>(this, 'wycheproof/chacha20_poly1305_test.json');
    let run = 0;
    for (const group of suite.testGroups) for (const test of group.tests) {
      run++;
      const [key, nonce, ad, message] = [octets(test.key), octets(test.iv), octets(test.aad), octets(test.msg)];
      const sealed = concat(octets(test.ct), octets(test.tag));
      if (nonce.length !== 12) {
        assert.equal(test.result, 'invalid');
        assert.throws(() => open(key, nonce, ad, sealed), RangeError);
        assert.throws(() => seal(key, nonce, ad, message), RangeError);
        continue;
      }
      const expected = test.result === 'valid' ? message : undefined;
      for (const aead of [{ seal, open }, reference]) {
        assert.deepEqual(aead.open(key, nonce, ad, sealed), expected, `case ${test.tcId}`);
        if (expected) assert.deepEqual(aead.seal(key, nonce, ad, message), sealed, `case ${test.tcId}`);
      }
    }
    assert.equal(run, suite.numberOfTests);
  });

  it('HKDF-SHA-256: the valid, and a length beyond the limit', function () {
    const suite = sharedVectors<Suite<HkdfCase>>(this, 'wycheproof/hkdf_sha256_test.json');
    let run = 0;
    for (const group of suite.testGroups) for (const test of group.tests) {
      run++;
      const prk = extract(octets(test.salt), octets(test.ikm));
      if (test.result !== 'valid') {
        assert.ok(test.size > HKDF_EXPAND_MAX, `case ${test.tcId}`);
        assert.throws(() => expand(prk, octets(test.info), test.size), RangeError);
        continue;
      }
      assert.equal(toHex(expand(prk, octets(test.info), test.size)), test.okm, `case ${test.tcId}`);
      assert.equal(toHex(reference.expand(prk, octets(test.info), test.size)), test.okm, `case ${test.tcId}`);
    }
    assert.equal(run, suite.numberOfTests);
  });

  it('HMAC-SHA-256: the valid match, the modified do not', function () {
    const suite = sharedVectors<Suite<HmacCase>>(this, 'wycheproof/hmac_sha256_test.json');
    let run = 0;
    for (const group of suite.testGroups) for (const test of group.tests) {
      run++;
      for (const compute of [hmac, reference.hmac]) {
        const mac = toHex(compute(octets(test.key), octets(test.msg))).slice(0, test.tag.length);
        assert.equal(mac === test.tag, test.result === 'valid', `case ${test.tcId}`);
      }
    }
    assert.equal(run, suite.numberOfTests);
  });
});
