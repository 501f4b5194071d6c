// What handshake messages carry inside (modules/wire/lorica.cddl, section 2), sealed by Noise. Encoding what must not be
// sent throws; decoding what is not the one right encoding gives `undefined`.
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { readChains } from 'lorica/reading/decode';
import { writeChains } from 'lorica/reading/encode';
import { MAX_FIRMWARE_LENGTH, MAX_TICK, MAX_UINT32, type ChainEnd } from 'lorica/reading/reading';

export const COLLABORATION_MODE = { off: 0, preferred: 1, required: 2 } as const;
export type CollaborationMode = (typeof COLLABORATION_MODE)[keyof typeof COLLABORATION_MODE];

/** shares of one contribution */
export const MAX_SHARES = 16;
/** a share's index is its x in GF(2⁸) */
export const MAX_SHARE_INDEX = 255;
/** octets of a commitment and of a receipt's MAC */
export const HASH_LENGTH = 32;

export interface Message1 {
  readonly mode: CollaborationMode;
  /** there with mode `required`, never with `off` */
  readonly sharing?: Sharing | undefined;
}

export interface Sharing {
  /** shares that suffice, 1…n */
  readonly k: number;
  /** shares that were sent out, ≤ MAX_SHARES */
  readonly n: number;
  /** 32 bytes */
  readonly commitment: Uint8Array;
}

export interface Message2 {
  /** the health center's time, ms since 1970-01-01T00:00Z */
  readonly timeMs: number;
  readonly receipt?: Receipt | undefined;
}

export interface Receipt {
  /** there when the health center holds x */
  readonly proof?: ReceiptProof | undefined;
}

export interface ReceiptProof {
  /** of the shares that gave x, ascending, 1…255 */
  readonly indices: readonly number[];
  /** 32 bytes */
  readonly mac: Uint8Array;
}

export interface Message3 {
  /** at most 32 octets of UTF-8 */
  readonly firmware: string;
  readonly enrolmentVersion: number;
  readonly chains: readonly ChainEnd[];
  readonly round: Round;
}

/** The exchange of messages 1 and 2 in the node's time. */
export interface Round {
  readonly boot: number;
  readonly sentTick: number;
  /** ≥ sentTick */
  readonly receivedTick: number;
}

export interface ResumeReply {
  /** the health center's time, ms since 1970-01-01T00:00Z */
  readonly timeMs: number;
}

/** @throws RangeError on fields that do not fit the mode or their bounds */
export function encodeMessage1(payload: Message1): Uint8Array {
  const { mode, sharing } = payload;
  if (sharing === undefined) return new Writer().map(1).int(1).int(mode, COLLABORATION_MODE.off, COLLABORATION_MODE.preferred).finish();
  return new Writer()
    .map(4)
    .int(1)
    .int(mode, COLLABORATION_MODE.preferred, COLLABORATION_MODE.required)
    .int(2)
    .int(sharing.k, 1, MAX_SHARES)
    .int(3)
    .int(sharing.n, sharing.k, MAX_SHARES)
    .int(4)
    .bytes(sharing.commitment, HASH_LENGTH, HASH_LENGTH)
    .finish();
}

export function decodeMessage1(bytes: Uint8Array): Message1 | undefined {
  const reader = new Reader(bytes);
  const entries = reader.map(1, 4);
  reader.key(1);
  const mode = reader.uint(COLLABORATION_MODE.off, COLLABORATION_MODE.required) as CollaborationMode;
  if (entries === 1) return reader.done && mode !== COLLABORATION_MODE.required ? { mode } : undefined;
  reader.key(2);
  const k = reader.uint(1, MAX_SHARES);
  reader.key(3);
  const n = reader.uint(k, MAX_SHARES);
  reader.key(4);
  const commitment = reader.bytes(HASH_LENGTH, HASH_LENGTH);
  const right = reader.done && entries === 4 && mode !== COLLABORATION_MODE.off;
  return right ? { mode, sharing: { k, n, commitment } } : undefined;
}

/** @throws RangeError on fields beyond their bounds, or indices that do not ascend */
export function encodeMessage2(payload: Message2): Uint8Array {
  const { timeMs, receipt } = payload;
  const writer = new Writer(128).map(receipt === undefined ? 1 : 2).int(1).int(timeMs, 0, MAX_TICK);
  if (receipt !== undefined) writeReceipt(writer.int(2), receipt.proof);
  return writer.finish();
}

export function decodeMessage2(bytes: Uint8Array): Message2 | undefined {
  const reader = new Reader(bytes);
  const entries = reader.map(1, 2);
  reader.key(1);
  const timeMs = reader.uint(0, MAX_TICK);
  if (entries === 1) return reader.done ? { timeMs } : undefined;
  reader.key(2);
  const receipt = readReceipt(reader);
  return reader.done ? { timeMs, receipt } : undefined;
}

/** @throws RangeError on fields beyond their bounds */
export function encodeMessage3(payload: Message3): Uint8Array {
  const { firmware, enrolmentVersion, chains, round } = payload;
  const writer = new Writer(128)
    .map(4)
    .int(1)
    .text(firmware, 0, MAX_FIRMWARE_LENGTH)
    .int(2)
    .int(enrolmentVersion, 0, MAX_UINT32)
    .int(3);
  writeChains(writer, chains);
  return writer
    .int(4)
    .array(3)
    .int(round.boot, 0, MAX_UINT32)
    .int(round.sentTick, 0, MAX_TICK)
    .int(round.receivedTick, round.sentTick, MAX_TICK)
    .finish();
}

export function decodeMessage3(bytes: Uint8Array): Message3 | undefined {
  const reader = new Reader(bytes);
  reader.map(4, 4);
  reader.key(1);
  const firmware = reader.text(0, MAX_FIRMWARE_LENGTH);
  reader.key(2);
  const enrolmentVersion = reader.uint(0, MAX_UINT32);
  reader.key(3);
  const chains = readChains(reader);
  reader.key(4);
  reader.array(3, 3);
  const boot = reader.uint(0, MAX_UINT32);
  const sentTick = reader.uint(0, MAX_TICK);
  const receivedTick = reader.uint(sentTick, MAX_TICK);
  if (!reader.done) return undefined;
  return { firmware, enrolmentVersion, chains, round: { boot, sentTick, receivedTick } };
}

export function encodeResumeReply(payload: ResumeReply): Uint8Array {
  return new Writer().map(1).int(1).int(payload.timeMs, 0, MAX_TICK).finish();
}

export function decodeResumeReply(bytes: Uint8Array): ResumeReply | undefined {
  const reader = new Reader(bytes);
  reader.map(1, 1);
  reader.key(1);
  const timeMs = reader.uint(0, MAX_TICK);
  return reader.done ? { timeMs } : undefined;
}

function writeReceipt(writer: Writer, proof: ReceiptProof | undefined): void {
  writer.map(proof === undefined ? 1 : 3).int(1).boolean(proof !== undefined);
  if (proof === undefined) return;
  const { indices, mac } = proof;
  if (indices.length < 1 || indices.length > MAX_SHARES) throw new RangeError('no indices, or too many');
  writer.int(2).array(indices.length);
  let last = 0;
  for (const index of indices) {
    writer.int(index, last + 1, MAX_SHARE_INDEX);
    last = index;
  }
  writer.int(3).bytes(mac, HASH_LENGTH, HASH_LENGTH);
}

function readReceipt(reader: Reader): Receipt {
  const entries = reader.map(1, 3);
  reader.key(1);
  const held = reader.boolean();
  if (entries !== (held ? 3 : 1)) reader.fail();
  if (!held) return {};
  reader.key(2);
  const count = reader.array(1, MAX_SHARES);
  const indices: number[] = [];
  let last = 0;
  for (let i = 0; i < count; i++) {
    last = reader.uint(last + 1, MAX_SHARE_INDEX);
    indices.push(last);
  }
  reader.key(3);
  return { proof: { indices, mac: reader.bytes(HASH_LENGTH, HASH_LENGTH) } };
}
