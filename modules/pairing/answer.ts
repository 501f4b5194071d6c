// The node's answer to the health center (protocol.md §4): which gateway it has bonded with, how, and which static key
// it has. Made under M, carried by that gateway, believed by nobody else. type 0x35 ‖ deterministic CBOR.
import { ascii, fields, wipe } from 'lorica/bytes/bytes';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { PAIRING_MODE, type PairingMode } from 'lorica/pairing/grant';
import { behindType, MAX_UINT32, PAIRING_TYPE, SERIAL_LENGTH, withType } from 'lorica/pairing/pairing-message';
import { equalConstantTime } from 'lorica/primitives/compare';
import { hmac } from 'lorica/primitives/hmac';
import { SUITES } from 'lorica/session/suites';

const MAC_LENGTH = 32;
const MAX_PUBLIC_LENGTH = 256;
const MAX_SUITE = 255;
const LABEL = ascii('lorica answer');

export interface Answer {
  /** 8 bytes */
  readonly serial: Uint8Array;
  /** whether a grant or the label opened the pairing; authentic, so the health center can rely on the report */
  readonly mode: PairingMode;
  readonly suite: number;
  readonly nodeKey: Uint8Array;
  readonly gatewayKey: Uint8Array;
  /** of the enrolment that holds on the node after the pairing, 0 for none */
  readonly version: number;
}

/** An answer as it came: the serial tells whose M proves it. */
export interface ClaimedAnswer extends Answer {
  /** 32 bytes */
  readonly mac: Uint8Array;
}

/** @param macKey M, 32 bytes. @throws RangeError for fields of a wrong length */
export function writeAnswer(answer: Answer, macKey: Uint8Array): Uint8Array {
  const { serial, mode, suite, nodeKey, gatewayKey, version } = answer;
  const length = SUITES.get(suite)?.dh.publicLength;
  if (length === undefined) throw new RangeError('no such suite');
  const writer = new Writer(700).map(7).int(1).bytes(serial, SERIAL_LENGTH, SERIAL_LENGTH);
  writer.int(2).int(mode, PAIRING_MODE.grant, PAIRING_MODE.label).int(3).int(suite);
  writer.int(4).bytes(nodeKey, length, length).int(5).bytes(gatewayKey, length, length);
  writer.int(6).int(version, 0, MAX_UINT32).int(7).bytes(mac(answer, macKey));
  return withType(PAIRING_TYPE.answer, writer.finish());
}

/** @returns what the message claims, or `undefined`; `isAuthentic` decides about the claim */
export function readAnswer(message: Uint8Array): ClaimedAnswer | undefined {
  const body = behindType(message, PAIRING_TYPE.answer);
  if (body === undefined) return undefined;
  const reader = new Reader(body);
  reader.map(7, 7);
  reader.key(1);
  const serial = reader.bytes(SERIAL_LENGTH, SERIAL_LENGTH);
  reader.key(2);
  const mode = reader.uint(PAIRING_MODE.grant, PAIRING_MODE.label) as PairingMode;
  reader.key(3);
  const suite = reader.uint(0, MAX_SUITE);
  reader.key(4);
  const nodeKey = reader.bytes(1, MAX_PUBLIC_LENGTH);
  reader.key(5);
  const gatewayKey = reader.bytes(1, MAX_PUBLIC_LENGTH);
  reader.key(6);
  const version = reader.uint(0, MAX_UINT32);
  reader.key(7);
  const code = reader.bytes(MAC_LENGTH, MAC_LENGTH);
  const dh = SUITES.get(suite)?.dh;
  if (!reader.done || dh === undefined) return undefined;
  for (const key of [nodeKey, gatewayKey]) if (key.length !== dh.publicLength) return undefined;
  return { serial, mode, suite, nodeKey, gatewayKey, version, mac: code };
}

/**
 * @param macKey M of the node with this serial, 32 bytes
 * @returns whether that node made the answer, with a key that passes the group's full test. It still has to name the
 * gateway that brought it; the key is pending until the first session with it succeeds.
 */
export function isAuthentic(answer: ClaimedAnswer, macKey: Uint8Array): boolean {
  const expected = mac(answer, macKey);
  const equal = equalConstantTime(expected, answer.mac);
  wipe(expected);
  return equal && (SUITES.get(answer.suite)?.dh.isMember?.(answer.nodeKey) ?? true);
}

function mac({ serial, mode, suite, nodeKey, gatewayKey, version }: Answer, macKey: Uint8Array): Uint8Array {
  if (macKey.length !== 32) throw new RangeError('M has 32 bytes');
  const octets = Uint8Array.of(version >>> 24, version >>> 16, version >>> 8, version);
  return hmac(macKey, fields(LABEL, serial, Uint8Array.of(mode, suite), nodeKey, gatewayKey, octets));
}
