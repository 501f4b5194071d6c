// How the journal lies in flash, to the byte. Numbers are big-endian; what is not written is 0xff.
//
// Sector, 32 bytes and then entries:
//    0  4  magic "LJ01"
//    4  4  erases of this sector so far
//    8  4  first, and
//   12  4  last of the sequence numbers that it covers: one, or those of the sectors that were merged into it
//   16  1  level: how often its records were thinned
//   17  1  1 if merged: then it counts only once `commit` is cleared
//   18  1  moves: how often what is in it was moved as it is, for the sake of wear; the sector with more of them counts
//   19  1  unused
//   20  4  CRC-32 of the 20 bytes before
//   24  4  commit: zeros when a merge is complete
//   28  4  retired: zeros when everything in it has been merged elsewhere
//
// Entry, 20 bytes and then the record, filled to WRITE_ALIGN:
//    0  1  freed: cleared when acknowledged
//    1  1  void: cleared when the entry has turned out to be damaged
//    2  2  unused
//    4  1  magic 0x4a
//    5  1  priority
//    6  2  length of the record
//    8  6  tick, ms
//   14  4  CRC-32 of the record
//   18  2  CRC-16 of bytes 4 to 17
import { readUint16, readUint32, writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import { crc16, crc32 } from 'lorica/journal/crc32';
import { ERASED, WRITE_ALIGN } from 'lorica/journal/flash';
import { MAX_RECORD, RECORD_HEADER } from 'lorica/wire/message-type';

export const SECTOR_HEADER = 32;
export const COMMIT_AT = 24;
export const RETIRED_AT = 28;
export const ENTRY_HEADER = 20;
const SECTOR_MAGIC = 0x4c4a3031;
const ENTRY_MAGIC = 0x4a;
const CHECKED_FROM = 4;
const CHECKED_TO = 18;
/** A mark is set when most of its bits are cleared: one rotten bit neither sets nor unsets it. */
const MARK_BITS = 4;

/** Lower goes first when space is short; only urgent ones go first on their way. */
export const PRIORITY = {
  /** sent before all others, not thinned */
  urgent: 0,
  /** sent in order, not thinned: what explains the others, such as gaps and times */
  kept: 1,
  /** thinned evenly */
  normal: 2,
  /** dropped first */
  bulk: 3
} as const;
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

export interface SectorHeader {
  readonly erases: number;
  readonly first: number;
  readonly last: number;
  readonly level: number;
  readonly moves: number;
  readonly merged: boolean;
}

/** @returns 32 bytes, not committed, not retired */
export function encodeSectorHeader({ erases, first, last, level, moves, merged }: SectorHeader): Uint8Array {
  const bytes = new Uint8Array(SECTOR_HEADER).fill(ERASED);
  writeUint32(bytes, 0, SECTOR_MAGIC);
  writeUint32(bytes, 4, erases);
  writeUint32(bytes, 8, first);
  writeUint32(bytes, 12, last);
  bytes[16] = level;
  bytes[17] = merged ? 1 : 0;
  bytes[18] = moves;
  writeUint32(bytes, 20, crc32(bytes, 0, 20));
  return bytes;
}

/** @returns `undefined` for what is no header of ours; `first` is 0 where the sector counts no (longer or not yet) */
export function decodeSectorHeader(bytes: Uint8Array): SectorHeader | undefined {
  if (readUint32(bytes, 0) !== SECTOR_MAGIC || readUint32(bytes, 20) !== crc32(bytes, 0, 20)) return undefined;
  const merged = bytes[17] === 1;
  const counts = !isCleared(bytes, RETIRED_AT, 4) && (!merged || isCleared(bytes, COMMIT_AT, 4));
  const first = counts ? readUint32(bytes, 8) : 0;
  return { erases: readUint32(bytes, 4), first, last: readUint32(bytes, 12), level: bytes[16]!, moves: bytes[18]!, merged };
}

/** bytes that a record takes, with its header */
export function entrySize(length: number): number {
  return ENTRY_HEADER + Math.ceil(length / WRITE_ALIGN) * WRITE_ALIGN;
}

/** @returns the whole entry, `entrySize` bytes */
export function encodeEntry(priority: Priority, tick: number, record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(entrySize(record.length));
  writeUint32(bytes, 0, 0xffffffff);
  bytes[4] = ENTRY_MAGIC;
  bytes[5] = priority;
  writeUint16(bytes, 6, record.length);
  writeUint16(bytes, 8, Math.floor(tick / 0x100000000));
  writeUint32(bytes, 10, tick >>> 0);
  writeUint32(bytes, 14, crc32(record));
  writeUint16(bytes, CHECKED_TO, crc16(bytes, CHECKED_FROM, CHECKED_TO));
  bytes.set(record, ENTRY_HEADER);
  return bytes;
}

/** @returns whether a whole header begins here; `bytes` must reach ENTRY_HEADER further */
export function isEntry(bytes: Uint8Array, at: number): boolean {
  if (bytes[at + 4] !== ENTRY_MAGIC || bytes[at + 5]! > PRIORITY.bulk) return false;
  const length = entryLength(bytes, at);
  if (length < RECORD_HEADER || length > MAX_RECORD) return false;
  return readUint16(bytes, at + CHECKED_TO) === crc16(bytes, at + CHECKED_FROM, at + CHECKED_TO);
}

/** of the record, bytes */
export function entryLength(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + 6);
}

export function entryPriority(bytes: Uint8Array, at: number): Priority {
  return bytes[at + 5] as Priority;
}

export function entryTick(bytes: Uint8Array, at: number): number {
  return readUint16(bytes, at + 8) * 0x100000000 + readUint32(bytes, at + 10);
}

/** @returns whether the entry is neither acknowledged nor void */
export function isLive(bytes: Uint8Array, at: number): boolean {
  return !isCleared(bytes, at, 1) && !isCleared(bytes, at + 1, 1);
}

export function isVoid(bytes: Uint8Array, at: number): boolean {
  return isCleared(bytes, at + 1, 1);
}

/** @returns whether the record is as it was written: bytes from `at` on hold the entry up to its end */
export function isWhole(bytes: Uint8Array, at: number): boolean {
  const from = at + ENTRY_HEADER;
  return readUint32(bytes, at + 14) === crc32(bytes, from, from + entryLength(bytes, at));
}

/** @returns whether nothing has been written between the two offsets */
export function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== ERASED) return false;
  return true;
}

/** what to write over an entry's first bytes */
export const FREED = Uint8Array.of(0, ERASED, ERASED, ERASED);
export const VOID = Uint8Array.of(ERASED, 0, ERASED, ERASED);
/** what to write to COMMIT_AT and RETIRED_AT */
export const CLEARED = Uint8Array.of(0, 0, 0, 0);

function isCleared(bytes: Uint8Array, at: number, length: number): boolean {
  let cleared = 0;
  for (let i = at; i < at + length; i++) {
    for (let bits = ~bytes[i]! & 0xff; bits !== 0; bits &= bits - 1) cleared++;
  }
  return cleared > MARK_BITS * length;
}
