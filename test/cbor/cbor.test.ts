import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { decode } from 'lorica/cbor/decode';
import { encode } from 'lorica/cbor/encode';
import { MAX_DEPTH, MAX_ENCODED_LENGTH, MAX_ITEMS, type CborValue } from 'lorica/cbor/value';
import { damaged } from '../support/damage.ts';
import { integers, values } from './arbitrary.ts';

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''))!;

// RFC 8949, appendix A, as far as the subset goes
const APPENDIX_A: readonly [string, CborValue][] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, i) => i + 1)],
  ['a0', new Map()],
  ['a201020304', new Map([[1, 2], [3, 4]])],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['3b001ffffffffffffe', -Number.MAX_SAFE_INTEGER]
];

// appendix A's encodings of values outside the subset, and encodings that are not the deterministic one
const REFUSED: readonly [string, string][] = [
  ['', 'nothing'],
  ['1817', '23 in two octets'],
  ['190017', '23 in three'],
  ['1900ff', '255 in three'],
  ['1a0000ffff', '65535 in five'],
  ['1b00000000ffffffff', '4294967295 in nine'],
  ['3817', '-24 in two'],
  ['5817', 'length in two octets (and no bytes)'],
  ['580161', 'bytes: length 1 in two octets'],
  ['780161', 'text: length 1 in two octets'],
  ['980101', 'array: count 1 in two octets'],
  ['b8010102', 'map: count 1 in two octets'],
  ['1bffffffffffffffff', '2^64 − 1'],
  ['1b0020000000000000', '2^53'],
  ['1b0020000000000001', '2^53 + 1, which a double rounds'],
  ['3b001fffffffffffff', '−2^53'],
  ['3bffffffffffffffff', '−2^64'],
  ['c249010000000000000000', 'big number'],
  ['f90000', 'half float'],
  ['fa47c35000', 'float'],
  ['fb3ff199999999999a', 'double'],
  ['f7', 'undefined'],
  ['f0', 'simple 16'],
  ['f820', 'simple 32'],
  ['f814', 'false in two octets'],
  ['c11a514b67b0', 'tag'],
  ['d818456449455446', 'tag 24'],
  ['5f42010243030405ff', 'indefinite bytes'],
  ['7f657374726561646d696e67ff', 'indefinite text'],
  ['9fff', 'indefinite array'],
  ['bfff', 'indefinite map'],
  ['ff', 'break'],
  ['1c', 'reserved 28'],
  ['1d', 'reserved 29'],
  ['1e', 'reserved 30'],
  ['1f', 'indefinite integer'],
  ['5c', 'reserved in bytes'],
  ['a1616101', 'map with a text key'],
  ['a14101 01', 'map with a bytes key'],
  ['a1f601', 'map with a null key'],
  ['a203040102', 'keys descending'],
  ['a201020103', 'a key twice'],
  ['a220012000', 'a negative key twice'],
  ['a220000100', 'negative key before a positive one'],
  ['a221002000', '−2 before −1'],
  ['0000', 'two values'],
  ['8001', 'something behind an array'],
  ['8201', 'array with an item missing'],
  ['a101', 'map with a value missing'],
  ['4201', 'bytes cut off'],
  ['6261', 'text cut off'],
  ['9b0020000000000000', 'array of 2^53'],
  ['9a00010000', 'array of 65536'],
  ['5b001fffffffffffff', 'bytes of 2^53 − 1'],
  ['7affffffff', 'text of 4 GiB'],
  ['ba7fffffff', 'map of 2^31 − 1'],
  ['61ff', 'no UTF-8'],
  ['62c328', 'UTF-8: bad continuation'],
  ['62c080', 'UTF-8: overlong NUL'],
  ['62c1bf', 'UTF-8: overlong in two'],
  ['63e08080', 'UTF-8: overlong in three'],
  ['63e09fbf', 'UTF-8: U+07FF in three'],
  ['64f0808080', 'UTF-8: overlong in four'],
  ['64f08fbfbf', 'UTF-8: U+FFFF in four'],
  ['63eda080', 'UTF-8: surrogate'],
  ['63edbfbf', 'UTF-8: low surrogate'],
  ['64f4908080', 'UTF-8: U+110000'],
  ['64f5808080', 'UTF-8: lead F5'],
  ['61c3', 'UTF-8: cut off'],
  ['62e6b0', 'UTF-8: three cut to two'],
  ['6180', 'UTF-8: lone continuation']
];

describe('cbor', () => {
  it('reads and writes the examples of RFC 8949', () => {
    for (const [text, value] of APPENDIX_A) {
      assert.equal(toHex(encode(value)), text);
      assert.deepEqual(decode(hex(text)), value);
    }
  });

  it('refuses whatever is not the one encoding of a value of the subset', () => {
    for (const [text, name] of REFUSED) {
      assert.equal(decode(hex(text)), undefined, name);
      assert.equal(decode(hex('81' + text)), undefined, `${name}, in an array`);
      assert.equal(decode(hex('a101' + text)), undefined, `${name}, in a map`);
    }
  });

  it('takes every Unicode scalar value and gives it back', () => {
    for (let code = 0; code <= 0x10ffff; code += code < 0x900 || (code > 0xd700 && code < 0xe100) ? 1 : 251) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const text = String.fromCodePoint(code);
      assert.equal(toHex(encode(text)).slice(2), Buffer.from(text).toString('hex'));
      assert.equal(decode(encode(text)), text);
    }
  });

  it('gives back any value that it wrote', () => {
    fc.assert(fc.property(values, (value) => assert.deepEqual(decode(encode(value)), normal(value))), { numRuns: 2000 });
  });

  it('writes a map the same whatever order its entries were put in', () => {
    fc.assert(
      fc.property(fc.uniqueArray(integers, { maxLength: 12 }), fc.nat(), (keys, seed) => {
        const shuffled = keys.toSorted((a, b) => ((a * 31 + seed) % 97) - ((b * 31 + seed) % 97));
        const one = encode(new Map(keys.map((key) => [key, 0])));
        assert.deepEqual(encode(new Map(shuffled.map((key) => [key, 0]))), one);
        assert.ok(decode(one) instanceof Map);
      })
    );
  });

  it('accepts nothing that it would write differently', () => {
    const check = (bytes: Uint8Array): void => {
      const value = decode(bytes);
      if (value !== undefined) assert.deepEqual(encode(value), bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 24 }), check), { numRuns: 20000 });
    fc.assert(
      fc.property(values, (value) => {
        for (const bytes of damaged(encode(value).slice(0, 60))) check(bytes);
      }),
      { numRuns: 100 }
    );
    for (let first = 0; first < 0x10000; first++) check(Uint8Array.of(first >> 8, first & 255));
  });

  it('is bounded in depth, both ways', () => {
    const nested = (depth: number): CborValue => (depth === 0 ? 1 : depth % 2 ? [nested(depth - 1)] : new Map([[1, nested(depth - 1)]]));
    assert.deepEqual(decode(encode(nested(MAX_DEPTH))), nested(MAX_DEPTH));
    assert.throws(() => encode(nested(MAX_DEPTH + 1)), RangeError);
    const arrays = (depth: number): Uint8Array => Uint8Array.from({ length: depth + 1 }, (_, i) => (i === depth ? 1 : 0x81));
    assert.notEqual(decode(arrays(MAX_DEPTH)), undefined);
    assert.equal(decode(arrays(MAX_DEPTH + 1)), undefined);
    assert.equal(decode(arrays(100000)), undefined);
  });

  it('is bounded in items and in length, both ways', () => {
    const items = new Array<number>(MAX_ITEMS).fill(0);
    assert.deepEqual(decode(encode(items)), items);
    assert.throws(() => encode([...items, 0]), RangeError);
    assert.throws(() => encode(new Map([...items, 0].map((_, i) => [i, 0]))), RangeError);
    const overlong = new Uint8Array(3 + MAX_ITEMS + 1);
    overlong.set([0x99, (MAX_ITEMS + 1) >> 8, (MAX_ITEMS + 1) & 255]);
    assert.equal(decode(overlong), undefined);
    const long = encode(new Uint8Array(MAX_ENCODED_LENGTH - 5));
    assert.equal(long.length, MAX_ENCODED_LENGTH);
    assert.ok(decode(long) instanceof Uint8Array);
    assert.throws(() => encode(new Uint8Array(MAX_ENCODED_LENGTH - 4)), RangeError);
    const length = MAX_ENCODED_LENGTH - 4;
    const longer = new Uint8Array(MAX_ENCODED_LENGTH + 1);
    longer.set([0x5a, length >>> 24, length >>> 16, length >>> 8, length]);
    assert.equal(decode(longer), undefined);
  });

  it('throws on what it must not be asked to write', () => {
    for (const value of [0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)]) assert.throws(() => encode(value), RangeError);
    for (const text of ['\ud800', 'a\udc00', '\ud800a', '\udc00\ud800']) assert.throws(() => encode(text), RangeError);
    const foreign = [undefined, 1n, {}, Symbol('x'), () => 0, new Date(0), new Map([['a', 1]]), [undefined]];
    for (const value of foreign) assert.throws(() => encode(value as CborValue), TypeError);
  });

  it('hands out copies of plain type, whatever view or subclass came in', () => {
    const bytes = Buffer.from(encode([Uint8Array.of(1, 2, 3)]));
    const value = decode(bytes) as Uint8Array[];
    bytes.fill(0);
    assert.equal(Object.getPrototypeOf(value[0]), Uint8Array.prototype);
    assert.deepEqual(value, [Uint8Array.of(1, 2, 3)]);
  });
});

/** −0 comes back as 0. */
function normal(value: CborValue): CborValue {
  if (value === 0) return 0;
  if (Array.isArray(value)) return value.map(normal);
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key + 0, normal(each)]));
  return value;
}
