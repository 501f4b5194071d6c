import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ascii, concat, equal, fields, fromHex, readUint16, readUint32, toHex, wipe, writeUint16, writeUint32 } from 'lorica/bytes/bytes';

const octets = fc.uint8Array({ maxLength: 40 });

describe('bytes', () => {
  it('concatenates in order', () => {
    assert.deepEqual(concat(new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3])), new Uint8Array([1, 2, 3]));
  });

  it('joins no two different lists of fields to the same octets', () => {
    const lists = fc.array(octets, { maxLength: 4 });
    fc.assert(fc.property(lists, lists, (a, b) => {
      const same = a.length === b.length && a.every((part, i) => toHex(part) === toHex(b[i]!));
      assert.equal(toHex(fields(...a)) === toHex(fields(...b)), same);
    }));
    assert.notDeepEqual(fields(ascii('ab'), ascii('c')), fields(ascii('a'), ascii('bc')));
  });

  it('refuses a field that its length prefix cannot hold', () => {
    assert.equal(fields(new Uint8Array(0xffff)).length, 0xffff + 2);
    assert.throws(() => fields(new Uint8Array(0x10000)), RangeError);
  });

  it('finds each single differing bit', () => {
    const a = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
    assert.ok(equal(a, a.slice()));
    assert.ok(!equal(a, a.subarray(1)));
    for (let bit = 0; bit < 256; bit++) {
      const b = a.slice();
      b[bit >> 3]! ^= 1 << (bit & 7);
      assert.ok(!equal(a, b));
    }
  });

  it('wipes in place and passes over what is absent', () => {
    const secret = new Uint8Array([1, 2]);
    wipe(secret, undefined);
    assert.deepEqual(secret, new Uint8Array(2));
  });

  it('reads back what it wrote, big-endian, and nothing beyond the end', () => {
    const bytes = new Uint8Array(5);
    writeUint32(bytes, 1, 0xfedcba98);
    assert.deepEqual(bytes, new Uint8Array([0, 0xfe, 0xdc, 0xba, 0x98]));
    assert.equal(readUint32(bytes, 1), 0xfedcba98);
    writeUint16(bytes, 0, 0xabcd);
    assert.equal(readUint16(bytes, 0), 0xabcd);
    for (const offset of [-1, 2, 5]) {
      assert.throws(() => readUint32(bytes, offset), RangeError);
      assert.throws(() => writeUint32(bytes, offset, 0), RangeError);
    }
    assert.throws(() => readUint16(bytes, 4), RangeError);
    assert.throws(() => writeUint16(bytes, 4, 0), RangeError);
  });

  it('turns hexadecimal back and forth and refuses what is not', () => {
    fc.assert(fc.property(octets, (bytes) => { assert.deepEqual(fromHex(toHex(bytes)), bytes); }));
    for (const text of ['0', 'xy', '0x', ' 00', '+1']) assert.equal(fromHex(text), undefined);
    assert.throws(() => ascii('é'), RangeError);
  });
});
