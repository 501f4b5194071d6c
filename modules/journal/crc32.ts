// CRC-32 as in ISO-HDLC (reflected, polynomial 0x04C11DB7; check value of "123456789": 0xCBF43926). It finds torn
// writes and rotten bits; it keeps nobody from making a matching one, which is the seals' business.

const TABLE = makeTable();

/**
 * @param from first byte that counts, to the one before `to`
 * @param seed result of the bytes before, to go on with them
 * @returns uint32
 */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length, seed = 0): number {
  if (to > bytes.length) throw new RangeError('beyond the end of the bytes');
  let register = ~seed;
  for (let i = from; i < to; i++) register = TABLE[(register ^ bytes[i]!) & 0xff]! ^ (register >>> 8);
  return ~register >>> 0;
}

/** @returns its lower half, for headers of a few bytes */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  return crc32(bytes, from, to) & 0xffff;
}

function makeTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
    table[i] = value;
  }
  return table;
}
