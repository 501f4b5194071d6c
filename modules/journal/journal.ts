// The journal: an append-only log of sealed records over raw NOR flash (lorica/journal/layout). An entry that `append`
// has said true to survives any power cut until it is acknowledged, or thinned because the flash is full; it is never
// lost silently, since the indices of a chain show what is missing (`lowest`, `highest`). Acknowledged entries are marked
// and stay until their sector is wanted, so they can be found again (`find`). Sectors are used in turn, which spreads
// the wear. The journal opens no record and knows no time.
import {
  findEntry, highestIndex, isCurrent, locate, lowestIndex, readEntry, type Entry, type EntryName, type Position
} from 'lorica/journal/entries';
import { WRITE_ALIGN, type Flash } from 'lorica/journal/flash';
import {
  CLEARED,
  encodeEntry,
  encodeSectorHeader,
  ENTRY_HEADER,
  entryLength,
  entryPriority,
  entrySize,
  FREED,
  isEntry,
  isLive,
  PRIORITY,
  RETIRED_AT,
  SECTOR_HEADER,
  VOID,
  type Priority
} from 'lorica/journal/layout';
import { SectorTable } from 'lorica/journal/sector-table';
import { chooseRun, mergeRun } from 'lorica/journal/thinning';
import { MAX_RECORD, RECORD_HEADER } from 'lorica/wire/message-type';

export type { Entry, EntryName, Position } from 'lorica/journal/entries';
export { PRIORITY, type Priority } from 'lorica/journal/layout';

/** fewest sectors that leave something to thin */
export const MIN_JOURNAL_SECTORS = 8;
/** erases by which the most worn sector is ahead of the least worn one before what lies in the latter is moved */
export const WEAR_SPREAD = 32;
const MAX_MOVES = 255;
/** places that an append tries when what it reads back is not what it wrote */
export const APPEND_ATTEMPTS = 3;

/** Codes for `onError`. */
export const JOURNAL_ERROR = {
  /** an entry could not be written anywhere; the record is lost */
  notWritten: 1,
  /** an entry was damaged and is void now */
  damaged: 2,
  /** urgent or kept records were dropped, since nothing else was left to drop */
  keptDropped: 3
} as const;

export interface JournalOptions {
  readonly flash: Flash;
  /** Records were dropped for want of room; their indices will have to be explained to the receiver. */
  readonly onThinned?: (count: number) => void;
  readonly onError?: (code: number) => void;
}

export class Journal {
  readonly #table: SectorTable;
  readonly #flash: Flash;
  readonly #options: JournalOptions;

  /** Opens what is there, in bounded time. @throws RangeError if there are fewer than MIN_JOURNAL_SECTORS sectors */
  constructor(options: JournalOptions) {
    this.#options = options;
    this.#flash = options.flash;
    this.#table = new SectorTable(options.flash);
    if (this.#table.count < MIN_JOURNAL_SECTORS) throw new RangeError('the journal needs more sectors');
    this.#table.rebuild();
    for (let i = 0; i < this.#table.damaged; i++) options.onError?.(JOURNAL_ERROR.damaged);
  }

  /** records that are not acknowledged */
  get live(): number {
    return this.#table.order.reduce((sum, sector) => sum + this.#table.live[sector]!, 0);
  }

  /** how many of them are urgent */
  get urgent(): number {
    return this.#table.order.reduce((sum, sector) => sum + this.#table.urgent[sector]!, 0);
  }

  /** whether records in it were thinned, in this boot or before */
  get isThinned(): boolean {
    return this.#table.order.some((sector) => this.#table.level[sector]! > 0);
  }

  /** how often each sector was erased */
  get erases(): Uint32Array {
    return this.#table.erases.slice();
  }

  /**
   * Appends a record.
   * @param tick ms since boot, ≤ 2^48
   * @param record 13 to 1053 bytes, as in lorica.cddl
   * @returns true when it is at rest and was read back; false when no place could be found (the code has been told)
   * @throws RangeError on a record of another length
   */
  append(priority: Priority, tick: number, record: Uint8Array): boolean {
    if (record.length < RECORD_HEADER || record.length > MAX_RECORD) throw new RangeError('no record');
    const bytes = encodeEntry(priority, tick, record);
    for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
      const sector = this.#sectorFor(bytes.length);
      if (sector === undefined) break;
      const used = this.#table.used[sector]!;
      const offset = sector * this.#table.sectorLength + used;
      this.#flash.write(bytes, offset);
      if (isSame(bytes, this.#flash.read(bytes.length, offset))) {
        this.#table.addEntry(sector, priority, bytes.length);
        return true;
      }
      this.#flash.write(VOID, offset);
      this.#table.used[sector] = used + bytes.length;
    }
    this.#options.onError?.(JOURNAL_ERROR.notWritten);
    return false;
  }

  /**
   * The oldest entry that is not acknowledged, or the next one behind `after`.
   * @param urgentOnly passes over all others
   */
  next(after: Position | undefined, urgentOnly: boolean): Entry | undefined {
    const { order, live, urgent } = this.#table;
    for (let place = after === undefined ? 0 : this.#table.find(after.sequence); place < order.length; place++) {
      const sector = order[place]!;
      if ((urgentOnly ? urgent[sector]! : live[sector]!) === 0) continue;
      let from = SECTOR_HEADER;
      if (after !== undefined && after.sector === sector && isCurrent(this.#table, after)) from = after.offset + ENTRY_HEADER;
      const entry = this.#nextIn(sector, from, urgentOnly);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** Reads an entry again, wherever it is now; `undefined` when it was thinned, overwritten or damaged. */
  reread(entry: EntryName): Entry | undefined {
    const position = locate(this.#table, entry);
    if (position === undefined) return undefined;
    const { sector, offset } = position;
    const header = this.#flash.read(ENTRY_HEADER, sector * this.#table.sectorLength + offset);
    return isEntry(header, 0) ? readEntry(this.#table, sector, offset, entryLength(header, 0)) : undefined;
  }

  /** Marks an entry as acknowledged. Doing it again, or to an entry that was thinned since, changes nothing. */
  free(entry: EntryName): void {
    const position = locate(this.#table, entry);
    if (position === undefined) return;
    const at = position.sector * this.#table.sectorLength + position.offset;
    const header = this.#flash.read(ENTRY_HEADER, at);
    if (!isEntry(header, 0) || !isLive(header, 0)) return;
    this.#flash.write(FREED, at);
    this.#table.removeEntry(position.sector, entryPriority(header, 0), entrySize(entryLength(header, 0)));
  }

  /**
   * The lowest index of a chain, from `from` on, that the journal holds, acknowledged or not. Records of a chain are
   * appended in the order of their indices, so what is not found below it is nowhere.
   * @param tag of the chain, 8 bytes
   * @param isSettled of an index that the receiver has: it is passed over
   */
  lowest(tag: Uint8Array, from: number, isSettled: (index: number) => boolean = () => false): number | undefined {
    return lowestIndex(this.#table, tag, from, isSettled);
  }

  /** The highest index of a chain that the journal holds, acknowledged or not. */
  highest(tag: Uint8Array): number | undefined {
    return highestIndex(this.#table, tag);
  }

  /**
   * The first entry of a chain from index `first` to `last`, acknowledged or not: for what is asked for again.
   * @param after where the search begins: an entry with a lower index of this chain
   */
  find(tag: Uint8Array, first: number, last: number, after?: Position): Entry | undefined {
    return findEntry(this.#table, tag, first, last, after === undefined ? 0 : this.#table.find(after.sequence));
  }

  #nextIn(sector: number, from: number, urgentOnly: boolean): Entry | undefined {
    const start = sector * this.#table.sectorLength;
    const end = this.#table.used[sector]!;
    for (let at = from; at + ENTRY_HEADER <= end; ) {
      const header = this.#flash.read(ENTRY_HEADER, start + at);
      if (!isEntry(header, 0)) {
        at += WRITE_ALIGN;
        continue;
      }
      const size = entrySize(entryLength(header, 0));
      if (isLive(header, 0) && (!urgentOnly || entryPriority(header, 0) === PRIORITY.urgent)) {
        const entry = this.#liveEntry(sector, at, header);
        if (entry !== undefined) return entry;
      }
      at += size;
    }
    return undefined;
  }

  /** Reads a living entry; a damaged one becomes void. */
  #liveEntry(sector: number, at: number, header: Uint8Array): Entry | undefined {
    const entry = readEntry(this.#table, sector, at, entryLength(header, 0));
    if (entry !== undefined) return entry;
    this.#table.removeEntry(sector, entryPriority(header, 0), entrySize(entryLength(header, 0)));
    this.#flash.write(VOID, sector * this.#table.sectorLength + at);
    this.#options.onError?.(JOURNAL_ERROR.damaged);
    return undefined;
  }

  /** @returns the sector to append so many bytes to, made ready; `undefined` when there is none */
  #sectorFor(size: number): number | undefined {
    const { order, used, sectorLength } = this.#table;
    const newest = order.at(-1);
    if (newest !== undefined && this.#table.isOpen && used[newest]! + size <= sectorLength) return newest;
    if (this.#reusable() < 2) this.#makeRoom();
    else this.#levelWear();
    const sector = this.#takeSector();
    if (sector === undefined) return undefined;
    const sequence = this.#table.nextSequence;
    const header = { erases: this.#table.erases[sector]!, first: sequence, last: sequence, level: 0, moves: 0, merged: false };
    this.#flash.write(encodeSectorHeader(header), sector * sectorLength);
    this.#table.enter(sector, header);
    this.#table.isOpen = true;
    return sector;
  }

  #reusable(): number {
    const { count, first, live, bad } = this.#table;
    let sum = 0;
    for (let sector = 0; sector < count; sector++) {
      if (bad[sector] === 0 && (first[sector] === 0 || live[sector] === 0)) sum++;
    }
    return sum;
  }

  /** Erases the least worn unused sector, or else the oldest of which all is acknowledged. */
  #takeSector(): number | undefined {
    const { count, first, erases, live, bad, order } = this.#table;
    let best: number | undefined;
    for (let sector = 0; sector < count; sector++) {
      if (first[sector] !== 0 || bad[sector] !== 0) continue;
      if (best === undefined || erases[sector]! < erases[best]!) best = sector;
    }
    best ??= order.find((sector) => live[sector] === 0);
    if (best !== undefined) this.#erase(best);
    return best;
  }

  #erase(sector: number): void {
    this.#table.drop(sector);
    this.#flash.erase(sector);
    this.#table.erases[sector]!++;
  }

  /** What lies long keeps its sector from wear: when the others have had much more, it moves to one of those. */
  #levelWear(): void {
    const { count, first, erases, live, bad, moves, order } = this.#table;
    let hot: number | undefined;
    for (let sector = 0; sector < count; sector++) {
      if ((first[sector] !== 0 && live[sector] !== 0) || bad[sector] !== 0) continue;
      if (hot === undefined || erases[sector]! > erases[hot]!) hot = sector;
    }
    let cold: number | undefined;
    for (const sector of order.slice(0, -1)) {
      if (live[sector] === 0 || moves[sector] === MAX_MOVES) continue;
      if (cold === undefined || erases[sector]! < erases[cold]!) cold = sector;
    }
    if (hot === undefined || cold === undefined || erases[hot]! - erases[cold]! <= WEAR_SPREAD) return;
    this.#erase(hot);
    this.#merge([cold], hot);
  }

  /** Merges some sectors into one, thinning where nothing else helps: afterwards two sectors are to be had. */
  #makeRoom(): void {
    const target = this.#takeSector();
    const run = chooseRun(this.#table);
    if (target !== undefined && run.length >= 2) this.#merge(run, target);
  }

  #merge(run: readonly number[], target: number): void {
    const result = mergeRun(this.#table, run, target);
    if (result === undefined) {
      this.#table.bad[target] = 1;
      this.#options.onError?.(JOURNAL_ERROR.notWritten);
      return;
    }
    for (const sector of run) this.#flash.write(CLEARED, sector * this.#table.sectorLength + RETIRED_AT);
    for (let i = 0; i < result.damaged; i++) this.#options.onError?.(JOURNAL_ERROR.damaged);
    if (result.keptDropped > 0) this.#options.onError?.(JOURNAL_ERROR.keptDropped);
    if (result.dropped > 0) this.#options.onThinned?.(result.dropped);
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
