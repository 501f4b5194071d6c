// The receiving end of a chain of records (protocol.md §5). Records come in any order and more than once; a record
// that does not open changes nothing. It does not store: `save` goes into the transaction that stores the records.
import { readUint16, readUint32, wipe, writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import { open } from 'lorica/primitives/aead';
import { MAX_BITMAP, type Acknowledgement } from 'lorica/session/acknowledgement';
import type { ChainSeed } from 'lorica/session/keys';
import { ReceivedBlock, SAVED_BLOCK_LENGTH } from 'lorica/session/received-block';
import { expandBlock, firstChainKey, MAX_BLOCKS, messageKey, nextBlockKey, POSITIONS, recordNonce } from 'lorica/session/record-keys';
import {
  MAX_RECORD, MESSAGE_TYPE, RECORD_HEADER, RECORD_INDEX_OFFSET, RECORD_TAG_OFFSET, SEAL_LENGTH, TAG_LENGTH
} from 'lorica/wire/message-type';

/** blocks beyond the lowest one that still misses something: bounds what is kept, and what a forged index can cost */
export const MAX_BLOCKS_AHEAD = 1024;
/** indices of a chain, and so the highest value that `finish` takes; one block short of 2^32, so it fits a uint32 */
export const MAX_INDICES = MAX_BLOCKS * POSITIONS;

const SAVED_VERSION = 1;
const TAG_AT = 1;
const END_KNOWN_AT = 9;
const END_AT = 10;
const NEXT_BLOCK_AT = 14;
const BLOCK_KEY_AT = 18;
const COUNT_AT = 50;
const BLOCKS_AT = 52;
const SAVED_ENTRY_LENGTH = 4 + SAVED_BLOCK_LENGTH;

export interface OpenedRecord {
  readonly index: number;
  readonly plaintext: Uint8Array;
}

export class OpeningChain {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** blocks that were reached and still miss something, rising */
  readonly #blocks = new Map<number, ReceivedBlock>();
  #nextBlock: number;
  /** BK of `#nextBlock`; zeros once nothing beyond can come */
  #blockKey: Uint8Array;
  /** index after the last one, if known */
  #end: number | undefined;
  #closed = false;

  private constructor(tag: Uint8Array, nextBlock: number, blockKey: Uint8Array) {
    if (tag.length !== TAG_LENGTH) throw new RangeError('a tag has 8 bytes');
    if (blockKey.length !== 32) throw new RangeError('a block key has 32 bytes');
    this.tag = tag.slice();
    this.#nextBlock = nextBlock;
    this.#blockKey = blockKey.slice();
  }

  /** A new chain. Copies the seed; the caller wipes its own. */
  static start(seed: ChainSeed): OpeningChain {
    return new OpeningChain(seed.tag, 0, seed.root);
  }

  /** true once every index up to the end given to `finish` was received or skipped; no key is left then */
  get isComplete(): boolean {
    return this.#end !== undefined && this.#lowest() >= this.#end;
  }

  /** the index after the last one, where `finish` has said so */
  get end(): number | undefined {
    return this.#end;
  }

  /**
   * @param record as it came: version 1 ‖ tag 8 ‖ index 4 ‖ ciphertext and 16 bytes of tag
   * @returns `'duplicate'` for an index that is settled already (unread, so it proves nothing: acknowledge again and
   * drop it), `undefined` for what does not open or lies too far ahead; only an opened record changes the state
   * @throws TypeError after `close`
   */
  open(record: Uint8Array): OpenedRecord | 'duplicate' | undefined {
    this.#mustBeOpen();
    const index = this.#indexOf(record);
    if (index === undefined || index >= (this.#end ?? MAX_INDICES)) return undefined;
    const number = index >>> 8;
    if (number >= this.#nextBlock) return this.#openAhead(record, index, number);
    const block = this.#blocks.get(number);
    if (block === undefined || block.isSettled(index & 0xff)) return 'duplicate';
    const plaintext = openAt(block, index & 0xff, record);
    if (plaintext === undefined) return undefined;
    if (block.isComplete) this.#blocks.delete(number);
    return { index, plaintext };
  }

  /**
   * The sender says, authenticated, that these indices will not come (a gap record). Doing it again changes nothing.
   * @returns false, and nothing has changed, if `last` lies too far ahead or beyond the end to be true
   * @throws RangeError if `first` and `last` are no indices in order
   */
  skip(first: number, last: number): boolean {
    this.#mustBeOpen();
    if (!isIndex(first) || !isIndex(last) || first > last) throw new RangeError('no range of indices');
    const lastBlock = last >>> 8;
    if (!this.#isWithinReach(lastBlock) || last >= (this.#end ?? MAX_INDICES)) return false;
    if (lastBlock >= this.#nextBlock) this.#goOn(this.#derive(lastBlock));
    // Blocks below the lowest unfinished one are settled: a range that begins far below costs nothing.
    for (let number = Math.max(first >>> 8, Math.floor(this.#lowest() / POSITIONS)); number <= lastBlock; number++) {
      const low = number === first >>> 8 ? first & 0xff : 0;
      const high = number === lastBlock ? last & 0xff : POSITIONS - 1;
      this.#skipIn(number, low, high);
    }
    return true;
  }

  /**
   * The sender says, authenticated, that the chain ends before `next`. Saying it again changes nothing.
   * @returns false, and nothing has changed, if that contradicts what was received or said before
   * @throws RangeError if `next` is neither an index nor the number of them
   */
  finish(next: number): boolean {
    this.#mustBeOpen();
    if (next !== MAX_INDICES && !isIndex(next)) throw new RangeError('no index');
    if (this.#end !== undefined) return next === this.#end;
    if (next < this.reach) return false;
    this.#end = next;
    this.#forgetBeyondEnd();
    return true;
  }

  /** one more than the highest settled index: where it is above `acknowledgement().next`, something is missing */
  get reach(): number {
    const last = this.#blocks.get(this.#nextBlock - 1);
    return last === undefined ? this.#nextBlock * POSITIONS : (this.#nextBlock - 1) * POSITIONS + last.reach;
  }

  /** @returns whether an index was received or skipped */
  isSettled(index: number): boolean {
    const number = index >>> 8;
    return number < this.#nextBlock && this.#blocks.get(number)?.isSettled(index & 0xff) !== false;
  }

  acknowledgement(): Acknowledgement {
    const end = this.#end ?? MAX_INDICES;
    const next = Math.min(this.#lowest(), end);
    const known = Math.min(this.reach, end) - next - 1;
    if (known <= 0) return { tag: this.tag, next, bitmap: new Uint8Array(0) };
    const bitmap = new Uint8Array(Math.min(MAX_BITMAP, Math.ceil(known / 8)));
    for (let bit = 0; bit < Math.min(known, bitmap.length * 8); bit++) {
      if (this.isSettled(next + 1 + bit)) bitmap[bit >>> 3]! |= 1 << (bit & 7);
    }
    let length = bitmap.length;
    while (length > 0 && bitmap[length - 1] === 0) length--;
    return { tag: this.tag, next, bitmap: bitmap.subarray(0, length) };
  }

  /** @returns the whole state with its keys, in the layout of README.md: store it sealed */
  save(): Uint8Array {
    this.#mustBeOpen();
    const saved = new Uint8Array(BLOCKS_AT + this.#blocks.size * SAVED_ENTRY_LENGTH);
    saved[0] = SAVED_VERSION;
    saved.set(this.tag, TAG_AT);
    saved[END_KNOWN_AT] = this.#end === undefined ? 0 : 1;
    writeUint32(saved, END_AT, this.#end ?? 0);
    writeUint32(saved, NEXT_BLOCK_AT, this.#nextBlock);
    saved.set(this.#blockKey, BLOCK_KEY_AT);
    writeUint16(saved, COUNT_AT, this.#blocks.size);
    let offset = BLOCKS_AT;
    for (const [number, block] of this.#blocks) {
      writeUint32(saved, offset, number);
      block.save(saved, offset + 4);
      offset += SAVED_ENTRY_LENGTH;
    }
    return saved;
  }

  /** @returns `undefined` for bytes that `save` does not write */
  static restore(saved: Uint8Array): OpeningChain | undefined {
    if (saved.length < BLOCKS_AT || saved[0] !== SAVED_VERSION || saved[END_KNOWN_AT]! > 1) return undefined;
    const count = readUint16(saved, COUNT_AT);
    const nextBlock = readUint32(saved, NEXT_BLOCK_AT);
    if (nextBlock > MAX_BLOCKS || saved.length !== BLOCKS_AT + count * SAVED_ENTRY_LENGTH) return undefined;
    const tag = saved.subarray(TAG_AT, TAG_AT + TAG_LENGTH);
    const chain = new OpeningChain(tag, nextBlock, saved.subarray(BLOCK_KEY_AT, BLOCK_KEY_AT + 32));
    if (chain.#restoreBlocks(saved, count) && chain.#restoreEnd(saved)) return chain;
    chain.close();
    return undefined;
  }

  /** Wipes the keys; what is known of the indices can still be asked for, nothing else. */
  close(): void {
    this.#closed = true;
    wipe(this.#blockKey);
    for (const block of this.#blocks.values()) block.wipe();
  }

  /** Zeros are keys that anybody knows. */
  #mustBeOpen(): void {
    if (this.#closed) throw new TypeError('this chain is closed');
  }

  #indexOf(record: Uint8Array): number | undefined {
    if (record.length <= RECORD_HEADER + SEAL_LENGTH || record.length > MAX_RECORD) return undefined;
    if (record[0] !== MESSAGE_TYPE.record) return undefined;
    for (let i = 0; i < TAG_LENGTH; i++) if (record[RECORD_TAG_OFFSET + i] !== this.tag[i]) return undefined;
    return readUint32(record, RECORD_INDEX_OFFSET);
  }

  #openAhead(record: Uint8Array, index: number, number: number): OpenedRecord | undefined {
    if (!this.#isWithinReach(number)) return undefined;
    const ahead = this.#derive(number);
    const plaintext = openAt(ahead.blocks.at(-1)!, index & 0xff, record);
    if (plaintext === undefined) {
      wipe(ahead.blockKey);
      for (const block of ahead.blocks) block.wipe();
      return undefined;
    }
    this.#goOn(ahead);
    return { index, plaintext };
  }

  #isWithinReach(block: number): boolean {
    return block - Math.floor(this.#lowest() / POSITIONS) <= MAX_BLOCKS_AHEAD;
  }

  /** The blocks from the next one to `last`, and the key after them, without a change of state. */
  #derive(last: number): Ahead {
    const blocks: ReceivedBlock[] = [];
    let blockKey: Uint8Array = this.#blockKey.slice();
    for (let number = this.#nextBlock; number <= last; number++) {
      const expanded = expandBlock(blockKey);
      wipe(blockKey);
      blockKey = nextBlockKey(expanded);
      blocks.push(new ReceivedBlock(firstChainKey(expanded)));
      wipe(expanded);
    }
    return { blocks, blockKey };
  }

  #goOn({ blocks, blockKey }: Ahead): void {
    for (const block of blocks) this.#blocks.set(this.#nextBlock++, block);
    wipe(this.#blockKey);
    this.#blockKey = blockKey;
    this.#forgetBeyondEnd();
  }

  /** No key is kept for indices that cannot come. */
  #forgetBeyondEnd(): void {
    const end = this.#end;
    if (end === undefined) return;
    this.#skipIn(Math.floor(end / POSITIONS), end % POSITIONS, POSITIONS - 1);
    if (this.#nextBlock * POSITIONS >= end) wipe(this.#blockKey);
  }

  #skipIn(number: number, first: number, last: number): void {
    const block = this.#blocks.get(number);
    block?.skip(first, last);
    if (block?.isComplete === true) this.#blocks.delete(number);
  }

  /** lowest index that is not settled */
  #lowest(): number {
    for (const [number, block] of this.#blocks) return number * POSITIONS + block.lowest;
    return this.#nextBlock * POSITIONS;
  }

  #restoreBlocks(saved: Uint8Array, count: number): boolean {
    let previous = -1;
    for (let offset = BLOCKS_AT; offset < BLOCKS_AT + count * SAVED_ENTRY_LENGTH; offset += SAVED_ENTRY_LENGTH) {
      const number = readUint32(saved, offset);
      const block = ReceivedBlock.restore(saved.subarray(offset + 4, offset + SAVED_ENTRY_LENGTH));
      if (block === undefined || number <= previous || number >= this.#nextBlock) return false;
      this.#blocks.set(number, block);
      previous = number;
    }
    return this.#nextBlock - 1 - Math.floor(this.#lowest() / POSITIONS) <= MAX_BLOCKS_AHEAD;
  }

  #restoreEnd(saved: Uint8Array): boolean {
    const end = readUint32(saved, END_AT);
    if (saved[END_KNOWN_AT] === 0) return end === 0;
    if (end > MAX_INDICES || end <= (this.#nextBlock - 1) * POSITIONS) return false;
    this.#end = end;
    this.#forgetBeyondEnd();
    return true;
  }
}

interface Ahead {
  readonly blocks: readonly ReceivedBlock[];
  readonly blockKey: Uint8Array;
}

/** Opens the record at a position that is not settled; settles it if that succeeds. */
function openAt(block: ReceivedBlock, position: number, record: Uint8Array): Uint8Array | undefined {
  const output = block.keysAt(position);
  const header = record.subarray(0, RECORD_HEADER);
  const plaintext = open(messageKey(output), recordNonce(output), header, record.subarray(RECORD_HEADER));
  if (plaintext !== undefined) block.accept(position, output);
  wipe(output);
  return plaintext;
}

function isIndex(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < MAX_INDICES;
}
