// Reads deterministic CBOR (RFC 8949 §4.2.1) piece by piece. The first thing that is not as asked for makes the reader
// fail for good: from then on it hands out zeros and empty values, so a decoder reads to its end and asks once, at the
// end, whether `done`. Loops must run to a count that `array` or `map` gave, which are bounded.
import { readUtf8 } from 'lorica/cbor/utf8';
import { MAJOR, MAX_INTEGER, SIMPLE } from 'lorica/cbor/value';

export class Reader {
  #bytes: Uint8Array;
  #at = 0;
  #failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get failed(): boolean {
    return this.#failed;
  }

  /** true when nothing has failed and no octet is left */
  get done(): boolean {
    return !this.#failed && this.#at === this.#bytes.length;
  }

  /** octets not read yet; 0 after a failure */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** For a decoder that finds a value wrong by its own rules. */
  fail(): void {
    this.#failed = true;
    this.#at = this.#bytes.length;
  }

  /** @returns the next octet without taking it, −1 at the end */
  peek(): number {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at]! : -1;
  }

  /** Takes a map key below 24, which must be exactly `key`. */
  key(key: number): void {
    if (this.peek() === key) this.#at++;
    else this.fail();
  }

  /** Takes the key `key` (below 24) if it is the next one. @returns whether it was */
  hasKey(key: number): boolean {
    if (this.peek() !== key) return false;
    this.#at++;
    return true;
  }

  uint(minimum: number, maximum: number): number {
    const value = this.#head(MAJOR.unsigned);
    if (value >= minimum && value <= maximum) return value;
    this.fail();
    return 0;
  }

  int(minimum: number, maximum: number): number {
    let value: number;
    if ((this.peek() & 0xe0) === MAJOR.negative) {
      value = -1 - this.#head(MAJOR.negative);
    } else {
      value = this.#head(MAJOR.unsigned);
    }
    if (!this.#failed && value >= minimum && value <= maximum) return value;
    this.fail();
    return 0;
  }

  /** @returns a copy */
  bytes(minimumLength: number, maximumLength: number): Uint8Array {
    const length = this.#stringLength(MAJOR.bytes, minimumLength, maximumLength);
    const out = new Uint8Array(length);
    if (length > 0) out.set(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return out;
  }

  /** The lengths are in octets of UTF-8. */
  text(minimumLength: number, maximumLength: number): string {
    const length = this.#stringLength(MAJOR.text, minimumLength, maximumLength);
    const text = readUtf8(this.#bytes, this.#at, this.#at + length);
    if (text === undefined) {
      this.fail();
      return '';
    }
    this.#at += length;
    return text;
  }

  /** @returns the number of items, 0 after a failure */
  array(minimum: number, maximum: number): number {
    return this.#count(MAJOR.array, minimum, maximum);
  }

  /** @returns the number of entries, 0 after a failure */
  map(minimum: number, maximum: number): number {
    return this.#count(MAJOR.map, minimum, maximum);
  }

  boolean(): boolean {
    const octet = this.peek();
    if (octet === SIMPLE.true || octet === SIMPLE.false) this.#at++;
    else this.fail();
    return octet === SIMPLE.true;
  }

  /** Takes a null if one is next. @returns whether it was */
  hasNull(): boolean {
    if (this.peek() !== SIMPLE.null) return false;
    this.#at++;
    return true;
  }

  #count(major: number, minimum: number, maximum: number): number {
    const count = this.#head(major);
    // every item takes an octet at least: a claim beyond the end is refused before anybody loops over it
    if (count >= minimum && count <= maximum && count <= this.left && !this.#failed) return count;
    this.fail();
    return 0;
  }

  #stringLength(major: number, minimum: number, maximum: number): number {
    const length = this.#head(major);
    if (length >= minimum && length <= maximum && length <= this.left && !this.#failed) return length;
    this.fail();
    return 0;
  }

  /** @returns the argument of a head of this major type, which must be in its shortest form; −1 after a failure */
  #head(major: number): number {
    const bytes = this.#bytes;
    const at = this.#at;
    const first = at < bytes.length ? bytes[at]! : 0xff;
    const short = first - major;
    if (short >= 0 && short < 24) {
      this.#at = at + 1;
      return short;
    }
    const length = short === 24 ? 1 : short === 25 ? 2 : short === 26 ? 4 : short === 27 ? 8 : 0;
    if (length === 0 || at + 1 + length > bytes.length) {
      this.fail();
      return -1;
    }
    let value = 0;
    for (let i = 1; i <= length; i++) value = value * 256 + bytes[at + i]!;
    // beyond 2^53 the sum above is rounded, but it never falls back below the bound
    if (value < SHORTEST[short - 24]! || value > MAX_INTEGER) {
      this.fail();
      return -1;
    }
    this.#at = at + 1 + length;
    return value;
  }
}

/** the least value that needs 1, 2, 4 and 8 octets */
const SHORTEST = [24, 0x100, 0x10000, 0x100000000];
