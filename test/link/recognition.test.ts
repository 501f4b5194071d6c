import assert from 'node:assert/strict';
import { concat, equal, fields, ascii } from 'lorica/bytes/bytes';
import { makeServiceData, recognise } from 'lorica/link/recognition';
import { hmac } from 'lorica/primitives/hmac';
import { seededEntropy } from './pair.ts';

const KEYS = [1, 2, 3].map((fill) => new Uint8Array(32).fill(fill));

describe('recognition', () => {
  it('is laid out as the CDDL says', () => {
    const random = Uint8Array.of(1, 2, 3, 4);
    const expected = concat(random, hmac(KEYS[0]!, fields(ascii('lorica advert'), random)).subarray(0, 8));
    assert.deepEqual(makeServiceData(KEYS[0]!, () => random), expected);
  });

  it('tells a gateway which of its nodes it hears, and that a foreign one is none', () => {
    const entropy = seededEntropy(1);
    for (const [index, key] of KEYS.entries()) assert.equal(recognise(makeServiceData(key, entropy), KEYS), index);
    assert.equal(recognise(makeServiceData(new Uint8Array(32), entropy), KEYS), undefined);
    assert.equal(recognise(makeServiceData(KEYS[0]!, entropy), []), undefined);
  });

  it('refuses each flipped bit, each truncation and anything longer', () => {
    const data = makeServiceData(KEYS[1]!, seededEntropy(2));
    for (let bit = 0; bit < 8 * data.length; bit++) {
      const altered = data.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(recognise(altered, KEYS), undefined);
    }
    for (let length = 0; length < data.length; length++) assert.equal(recognise(data.subarray(0, length), KEYS), undefined);
    assert.equal(recognise(concat(data, Uint8Array.of(0)), KEYS), undefined);
  });

  it('shows a neighbour no octets that come again from period to period', () => {
    const entropy = seededEntropy(3);
    const seen = Array.from({ length: 200 }, () => makeServiceData(KEYS[0]!, entropy));
    for (const [i, one] of seen.entries()) {
      for (const other of seen.slice(i + 1)) assert.ok(!equal(one.subarray(0, 4), other.subarray(0, 4)) && !equal(one.subarray(4), other.subarray(4)));
    }
  });
});
