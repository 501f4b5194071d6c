// The octets of pairing: the clear header of message 1 and the CBOR inside messages 2 to 4. Encoding what must not be
// sent throws; decoding what is not the one right encoding gives `undefined`. The byte tables are in README.md.
import { ascii, concat, readUint16, readUint32 } from 'lorica/bytes/bytes';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { encodeCounter, encodeExpiry, PAIRING_MODE, type GrantTerms, type PairingMode } from 'lorica/pairing/grant';
import { SUITES } from 'lorica/session/suites';
import { MAX_MESSAGE } from 'lorica/wire/message-type';

/** first octets, from the range that `lorica/wire/message-type` sets aside */
export const PAIRING_TYPE = {
  /** gateway → node, message 1 of XXpsk0 */
  request: 0x30,
  /** node → gateway, message 2 */
  offer: 0x31,
  /** gateway → node, message 3 */
  confirm: 0x32,
  /** node → gateway, sealed under a key of the handshake */
  bond: 0x33,
  /** health center → node, see `enrolment` */
  enrolment: 0x34,
  /** node → health center, see `answer` */
  answer: 0x35
} as const;

export const PAIRING_PATTERN = 'XXpsk0';
export const SERIAL_LENGTH = 8;
export const GATEWAY_ID_LENGTH = 8;
export const IDENTITY_KEY_LENGTH = 32;
export const MAX_UINT32 = 0xffffffff;

const PROTOCOL = ascii('lorica/1');
/** type 1 ‖ mode 1 ‖ suite 1 ‖ counter 4 ‖ expiry 6, then the gateway's static key */
const FIXED_HEADER = 13;

export interface PairingHeader extends GrantTerms {
  readonly mode: PairingMode;
  readonly suite: number;
  /** the gateway's static key, which message 3 has to bear out */
  readonly gatewayKey: Uint8Array;
}

/** In message 2, sealed: who the node is. */
export interface Offer {
  /** 8 bytes */
  readonly serial: Uint8Array;
  /** of the enrolment that the node holds, 0 for none */
  readonly enrolmentVersion: number;
}

/** In message 3, sealed. */
export interface Confirm {
  /** 8 bytes: the name under which the gateway opens links */
  readonly gatewayId: Uint8Array;
  /** a message of the health center, if the gateway brings one */
  readonly enrolment?: Uint8Array | undefined;
}

/** In message 4, sealed. */
export interface Bond {
  /** 32 bytes: by it the gateway recognises the node's advertising */
  readonly identityKey: Uint8Array;
  /** a message for the health center */
  readonly answer: Uint8Array;
}

export function encodeHeader(header: PairingHeader): Uint8Array {
  const fixed = Uint8Array.of(PAIRING_TYPE.request, header.mode, header.suite);
  return concat(fixed, encodeCounter(header), encodeExpiry(header), header.gatewayKey);
}

export function pairingPrologue(header: Uint8Array): Uint8Array {
  return concat(PROTOCOL, header);
}

/** @returns the header, its octets and the Noise message behind it; the terms fit the mode */
export function splitRequest(message: Uint8Array): { header: PairingHeader; octets: Uint8Array; noise: Uint8Array } | undefined {
  if (message.length > MAX_MESSAGE || message.length < FIXED_HEADER || message[0] !== PAIRING_TYPE.request) return undefined;
  const [mode, suite] = [message[1]!, message[2]!];
  const counter = readUint32(message, 3);
  const expiryMs = readUint16(message, 7) * 0x100000000 + readUint32(message, 9);
  const end = FIXED_HEADER + (SUITES.get(suite)?.dh.publicLength ?? Infinity);
  if (message.length < end || !isMode(mode)) return undefined;
  if (mode === PAIRING_MODE.grant ? counter === 0 : counter !== 0 || expiryMs !== 0) return undefined;
  const gatewayKey = message.slice(FIXED_HEADER, end);
  return { header: { mode, suite, counter, expiryMs, gatewayKey }, octets: message.slice(0, end), noise: message.subarray(end) };
}

/** type ‖ body. @throws RangeError if that is longer than a message may be */
export function withType(type: number, body: Uint8Array): Uint8Array {
  if (body.length >= MAX_MESSAGE) throw new RangeError('too long for a message');
  return concat(Uint8Array.of(type), body);
}

/** @returns what stands behind `type`, or `undefined` for another or an oversized message */
export function behindType(message: Uint8Array, type: number): Uint8Array | undefined {
  return message.length > 1 && message.length <= MAX_MESSAGE && message[0] === type ? message.subarray(1) : undefined;
}

export function encodeOffer({ serial, enrolmentVersion }: Offer): Uint8Array {
  return new Writer().map(2).int(1).bytes(serial, SERIAL_LENGTH, SERIAL_LENGTH).int(2).int(enrolmentVersion, 0, MAX_UINT32).finish();
}

export function decodeOffer(bytes: Uint8Array): Offer | undefined {
  const reader = new Reader(bytes);
  reader.map(2, 2);
  reader.key(1);
  const serial = reader.bytes(SERIAL_LENGTH, SERIAL_LENGTH);
  reader.key(2);
  const enrolmentVersion = reader.uint(0, MAX_UINT32);
  return reader.done ? { serial, enrolmentVersion } : undefined;
}

export function encodeConfirm({ gatewayId, enrolment }: Confirm): Uint8Array {
  const writer = new Writer(64 + (enrolment?.length ?? 0)).map(enrolment === undefined ? 1 : 2);
  writer.int(1).bytes(gatewayId, GATEWAY_ID_LENGTH, GATEWAY_ID_LENGTH);
  if (enrolment !== undefined) writer.int(2).bytes(enrolment, 1, MAX_MESSAGE);
  return writer.finish();
}

export function decodeConfirm(bytes: Uint8Array): Confirm | undefined {
  const reader = new Reader(bytes);
  const entries = reader.map(1, 2);
  reader.key(1);
  const gatewayId = reader.bytes(GATEWAY_ID_LENGTH, GATEWAY_ID_LENGTH);
  if (entries === 1) return reader.done ? { gatewayId } : undefined;
  reader.key(2);
  const enrolment = reader.bytes(1, MAX_MESSAGE);
  return reader.done ? { gatewayId, enrolment } : undefined;
}

export function encodeBond({ identityKey, answer }: Bond): Uint8Array {
  const writer = new Writer(64 + answer.length).map(2).int(1).bytes(identityKey, IDENTITY_KEY_LENGTH, IDENTITY_KEY_LENGTH);
  return writer.int(2).bytes(answer, 1, MAX_MESSAGE).finish();
}

export function decodeBond(bytes: Uint8Array): Bond | undefined {
  const reader = new Reader(bytes);
  reader.map(2, 2);
  reader.key(1);
  const identityKey = reader.bytes(IDENTITY_KEY_LENGTH, IDENTITY_KEY_LENGTH);
  reader.key(2);
  const answer = reader.bytes(1, MAX_MESSAGE);
  return reader.done ? { identityKey, answer } : undefined;
}

function isMode(mode: number): mode is PairingMode {
  return mode === PAIRING_MODE.grant || mode === PAIRING_MODE.label;
}
