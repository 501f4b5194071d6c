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

export class RowDigest {
  readonly #hash = createHash('sha256');
  readonly #head = Buffer.alloc(38);
  #count = 0;

  /** @param row in the order of serial, tag, index */
  add(row: DigestRow): void {
    const head = this.#head;
    head.set(row.serial, 0);
    head.set(row.tag, 8);
    head.writeUInt32BE(row.index, 16);
    head.writeUInt8(row.kind, 20);
    head.writeUInt8(row.source, 21);
    head.writeUIntBE(row.timeMs, 22, 6);
    head.writeUIntBE(Math.min(row.uncertaintyMs, 2 ** 48 - 1), 28, 6);
    head.writeUInt32BE(row.plaintext.length, 34);
    this.#hash.update(head).update(row.plaintext);
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** @returns lower-case hexadecimal; the digest is finished then */
  finish(): string {
    return this.#hash.digest('hex');
  }
}
