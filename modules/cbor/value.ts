// The subset of CBOR (RFC 8949) that Lorica speaks, as JavaScript values, and its bounds. No floats, no tags, no
// `undefined`, no indefinite lengths; maps have integer keys only.

export type CborValue =
  number | boolean | null | string | Uint8Array | readonly CborValue[] | ReadonlyMap<number, CborValue>;

/** integers lie within ±(2^53 − 1), so that a double holds them exactly */
export const MAX_INTEGER = Number.MAX_SAFE_INTEGER;
/** arrays and maps within one another */
export const MAX_DEPTH = 8;
/** octets of one encoded value: an envelope of 64 messages of 4 096 bytes, and room */
export const MAX_ENCODED_LENGTH = 1 << 19;
/** items of one array, entries of one map */
export const MAX_ITEMS = 4096;

/** RFC 8949 §3.1, in the upper three bits of the first octet */
export const MAJOR = { unsigned: 0x00, negative: 0x20, bytes: 0x40, text: 0x60, array: 0x80, map: 0xa0 } as const;
/** RFC 8949 §3.3 */
export const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;
