// Cuts link messages into GATT values and puts them together again (modules/wire/lorica.cddl, section 5, "fragment").
// A fragment that is lost, doubled or out of order costs the message it belongs to and nothing else. Nothing here is
// authenticated; what the fragments make up is (lorica/link/frame, or Noise while pairing).
import { readUint16, writeUint16 } from 'lorica/bytes/bytes';
import { MIN_VALUE } from 'lorica/link/radio';

/** a frame with one message of MAX_MESSAGE octets: 5 + 2 + 4096 + 16 */
export const MAX_LINK_MESSAGE = 4119;
/** start bit and sequence number; a first fragment has the total length behind it */
export const FRAGMENT_HEADER = 1;
export const FIRST_FRAGMENT_HEADER = 3;
/** sequence numbers count modulo this */
export const SEQUENCES = 128;

const START = 0x80;

/**
 * @param message 1…MAX_LINK_MESSAGE bytes
 * @param maximumValue most bytes of one GATT value, ≥ 20
 * @param sequence number of the first fragment; a connection goes on counting from message to message
 * @returns the fragments in the order in which they are to be written
 */
export function cut(message: Uint8Array, maximumValue: number, sequence = 0): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  for (let offset = 0; offset < message.length || fragments.length === 0; ) {
    const fragment = cutOne(message, offset, maximumValue, sequence++);
    offset += fragment.length - (offset === 0 ? FIRST_FRAGMENT_HEADER : FRAGMENT_HEADER);
    fragments.push(fragment);
  }
  return fragments;
}

/** @returns the one fragment of `message` that begins at `offset` */
export function cutOne(message: Uint8Array, offset: number, maximumValue: number, sequence: number): Uint8Array {
  if (message.length < 1 || message.length > MAX_LINK_MESSAGE) throw new RangeError('link message empty or too long');
  if (!(maximumValue >= MIN_VALUE)) throw new RangeError('GATT value too short');
  const header = offset === 0 ? FIRST_FRAGMENT_HEADER : FRAGMENT_HEADER;
  const end = Math.min(message.length, offset + maximumValue - header);
  const fragment = new Uint8Array(header + end - offset);
  fragment[0] = sequence % SEQUENCES | (offset === 0 ? START : 0);
  if (offset === 0) writeUint16(fragment, 1, message.length);
  fragment.set(message.subarray(offset, end), header);
  return fragment;
}

export class Reassembler {
  #message: Uint8Array | undefined;
  #filled = 0;
  #expected = 0;
  #refused = 0;
  #abandoned = 0;

  /** fragments that fitted nowhere */
  get refused(): number {
    return this.#refused;
  }

  /** messages that were begun and not ended */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** @returns the message that this fragment completes, if it does. Holds at most MAX_LINK_MESSAGE bytes. */
  push(fragment: Uint8Array): Uint8Array | undefined {
    const first = fragment[0];
    if (first === undefined) return this.#refuse();
    const starts = (first & START) !== 0;
    const sequence = first % SEQUENCES;
    if (starts) {
      this.#abandon();
      if (!this.#begin(fragment)) return this.#refuse();
    } else if (this.#message === undefined || sequence !== this.#expected) {
      this.#abandon();
      return this.#refuse();
    }
    const body = fragment.subarray(starts ? FIRST_FRAGMENT_HEADER : FRAGMENT_HEADER);
    const message = this.#message!;
    if (body.length === 0 || body.length > message.length - this.#filled) {
      this.#abandon();
      return this.#refuse();
    }
    message.set(body, this.#filled);
    this.#filled += body.length;
    this.#expected = (sequence + 1) % SEQUENCES;
    if (this.#filled < message.length) return undefined;
    this.#message = undefined;
    return message;
  }

  #begin(fragment: Uint8Array): boolean {
    if (fragment.length < FIRST_FRAGMENT_HEADER) return false;
    const length = readUint16(fragment, 1);
    if (length < 1 || length > MAX_LINK_MESSAGE) return false;
    this.#message = new Uint8Array(length);
    this.#filled = 0;
    return true;
  }

  #abandon(): void {
    if (this.#message !== undefined) this.#abandoned++;
    this.#message = undefined;
  }

  #refuse(): undefined {
    this.#refused++;
    return undefined;
  }
}
