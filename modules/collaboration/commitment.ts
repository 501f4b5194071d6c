// What binds a node to its contribution x, and what proves to the node that the health center holds it (protocol.md §3).
// The commitment covers k points of the polynomial, x and the first k − 1 shares, and so all of it: with a commitment to
// x alone, two liars whose errors cancel at 0 would pass, and honest assistants would be off their polynomial.
import { ascii, fields, wipe } from 'lorica/bytes/bytes';
import { SECRET_LENGTH } from 'lorica/collaboration/shamir';
import { hmac } from 'lorica/primitives/hmac';

const COMMIT = ascii('lorica commit');
const RECEIPT = ascii('lorica receipt');
const SID_LENGTH = 32;

/**
 * c = HMAC(x, fields("lorica commit", share_1, …, share_{k−1})).
 * @param x 32 bytes
 * @param points of the polynomial at 1…k − 1, 32 bytes each
 * @returns 32 bytes
 */
export function commitment(x: Uint8Array, points: readonly Uint8Array[]): Uint8Array {
  requireSecret(x);
  const message = fields(COMMIT, ...points);
  const mac = hmac(x, message);
  wipe(message);
  return mac;
}

/**
 * HMAC(x, fields("lorica receipt", sid, indices)), an octet for each index.
 * @param x 32 bytes
 * @param sid h after message 1, 32 bytes
 * @param indices ascending
 * @returns 32 bytes
 */
export function receiptMac(x: Uint8Array, sid: Uint8Array, indices: readonly number[]): Uint8Array {
  requireSecret(x);
  requireSid(sid);
  return hmac(x, fields(RECEIPT, sid, Uint8Array.from(indices)));
}

/** @throws RangeError */
export function requireSid(sid: Uint8Array): void {
  if (sid.length !== SID_LENGTH) throw new RangeError(`sid has ${SID_LENGTH} bytes`);
}

function requireSecret(x: Uint8Array): void {
  if (x.length !== SECRET_LENGTH) throw new RangeError(`x has ${SECRET_LENGTH} bytes`);
}
