// One block of a chain at its receiver: which of its 256 positions are settled (received or skipped), and the one chain
// key that still opens the others, at the lowest position that is missing. Private to `lorica/session/opening-chain`.
import { wipe } from 'lorica/bytes/bytes';
import { expandRecord, nextChainKey, POSITIONS } from 'lorica/session/record-keys';

const KEY_OFFSET = 1;
const SETTLED_OFFSET = 33;
/** position 1 ‖ CK 32 ‖ settled 32 */
export const SAVED_BLOCK_LENGTH = 65;

export class ReceivedBlock {
  /** lowest position not settled; 256 once there is none */
  #lowest = 0;
  /** CK at `#lowest` */
  readonly #key: Uint8Array;
  /** bit p, the lowest of an octet first */
  readonly #settled: Uint8Array;
  #count = 0;
  /** CK after the highest record opened so far: only a short cut, so that one loss does not make all that follow dear */
  #front = 0;
  #frontKey: Uint8Array | undefined;

  /** @param chainKey CK_0 of the block, taken over and not copied */
  constructor(chainKey: Uint8Array, settled = new Uint8Array(POSITIONS / 8)) {
    this.#key = chainKey;
    this.#settled = settled;
  }

  /** @returns `undefined` for bytes that `save` does not write */
  static restore(saved: Uint8Array): ReceivedBlock | undefined {
    if (saved.length !== SAVED_BLOCK_LENGTH) return undefined;
    const block = new ReceivedBlock(saved.slice(KEY_OFFSET, SETTLED_OFFSET), saved.slice(SETTLED_OFFSET));
    for (let position = 0; position < POSITIONS; position++) if (block.isSettled(position)) block.#count++;
    while (block.#lowest < POSITIONS && block.isSettled(block.#lowest)) block.#lowest++;
    if (!block.isComplete && block.#lowest === saved[0]) return block;
    block.wipe();
    return undefined;
  }

  save(into: Uint8Array, offset: number): void {
    into[offset] = this.#lowest;
    into.set(this.#key, offset + KEY_OFFSET);
    into.set(this.#settled, offset + SETTLED_OFFSET);
  }

  get lowest(): number {
    return this.#lowest;
  }

  get isComplete(): boolean {
    return this.#count === POSITIONS;
  }

  /** one more than the highest settled position, 0 if there is none */
  get reach(): number {
    let position = POSITIONS;
    while (position > 0 && !this.isSettled(position - 1)) position--;
    return position;
  }

  isSettled(position: number): boolean {
    return (this.#settled[position >>> 3]! & (1 << (position & 7))) !== 0;
  }

  /** @returns MK ‖ nonce ‖ CK for a position that is not settled; changes nothing; the caller wipes it */
  keysAt(position: number): Uint8Array {
    const short = this.#frontKey !== undefined && this.#front <= position;
    let at = short ? this.#front : this.#lowest;
    let output = expandRecord(short ? this.#frontKey! : this.#key);
    for (; at < position; at++) {
      const next = expandRecord(nextChainKey(output));
      wipe(output);
      output = next;
    }
    return output;
  }

  /** The record at `position` has opened. @param output what `keysAt(position)` returned */
  accept(position: number, output: Uint8Array): void {
    this.#settle(position);
    if (position === this.#lowest) {
      this.#key.set(nextChainKey(output));
      this.#lowest++;
      this.#catchUp();
    } else if (position >= this.#front && position + 1 < POSITIONS) {
      wipe(this.#frontKey);
      this.#front = position + 1;
      this.#frontKey = nextChainKey(output).slice();
    }
  }

  /** Positions `first` to `last` will not come. */
  skip(first: number, last: number): void {
    for (let position = first; position <= last; position++) this.#settle(position);
    this.#catchUp();
  }

  wipe(): void {
    wipe(this.#key, this.#frontKey);
    this.#frontKey = undefined;
  }

  #settle(position: number): void {
    if (this.isSettled(position)) return;
    this.#settled[position >>> 3]! |= 1 << (position & 7);
    this.#count++;
  }

  /** Moves on to the next position that is missing, and forgets the keys on the way. */
  #catchUp(): void {
    if (this.isComplete) {
      this.#lowest = POSITIONS;
      this.wipe();
      return;
    }
    while (this.isSettled(this.#lowest)) {
      const output = expandRecord(this.#key);
      this.#key.set(nextChainKey(output));
      wipe(output);
      this.#lowest++;
    }
    if (this.#frontKey !== undefined && this.#lowest >= this.#front) {
      wipe(this.#frontKey);
      this.#frontKey = undefined;
    }
  }
}
