// The sending end of a chain of records (protocol.md §5): one key a record, none used twice, none kept. It does not
// store: before the first record of a block, `beginBlock` returns what has to be at rest, and nothing else may be.
import { concat, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { seal } from 'lorica/primitives/aead';
import type { ChainSeed } from 'lorica/session/keys';
import {
  expandBlock,
  expandRecord,
  firstChainKey,
  MAX_BLOCKS,
  messageKey,
  nextBlockKey,
  nextChainKey,
  POSITIONS,
  recordNonce
} from 'lorica/session/record-keys';
import {
  MAX_RECORD_PLAINTEXT,
  MESSAGE_TYPE,
  RECORD_HEADER,
  RECORD_INDEX_OFFSET,
  RECORD_TAG_OFFSET,
  TAG_LENGTH
} from 'lorica/wire/message-type';

/** What is at rest while a block is in use: the key of the next block alone, so a thief opens nothing of this one. */
export interface ChainAtRest {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** number of the block that `blockKey` opens */
  readonly block: number;
  /** BK of that block, 32 bytes */
  readonly blockKey: Uint8Array;
}

export class SealingChain {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** in use, or to be begun next while `#chainKey` is missing */
  #block: number;
  #position = 0;
  /** of the block to begin next; missing at the end of the chain and after `close` */
  #blockKey: Uint8Array | undefined;
  #chainKey: Uint8Array | undefined;
  readonly #header = new Uint8Array(RECORD_HEADER);

  private constructor(tag: Uint8Array, block: number, blockKey: Uint8Array) {
    if (tag.length !== TAG_LENGTH) throw new RangeError('a tag has 8 bytes');
    if (blockKey.length !== 32) throw new RangeError('a block key has 32 bytes');
    if (!Number.isInteger(block) || block < 0 || block > MAX_BLOCKS) throw new RangeError('no such block');
    this.tag = tag.slice();
    this.#block = block;
    this.#blockKey = blockKey.slice();
    this.#header[0] = MESSAGE_TYPE.record;
    this.#header.set(tag, RECORD_TAG_OFFSET);
  }

  /** A new chain. Copies the seed; the caller wipes its own. */
  static start(seed: ChainSeed): SealingChain {
    return new SealingChain(seed.tag, 0, seed.root);
  }

  /** After a reset: goes on with the block whose key was at rest. Indices between are lost and need a gap record. */
  static restore({ tag, block, blockKey }: ChainAtRest): SealingChain {
    return new SealingChain(tag, block, blockKey);
  }

  /** index of the next record: block 24 bits ‖ position 8 bits */
  get nextIndex(): number {
    return this.#block * POSITIONS + this.#position;
  }

  /** true where `beginBlock` must come before the next `seal`: at the start, after a restore, after 256 records */
  get needsBlock(): boolean {
    return this.#chainKey === undefined;
  }

  /** true when the chain has used all of its blocks, or is closed */
  get isExhausted(): boolean {
    return this.#chainKey === undefined && (this.#blockKey === undefined || this.#block >= MAX_BLOCKS);
  }

  /**
   * Begins the next block and destroys its key.
   * @returns what must be at rest, its predecessor overwritten, before the first `seal` that follows; the caller wipes
   * `blockKey` then
   * @throws TypeError if the block in use is not used up, RangeError at the end of the chain
   */
  beginBlock(): ChainAtRest {
    if (this.#chainKey !== undefined) throw new TypeError('the block in use is not used up');
    const blockKey = this.#blockKey;
    if (blockKey === undefined || this.#block >= MAX_BLOCKS) throw new RangeError('the chain is at its end');
    const expanded = expandBlock(blockKey);
    this.#blockKey = nextBlockKey(expanded);
    this.#chainKey = firstChainKey(expanded);
    wipe(expanded, blockKey);
    return { tag: this.tag.slice(), block: this.#block + 1, blockKey: this.#blockKey.slice() };
  }

  /**
   * @param plaintext 1 to 1024 bytes
   * @returns the record (29 bytes longer) and its index
   * @throws TypeError if a block must be begun first, RangeError if the plaintext is empty or too long
   */
  seal(plaintext: Uint8Array): { index: number; record: Uint8Array } {
    const chainKey = this.#chainKey;
    if (chainKey === undefined) throw new TypeError('begin a block first');
    if (plaintext.length < 1 || plaintext.length > MAX_RECORD_PLAINTEXT) throw new RangeError('no length for a record');
    const index = this.nextIndex;
    const output = expandRecord(chainKey);
    writeUint32(this.#header, RECORD_INDEX_OFFSET, index);
    const record = concat(this.#header, seal(messageKey(output), recordNonce(output), this.#header, plaintext));
    chainKey.set(nextChainKey(output));
    wipe(output);
    this.#advance(chainKey);
    return { index, record };
  }

  /** Wipes the keys. `nextIndex` still tells where the chain ended. */
  close(): void {
    wipe(this.#blockKey, this.#chainKey);
    this.#blockKey = undefined;
    this.#chainKey = undefined;
  }

  #advance(chainKey: Uint8Array): void {
    this.#position++;
    if (this.#position < POSITIONS) return;
    wipe(chainKey);
    this.#chainKey = undefined;
    this.#block++;
    this.#position = 0;
  }
}
