// Sealed frames (modules/wire/lorica.cddl, section 5, "link-frame"): several messages under one authentication tag, with
// a counter that only rises. A lost frame leaves a gap, which is allowed; a frame that comes again or late is refused.
import { fields, readUint16, readUint32, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import { MAX_ENVELOPE_MESSAGES, MAX_MESSAGE, MESSAGE_TYPE, SEAL_LENGTH } from 'lorica/wire/message-type';

export const FRAME_HEADER = 5;
export const FRAME_OVERHEAD = FRAME_HEADER + SEAL_LENGTH;
/** octets of plaintext: one message of the greatest length behind its own */
export const MAX_FRAME_PLAINTEXT = 2 + MAX_MESSAGE;
export const MAX_FRAME_MESSAGES = MAX_ENVELOPE_MESSAGES;
export const MAX_COUNTER = 0xffffffff;

const COUNTER_OFFSET = 1;
const NONCE_LENGTH = 12;
const NONCE_COUNTER_OFFSET = 8;

export class FrameSealer {
  #key: Uint8Array;
  #next: number;

  /** @param key 32 bytes, of this direction and connection alone; the sealer owns it. @param first the first counter */
  constructor(key: Uint8Array, first = 0) {
    this.#key = key;
    this.#next = first;
  }

  /** @returns the frame, or `undefined` when the counter is used up: then the connection has to end */
  seal(messages: readonly Uint8Array[]): Uint8Array | undefined {
    const plaintext = fields(...messages);
    if (messages.length < 1 || messages.length > MAX_FRAME_MESSAGES) throw new RangeError('no message, or too many');
    if (plaintext.length > MAX_FRAME_PLAINTEXT) throw new RangeError('messages too long for a frame');
    if (this.#next > MAX_COUNTER) return undefined;
    const header = new Uint8Array(FRAME_HEADER);
    header[0] = MESSAGE_TYPE.linkFrame;
    writeUint32(header, COUNTER_OFFSET, this.#next);
    const sealed = seal(this.#key, nonceFor(this.#next++), header, plaintext);
    const frame = new Uint8Array(FRAME_HEADER + sealed.length);
    frame.set(header);
    frame.set(sealed, FRAME_HEADER);
    return frame;
  }

  close(): void {
    wipe(this.#key);
    this.#next = MAX_COUNTER + 1;
  }
}

export class FrameOpener {
  #key: Uint8Array;
  #last = -1;
  #closed = false;

  /** @param key 32 bytes, of this direction and connection alone; the opener owns it */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** @returns the messages, or `undefined` for a frame that is altered, comes again, or comes behind a later one */
  open(frame: Uint8Array): Uint8Array[] | undefined {
    if (this.#closed || frame.length < FRAME_OVERHEAD || frame[0] !== MESSAGE_TYPE.linkFrame) return undefined;
    const counter = readUint32(frame, COUNTER_OFFSET);
    if (counter <= this.#last) return undefined;
    const header = frame.subarray(0, FRAME_HEADER);
    const plaintext = open(this.#key, nonceFor(counter), header, frame.subarray(FRAME_HEADER));
    if (plaintext === undefined) return undefined;
    this.#last = counter;
    return splitFields(plaintext);
  }

  close(): void {
    wipe(this.#key);
    this.#closed = true;
  }
}

function nonceFor(counter: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_LENGTH);
  writeUint32(nonce, NONCE_COUNTER_OFFSET, counter);
  return nonce;
}

function splitFields(plaintext: Uint8Array): Uint8Array[] | undefined {
  const messages: Uint8Array[] = [];
  let at = 0;
  while (at < plaintext.length) {
    if (at + 2 > plaintext.length || messages.length === MAX_FRAME_MESSAGES) return undefined;
    const length = readUint16(plaintext, at);
    at += 2;
    if (length < 1 || length > MAX_MESSAGE || at + length > plaintext.length) return undefined;
    messages.push(plaintext.slice(at, at + length));
    at += length;
  }
  return messages.length > 0 ? messages : undefined;
}
