// Octet strings: the few operations that every other module shares. No secrets-dependent branch in `equal`
// and `wipe`; engines give no promise beyond that, so native code compares secrets where it is to be had.

/** @returns a new array that holds the parts one after the other */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/**
 * Concatenation of length-prefixed fields (two octets, big-endian, before each part), which no two lists share:
 * the ‖ of the protocol's labels, MACs and signatures.
 * @throws RangeError if a part is longer than 65535 bytes
 */
export function fields(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) {
    if (part.length > 0xffff) throw new RangeError('field longer than 65535 bytes');
    length += 2 + part.length;
  }
  const out = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    writeUint16(out, offset, part.length);
    out.set(part, offset + 2);
    offset += 2 + part.length;
  }
  return out;
}

/** Compares without an early exit; the lengths are public. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
  return difference === 0;
}

/** Overwrites secrets with zeros, in place. */
export function wipe(...secrets: readonly (Uint8Array | undefined)[]): void {
  for (const secret of secrets) secret?.fill(0);
}

/** @returns the ASCII octets of `text`. @throws RangeError on any other character */
export function ascii(text: string): Uint8Array {
  const out = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) throw new RangeError('not ASCII');
    out[i] = code;
  }
  return out;
}

export function readUint16(bytes: Uint8Array, offset: number): number {
  within(bytes, offset, 2);
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  within(bytes, offset, 2);
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

export function readUint32(bytes: Uint8Array, offset: number): number {
  within(bytes, offset, 4);
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!) >>> 0;
}

export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  within(bytes, offset, 4);
  bytes[offset] = value >>> 24;
  bytes[offset + 1] = value >>> 16;
  bytes[offset + 2] = value >>> 8;
  bytes[offset + 3] = value;
}

/** @returns lower-case hexadecimal, two digits an octet */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte >>> 4]! + HEX[byte & 15]!;
  return text;
}

/** @returns the octets, or `undefined` if `text` is not hexadecimal of even length */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  const out = new Uint8Array(text.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return out;
}

const HEX = '0123456789abcdef';

function within(bytes: Uint8Array, offset: number, length: number): void {
  if (offset < 0 || offset + length > bytes.length) throw new RangeError('beyond the end of the bytes');
}
