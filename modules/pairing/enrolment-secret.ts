// The enrolment secret (protocol.md §4): handed to the registry by the flashing tool, or scanned once from a card that
// is destroyed; never on the label. Both ends split it and wipe it.
import { wipe } from 'lorica/bytes/bytes';
import { expandLabel } from 'lorica/primitives/hkdf';

export const ENROLMENT_SECRET_LENGTH = 32;

export interface EnrolmentKeys {
  /** P, 32 bytes: goes into the psk of every session handshake */
  readonly enrolmentPsk: Uint8Array;
  /** M, 32 bytes: authenticates enrolment messages and answers */
  readonly macKey: Uint8Array;
  /** O_0, 32 bytes: where the offline chains begin */
  readonly offline: Uint8Array;
}

/** P ‖ M ‖ O_0 = Expand(secret, "enrolment", 96). @param secret 32 bytes; wiped */
export function splitEnrolmentSecret(secret: Uint8Array): EnrolmentKeys {
  if (secret.length !== ENROLMENT_SECRET_LENGTH) throw new RangeError('an enrolment secret has 32 bytes');
  const parts = expandLabel(secret, 'enrolment', 96);
  const keys = { enrolmentPsk: parts.slice(0, 32), macKey: parts.slice(32, 64), offline: parts.slice(64) };
  wipe(secret, parts);
  return keys;
}
