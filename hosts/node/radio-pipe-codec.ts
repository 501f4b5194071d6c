// The bytes of the radio pipe: GATT-level events between the process that has the radio (a ward of simulated nodes, or
// one XS node) and a gateway. A frame is its length (4 octets, big-endian, of all that follows), a type octet and a body.
// The parser is strict: whatever does not fit exactly ends the pipe. Numbers are big-endian.

import { ascii, concat, readUint16, readUint32, writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import { MAX_VALUE } from 'lorica/link/radio';

export const PIPE_VERSION = 1;
export const MAX_ADDRESS = 17;
/** Service data of extended advertising would be longer; ours is 12 octets. */
export const MAX_PIPE_SERVICE_DATA = 31;
/** The longest body is that of a value: type 1, connection 4, value. */
export const MAX_FRAME = 1 + 4 + MAX_VALUE;

/** Towards the radio: 1–15. From the radio: 16 and up. `id` names a connection; the gateway chooses it, rising. */
const TYPE = {
  hello: 1, scan: 2, connect: 3, write: 4, close: 5,
  welcome: 16, advertisement: 17, connected: 18, failed: 19, written: 20, notification: 21, disconnected: 22,
} as const;

export type ToRadio =
  | { readonly type: 'hello'; readonly version: number }
  | { readonly type: 'scan' }
  | { readonly type: 'connect'; readonly id: number; readonly address: string }
  | { readonly type: 'write'; readonly id: number; readonly value: Uint8Array }
  | { readonly type: 'close'; readonly id: number };

export type FromRadio =
  | { readonly type: 'welcome'; readonly version: number }
  | { readonly type: 'advertisement'; readonly rssi: number; readonly address: string; readonly serviceData: Uint8Array }
  | { readonly type: 'connected'; readonly id: number; readonly maximumValue: number; readonly rssi: number }
  | { readonly type: 'failed'; readonly id: number }
  | { readonly type: 'written'; readonly id: number; readonly ok: boolean }
  | { readonly type: 'notification'; readonly id: number; readonly value: Uint8Array }
  | { readonly type: 'disconnected'; readonly id: number };

export type PipeMessage = ToRadio | FromRadio;

/** @returns the whole frame. @throws RangeError for a value or an address beyond its bound */
export function encodePipe(message: PipeMessage): Uint8Array {
  const body = encodeBody(message);
  if (1 + body.length > MAX_FRAME) throw new RangeError('a pipe frame has at most MAX_FRAME octets');
  const head = new Uint8Array(5);
  writeUint32(head, 0, 1 + body.length);
  head[4] = TYPE[message.type];
  return concat(head, body);
}

function encodeBody(message: PipeMessage): Uint8Array {
  switch (message.type) {
    case 'hello':
    case 'welcome':
      return Uint8Array.of(message.version);
    case 'scan':
      return new Uint8Array(0);
    case 'connect':
      return concat(number(message.id), checkedAddress(message.address));
    case 'write':
    case 'notification':
      return concat(number(message.id), message.value);
    case 'advertisement': {
      const address = checkedAddress(message.address);
      if (message.serviceData.length > MAX_PIPE_SERVICE_DATA) throw new RangeError('too much service data');
      return concat(Uint8Array.of(message.rssi & 0xff, address.length), address, message.serviceData);
    }
    case 'connected': {
      const body = concat(number(message.id), new Uint8Array(3));
      writeUint16(body, 4, message.maximumValue);
      body[6] = message.rssi & 0xff;
      return body;
    }
    case 'written':
      return concat(number(message.id), Uint8Array.of(message.ok ? 1 : 0));
    case 'close':
    case 'failed':
    case 'disconnected':
      return number(message.id);
  }
}

function number(value: number): Uint8Array {
  const out = new Uint8Array(4);
  writeUint32(out, 0, value);
  return out;
}

function checkedAddress(address: string): Uint8Array {
  if (!isAddress(address)) throw new RangeError('an address is 1 to 17 hexadecimal digits and colons');
  return ascii(address);
}

function isAddress(text: string): boolean {
  return text.length <= MAX_ADDRESS && /^[0-9a-f][0-9a-f:]*$/.test(text);
}

/** @param frame all after the length. @returns `undefined` for anything but a frame that `encodePipe` makes */
export function decodePipe(frame: Uint8Array): PipeMessage | undefined {
  const body = frame.subarray(1);
  switch (frame[0]) {
    case TYPE.hello:
      return body.length === 1 ? { type: 'hello', version: body[0]! } : undefined;
    case TYPE.welcome:
      return body.length === 1 ? { type: 'welcome', version: body[0]! } : undefined;
    case TYPE.scan:
      return body.length === 0 ? { type: 'scan' } : undefined;
    case TYPE.advertisement:
      return decodeAdvertisement(body);
    default:
      return body.length < 4 ? undefined : decodeOfConnection(frame[0]!, readUint32(body, 0), body.subarray(4));
  }
}

function decodeAdvertisement(body: Uint8Array): FromRadio | undefined {
  if (body.length < 2) return undefined;
  const address = decodeAddress(body.subarray(2, 2 + body[1]!));
  const serviceData = body.slice(2 + body[1]!);
  if (address === undefined || address.length !== body[1] || serviceData.length > MAX_PIPE_SERVICE_DATA) return undefined;
  return { type: 'advertisement', rssi: signed(body[0]!), address, serviceData };
}

function decodeOfConnection(type: number, id: number, rest: Uint8Array): PipeMessage | undefined {
  switch (type) {
    case TYPE.connect: {
      const address = decodeAddress(rest);
      return address === undefined ? undefined : { type: 'connect', id, address };
    }
    case TYPE.write:
      return rest.length > MAX_VALUE ? undefined : { type: 'write', id, value: rest.slice() };
    case TYPE.notification:
      return rest.length > MAX_VALUE ? undefined : { type: 'notification', id, value: rest.slice() };
    case TYPE.connected:
      return rest.length === 3 && readUint16(rest, 0) <= MAX_VALUE ? { type: 'connected', id, maximumValue: readUint16(rest, 0), rssi: signed(rest[2]!) } : undefined;
    case TYPE.written:
      return rest.length === 1 && rest[0]! <= 1 ? { type: 'written', id, ok: rest[0] === 1 } : undefined;
    case TYPE.close:
      return rest.length === 0 ? { type: 'close', id } : undefined;
    case TYPE.failed:
      return rest.length === 0 ? { type: 'failed', id } : undefined;
    case TYPE.disconnected:
      return rest.length === 0 ? { type: 'disconnected', id } : undefined;
    default:
      return undefined;
  }
}

function decodeAddress(octets: Uint8Array): string | undefined {
  const text = String.fromCharCode(...octets.subarray(0, MAX_ADDRESS + 1));
  return isAddress(text) ? text : undefined;
}

function signed(octet: number): number {
  return (octet << 24) >> 24;
}

/** Cuts a stream of bytes into frames. Once it has refused, it refuses for ever. */
export class PipeParser {
  #rest = new Uint8Array(0);
  #refused = false;

  /** @returns the messages that are complete now, or `undefined` when the stream is none of ours */
  push(chunk: Uint8Array): PipeMessage[] | undefined {
    if (this.#refused) return undefined;
    // A plain array over the same bytes: slices of a Buffer would share its memory.
    const fresh = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    const bytes = this.#rest.length === 0 ? fresh : concat(this.#rest, fresh);
    const messages: PipeMessage[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = readUint32(bytes, at);
      if (length < 1 || length > MAX_FRAME) return this.#refuse();
      if (bytes.length - at - 4 < length) break;
      const message = decodePipe(bytes.subarray(at + 4, at + 4 + length));
      if (message === undefined) return this.#refuse();
      messages.push(message);
      at += 4 + length;
    }
    this.#rest = bytes.slice(at);
    return messages;
  }

  #refuse(): undefined {
    this.#refused = true;
    this.#rest = new Uint8Array(0);
    return undefined;
  }
}
