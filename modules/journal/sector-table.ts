// The journal's index: some numbers about each sector, in memory, and the order of the sectors. It is rebuilt from flash
// by one pass over it: each sector is read once, so the time is bounded by the size of the flash.
import type { Flash } from 'lorica/journal/flash';
import {
  CLEARED,
  decodeSectorHeader,
  ENTRY_HEADER,
  entryLength,
  entryPriority,
  entrySize,
  isBlank,
  isEntry,
  isLive,
  isWhole,
  PRIORITY,
  RETIRED_AT,
  SECTOR_HEADER,
  VOID,
  type Priority,
  type SectorHeader
} from 'lorica/journal/layout';

export class SectorTable {
  readonly flash: Flash;
  readonly count: number;
  readonly sectorLength: number;
  /** sequence numbers that the sector covers; 0: not in use */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly erases: Uint32Array;
  readonly level: Uint8Array;
  readonly moves: Uint8Array;
  /** offset in the sector up to which there are entries */
  readonly used: Uint16Array;
  /** entries that are neither acknowledged nor void: how many, their bytes, the bytes of those not to be thinned */
  readonly live: Uint16Array;
  readonly liveBytes: Uint16Array;
  readonly keptBytes: Uint16Array;
  /** how many of them are urgent */
  readonly urgent: Uint16Array;
  /** sectors that did not hold what was written */
  readonly bad: Uint8Array;
  /** sectors in use, oldest first; the last one is written to */
  readonly order: number[] = [];
  /** false when entries after the last one must go into another sector */
  isOpen = false;
  damaged = 0;

  constructor(flash: Flash) {
    this.flash = flash;
    this.sectorLength = flash.sectorLength;
    const count = Math.floor(flash.byteLength / flash.sectorLength);
    this.count = count;
    this.first = new Uint32Array(count);
    this.last = new Uint32Array(count);
    this.erases = new Uint32Array(count);
    this.level = new Uint8Array(count);
    this.moves = new Uint8Array(count);
    this.used = new Uint16Array(count);
    this.live = new Uint16Array(count);
    this.liveBytes = new Uint16Array(count);
    this.keptBytes = new Uint16Array(count);
    this.urgent = new Uint16Array(count);
    this.bad = new Uint8Array(count);
  }

  /** Rebuilds the index and finishes what a power cut interrupted. */
  rebuild(): void {
    const known = this.#readHeaders();
    this.#retireMerged();
    let most = 0;
    for (let sector = 0; sector < this.count; sector++) most = Math.max(most, this.erases[sector]!);
    for (let sector = 0; sector < this.count; sector++) {
      // Lost with its header: nobody knows, so wear levelling assumes the worst.
      if (known[sector] === 0) this.erases[sector] = most;
      if (this.first[sector] !== 0) this.order.push(sector);
    }
    this.order.sort((a, b) => this.first[a]! - this.first[b]!);
    for (const sector of this.order) this.#scan(sector, sector === this.order.at(-1));
  }

  get nextSequence(): number {
    let most = 0;
    for (let sector = 0; sector < this.count; sector++) most = Math.max(most, this.last[sector]!);
    return most + 1;
  }

  /** @returns the place in `order` of the sector that covers a sequence number, or of the next one after it */
  find(sequence: number): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.last[this.order[middle]!]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Takes a sector out of use without touching it. */
  drop(sector: number): void {
    this.first[sector] = 0;
    const place = this.order.indexOf(sector);
    if (place >= 0) this.order.splice(place, 1);
    this.#count(sector, 0, 0, 0, 0);
  }

  /** Puts a sector into use at its place in the order, without entries. */
  enter(sector: number, { first, last, level, moves }: Pick<SectorHeader, 'first' | 'last' | 'level' | 'moves'>): void {
    this.first[sector] = first;
    this.last[sector] = last;
    this.level[sector] = level;
    this.moves[sector] = moves;
    this.used[sector] = SECTOR_HEADER;
    this.#count(sector, 0, 0, 0, 0);
    this.order.splice(this.find(first), 0, sector);
  }

  addEntry(sector: number, priority: Priority, size: number): void {
    this.used[sector]! += size;
    this.#change(sector, priority, size, 1);
  }

  removeEntry(sector: number, priority: Priority, size: number): void {
    this.#change(sector, priority, size, -1);
  }

  #change(sector: number, priority: Priority, size: number, sign: 1 | -1): void {
    this.live[sector]! += sign;
    this.liveBytes[sector]! += sign * size;
    if (priority <= PRIORITY.kept) this.keptBytes[sector]! += sign * size;
    if (priority === PRIORITY.urgent) this.urgent[sector]! += sign;
  }

  #count(sector: number, live: number, liveBytes: number, keptBytes: number, urgent: number): void {
    this.live[sector] = live;
    this.liveBytes[sector] = liveBytes;
    this.keptBytes[sector] = keptBytes;
    this.urgent[sector] = urgent;
  }

  /** @returns for each sector whether its erases are known */
  #readHeaders(): Uint8Array {
    const known = new Uint8Array(this.count);
    for (let sector = 0; sector < this.count; sector++) {
      const bytes = this.flash.read(SECTOR_HEADER, sector * this.sectorLength);
      const header = decodeSectorHeader(bytes);
      if (header === undefined) {
        // From the factory a sector is blank, and was never erased.
        known[sector] = isBlank(bytes, 0, SECTOR_HEADER) ? 1 : 0;
        continue;
      }
      known[sector] = 1;
      this.erases[sector] = header.erases;
      this.first[sector] = header.first;
      this.last[sector] = header.first === 0 ? 0 : header.last;
      this.level[sector] = header.level;
      this.moves[sector] = header.moves;
    }
    return known;
  }

  /**
   * A cut between the commit of a merge, or a move, and the marks on its sources: of two sectors of which one covers the
   * other the wider one counts, or the one that was moved more often.
   */
  #retireMerged(): void {
    for (let merged = 0; merged < this.count; merged++) {
      for (let sector = 0; sector < this.count; sector++) {
        if (sector === merged || this.first[sector] === 0 || this.first[merged] === 0 || !this.#covers(merged, sector)) continue;
        this.flash.write(CLEARED, sector * this.sectorLength + RETIRED_AT);
        this.first[sector] = 0;
      }
    }
  }

  #covers(wide: number, sector: number): boolean {
    const { first, last, moves } = this;
    if (first[sector] === first[wide] && last[sector] === last[wide]) return moves[wide]! > moves[sector]!;
    return first[sector]! >= first[wide]! && last[sector]! <= last[wide]!;
  }

  /** Counts the entries of a sector; in the newest one, where a cut may have torn the last, it checks each whole. */
  #scan(sector: number, isNewest: boolean): void {
    const start = sector * this.sectorLength;
    const bytes = this.flash.read(this.sectorLength, start);
    this.used[sector] = SECTOR_HEADER;
    this.#count(sector, 0, 0, 0, 0);
    let isClean = true;
    let at = SECTOR_HEADER;
    while (at + ENTRY_HEADER <= bytes.length && !isBlank(bytes, at, at + ENTRY_HEADER)) {
      const size = isEntry(bytes, at) ? entrySize(entryLength(bytes, at)) : 0;
      if (size === 0 || at + size > bytes.length) {
        // A torn or rotten header: look for the next whole one behind it.
        isClean = false;
        at += 4;
        continue;
      }
      this.used[sector] = at;
      this.#takeUp(sector, bytes, at, size, isNewest);
      at += size;
    }
    if (isNewest) this.isOpen = isClean && isBlank(bytes, at, bytes.length);
  }

  #takeUp(sector: number, bytes: Uint8Array, at: number, size: number, isNewest: boolean): void {
    const live = isLive(bytes, at);
    if (live && isNewest && !isWhole(bytes, at)) {
      this.flash.write(VOID, sector * this.sectorLength + at);
      this.damaged++;
      this.used[sector]! += size;
    } else if (live) {
      this.addEntry(sector, entryPriority(bytes, at), size);
    } else {
      this.used[sector]! += size;
    }
  }
}
