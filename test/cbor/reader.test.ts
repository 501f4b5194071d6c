import assert from 'node:assert/strict';
import { encode } from 'lorica/cbor/encode';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';

describe('cbor reader', () => {
  it('fails for good at the first wrong thing, and hands out nothing that came after', () => {
    const reader = new Reader(encode([1, 'text', Uint8Array.of(9), 5]));
    assert.equal(reader.array(4, 4), 4);
    assert.equal(reader.uint(0, 9), 1);
    assert.deepEqual(reader.bytes(0, 9), new Uint8Array(0));
    assert.ok(reader.failed);
    assert.deepEqual([reader.text(0, 9), reader.uint(0, 9), reader.int(-9, 9), reader.boolean(), reader.hasNull()], ['', 0, 0, false, false]);
    assert.deepEqual([reader.array(0, 9), reader.map(0, 9), reader.left, reader.peek(), reader.done], [0, 0, 0, -1, false]);
  });

  it('keeps bounds of numbers, lengths and counts, inclusive', () => {
    const run = (value: Parameters<typeof encode>[0], read: (reader: Reader) => unknown): boolean => {
      const reader = new Reader(encode(value));
      read(reader);
      return reader.done;
    };
    for (const [value, right] of [[4, false], [5, true], [7, true], [8, false]] as const) {
      assert.equal(run(value, (r) => r.uint(5, 7)), right);
      assert.equal(run(value, (r) => r.int(5, 7)), right);
      assert.equal(run(-value, (r) => r.int(-7, -5)), right);
      assert.equal(run(new Uint8Array(value), (r) => r.bytes(5, 7)), right);
      assert.equal(run('x'.repeat(value), (r) => r.text(5, 7)), right);
      const count = (reader: Reader, items: number): void => {
        for (let i = 0; i < items; i++) reader.uint(0, 9);
      };
      assert.equal(run(new Array(value).fill(0), (r) => count(r, r.array(5, 7))), right);
      assert.equal(run(new Map(Array.from({ length: value }, (_, i) => [i, 0])), (r) => count(r, 2 * r.map(5, 7))), right);
    }
    assert.equal(run(-1, (r) => r.uint(0, 7)), false);
  });

  it('is not done while an octet is left', () => {
    const reader = new Reader(Uint8Array.of(1, 2));
    reader.uint(0, 9);
    assert.equal(reader.done, false);
    assert.equal(reader.left, 1);
    reader.uint(0, 9);
    assert.equal(reader.done, true);
  });

  it('takes keys that are there and leaves those that are not', () => {
    const reader = new Reader(encode(new Map([[0, 1], [5, null]])));
    reader.map(2, 2);
    reader.key(0);
    assert.equal(reader.uint(1, 1), 1);
    assert.equal(reader.hasKey(4), false);
    assert.equal(reader.hasKey(5), true);
    assert.equal(reader.hasNull(), true);
    assert.ok(reader.done);
    const wrong = new Reader(encode(new Map([[0, 1]])));
    wrong.map(1, 1);
    wrong.key(1);
    assert.ok(wrong.failed);
  });

  it('refuses a count that the octets left cannot hold, before anybody counts to it', () => {
    assert.equal(new Reader(Uint8Array.of(0x98, 200, 0)).array(0, 255), 0);
    assert.equal(new Reader(Uint8Array.of(0xb8, 200, 0)).map(0, 255), 0);
  });
});

describe('cbor writer', () => {
  it('throws beyond the bounds that its caller gave', () => {
    const writer = new Writer();
    assert.throws(() => writer.int(8, 0, 7), RangeError);
    assert.throws(() => writer.int(-1, 0, 7), RangeError);
    assert.throws(() => writer.int(undefined as unknown as number), RangeError);
    assert.throws(() => writer.bytes(new Uint8Array(3), 4, 4), RangeError);
    assert.throws(() => writer.text('äöü', 0, 5), RangeError);
    assert.throws(() => writer.array(-1), RangeError);
    assert.throws(() => writer.map(NaN), RangeError);
  });

  it('grows from any size, and starts empty again when it is done', () => {
    const writer = new Writer(0);
    for (let i = 0; i < 100; i++) writer.int(i).text('x').bytes(Uint8Array.of(i));
    const long = writer.finish();
    assert.equal(long.length, 24 + 2 * 76 + 2 * 100 + 2 * 100);
    assert.equal(writer.finish().length, 0);
    assert.deepEqual(writer.int(1).finish(), Uint8Array.of(1));
  });
});
