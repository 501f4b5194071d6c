// What a receiver says about one chain: the lowest index that it still misses, and a bitmap of what it has beyond.
// Plain data; `lorica/wire/command` encodes it, and only the sealed down chain makes it true.

/** bytes of the bitmap: 512 indices beyond `next` */
export const MAX_BITMAP = 64;

export interface Acknowledgement {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** lowest index neither received nor skipped; at the end of a chain the index after its last */
  readonly next: number;
  /** bit i (the lowest of an octet first) stands for index next + 1 + i; at most 64 bytes, no zero bytes at the end */
  readonly bitmap: Uint8Array;
}

/** @returns whether the receiver holds `index` of this chain, or will never ask for it */
export function isAcknowledged({ next, bitmap }: Acknowledgement, index: number): boolean {
  if (index <= next) return index < next;
  const bit = index - next - 1;
  const octet = bitmap[Math.floor(bit / 8)];
  return octet !== undefined && (octet & (1 << (bit % 8))) !== 0;
}
