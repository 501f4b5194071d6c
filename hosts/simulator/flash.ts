// NOR flash of simulated nodes, in memory and in a file: erased bytes are 0xff, programming clears bits and never sets
// one, only erasing a whole sector sets them (lorica/journal/flash). The file survives the process, as flash survives a
// reset; it is not synchronised to the disk, so a power cut of this machine is outside the model. Torn writes and bit
// rot are not made here.

import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { UserError } from 'lorica/hosts/node/failure';
import { ERASED, WRITE_ALIGN, type Flash } from 'lorica/journal/flash';

export const SECTOR_LENGTH = 4096;
/** What an ESP32 with 4 MB gives to the journal. */
export const JOURNAL_LENGTH = 1024 * 1024;

export class MemoryFlash implements Flash {
  readonly byteLength: number;
  readonly sectorLength: number;
  readonly #cells: Uint8Array;

  /** @throws RangeError unless the length is a whole number of sectors, at least one */
  constructor(byteLength: number, sectorLength = SECTOR_LENGTH) {
    if (!(sectorLength > 0) || !(byteLength > 0) || byteLength % sectorLength !== 0) throw new RangeError('flash is a whole number of sectors');
    this.byteLength = byteLength;
    this.sectorLength = sectorLength;
    this.#cells = new Uint8Array(byteLength).fill(ERASED);
  }

  read(byteLength: number, byteOffset: number): Uint8Array {
    this.#within(byteLength, byteOffset);
    return this.#cells.slice(byteOffset, byteOffset + byteLength);
  }

  write(bytes: Uint8Array, byteOffset: number): void {
    this.#within(bytes.length, byteOffset);
    if (byteOffset % WRITE_ALIGN !== 0 || bytes.length % WRITE_ALIGN !== 0) throw new RangeError('a write must be aligned');
    for (let i = 0; i < bytes.length; i++) this.#cells[byteOffset + i]! &= bytes[i]!;
  }

  erase(sector: number): void {
    const offset = sector * this.sectorLength;
    if (!Number.isInteger(sector)) throw new RangeError('a sector is counted in whole numbers');
    this.#within(this.sectorLength, offset);
    this.#cells.fill(ERASED, offset, offset + this.sectorLength);
  }

  #within(byteLength: number, byteOffset: number): void {
    if (!(Number.isInteger(byteOffset) && byteOffset >= 0 && byteLength >= 0 && byteOffset + byteLength <= this.byteLength)) {
      throw new RangeError('beyond the end of the flash');
    }
  }
}

/** Flash in a file of exactly its length. The whole of it is held in memory as well, and each change goes to its place. */
export class FileFlash extends MemoryFlash {
  readonly #file: number;

  /**
   * Opens the file, or makes it, erased.
   * @throws UserError when the file has another length: it is cut off or not ours
   */
  constructor(path: string, byteLength: number, sectorLength = SECTOR_LENGTH) {
    super(byteLength, sectorLength);
    if (!existsSync(path)) {
      // Whole or not at all: a file cut off here would be refused at the next start.
      writeFileSync(`${path}.new`, super.read(byteLength, 0), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    this.#file = openSync(path, 'r+');
    const found = fstatSync(this.#file).size;
    if (found !== byteLength) {
      closeSync(this.#file);
      throw new UserError(`the flash image ${path} has ${String(found)} bytes and not ${String(byteLength)}: put a copy back or remove the node's folder.`);
    }
    super.write(this.#load(), 0);
  }

  override write(bytes: Uint8Array, byteOffset: number): void {
    super.write(bytes, byteOffset);
    this.#store(bytes.length, byteOffset);
  }

  override erase(sector: number): void {
    super.erase(sector);
    this.#store(this.sectorLength, sector * this.sectorLength);
  }

  close(): void {
    closeSync(this.#file);
  }

  #load(): Uint8Array {
    const bytes = new Uint8Array(this.byteLength);
    for (let at = 0; at < bytes.length;) {
      const count = readSync(this.#file, bytes, at, bytes.length - at, at);
      if (count === 0) throw new Error('the flash image became shorter while it was read');
      at += count;
    }
    return bytes;
  }

  #store(byteLength: number, byteOffset: number): void {
    const bytes = super.read(byteLength, byteOffset);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at, bytes.length - at, byteOffset + at);
  }
}
