// HMAC-SHA-256 (RFC 2104, FIPS 198-1). The work is the provider's.
import provider from 'lorica/primitives/provider';
import { requireBytes } from 'lorica/primitives/validate';

export const HMAC_LENGTH = 32;

/**
 * @param key of any length; above 64 bytes its digest takes its place (RFC 2104 §2)
 * @returns the 32-byte code
 * @throws TypeError
 */
export function hmac(key: Uint8Array, data: Uint8Array): Uint8Array {
  requireBytes(key, 'key');
  requireBytes(data, 'data');
  return provider.hmac(key, data);
}
