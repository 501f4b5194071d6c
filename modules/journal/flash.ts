// What the journal and the vault need of raw NOR flash, in the spirit of `embedded:storage/flash`: bytes read as they
// are, writing clears bits and never sets one, erasing a sector sets all of its bits. A power cut may leave any subset
// of the bits of a running operation done. Nothing here spreads wear, corrects errors or keeps deleted bytes.

/** Offsets and lengths of writes are multiples of this, so that parts which program words serve as well. */
export const WRITE_ALIGN = 4;
export const ERASED = 0xff;

export interface Flash {
  /** a whole number of sectors */
  readonly byteLength: number;
  /** bytes erased at once, usually 4096 */
  readonly sectorLength: number;
  /** @returns a copy of `byteLength` bytes, the caller's to keep. @throws RangeError beyond the end */
  read(byteLength: number, byteOffset: number): Uint8Array;
  /**
   * Programs: each byte becomes (what is there) AND (what is written), also where it has been written before. Returns
   * when the bytes are in the chip.
   * @throws RangeError beyond the end or off the alignment
   */
  write(bytes: Uint8Array, byteOffset: number): void;
  /** Sets all bits of a sector, counted from 0. @throws RangeError beyond the end */
  erase(sector: number): void;
}
