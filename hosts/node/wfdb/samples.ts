// Unpacks WFDB signal files (.dat, .mat) into raw ADC units: formats 16, 24, 32, 61, 80, 160, 212, 310 and 311 of
// signal(5). Differences (format 8) and FLAC (508, 516, 524) are not read.

/** How a format lays samples out. */
interface SampleFormat {
  /** The largest number of whole samples in so many bytes. */
  readonly count: (bytes: number) => number;
  /** ADC value that marks a missing sample, if the format has one. */
  readonly missing: number | undefined;
  readonly wide: boolean;
  /** The nth sample behind `start`. */
  readonly unpack: (view: DataView, start: number, index: number) => number;
}

/** Sign-extends the low `bits` bits. */
function signed(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits);
}

const FORMATS: ReadonlyMap<number, SampleFormat> = new Map([
  [16, { count: (n) => n >> 1, missing: -0x8000, wide: false, unpack: (v, s, i) => v.getInt16(s + 2 * i, true) }],
  [61, { count: (n) => n >> 1, missing: -0x8000, wide: false, unpack: (v, s, i) => v.getInt16(s + 2 * i, false) }],
  [160, { count: (n) => n >> 1, missing: undefined, wide: false, unpack: (v, s, i) => v.getUint16(s + 2 * i, true) - 0x8000 }],
  [80, { count: (n) => n, missing: -0x80, wide: false, unpack: (v, s, i) => v.getUint8(s + i) - 0x80 }],
  [24, {
    count: (n) => Math.floor(n / 3), missing: -0x80_0000, wide: true,
    unpack: (v, s, i) => (v.getInt8(s + 3 * i + 2) << 16) | v.getUint16(s + 3 * i, true),
  }],
  [32, { count: (n) => n >> 2, missing: -0x8000_0000, wide: true, unpack: (v, s, i) => v.getInt32(s + 4 * i, true) }],
  [212, { count: (n) => Math.floor((n * 2) / 3), missing: -0x800, wide: false, unpack: unpack212 }],
  [310, { count: (n) => Math.floor(n / 4) * 3 + ((n & 3) >> 1), missing: -0x200, wide: false, unpack: unpack310 }],
  [311, { count: (n) => Math.floor(n / 4) * 3 + ((n & 3) >> 1) + ((n & 3) === 3 ? 1 : 0), missing: -0x200, wide: false, unpack: unpack311 }],
] as const satisfies readonly (readonly [number, SampleFormat])[]);

/** @returns the layout of a storage format, or `undefined` for one that is not read here */
export function sampleFormat(format: number): SampleFormat | undefined {
  return FORMATS.get(format);
}

/** Two 12-bit samples in three bytes; the second's high bits sit in the high nibble of byte 1. */
function unpack212(view: DataView, start: number, index: number): number {
  const at = start + (index >> 1) * 3;
  const middle = view.getUint8(at + 1);
  if ((index & 1) === 0) return signed(view.getUint8(at) | ((middle & 0x0f) << 8), 12);
  return signed(view.getUint8(at + 2) | ((middle & 0xf0) << 4), 12);
}

/** Three 10-bit samples in two 16-bit words: bits 1–10 of each, then the five high bits of both. */
function unpack310(view: DataView, start: number, index: number): number {
  const at = start + Math.floor(index / 3) * 4;
  const place = index % 3;
  const low = view.getUint16(at, true);
  if (place === 0) return signed((low >> 1) & 0x3ff, 10);
  const high = view.getUint16(at + 2, true);
  if (place === 1) return signed((high >> 1) & 0x3ff, 10);
  return signed((low >> 11) | ((high >> 11) << 5), 10);
}

/** Three 10-bit samples in one little-endian 32-bit word, the first lowest. */
function unpack311(view: DataView, start: number, index: number): number {
  const at = start + Math.floor(index / 3) * 4;
  let word = 0;
  // The last group of a file may lack the bytes that its samples do not need.
  for (let byte = Math.min(4, view.byteLength - at) - 1; byte >= 0; byte--) word = (word << 8) | view.getUint8(at + byte);
  return signed((word >>> (10 * (index % 3))) & 0x3ff, 10);
}
