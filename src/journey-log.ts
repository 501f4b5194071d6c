// What is known of each chain on its way: how far it was sent, what was acknowledged last, what was explained as gone.
// Memory only: after a reset it is learnt again.
import { isSameTag } from 'lorica/node/tags';
import { MAX_CHAINS } from 'lorica/reading/reading';
import type { Acknowledgement } from 'lorica/session/acknowledgement';

export interface ChainJourney {
  /** 8 bytes, shared by all who keep it */
  readonly tag: Uint8Array;
  acknowledgement: Acknowledgement | undefined;
  /** highest index that was sent, −1 for none */
  highestSent: number;
  /** highest index that was explained as gone, −1 for none */
  explained: number;
}

export class JourneyLog {
  /** least recently made first, at most MAX_CHAINS */
  readonly #chains: ChainJourney[] = [];

  chain(tag: Uint8Array): ChainJourney {
    for (const chain of this.#chains) if (isSameTag(chain.tag, tag)) return chain;
    const chain: ChainJourney = { tag: tag.slice(), acknowledgement: undefined, highestSent: -1, explained: -1 };
    if (this.#chains.length >= MAX_CHAINS) this.#chains.shift();
    this.#chains.push(chain);
    return chain;
  }

  /** An acknowledgement that was overtaken by a later one says less and is not kept. */
  noteAcknowledgement(acknowledgement: Acknowledgement): void {
    const chain = this.chain(acknowledgement.tag);
    if (chain.acknowledgement === undefined || acknowledgement.next >= chain.acknowledgement.next) chain.acknowledgement = acknowledgement;
  }

  forgetAcknowledgements(): void {
    for (const chain of this.#chains) chain.acknowledgement = undefined;
  }
}
