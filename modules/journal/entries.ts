// Entries as the journal hands them out, and the ways through them. It writes nothing.
import { readUint32 } from 'lorica/bytes/bytes';
import { WRITE_ALIGN } from 'lorica/journal/flash';
import {
  ENTRY_HEADER,
  entryLength,
  entryPriority,
  entrySize,
  entryTick,
  isEntry,
  isLive,
  isVoid,
  isWhole,
  SECTOR_HEADER,
  type Priority
} from 'lorica/journal/layout';
import type { SectorTable } from 'lorica/journal/sector-table';
import { RECORD_INDEX_OFFSET, RECORD_TAG_OFFSET, TAG_LENGTH } from 'lorica/wire/message-type';

/** Where an entry lies. It stays good when sectors are merged: then the journal looks the entry up by tag and index. */
export interface Position {
  readonly sector: number;
  /** erases of the sector at that time */
  readonly generation: number;
  readonly sequence: number;
  readonly offset: number;
}

/** What is enough to find an entry again. */
export interface EntryName {
  readonly position: Position;
  /** of its chain, 8 bytes */
  readonly tag: Uint8Array;
  /** index in its chain */
  readonly index: number;
}

export interface Entry extends EntryName {
  readonly priority: Priority;
  /** ms since the boot in which it was made */
  readonly tick: number;
  /** acknowledged, and not yet overwritten */
  readonly isFreed: boolean;
  /** as it was appended; shares its memory with `tag` */
  readonly record: Uint8Array;
}

/** @returns whether the sector still holds what it held when the position was made */
export function isCurrent({ erases, first }: SectorTable, position: Position): boolean {
  return erases[position.sector] === position.generation && first[position.sector] === position.sequence;
}

/**
 * Reads the entry whose header is at an offset in a sector.
 * @param length of the record, as the header says
 * @returns `undefined` for a damaged one
 */
export function readEntry(table: SectorTable, sector: number, at: number, length: number): Entry | undefined {
  const start = sector * table.sectorLength + at;
  const bytes = table.flash.read(entrySize(length), start);
  if (!isWhole(bytes, 0)) return undefined;
  const position = positionOf(table, sector, at);
  const record = bytes.subarray(ENTRY_HEADER, ENTRY_HEADER + length);
  const tag = record.subarray(RECORD_TAG_OFFSET, RECORD_TAG_OFFSET + TAG_LENGTH);
  const index = readUint32(record, RECORD_INDEX_OFFSET);
  return { position, tag, index, priority: entryPriority(bytes, 0), tick: entryTick(bytes, 0), isFreed: !isLive(bytes, 0), record };
}

/** Where an entry is now; `undefined` when it was thinned. */
export function locate(table: SectorTable, { position, tag, index }: EntryName): Position | undefined {
  if (isCurrent(table, position)) return position;
  const sector = table.order[table.find(position.sequence)];
  if (sector === undefined || table.first[sector]! > position.sequence) return undefined;
  const bytes = table.flash.read(table.sectorLength, sector * table.sectorLength);
  let found: number | undefined;
  eachEntry(bytes, table.used[sector]!, (at) => {
    if (found === undefined && indexOf(bytes, at, tag) === index) found = at;
  });
  return found === undefined ? undefined : positionOf(table, sector, found);
}

/** The lowest index of a chain from `from` on that is not settled; see Journal.lowest. */
export function lowestIndex(
  table: SectorTable,
  tag: Uint8Array,
  from: number,
  isSettled: (index: number) => boolean
): number | undefined {
  let found: number | undefined;
  walk(table, 0, (bytes, at) => {
    const index = indexOf(bytes, at, tag);
    if (index < from || isSettled(index)) return false;
    found = index;
    return true;
  });
  return found;
}

/** The highest index of a chain: in the newest sector that has any of it. */
export function highestIndex(table: SectorTable, tag: Uint8Array): number | undefined {
  let found = -1;
  for (let place = table.order.length - 1; place >= 0 && found < 0; place--) {
    const sector = table.order[place]!;
    const bytes = table.flash.read(table.sectorLength, sector * table.sectorLength);
    eachEntry(bytes, table.used[sector]!, (at) => {
      if (!isVoid(bytes, at)) found = Math.max(found, indexOf(bytes, at, tag));
    });
  }
  return found < 0 ? undefined : found;
}

/** The first whole entry of a chain and a range of indices, in the sector at `place` of the order or behind it. */
export function findEntry(table: SectorTable, tag: Uint8Array, first: number, last: number, place: number): Entry | undefined {
  let found: Entry | undefined;
  walk(table, place, (bytes, at, sector) => {
    const index = indexOf(bytes, at, tag);
    if (index >= first && index <= last) found = readEntry(table, sector, at, entryLength(bytes, at));
    return found !== undefined;
  });
  return found;
}

type Visitor = (bytes: Uint8Array, at: number, sector: number) => boolean;

/** Visits all entries that are not void, oldest first, until the visitor says true. */
function walk(table: SectorTable, from: number, visit: Visitor): void {
  let done = false;
  for (let place = from; place < table.order.length && !done; place++) {
    const sector = table.order[place]!;
    const bytes = table.flash.read(table.sectorLength, sector * table.sectorLength);
    eachEntry(bytes, table.used[sector]!, (at) => {
      if (!done && !isVoid(bytes, at)) done = visit(bytes, at, sector);
    });
  }
}

/** Visits the entries of a sector whose headers are whole, past what is torn or rotten. @param end of the last one */
export function eachEntry(bytes: Uint8Array, end: number, visit: (at: number, size: number) => void): void {
  for (let at = SECTOR_HEADER; at + ENTRY_HEADER <= end; ) {
    const size = isEntry(bytes, at) ? entrySize(entryLength(bytes, at)) : 0;
    if (size === 0 || at + size > end) {
      at += WRITE_ALIGN;
      continue;
    }
    visit(at, size);
    at += size;
  }
}

/** @returns the index of an entry's record if it is of this chain, or −1 */
function indexOf(bytes: Uint8Array, at: number, tag: Uint8Array): number {
  const record = at + ENTRY_HEADER;
  for (let i = 0; i < TAG_LENGTH; i++) if (bytes[record + RECORD_TAG_OFFSET + i] !== tag[i]) return -1;
  return readUint32(bytes, record + RECORD_INDEX_OFFSET);
}

function positionOf({ erases, first }: SectorTable, sector: number, offset: number): Position {
  return { sector, generation: erases[sector]!, sequence: first[sector]!, offset };
}
