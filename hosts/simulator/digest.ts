// One number for all that is in the store: SHA-256 over the rows as they come back from SQL, opened, in the order of
// node, chain and index. Two runs have it in common only if every row is the same in every field.

import { createHash } from 'node:crypto';

export interface DigestRow {
  readonly serial: Uint8Array;
  readonly tag: Uint8Array;
  readonly index: number;
  readonly kind: number;
  readonly timeMs: number;
  readonly uncertaintyMs: number;
  readonly source: number;
  readonly plaintext: Uint8Array;
}

/** Bytes that gather before they are hashed: a call for each row would cost more than the hash. */
const GATHERED = 65_536;
const HEAD = 38;

export class RowDigest {
  readonly #hash = createHash('sha256');
  readonly #gathered = Buffer.alloc(GATHERED);
  #used = 0;
  #count = 0;

  /** @param row in the order of serial, tag, index; its plaintext has at most 64 KiB less 38 bytes */
  add(row: DigestRow): void {
    if (this.#used + HEAD + row.plaintext.length > GATHERED) this.#flush();
    const buffer = this.#gathered;
    const at = this.#used;
    buffer.set(row.serial, at);
    buffer.set(row.tag, at + 8);
    buffer.writeUInt32BE(row.index, at + 16);
    buffer.writeUInt8(row.kind, at + 20);
    buffer.writeUInt8(row.source, at + 21);
    buffer.writeUIntBE(row.timeMs, at + 22, 6);
    buffer.writeUIntBE(Math.min(row.uncertaintyMs, 2 ** 48 - 1), at + 28, 6);
    buffer.writeUInt32BE(row.plaintext.length, at + 34);
    buffer.set(row.plaintext, at + HEAD);
    this.#used += HEAD + row.plaintext.length;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** @returns lower-case hexadecimal; the digest is finished then */
  finish(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #flush(): void {
    this.#hash.update(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }
}
