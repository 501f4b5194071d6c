// Writes deterministic CBOR (RFC 8949 §4.2.1) piece by piece: shortest heads, definite lengths. The order of map keys
// and the number of items promised to `array` and `map` are the caller's duty; `encode` sees to both by itself.
import { utf8Length, writeUtf8 } from 'lorica/cbor/utf8';
import { MAJOR, MAX_ENCODED_LENGTH, MAX_INTEGER, MAX_ITEMS, SIMPLE } from 'lorica/cbor/value';

export class Writer {
  #bytes: Uint8Array;
  #length = 0;

  /** @param expectedLength octets to begin with; more are taken as needed, up to MAX_ENCODED_LENGTH */
  constructor(expectedLength = 64) {
    this.#bytes = new Uint8Array(expectedLength);
  }

  /** @throws RangeError unless `value` is an integer within the bounds, by default ±(2^53 − 1) */
  int(value: number, minimum = -MAX_INTEGER, maximum = MAX_INTEGER): this {
    if (!(value >= minimum && value <= maximum) || Math.floor(value) !== value) {
      throw new RangeError(`not an integer from ${minimum} to ${maximum}`);
    }
    if (value >= 0) this.#head(MAJOR.unsigned, value);
    else this.#head(MAJOR.negative, -1 - value);
    return this;
  }

  /** @throws RangeError unless its length in octets is within the bounds */
  bytes(value: Uint8Array, minimumLength = 0, maximumLength = MAX_ENCODED_LENGTH): this {
    within(value.length, minimumLength, maximumLength);
    this.#head(MAJOR.bytes, value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  /** @throws RangeError on a lone surrogate, or unless its length in octets of UTF-8 is within the bounds */
  text(value: string, minimumLength = 0, maximumLength = MAX_ENCODED_LENGTH): this {
    const length = utf8Length(value);
    within(length, minimumLength, maximumLength);
    this.#head(MAJOR.text, length);
    this.#reserve(length);
    this.#length = writeUtf8(value, this.#bytes, this.#length);
    return this;
  }

  /** `count` items follow. */
  array(count: number): this {
    return this.#container(MAJOR.array, count);
  }

  /** `count` pairs of key and value follow, keys in ascending order (0, 1, …, then −1, −2, …). */
  map(count: number): this {
    return this.#container(MAJOR.map, count);
  }

  boolean(value: boolean): this {
    return this.#octet(value ? SIMPLE.true : SIMPLE.false);
  }

  null(): this {
    return this.#octet(SIMPLE.null);
  }

  /** @returns what was written. The scratch memory is wiped, since it may have held secrets; the writer is done. */
  finish(): Uint8Array {
    const out = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0);
    this.#bytes = EMPTY;
    this.#length = 0;
    return out;
  }

  #container(major: number, count: number): this {
    if (!(count >= 0 && count <= MAX_ITEMS)) throw new RangeError('too many items');
    this.#head(major, count);
    return this;
  }

  /** RFC 8949 §3 and §4.2.1: the argument in the shortest form */
  #head(major: number, argument: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    let at = this.#length;
    if (argument < 24) {
      bytes[at++] = major | argument;
    } else if (argument < 0x100) {
      bytes[at++] = major | 24;
      bytes[at++] = argument;
    } else if (argument < 0x10000) {
      bytes[at++] = major | 25;
      bytes[at++] = argument >>> 8;
      bytes[at++] = argument;
    } else {
      const wide = argument > 0xffffffff;
      bytes[at++] = major | (wide ? 27 : 26);
      if (wide) at = writeWord(bytes, at, Math.floor(argument / 0x100000000));
      at = writeWord(bytes, at, argument % 0x100000000);
    }
    this.#length = at;
  }

  #octet(value: number): this {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > MAX_ENCODED_LENGTH) throw new RangeError('encoded value too long');
    const larger = new Uint8Array(Math.min(MAX_ENCODED_LENGTH, Math.max(needed, 2 * this.#bytes.length)));
    larger.set(this.#bytes);
    this.#bytes.fill(0);
    this.#bytes = larger;
  }
}

const EMPTY = new Uint8Array(0);

function within(length: number, minimum: number, maximum: number): void {
  if (length < minimum || length > maximum) throw new RangeError(`length not from ${minimum} to ${maximum}`);
}

function writeWord(bytes: Uint8Array, at: number, word: number): number {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
  return at + 4;
}
