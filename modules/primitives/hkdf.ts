// HKDF-SHA-256 (RFC 5869), the HKDF of the Noise framework (revision 34 §4.3), and Lorica's labelled expansion
// (protocol.md, notation). It runs twice for each record, hence the single buffer in `expandLabel`.
import { wipe, writeUint16 } from 'lorica/bytes/bytes';
import provider from 'lorica/primitives/provider';
import { requireBytes, requireCount } from 'lorica/primitives/validate';

export const HKDF_HASH_LENGTH = 32;
/** RFC 5869 §2.3: L ≤ 255 · HashLen */
export const HKDF_EXPAND_MAX = 255 * HKDF_HASH_LENGTH;

const LABEL_PREFIX = 'lorica ';

/**
 * HKDF-Extract (§2.2).
 * @param salt of any length; empty stands for 32 zero bytes
 * @param ikm input keying material of any length
 * @returns the 32-byte pseudorandom key
 * @throws TypeError
 */
export function extract(salt: Uint8Array, ikm: Uint8Array): Uint8Array {
  requireBytes(salt, 'salt');
  requireBytes(ikm, 'ikm');
  return provider.hmac(salt, ikm);
}

/**
 * HKDF-Expand (§2.3).
 * @param prk at least 32 bytes, uniform
 * @param length 0 to 8160 bytes
 * @throws TypeError, RangeError
 */
export function expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  requireKey(prk, 'prk');
  requireBytes(info, 'info');
  requireCount(length, 'length', 0, HKDF_EXPAND_MAX);
  return provider.expand(prk, info, length);
}

/**
 * HKDF of the Noise framework (§4.3): two or three keys from a chaining key and a (possibly empty) input.
 * @param chainingKey 32 bytes
 * @returns `outputs` arrays of 32 bytes
 * @throws TypeError, RangeError
 */
export function noiseHkdf(chainingKey: Uint8Array, ikm: Uint8Array, outputs: 2 | 3): Uint8Array[] {
  requireBytes(chainingKey, 'chaining key', HKDF_HASH_LENGTH);
  requireBytes(ikm, 'ikm');
  requireCount(outputs, 'outputs', 2, 3);
  const temporaryKey = provider.hmac(chainingKey, ikm);
  // output1 = HMAC(temp, 0x01), output2 = HMAC(temp, output1 ‖ 0x02), …: HKDF-Expand with empty info.
  const keys = provider.expand(temporaryKey, EMPTY, outputs * HKDF_HASH_LENGTH);
  const result: Uint8Array[] = [];
  for (let i = 0; i < outputs; i++) result.push(keys.slice(i * HKDF_HASH_LENGTH, (i + 1) * HKDF_HASH_LENGTH));
  wipe(temporaryKey, keys);
  return result;
}

/**
 * HKDF-Expand(secret, fields("lorica " label, …context), length): every key of the protocol has its own label.
 * @param secret at least 32 bytes, uniform
 * @param label ASCII
 * @param length 0 to 8160 bytes
 * @param context each at most 65535 bytes; the length prefixes keep two lists apart
 * @throws TypeError, RangeError
 */
export function expandLabel(secret: Uint8Array, label: string, length: number, ...context: readonly Uint8Array[]): Uint8Array {
  requireKey(secret, 'secret');
  if (typeof label !== 'string') throw new TypeError('label must be a string');
  requireCount(length, 'length', 0, HKDF_EXPAND_MAX);
  return provider.expand(secret, labelInfo(label, context), length);
}

/** The same octets as fields(ascii("lorica " + label), …context), in one allocation. */
function labelInfo(label: string, context: readonly Uint8Array[]): Uint8Array {
  const name = LABEL_PREFIX + label;
  let length = 2 + name.length;
  for (const part of context) {
    requireBytes(part, 'context');
    if (part.length > 0xffff) throw new RangeError('context longer than 65535 bytes');
    length += 2 + part.length;
  }
  const info = new Uint8Array(length);
  writeUint16(info, 0, name.length);
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code > 0x7f) throw new RangeError('label must be ASCII');
    info[2 + i] = code;
  }
  let offset = 2 + name.length;
  for (const part of context) {
    writeUint16(info, offset, part.length);
    info.set(part, offset + 2);
    offset += 2 + part.length;
  }
  return info;
}

function requireKey(key: Uint8Array, what: string): void {
  requireBytes(key, what);
  if (key.length < HKDF_HASH_LENGTH) throw new RangeError(`${what} must have at least ${HKDF_HASH_LENGTH} bytes, not ${key.length}`);
}

const EMPTY = new Uint8Array(0);
