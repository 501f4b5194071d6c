import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ascii, concat, fields, toHex } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import { equalConstantTime } from 'lorica/primitives/compare';
import { ENTROPY_MAX, entropy } from 'lorica/primitives/entropy';
import { HKDF_EXPAND_MAX, expand, expandLabel, extract, noiseHkdf } from 'lorica/primitives/hkdf';
import { hmac } from 'lorica/primitives/hmac';
import { referencePrimitives as reference } from 'lorica/primitives/reference/reference-primitives';
import { Sha256, sha256 } from 'lorica/primitives/sha256';

const octets = fc.uint8Array({ maxLength: 300 });
const exactly = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const notBytes = [undefined, null, 7, 'bytes', [1, 2], new ArrayBuffer(32)] as unknown as Uint8Array[];

describe('primitives: the provider agrees with the reference', () => {
  it('SHA-256, at once and in any pieces', () => {
    fc.assert(fc.property(octets, fc.nat(300), (data, cut) => {
      const expected = reference.sha256(data);
      assert.deepEqual(sha256(data), expected);
      assert.deepEqual(new Sha256().update(data.subarray(0, cut)).update(data.subarray(cut)).digest(), expected);
      const pieces = reference.createSha256();
      for (let i = 0; i < data.length; i += 1 + (cut % 7)) pieces.update(data.subarray(i, i + 1 + (cut % 7)));
      assert.deepEqual(pieces.digest(), expected);
    }));
  });

  it('SHA-256 at each length around the padding of a block', () => {
    for (let length = 0; length <= 130; length++) {
      const data = new Uint8Array(length).fill(length);
      assert.deepEqual(reference.sha256(data), sha256(data));
    }
  });

  it('HMAC with keys on both sides of the block length', () => {
    fc.assert(fc.property(octets, octets, (key, data) => { assert.deepEqual(hmac(key, data), reference.hmac(key, data)); }));
    for (const length of [0, 63, 64, 65]) {
      assert.deepEqual(hmac(new Uint8Array(length), ascii('x')), reference.hmac(new Uint8Array(length), ascii('x')));
    }
  });

  it('HKDF-Expand at every length to three blocks and at the limit', () => {
    const prk = sha256(ascii('prk'));
    for (const length of [...Array(97).keys(), HKDF_EXPAND_MAX - 1, HKDF_EXPAND_MAX]) {
      assert.deepEqual(expand(prk, ascii('info'), length), reference.expand(prk, ascii('info'), length));
    }
  });

  it('ChaCha20-Poly1305', () => {
    fc.assert(fc.property(exactly(32), exactly(12), octets, octets, (key, nonce, ad, text) => {
      const sealed = seal(key, nonce, ad, text);
      assert.deepEqual(reference.seal(key, nonce, ad, text), sealed);
      assert.deepEqual(open(key, nonce, ad, sealed), text);
      assert.deepEqual(reference.open(key, nonce, ad, sealed), text);
    }));
  });

  it('constant-time comparison finds each single differing bit', () => {
    const a = sha256(ascii('a'));
    for (const equal of [equalConstantTime, reference.equal]) {
      assert.ok(equal(a, a.slice()));
      for (let bit = 0; bit < 256; bit++) {
        const b = a.slice();
        b[bit >> 3]! ^= 1 << (bit & 7);
        assert.ok(!equal(a, b));
      }
    }
    assert.ok(!equalConstantTime(a, a.subarray(1)));
    assert.ok(equalConstantTime(new Uint8Array(), new Uint8Array()));
  });
});

describe('primitives: the AEAD', () => {
  const [key, nonce, ad] = [sha256(ascii('key')), sha256(ascii('nonce')).slice(0, 12), ascii('associated')];
  const sealed = seal(key, nonce, ad, ascii('a reading'));

  it('opens nothing with any one bit of key, nonce, associated data, ciphertext or tag flipped', () => {
    for (const aead of [{ open }, reference]) {
      for (const at of [0, 1, 2, 3] as const) {
        const parts: [Uint8Array, Uint8Array, Uint8Array, Uint8Array] = [key, nonce, ad, sealed];
        for (let bit = 0; bit < 8 * parts[at].length; bit++) {
          const changed: typeof parts = [...parts];
          changed[at] = parts[at].slice();
          changed[at][bit >> 3]! ^= 1 << (bit & 7);
          assert.equal(aead.open(...changed), undefined);
        }
      }
    }
  });

  it('opens no truncation and no extension', () => {
    for (let length = 0; length < sealed.length; length++) assert.equal(open(key, nonce, ad, sealed.subarray(0, length)), undefined);
    assert.equal(open(key, nonce, ad, concat(sealed, new Uint8Array(1))), undefined);
  });

  it('leaves its inputs as they were and shares no memory with them', () => {
    const text = ascii('a reading');
    const out = seal(key, nonce, ad, text);
    out.fill(0);
    assert.deepEqual(text, ascii('a reading'));
    const plain = open(key, nonce, ad, sealed)!;
    plain.fill(0);
    assert.deepEqual(open(key, nonce, ad, sealed), text);
  });
});

describe('primitives: labelled keys', () => {
  const secret = sha256(ascii('secret'));

  it('expandLabel is HKDF-Expand over the label and its length-prefixed context', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }), fc.nat(100), (context, length) => {
      assert.deepEqual(expandLabel(secret, 'tag up', length, ...context),
        expand(secret, fields(ascii('lorica tag up'), ...context), length));
    }));
  });

  it('gives different keys to different labels and differently cut contexts', () => {
    const keys = [
      expandLabel(secret, 'a', 32), expandLabel(secret, 'b', 32), expandLabel(secret, 'a', 32, ascii('')),
      expandLabel(secret, 'a', 32, ascii('xy'), ascii('z')), expandLabel(secret, 'a', 32, ascii('x'), ascii('yz')),
    ].map(toHex);
    assert.equal(new Set(keys).size, keys.length);
  });

  it('noiseHkdf is the chain of HMACs of the Noise framework §4.3', () => {
    fc.assert(fc.property(exactly(32), octets, (chainingKey, ikm) => {
      const temporary = hmac(chainingKey, ikm);
      const first = hmac(temporary, Uint8Array.of(1));
      const second = hmac(temporary, concat(first, Uint8Array.of(2)));
      const third = hmac(temporary, concat(second, Uint8Array.of(3)));
      assert.deepEqual(noiseHkdf(chainingKey, ikm, 2), [first, second]);
      assert.deepEqual(noiseHkdf(chainingKey, ikm, 3), [first, second, third]);
    }));
  });
});

describe('primitives: a programmer\'s error throws before anything is computed', () => {
  const [k, n, e] = [new Uint8Array(32), new Uint8Array(12), new Uint8Array()];

  it('TypeError where octets are wanted and something else is given', () => {
    for (const bad of notBytes) {
      for (const call of [
        () => sha256(bad), () => new Sha256().update(bad), () => hmac(bad, e), () => hmac(e, bad), () => extract(bad, e),
        () => extract(e, bad), () => expand(bad, e, 1), () => expand(k, bad, 1), () => noiseHkdf(bad, e, 2), () => noiseHkdf(k, bad, 2),
        () => expandLabel(bad, 'a', 1), () => expandLabel(k, 'a', 1, bad), () => seal(bad, n, e, e), () => seal(k, bad, e, e),
        () => seal(k, n, bad, e), () => seal(k, n, e, bad), () => open(bad, n, e, e), () => open(k, bad, e, e), () => open(k, n, bad, e),
        () => open(k, n, e, bad), () => equalConstantTime(bad, k), () => equalConstantTime(k, bad),
      ]) assert.throws(call, TypeError);
    }
    assert.throws(() => expandLabel(k, 7 as unknown as string, 1), TypeError);
    assert.throws(() => expand(k, e, 1.5), TypeError);
    assert.throws(() => entropy('8' as unknown as number), TypeError);
  });

  it('RangeError one past every bound', () => {
    for (const length of [31, 33]) {
      assert.throws(() => seal(new Uint8Array(length), n, e, e), RangeError);
      assert.throws(() => open(new Uint8Array(length), n, e, e), RangeError);
      assert.throws(() => noiseHkdf(new Uint8Array(length), e, 2), RangeError);
    }
    for (const length of [11, 13]) {
      assert.throws(() => seal(k, new Uint8Array(length), e, e), RangeError);
      assert.throws(() => open(k, new Uint8Array(length), e, e), RangeError);
    }
    assert.throws(() => expand(k.subarray(1), e, 1), RangeError);
    assert.throws(() => expandLabel(k.subarray(1), 'a', 1), RangeError);
    for (const length of [-1, HKDF_EXPAND_MAX + 1]) {
      assert.throws(() => expand(k, e, length), RangeError);
      assert.throws(() => expandLabel(k, 'a', length), RangeError);
    }
    assert.throws(() => noiseHkdf(k, e, 4 as 3), RangeError);
    assert.throws(() => expandLabel(k, 'é', 1), RangeError);
    assert.equal(expandLabel(k, 'a', 1, new Uint8Array(0xffff)).length, 1);
    assert.throws(() => expandLabel(k, 'a', 1, new Uint8Array(0x10000)), RangeError);
    for (const length of [-1, ENTROPY_MAX + 1]) assert.throws(() => entropy(length), RangeError);
  });

  it('a hash gives its digest once', () => {
    const hash = new Sha256();
    hash.digest();
    assert.throws(() => hash.digest(), /already/);
    assert.throws(() => hash.update(e), /already/);
  });
});

describe('primitives: entropy', () => {
  it('gives the length that was asked for, and never the same twice', () => {
    for (const length of [0, 1, 32, ENTROPY_MAX]) assert.equal(entropy(length).length, length);
    const seen = new Set(Array.from({ length: 100 }, () => toHex(entropy(32))));
    assert.equal(seen.size, 100);
  });

  it('is refused by the reference, which has none', () => {
    assert.throws(() => reference.entropy(32), /no source of entropy/);
  });
});
