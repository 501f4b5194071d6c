// The opening of a connection (modules/wire/lorica.cddl, section 5): two nonces, a MAC from each side under the link key,
// and frame keys from both nonces. Messages and their checks only; who says what when is in lorica/link/link.
import { ascii, concat, fields } from 'lorica/bytes/bytes';
import { equalConstantTime } from 'lorica/primitives/compare';
import type { Entropy } from 'lorica/primitives/entropy';
import { expandLabel } from 'lorica/primitives/hkdf';
import { hmac } from 'lorica/primitives/hmac';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

export const LINK_VERSION = 1;
export const LINK_KEY_LENGTH = 32;
export const NONCE_LENGTH = 16;
export const MAC_LENGTH = 16;
export const NONCE_MESSAGE_LENGTH = 2 + NONCE_LENGTH;
export const GATEWAY_PROOF_LENGTH = 1 + NONCE_LENGTH + MAC_LENGTH;
export const NODE_PROOF_LENGTH = 1 + MAC_LENGTH;
const FRAME_KEY_LENGTH = 32;

const GATEWAY_LABEL = ascii('lorica link gateway');
const NODE_LABEL = ascii('lorica link node');

/** Both nonces of a connection, 16 bytes each. */
export interface Nonces {
  readonly node: Uint8Array;
  readonly gateway: Uint8Array;
}

export function makeNonceMessage(nonce: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(MESSAGE_TYPE.linkNonce, LINK_VERSION), nonce);
}

export function isNonceMessage(message: Uint8Array): boolean {
  return message.length === NONCE_MESSAGE_LENGTH && message[0] === MESSAGE_TYPE.linkNonce;
}

export function freshNonce(entropy: Entropy): Uint8Array {
  return entropy(NONCE_LENGTH);
}

export function makeGatewayProof(linkKey: Uint8Array, nonces: Nonces): Uint8Array {
  return concat(Uint8Array.of(MESSAGE_TYPE.linkGatewayProof), nonces.gateway, mac(linkKey, GATEWAY_LABEL, nonces));
}

export function isGatewayProof(message: Uint8Array): boolean {
  return message.length === GATEWAY_PROOF_LENGTH && message[0] === MESSAGE_TYPE.linkGatewayProof;
}

/** @returns both nonces if the proof was made under this key for this nonce of the node */
export function readGatewayProof(message: Uint8Array, linkKey: Uint8Array, node: Uint8Array): Nonces | undefined {
  const nonces: Nonces = { node, gateway: message.slice(1, 1 + NONCE_LENGTH) };
  const claimed = message.subarray(1 + NONCE_LENGTH);
  return equalConstantTime(claimed, mac(linkKey, GATEWAY_LABEL, nonces)) ? nonces : undefined;
}

export function makeNodeProof(linkKey: Uint8Array, nonces: Nonces): Uint8Array {
  return concat(Uint8Array.of(MESSAGE_TYPE.linkNodeProof), mac(linkKey, NODE_LABEL, nonces));
}

export function isNodeProof(message: Uint8Array): boolean {
  return message.length === NODE_PROOF_LENGTH && message[0] === MESSAGE_TYPE.linkNodeProof;
}

export function verifyNodeProof(message: Uint8Array, linkKey: Uint8Array, nonces: Nonces): boolean {
  return equalConstantTime(message.subarray(1), mac(linkKey, NODE_LABEL, nonces));
}

/** @returns one key for each direction, 32 bytes */
export function frameKeys(linkKey: Uint8Array, nonces: Nonces): { up: Uint8Array; down: Uint8Array } {
  const both = expandLabel(linkKey, 'link frame', 2 * FRAME_KEY_LENGTH, nonces.node, nonces.gateway);
  const keys = { up: both.slice(0, FRAME_KEY_LENGTH), down: both.slice(FRAME_KEY_LENGTH) };
  both.fill(0);
  return keys;
}

function mac(linkKey: Uint8Array, label: Uint8Array, nonces: Nonces): Uint8Array {
  return hmac(linkKey, fields(label, nonces.node, nonces.gateway)).slice(0, MAC_LENGTH);
}
