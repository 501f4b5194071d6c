// Tags of chains: eight public bytes that name a chain in clear.
import { RECORD_TAG_OFFSET, TAG_LENGTH } from 'lorica/wire/message-type';

export function isSameTag(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < TAG_LENGTH; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** @returns whether a record (of any length, from anywhere) bears this tag */
export function hasTag(record: Uint8Array, tag: Uint8Array): boolean {
  for (let i = 0; i < TAG_LENGTH; i++) if (record[RECORD_TAG_OFFSET + i] !== tag[i]) return false;
  return true;
}

/** Keeps one array for each tag, so that what refers to a tag shares it; bounded, the oldest goes first. */
export class TagTable {
  readonly #tags: Uint8Array[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** of a record */
  ofRecord(record: Uint8Array): Uint8Array {
    for (const tag of this.#tags) if (hasTag(record, tag)) return tag;
    return this.#add(record.slice(RECORD_TAG_OFFSET, RECORD_TAG_OFFSET + TAG_LENGTH));
  }

  of(bytes: Uint8Array): Uint8Array {
    for (const tag of this.#tags) if (isSameTag(tag, bytes)) return tag;
    return this.#add(bytes.slice());
  }

  #add(tag: Uint8Array): Uint8Array {
    if (this.#tags.length >= this.#most) this.#tags.shift();
    this.#tags.push(tag);
    return tag;
  }
}
