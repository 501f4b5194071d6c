// NOR flash with its faults, all from one seed: bits only fall when written, a sector rises as a whole, and the power may
// be cut in any write or erase. What a cut operation leaves: nothing, all, its first bytes, or any subset of its bits
// (a write that cleared some of the bits it should, an erase that raised some). After a cut nothing works until `revive`,
// as with the chip. Recovery is possible because an operation touches only the bytes that it names.
import { ERASED, WRITE_ALIGN, type Flash } from 'lorica/journal/flash';

export class PowerCut extends Error {
  constructor() {
    super('power cut');
  }
}

/** mulberry32: small, good enough for faults, the same everywhere. @returns numbers from 0 to below 1 */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

/** Counts the changes of all memories of one machine, and cuts its power in the one that was asked for. */
export class Power {
  /** changes so far */
  operations = 0;
  /** number of the change that is cut, counted from 1; 0: none */
  cutAt = 0;
  isOff = false;
  readonly random: () => number;

  constructor(seed = 1) {
    this.random = seededRandom(seed);
  }

  /** To be called before each change. @returns whether this one is cut */
  change(): boolean {
    if (this.isOff) throw new PowerCut();
    this.operations++;
    this.isOff = this.operations === this.cutAt;
    return this.isOff;
  }

  check(): void {
    if (this.isOff) throw new PowerCut();
  }

  revive(): void {
    this.isOff = false;
    this.cutAt = 0;
  }
}

export class NorFlash implements Flash {
  readonly byteLength: number;
  readonly sectorLength: number;
  readonly cells: Uint8Array;
  readonly erases: Uint32Array;
  readonly power: Power;
  writes = 0;
  bytesWritten = 0;
  reads = 0;
  bytesRead = 0;

  constructor(sectors: number, power = new Power(), sectorLength = 4096) {
    this.byteLength = sectors * sectorLength;
    this.sectorLength = sectorLength;
    this.cells = new Uint8Array(this.byteLength).fill(ERASED);
    this.erases = new Uint32Array(sectors);
    this.power = power;
  }

  read(byteLength: number, byteOffset: number): Uint8Array {
    this.power.check();
    if (byteOffset < 0 || byteOffset + byteLength > this.byteLength) throw new RangeError('beyond the end of the flash');
    this.reads++;
    this.bytesRead += byteLength;
    return this.cells.slice(byteOffset, byteOffset + byteLength);
  }

  write(bytes: Uint8Array, byteOffset: number): void {
    if (byteOffset < 0 || byteOffset + bytes.length > this.byteLength) throw new RangeError('beyond the end of the flash');
    if (byteOffset % WRITE_ALIGN !== 0 || bytes.length % WRITE_ALIGN !== 0) throw new RangeError('a write must be aligned');
    const isCut = this.power.change();
    this.writes++;
    this.bytesWritten += bytes.length;
    const { cells } = this;
    if (!isCut) {
      for (let i = 0; i < bytes.length; i++) cells[byteOffset + i]! &= bytes[i]!;
      return;
    }
    const keep = this.#keeper(bytes.length);
    for (let i = 0; i < bytes.length; i++) cells[byteOffset + i]! &= bytes[i]! | (~keep(i) & 0xff);
    throw new PowerCut();
  }

  erase(sector: number): void {
    if (!Number.isInteger(sector) || sector < 0 || sector >= this.erases.length) throw new RangeError('no such sector');
    const isCut = this.power.change();
    this.erases[sector]!++;
    const start = sector * this.sectorLength;
    if (!isCut) {
      this.cells.fill(ERASED, start, start + this.sectorLength);
      return;
    }
    const keep = this.#keeper(this.sectorLength);
    for (let i = 0; i < this.sectorLength; i++) this.cells[start + i]! |= keep(i);
    throw new PowerCut();
  }

  /** Flips some bits of a sector, as rot does. */
  rot(sector: number, bits: number): void {
    for (let i = 0; i < bits; i++) {
      const at = sector * this.sectorLength + Math.floor(this.power.random() * this.sectorLength);
      this.cells[at]! ^= 1 << Math.floor(this.power.random() * 8);
    }
  }

  /** @returns for each byte of a cut operation the mask of the bits that are done */
  #keeper(length: number): (at: number) => number {
    const { random } = this.power;
    const kind = random();
    if (kind < 0.1) return () => 0;
    if (kind < 0.2) return () => 0xff;
    const reach = Math.floor(random() * length);
    if (kind < 0.5) return (at) => (at < reach ? 0xff : 0);
    const share = random();
    return () => {
      let mask = 0;
      for (let bit = 1; bit < 256; bit <<= 1) if (random() < share) mask |= bit;
      return mask;
    };
  }
}
