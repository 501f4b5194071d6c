// Secrets that must be forgotten (protocol.md §5), in raw flash sectors of their own: a secret is replaced by writing
// the new one, then overwriting the old one with zeros (NOR bits fall) and reading the zeros back; only then does `put`
// say true. A power cut at any point leaves the old or the new secret, and opening finishes what it interrupted. Each
// secret has a slot. It does not encrypt, and a slot holds one secret at a time.
//
// Sector:  magic 4 ‖ order 4 (rising) ‖ CRC-32 of these 4 ‖ unused 4 ‖ secrets
// Secret:  mark 1 ‖ slot 1 ‖ length 2 ‖ sequence 4 (rising) ‖ CRC-16 of these 2 ‖ unused 2 ‖ CRC-32 of the rest 4 ‖
//          bytes, filled to WRITE_ALIGN. Destroying one leaves its first 12 bytes and zeros the rest.
import { readUint16, readUint32, wipe, writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import { crc16, crc32 } from 'lorica/journal/crc32';
import { ERASED, WRITE_ALIGN, type Flash } from 'lorica/journal/flash';

/** sectors that the vault wants: three suffice, more spread the wear */
export const MIN_VAULT_SECTORS = 3;
export const VAULT_SECTORS = 4;
/** slots are 0 to 15 */
export const MAX_SLOTS = 16;
/** bytes of one secret */
export const MAX_SECRET = 512;

const SECTOR_MAGIC = 0x4c56_4c54;
const SECTOR_HEADER = 16;
const MARK = 0x5e;
const HEADER = 16;
const KEPT = 12;

interface Place {
  readonly sector: number;
  readonly offset: number;
  readonly length: number;
  readonly sequence: number;
}

export class Vault {
  readonly #flash: Flash;
  readonly #sectors: number;
  readonly #places = new Map<number, Place>();
  /** the sector that is written to, and where its free part begins; −1 before the first one */
  #sector = -1;
  #free = 0;
  #order = 0;
  #sequence = 0;

  /**
   * Opens what is there, or an empty vault on flash that holds none, and finishes what a power cut interrupted.
   * @throws RangeError if there are fewer than MIN_VAULT_SECTORS sectors
   */
  constructor(flash: Flash) {
    this.#flash = flash;
    this.#sectors = Math.floor(flash.byteLength / flash.sectorLength);
    if (this.#sectors < MIN_VAULT_SECTORS) throw new RangeError('a vault needs three sectors at least');
    this.#open();
  }

  has(slot: number): boolean {
    return this.#places.has(slot);
  }

  /** @returns a copy of the secret, the caller's to wipe, or `undefined` */
  get(slot: number): Uint8Array | undefined {
    const place = this.#places.get(slot);
    return place === undefined ? undefined : this.#flash.read(place.length, place.offset + HEADER);
  }

  /**
   * Replaces the secret of a slot.
   * @param secret 1 to 512 bytes
   * @returns true once it is at rest and its predecessor destroyed; false when the flash did not obey: then the
   * caller must use neither the secret nor what follows from it
   * @throws RangeError on a slot or length beyond the bounds, or if all secrets together no longer fit into a sector
   */
  put(slot: number, secret: Uint8Array): boolean {
    if (!Number.isInteger(slot) || slot < 0 || slot >= MAX_SLOTS) throw new RangeError('no such slot');
    if (secret.length < 1 || secret.length > MAX_SECRET) throw new RangeError('a secret has 1 to 512 bytes');
    this.#checkRoom(slot, secret.length);
    if (!this.#hasRoom(secret.length) && !this.#turn()) return false;
    const old = this.#places.get(slot);
    return this.#write(slot, secret) && (old === undefined || this.#destroy(old));
  }

  /** Forgets the secret of a slot. @returns false when the flash did not obey */
  destroy(slot: number): boolean {
    const place = this.#places.get(slot);
    if (place === undefined) return true;
    this.#places.delete(slot);
    return this.#destroy(place);
  }

  #checkRoom(slot: number, length: number): void {
    let total = SECTOR_HEADER + 2 * size(length);
    for (const [other, place] of this.#places) if (other !== slot) total += size(place.length);
    if (total > this.#flash.sectorLength) throw new RangeError('the secrets do not fit into a sector');
  }

  #hasRoom(length: number): boolean {
    return this.#sector >= 0 && this.#free + size(length) <= (this.#sector + 1) * this.#flash.sectorLength;
  }

  /** Appends and reads back; a place that cannot hold what was written is zeroed, and the next one tried. */
  #write(slot: number, secret: Uint8Array): boolean {
    const bytes = this.#encode(slot, secret);
    let good = false;
    while (!good && this.#hasRoom(secret.length)) {
      const offset = this.#free;
      this.#free += bytes.length;
      this.#flash.write(bytes, offset);
      const kept = this.#flash.read(bytes.length, offset);
      good = sameBytes(bytes, kept);
      wipe(kept);
      if (good) this.#places.set(slot, { sector: this.#sector, offset, length: secret.length, sequence: this.#sequence });
      else this.#zero(offset, bytes.length);
    }
    wipe(bytes);
    return good;
  }

  #encode(slot: number, secret: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(size(secret.length)).fill(ERASED);
    bytes[0] = MARK;
    bytes[1] = slot;
    writeUint16(bytes, 2, secret.length);
    writeUint32(bytes, 4, ++this.#sequence);
    writeUint16(bytes, 8, crc16(bytes, 0, 8));
    bytes.set(secret, HEADER);
    writeUint32(bytes, KEPT, crc32(secret));
    return bytes;
  }

  /** Zeros, read back. Where a bit does not fall, the sector is left and erased, which destroys as well. */
  #destroy(place: Place): boolean {
    if (this.#zero(place.offset + KEPT, size(place.length) - KEPT)) return true;
    if (place.sector === this.#sector && !this.#turn()) return false;
    this.#flash.erase(place.sector);
    return isFilled(this.#flash.read(size(place.length), place.offset), ERASED);
  }

  #zero(offset: number, length: number): boolean {
    this.#flash.write(new Uint8Array(length), offset);
    return isFilled(this.#flash.read(length, offset), 0);
  }

  /** Goes on in another sector, one that holds no living secret. */
  #turn(): boolean {
    for (let step = 1; step <= this.#sectors; step++) {
      const sector = (this.#sector + step) % this.#sectors;
      if (this.#isInUse(sector)) continue;
      this.#begin(sector);
      return this.#gather();
    }
    return false;
  }

  #isInUse(sector: number): boolean {
    if (sector === this.#sector) return true;
    for (const place of this.#places.values()) if (place.sector === sector) return true;
    return false;
  }

  #begin(sector: number): void {
    this.#flash.erase(sector);
    const header = new Uint8Array(SECTOR_HEADER).fill(ERASED);
    writeUint32(header, 0, SECTOR_MAGIC);
    writeUint32(header, 4, ++this.#order);
    writeUint32(header, 8, crc32(header, 0, 8));
    this.#flash.write(header, sector * this.#flash.sectorLength);
    this.#sector = sector;
    this.#free = sector * this.#flash.sectorLength + SECTOR_HEADER;
  }

  /** Moves all living secrets into the sector in use, each as `put` would. */
  #gather(): boolean {
    for (const [slot, place] of this.#places) {
      if (place.sector === this.#sector) continue;
      const secret = this.#flash.read(place.length, place.offset + HEADER);
      const moved = this.#write(slot, secret);
      wipe(secret);
      if (!moved || !this.#zero(place.offset + KEPT, size(place.length) - KEPT)) return false;
    }
    return true;
  }

  #open(): void {
    for (let sector = 0; sector < this.#sectors; sector++) {
      const start = sector * this.#flash.sectorLength;
      const header = this.#flash.read(SECTOR_HEADER, start);
      const valid = readUint32(header, 0) === SECTOR_MAGIC && readUint32(header, 8) === crc32(header, 0, 8);
      const free = this.#scan(sector, start + SECTOR_HEADER);
      if (!valid || readUint32(header, 4) <= this.#order) continue;
      this.#order = readUint32(header, 4);
      this.#sector = sector;
      this.#free = free;
    }
    // A cut while the secrets moved: the rest follows, into a fresh sector when cuts have filled this one.
    if (!this.#gather()) this.#turn();
  }

  /**
   * Takes up the living secrets of a sector and destroys what a cut left half written or half destroyed. A sector
   * whose header is not valid is read as well: it may have lost nothing but the header.
   * @returns where its free part begins
   */
  #scan(sector: number, start: number): number {
    const end = (sector + 1) * this.#flash.sectorLength;
    let offset = start;
    while (offset + HEADER <= end) {
      const header = this.#flash.read(HEADER, offset);
      if (isHeader(header) && offset + size(readUint16(header, 2)) <= end) {
        this.#takeUp(sector, offset, header);
        offset += size(readUint16(header, 2));
      } else if (isFilled(header.subarray(0, WRITE_ALIGN), 0)) {
        offset += WRITE_ALIGN;
      } else {
        const dirty = this.#lastDirty(offset, end);
        if (dirty === offset) return offset;
        // A torn header hides how long the secret behind it was. Zeros are passed over from now on.
        this.#zero(offset, dirty - offset);
        offset = dirty;
      }
    }
    return offset;
  }

  /** @returns the end, aligned, of what is not erased from `offset` on */
  #lastDirty(offset: number, end: number): number {
    const rest = this.#flash.read(end - offset, offset);
    let length = rest.length;
    while (length > 0 && rest[length - 1] === ERASED) length--;
    wipe(rest);
    return offset + Math.ceil(length / WRITE_ALIGN) * WRITE_ALIGN;
  }

  #takeUp(sector: number, offset: number, header: Uint8Array): void {
    const length = readUint16(header, 2);
    const sequence = readUint32(header, 4);
    this.#sequence = Math.max(this.#sequence, sequence);
    const secret = this.#flash.read(size(length) - HEADER, offset + HEADER);
    const whole = readUint32(header, KEPT) === crc32(secret, 0, length);
    const destroyed = isFilled(secret, 0) && readUint32(header, KEPT) === 0;
    wipe(secret);
    if (destroyed) return;
    const place = { sector, offset, length, sequence };
    const other = this.#places.get(header[1]!);
    const isNewer = whole && (other === undefined || sequence > other.sequence);
    if (isNewer) this.#places.set(header[1]!, place);
    const obsolete = isNewer ? other : place;
    if (obsolete !== undefined) this.#zero(obsolete.offset + KEPT, size(obsolete.length) - KEPT);
  }
}

/** bytes that a secret takes in a sector */
function size(length: number): number {
  return HEADER + Math.ceil(length / WRITE_ALIGN) * WRITE_ALIGN;
}

function isHeader(header: Uint8Array): boolean {
  const length = readUint16(header, 2);
  return (
    header[0] === MARK &&
    header[1]! < MAX_SLOTS &&
    length >= 1 &&
    length <= MAX_SECRET &&
    readUint16(header, 8) === crc16(header, 0, 8)
  );
}

function isFilled(bytes: Uint8Array, value: number): boolean {
  for (const byte of bytes) if (byte !== value) return false;
  return true;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}
