// What the end of the pairing handshake gives to both ends: the link key, and the key that seals the node's last
// message. Private to this folder's initiator and responder.
import { wipe } from 'lorica/bytes/bytes';
import type { Finished } from 'lorica/noise/handshake';
import { open, seal } from 'lorica/primitives/aead';
import { expandLabel } from 'lorica/primitives/hkdf';
import { behindType, PAIRING_TYPE, withType } from 'lorica/pairing/pairing-message';

export const LINK_KEY_LENGTH = 32;

/** one message under the key, so one nonce */
const NONCE = new Uint8Array(12);
const ASSOCIATED_DATA = Uint8Array.of(PAIRING_TYPE.bond);

export interface BondKeys {
  /** L, 32 bytes */
  readonly linkKey: Uint8Array;
  /** of the direction node → gateway, 32 bytes, for one message */
  readonly bondKey: Uint8Array;
}

/** @param finished of XXpsk0, whose initiator is the gateway */
export function bondKeys(finished: Finished): BondKeys {
  const hash = finished.hash;
  const [fromGateway, fromNode, secret] = finished.split(3);
  const linkKey = expandLabel(secret!, 'link key', LINK_KEY_LENGTH, hash);
  wipe(fromGateway, secret);
  return { linkKey, bondKey: fromNode! };
}

/** @returns message 4; wipes the key */
export function sealBond(bondKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const sealed = seal(bondKey, NONCE, ASSOCIATED_DATA, plaintext);
  wipe(bondKey);
  return withType(PAIRING_TYPE.bond, sealed);
}

/** @returns what message 4 bears, or `undefined`; the key is left for the true one */
export function openBond(bondKey: Uint8Array, message: Uint8Array): Uint8Array | undefined {
  const sealed = behindType(message, PAIRING_TYPE.bond);
  return sealed && open(bondKey, NONCE, ASSOCIATED_DATA, sealed);
}
