// A chain and its records, for the tests of this folder.
import { ascii } from 'lorica/bytes/bytes';
import { hmac } from 'lorica/primitives/hmac';
import type { ChainSeed } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';

export function seed(name = 'chain'): ChainSeed {
  return { tag: hmac(ascii(name), ascii('tag')).slice(0, 8), root: hmac(ascii(name), ascii('root')) };
}

export function plaintext(index: number): Uint8Array {
  return ascii(`record ${index}`);
}

/** The first `count` records of the chain, the plaintext of each telling its index. */
export function seal(from: ChainSeed, count: number): Uint8Array[] {
  const chain = SealingChain.start(from);
  return Array.from({ length: count }, () => sealNext(chain));
}

export function sealNext(chain: SealingChain): Uint8Array {
  if (chain.needsBlock) chain.beginBlock();
  return chain.seal(plaintext(chain.nextIndex)).record;
}

/** The first record of each of the blocks 0 to `last`. */
export function sealBlockStarts(from: ChainSeed, last: number): Uint8Array[] {
  const records: Uint8Array[] = [];
  let chain = SealingChain.start(from);
  for (let block = 0; block <= last; block++) {
    const atRest = chain.beginBlock();
    records.push(chain.seal(plaintext(block << 8)).record);
    chain = SealingChain.restore(atRest);
  }
  return records;
}

/** Restores what the chain saves. */
export function reborn(chain: OpeningChain): OpeningChain {
  const other = OpeningChain.restore(chain.save());
  if (other === undefined) throw new Error('a chain does not restore what it saved');
  return other;
}
