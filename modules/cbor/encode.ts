// A JavaScript value as deterministic CBOR (RFC 8949 §4.2.1). For values that are built once in a while; what runs for
// every record writes through `Writer` directly.
import { MAX_DEPTH, type CborValue } from 'lorica/cbor/value';
import { Writer } from 'lorica/cbor/writer';

/**
 * @returns the one encoding that `decode` accepts; map keys are sorted here
 * @throws TypeError on a value outside the subset; RangeError on numbers, texts, depths and sizes beyond the bounds
 */
export function encode(value: CborValue): Uint8Array {
  const writer = new Writer();
  write(writer, value, 0);
  return writer.finish();
}

function write(writer: Writer, value: CborValue, depth: number): void {
  if (typeof value === 'number') writer.int(value);
  else if (typeof value === 'string') writer.text(value);
  else if (typeof value === 'boolean') writer.boolean(value);
  else if (value === null) writer.null();
  else if (value instanceof Uint8Array) writer.bytes(value);
  else if (depth >= MAX_DEPTH) throw new RangeError('nested too deep');
  else if (value instanceof Map) writeMap(writer, value, depth);
  else if (Array.isArray(value)) {
    writer.array(value.length);
    for (const item of value as readonly CborValue[]) write(writer, item, depth + 1);
  } else throw new TypeError('no CBOR for this value');
}

function writeMap(writer: Writer, map: ReadonlyMap<number, CborValue>, depth: number): void {
  const keys = [...map.keys()].sort(compareKeys);
  writer.map(keys.length);
  for (const key of keys) {
    if (typeof key !== 'number') throw new TypeError('map keys are integers');
    writer.int(key);
    write(writer, map.get(key)!, depth + 1);
  }
}

/** Bytewise order of the encoded keys: 0, 1, 2, … and then −1, −2, … */
function compareKeys(a: number, b: number): number {
  if (a < 0 !== b < 0) return a < 0 ? 1 : -1;
  return Math.abs(a) - Math.abs(b);
}
