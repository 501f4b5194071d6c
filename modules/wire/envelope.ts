// What a gateway and the health center send each other over MQTT (modules/wire/lorica.cddl, section 6): messages of one
// node, under the gateway's own name for its link to it. The envelope is not sealed; TLS and the broker's permissions
// say which gateway it is from.
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { MAX_ENVELOPE_MESSAGES, MAX_MESSAGE } from 'lorica/wire/message-type';

export const MAX_HANDLE = 16;
/** dBm */
export const MIN_RSSI = -127;
export const MAX_RSSI = 20;
/** octets: head, handle, messages, signal strength */
export const MAX_ENVELOPE = 1 + (1 + 1 + MAX_HANDLE) + (1 + 2 + MAX_ENVELOPE_MESSAGES * (3 + MAX_MESSAGE)) + (1 + 2);

export interface Envelope {
  /** 1…16 bytes: the gateway's name for its link to a node */
  readonly handle: Uint8Array;
  /** 1…64 messages of 1…4096 bytes */
  readonly messages: readonly Uint8Array[];
  /** received signal strength, dBm, −127…20 */
  readonly rssi?: number | undefined;
}

/** @throws RangeError on a field beyond its bounds */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  const { handle, messages, rssi } = envelope;
  if (messages.length < 1 || messages.length > MAX_ENVELOPE_MESSAGES) throw new RangeError('no message, or too many');
  let expected = 32;
  for (const message of messages) expected += 3 + message.length;
  const writer = new Writer(expected).map(rssi === undefined ? 2 : 3).int(1).bytes(handle, 1, MAX_HANDLE);
  writer.int(2).array(messages.length);
  for (const message of messages) writer.bytes(message, 1, MAX_MESSAGE);
  if (rssi !== undefined) writer.int(3).int(rssi, MIN_RSSI, MAX_RSSI);
  return writer.finish();
}

/** @returns the envelope with its parts copied, or `undefined` for anything but the one right encoding of one */
export function decodeEnvelope(bytes: Uint8Array): Envelope | undefined {
  if (bytes.length > MAX_ENVELOPE) return undefined;
  const reader = new Reader(bytes);
  const entries = reader.map(2, 3);
  reader.key(1);
  const handle = reader.bytes(1, MAX_HANDLE);
  reader.key(2);
  const messages: Uint8Array[] = [];
  const count = reader.array(1, MAX_ENVELOPE_MESSAGES);
  for (let i = 0; i < count && !reader.failed; i++) messages.push(reader.bytes(1, MAX_MESSAGE));
  if (entries === 2) return reader.done ? { handle, messages } : undefined;
  reader.key(3);
  const rssi = reader.int(MIN_RSSI, MAX_RSSI);
  return reader.done ? { handle, messages, rssi } : undefined;
}
