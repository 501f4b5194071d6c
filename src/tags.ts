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
