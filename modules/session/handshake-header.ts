// The octets in front of the Noise messages of a session, and the prologues that bind them (protocol.md §2). The byte
// tables are in `modules/wire/lorica.cddl`. It judges form only: lengths and types.
import { ascii, concat } from 'lorica/bytes/bytes';
import { KEY_ID_LENGTH, RESUME_ID_LENGTH, SESSION_ID_LENGTH } from 'lorica/session/keys';
import { MAX_MESSAGE, MESSAGE_TYPE } from 'lorica/wire/message-type';

const PROTOCOL = ascii('lorica/1');

/** the patterns of protocol.md §2; suites differ in the group alone */
export const SESSION_PATTERN = 'XKpsk3';
export const RESUMPTION_PATTERN = 'NNpsk0';

/** type 1 ‖ suite 1 ‖ health-center key id 8 */
export function handshakeHeader(suite: number, keyId: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(MESSAGE_TYPE.handshake1, suite), keyId);
}

/** type 1 ‖ suite 1 ‖ resume id 16 */
export function resumptionHeader(suite: number, resumeId: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(MESSAGE_TYPE.resume1, suite), resumeId);
}

export function prologue(header: Uint8Array): Uint8Array {
  return concat(PROTOCOL, header);
}

/** type 1 ‖ id ‖ noise */
export function withId(type: number, id: Uint8Array, noise: Uint8Array): Uint8Array {
  return bounded(concat(Uint8Array.of(type), id, noise));
}

/** header ‖ noise */
export function withHeader(header: Uint8Array, noise: Uint8Array): Uint8Array {
  return bounded(concat(header, noise));
}

/** @returns suite, key id, header and Noise message of a message 1, or `undefined` */
export function readHandshakeHeader(message: Uint8Array): FirstMessage | undefined {
  return splitFirst(message, MESSAGE_TYPE.handshake1, KEY_ID_LENGTH);
}

/** @returns suite, resume id, header and Noise message of a resumption, or `undefined` */
export function readResumptionHeader(message: Uint8Array): FirstMessage | undefined {
  return splitFirst(message, MESSAGE_TYPE.resume1, RESUME_ID_LENGTH);
}

export interface FirstMessage {
  readonly suite: number;
  readonly id: Uint8Array;
  readonly header: Uint8Array;
  readonly noise: Uint8Array;
}

/**
 * The id that routes a message 2 or 3 to its handshake.
 * @returns 8 bytes (handshake) or 16 (resumption), or `undefined` for any other message
 */
export function handshakeId(message: Uint8Array): Uint8Array | undefined {
  const type = message[0];
  const length = type === MESSAGE_TYPE.resume2 ? RESUME_ID_LENGTH : SESSION_ID_LENGTH;
  if (type !== MESSAGE_TYPE.resume2 && type !== MESSAGE_TYPE.handshake2 && type !== MESSAGE_TYPE.handshake3) {
    return undefined;
  }
  return message.length > length ? message.slice(1, 1 + length) : undefined;
}

/** @returns the Noise message behind `type` and `id`, or `undefined` if the message bears others or is too long */
export function noiseBehind(message: Uint8Array, type: number, id: Uint8Array): Uint8Array | undefined {
  if (message.length > MAX_MESSAGE || message.length <= id.length || message[0] !== type) return undefined;
  for (let i = 0; i < id.length; i++) if (message[1 + i] !== id[i]) return undefined;
  return message.subarray(1 + id.length);
}

function splitFirst(message: Uint8Array, type: number, idLength: number): FirstMessage | undefined {
  const end = 2 + idLength;
  if (message.length < end || message.length > MAX_MESSAGE || message[0] !== type) return undefined;
  return {
    suite: message[1]!,
    id: message.slice(2, end),
    header: message.slice(0, end),
    noise: message.subarray(end)
  };
}

function bounded(message: Uint8Array): Uint8Array {
  if (message.length > MAX_MESSAGE) throw new RangeError('payload too long for a message');
  return message;
}
