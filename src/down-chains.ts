// What comes down from the health center is opened here. Down chains live in memory only: after a reset the node makes a
// new session before it obeys anything. The chain before the newest stays readable until the newest one is in use.
import { hasTag } from 'lorica/node/tags';
import { MAX_BLOCKS_AHEAD, type OpeningChain } from 'lorica/session/opening-chain';
import { POSITIONS } from 'lorica/session/record-keys';

/** blocks behind the newest in which a late record is still taken; what is missing in older ones never comes */
export const BLOCKS_KEPT = Math.min(4, MAX_BLOCKS_AHEAD);

interface DownChain {
  readonly chain: OpeningChain;
  /** the health center's time less the node's ticks */
  readonly offsetMs: number;
  lastBlock: number;
}

export class DownChains {
  /** newest first, at most two */
  #chains: DownChain[] = [];

  get isOpen(): boolean {
    return this.#chains.length > 0;
  }

  /** the health center's time at a tick, about, ms since 1970-01-01T00:00Z; `undefined` without a session */
  timeAt(tick: number): number | undefined {
    const newest = this.#chains[0];
    return newest === undefined ? undefined : newest.offsetMs + tick;
  }

  add(chain: OpeningChain, offsetMs: number): void {
    this.#chains.unshift({ chain, offsetMs, lastBlock: 0 });
    this.#keep(2);
  }

  knows(record: Uint8Array): boolean {
    return this.#chains.some(({ chain }) => hasTag(record, chain.tag));
  }

  /** @returns the plaintext, or `undefined` for a record of another chain, one seen before, or one that does not open */
  open(record: Uint8Array): Uint8Array | undefined {
    for (let i = 0; i < this.#chains.length; i++) {
      const down = this.#chains[i]!;
      const opened = down.chain.open(record);
      if (opened === 'duplicate') return undefined;
      if (opened === undefined) continue;
      if (i === 0) this.#keep(1);
      forgetOld(down, opened.index);
      return opened.plaintext;
    }
    return undefined;
  }

  close(): void {
    this.#keep(0);
  }

  #keep(count: number): void {
    for (const { chain } of this.#chains.slice(count)) chain.close();
    this.#chains = this.#chains.slice(0, count);
  }
}

/** Records that were lost on the way would else keep their blocks, and at last the window, for ever. */
function forgetOld(down: DownChain, index: number): void {
  const block = Math.floor(index / POSITIONS);
  if (block <= down.lastBlock) return;
  down.lastBlock = block;
  if (block >= BLOCKS_KEPT) down.chain.skip(0, (block - BLOCKS_KEPT + 1) * POSITIONS - 1);
}
