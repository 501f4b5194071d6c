// What a node tells an assistant: the plaintext of a record on their chain, in deterministic CBOR. Encoding what must
// not be sent throws; decoding what is not the one right encoding gives `undefined`. The commitment is not in it: with
// the shares alone, fewer than k assistants know nothing about x, however much they compute.
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { SECRET_LENGTH, type Share } from 'lorica/collaboration/shamir';
import { MAX_SHARES } from 'lorica/wire/handshake-payload';

/** key 0, apart from the kinds of readings and commands */
export const SHARE_KIND = 64;
export const SHARE_MESSAGE_LENGTH = 76;
const SID_LENGTH = 32;

export interface ShareMessage extends Share {
  /** h after message 1, 32 bytes */
  readonly sid: Uint8Array;
}

/** @returns 76 bytes, to be wiped once they are sealed. @throws RangeError on fields beyond their bounds */
export function encodeShareMessage({ sid, index, value }: ShareMessage): Uint8Array {
  return new Writer(SHARE_MESSAGE_LENGTH + 8)
    .map(4)
    .int(0)
    .int(SHARE_KIND)
    .int(1)
    .bytes(sid, SID_LENGTH, SID_LENGTH)
    .int(2)
    .int(index, 1, MAX_SHARES)
    .int(3)
    .bytes(value, SECRET_LENGTH, SECRET_LENGTH)
    .finish();
}

export function decodeShareMessage(bytes: Uint8Array): ShareMessage | undefined {
  const reader = new Reader(bytes);
  reader.map(4, 4);
  reader.key(0);
  reader.uint(SHARE_KIND, SHARE_KIND);
  reader.key(1);
  const sid = reader.bytes(SID_LENGTH, SID_LENGTH);
  reader.key(2);
  const index = reader.uint(1, MAX_SHARES);
  reader.key(3);
  const value = reader.bytes(SECRET_LENGTH, SECRET_LENGTH);
  if (reader.done) return { sid, index, value };
  value.fill(0);
  return undefined;
}
