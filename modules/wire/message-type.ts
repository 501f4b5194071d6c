// The first octet of every message, and the bounds that hold everywhere. The byte tables are in lorica.cddl.

export const MESSAGE_TYPE = {
  /** record, version 1: tag 8 ‖ index 4 ‖ ciphertext */
  record: 0x01,
  handshake1: 0x10,
  handshake2: 0x11,
  handshake3: 0x12,
  resume1: 0x20,
  resume2: 0x21,
  /** 0x30–0x3f: pairing and enrolment */
  pairingFirst: 0x30,
  pairingLast: 0x3f,
  /** 0x40–0x4f: collaboration */
  collaborationFirst: 0x40,
  collaborationLast: 0x4f,
  /** 0xa0–0xa3 stay between a node and its gateway */
  linkNonce: 0xa0,
  linkGatewayProof: 0xa1,
  linkNodeProof: 0xa2,
  linkFrame: 0xa3
} as const;

/** octets of any message from end to end */
export const MAX_MESSAGE = 4096;
/** octets of CBOR in one record */
export const MAX_RECORD_PLAINTEXT = 1024;
/** messages in one envelope between gateway and health center */
export const MAX_ENVELOPE_MESSAGES = 64;

/** version 1 ‖ tag 8 ‖ index 4: in clear, and the associated data of the ciphertext */
export const RECORD_HEADER = 13;
export const RECORD_TAG_OFFSET = 1;
export const RECORD_INDEX_OFFSET = 9;
/** octets of a chain's tag */
export const TAG_LENGTH = 8;
/** octets that the AEAD adds */
export const SEAL_LENGTH = 16;
export const MAX_RECORD = RECORD_HEADER + MAX_RECORD_PLAINTEXT + SEAL_LENGTH;

export function isPairingMessage(message: Uint8Array): boolean {
  const type = message[0];
  return type !== undefined && type >= MESSAGE_TYPE.pairingFirst && type <= MESSAGE_TYPE.pairingLast;
}

export function isCollaborationMessage(message: Uint8Array): boolean {
  const type = message[0];
  return type !== undefined && type >= MESSAGE_TYPE.collaborationFirst && type <= MESSAGE_TYPE.collaborationLast;
}
