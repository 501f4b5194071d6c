// The right to pair (protocol.md §4). With a network the health center derives a grant from the node's pairing secret,
// for one gateway, one count and a short life, and the gateway never sees the secret. Without one the technician scans
// the secret off the label, and the gateway derives the label's key itself; the node tells the two modes apart, and so
// does its answer to the health center.
import { writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import { expandLabel } from 'lorica/primitives/hkdf';

export const PAIRING_SECRET_LENGTH = 32;
export const GRANT_KEY_LENGTH = 32;
/** ms since 1970-01-01T00:00Z, six octets */
export const MAX_EXPIRY_MS = 0xffffffffffff;

export const PAIRING_MODE = { grant: 1, label: 2 } as const;
export type PairingMode = (typeof PAIRING_MODE)[keyof typeof PAIRING_MODE];

/** What the three words of a grant are; all of them stand in the clear header of message 1. */
export interface GrantTerms {
  /** rises with every grant for this node, from 1; 0 in label mode, which has no count */
  readonly counter: number;
  /** ms since 1970-01-01T00:00Z, at most 2^48 − 1; 0 in label mode */
  readonly expiryMs: number;
}

/** What the health center hands to one gateway, over their authenticated line. */
export interface Grant extends GrantTerms {
  /** 32 bytes */
  readonly key: Uint8Array;
}

/** No network, no count: the label's key does not run out. */
export const LABEL_TERMS: GrantTerms = { counter: 0, expiryMs: 0 };

/**
 * @param pairingSecret 32 bytes, as on the label
 * @param gatewayKey the gateway's static key for the node's suite
 * @returns the grant key, 32 bytes, which is the psk of the pairing
 * @throws RangeError for terms out of bounds
 */
export function grantKey(pairingSecret: Uint8Array, gatewayKey: Uint8Array, terms: GrantTerms): Uint8Array {
  checkSecret(pairingSecret);
  if (terms.counter < 1) throw new RangeError('grants count from 1');
  return expandLabel(pairingSecret, 'grant', GRANT_KEY_LENGTH, gatewayKey, encodeCounter(terms), encodeExpiry(terms));
}

/** @returns the key that stands in for a grant where only the label is at hand, 32 bytes */
export function labelKey(pairingSecret: Uint8Array, gatewayKey: Uint8Array): Uint8Array {
  checkSecret(pairingSecret);
  return expandLabel(pairingSecret, 'label', GRANT_KEY_LENGTH, gatewayKey);
}

/** @returns 4 bytes, big-endian */
export function encodeCounter({ counter }: GrantTerms): Uint8Array {
  if (!Number.isInteger(counter) || counter < 0 || counter > 0xffffffff) throw new RangeError('no counter');
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, counter);
  return bytes;
}

/** @returns 6 bytes, big-endian */
export function encodeExpiry({ expiryMs }: GrantTerms): Uint8Array {
  if (!Number.isInteger(expiryMs) || expiryMs < 0 || expiryMs > MAX_EXPIRY_MS) throw new RangeError('no expiry');
  const bytes = new Uint8Array(6);
  writeUint16(bytes, 0, Math.floor(expiryMs / 0x100000000));
  writeUint32(bytes, 2, expiryMs % 0x100000000);
  return bytes;
}

function checkSecret(pairingSecret: Uint8Array): void {
  if (pairingSecret.length !== PAIRING_SECRET_LENGTH) throw new RangeError('a pairing secret has 32 bytes');
}
