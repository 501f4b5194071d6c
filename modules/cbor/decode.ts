// One CBOR value of the subset, strictly: RFC 8949 §4.2.1 and nothing else. What is not the one right encoding of a
// value within the bounds is `undefined`. For messages of fixed shape use `Reader`, which makes no Maps.
import { Reader } from 'lorica/cbor/reader';
import { MAJOR, MAX_DEPTH, MAX_ENCODED_LENGTH, MAX_INTEGER, MAX_ITEMS, SIMPLE, type CborValue } from 'lorica/cbor/value';

/**
 * @param bytes exactly one encoded value, at most MAX_ENCODED_LENGTH octets
 * @returns the value (arrays as Array, maps as Map with number keys, byte strings copied), or `undefined`
 */
export function decode(bytes: Uint8Array): CborValue | undefined {
  if (bytes.length > MAX_ENCODED_LENGTH) return undefined;
  const reader = new Reader(bytes);
  const value = read(reader, 0);
  return reader.done ? value : undefined;
}

function read(reader: Reader, depth: number): CborValue {
  const first = reader.peek();
  switch (first & 0xe0) {
    case MAJOR.unsigned:
    case MAJOR.negative:
      return reader.int(-MAX_INTEGER, MAX_INTEGER);
    case MAJOR.bytes:
      return reader.bytes(0, MAX_ENCODED_LENGTH);
    case MAJOR.text:
      return reader.text(0, MAX_ENCODED_LENGTH);
    case MAJOR.array:
      return readArray(reader, depth);
    case MAJOR.map:
      return readMap(reader, depth);
  }
  if (first === SIMPLE.true || first === SIMPLE.false) return reader.boolean();
  if (!reader.hasNull()) reader.fail();
  return null;
}

function readArray(reader: Reader, depth: number): CborValue[] {
  const items: CborValue[] = [];
  if (depth >= MAX_DEPTH) reader.fail();
  const count = reader.array(0, MAX_ITEMS);
  for (let i = 0; i < count && !reader.failed; i++) items.push(read(reader, depth + 1));
  return items;
}

function readMap(reader: Reader, depth: number): Map<number, CborValue> {
  const map = new Map<number, CborValue>();
  if (depth >= MAX_DEPTH) reader.fail();
  const count = reader.map(0, MAX_ITEMS);
  let last: number | undefined;
  for (let i = 0; i < count && !reader.failed; i++) {
    const key = reader.int(-MAX_INTEGER, MAX_INTEGER);
    if (last !== undefined && !follows(last, key)) reader.fail();
    last = key;
    map.set(key, read(reader, depth + 1));
  }
  return map;
}

/** @returns whether `key` stands behind `last` in bytewise order: 0, 1, 2, … and then −1, −2, … */
function follows(last: number, key: number): boolean {
  if (last >= 0 && key >= 0) return key > last;
  if (last < 0 && key < 0) return key < last;
  return key < 0;
}
