// What must be forgotten is overwritten: memory is searched for it. The control is that what is still needed is found.
import assert from 'node:assert/strict';
import { wipe } from 'lorica/bytes/bytes';
import { assistantChains, assistantKey } from 'lorica/collaboration/assistant-chains';
import { Collection } from 'lorica/collaboration/collection';
import type { Contribution } from 'lorica/collaboration/contribution';
import { EarlyShares } from 'lorica/collaboration/early-shares';
import { beginContribution } from 'lorica/collaboration/node-contribution';
import type { Entropy } from 'lorica/primitives/entropy';
import { Memory } from '../support/memory.ts';
import { countingEntropy, deal, SID, spoiled, type Dealt } from './support.ts';

const DEALT: Dealt = deal(3, 5);
const SHARES = [1, 2, 3, 4, 5].map((index) => DEALT.honest(index).value);

/** x and the coefficients of `deal(3, 5)` */
const made = countingEntropy('3 of 5');
const DRAWN = [made(32), made(32), made(32)] as const;
const [X] = DRAWN;

/** Gives them in arrays that are recorded, as all slices of them are then. */
function entropy(): Entropy {
  let at = 0;
  return () => new Uint8Array(DRAWN[at++]!);
}

/** The same for a contribution, which its maker wipes once it is handed in. */
function handIn<T>(contribution: Contribution, take: (own: Contribution) => T): T {
  const own = { ...contribution, value: new Uint8Array(contribution.value) };
  const result = take(own);
  wipe(own.value);
  return result;
}

describe('collaboration: forgetting', () => {
  const holdsAny = (memory: Memory, secrets: readonly Uint8Array[]): boolean => secrets.some((secret) => memory.holds(secret));

  it('a node that has dealt holds x alone, and after the receipt nothing', () => {
    const memory = new Memory();
    const { shares, next } = memory.record(() => beginContribution(3, 5, entropy()).deal(SID));
    assert(!holdsAny(memory, DRAWN.slice(1)), 'coefficients');
    assert(SHARES.every((share) => memory.holds(share)) && memory.holds(X), 'the control: messages, and x');
    memory.record(() => { wipe(...shares.map(({ message }) => message)); });
    assert(!holdsAny(memory, SHARES), 'shares');
    assert(memory.holds(X), 'the control');
    memory.record(() => next.judge({}));
    assert(!memory.holds(X));
  });

  it('a node that gives x away keeps none, and one that closes keeps nothing', () => {
    const memory = new Memory();
    const collection = Collection.begin(SID, DEALT.sharing);
    const { receipt } = [1, 2, 3].map((index) => collection.add(DEALT.honest(index)).held).at(-1)!;
    const verdict = memory.record(() => {
      const { shares, next } = beginContribution(3, 5, entropy()).deal(SID);
      wipe(...shares.map(({ message }) => message));
      return next.judge(receipt);
    });
    assert(verdict.outcome === 'held' && memory.holds(X), 'the control');
    wipe(verdict.x);
    assert(!memory.holds(X));
    memory.record(() => {
      beginContribution(3, 5, entropy()).close();
      const { shares, next } = beginContribution(3, 5, entropy()).deal(SID);
      wipe(...shares.map(({ message }) => message));
      next.close();
    });
    assert(!holdsAny(memory, [...SHARES, ...DRAWN]));
  });

  it('a health center holds the shares while it collects, then x and k shares, then nothing', () => {
    const given = [DEALT.honest(5), spoiled(DEALT.honest(1), 9), DEALT.honest(2), DEALT.honest(3)];
    const memory = new Memory();
    const collection = memory.record(() => Collection.begin(SID, DEALT.sharing));
    memory.record(() => { for (const one of given.slice(0, 3)) handIn(one, (own) => collection.add(own)); });
    assert(memory.holds(given[1]!.value) && memory.holds(SHARES[1]!), 'the control');
    assert(!memory.holds(X));
    const { held } = memory.record(() => handIn(given[3]!, (own) => collection.add(own)));
    assert(held !== undefined && memory.holds(X) && memory.holds(SHARES[1]!), 'the control');
    assert(!holdsAny(memory, [given[1]!.value, SHARES[0]!, SHARES[3]!]), 'a false share, and what was interpolated');
    const late = DEALT.honest(4);
    memory.record(() => { handIn(late, (own) => held.judge(own)); held.close(); });
    assert(!holdsAny(memory, [X, ...SHARES]));
  });

  it('a collection that is given up or closed, and early shares that expire, leave nothing', () => {
    const memory = new Memory();
    const own = DEALT.honest(1);
    memory.record(() => {
      for (const end of ['giveUp', 'close'] as const) {
        const collection = Collection.begin(SID, DEALT.sharing);
        handIn(own, (copy) => collection.add(copy));
        collection[end]();
      }
    });
    assert(!memory.holds(SHARES[0]!));
    const early = memory.record(() => {
      const early = new EarlyShares();
      handIn(own, (copy) => early.put(SID, copy, 0));
      return early;
    });
    assert(memory.holds(SHARES[0]!), 'the control');
    early.expire(1e9);
    assert(!memory.holds(SHARES[0]!));
  });

  it('the keys of an assistant leave their seeds alone', () => {
    const memory = new Memory();
    const [macKey, hash] = [countingEntropy('M')(32), countingEntropy('hash')(32)];
    const key = assistantKey(macKey, hash, 1);
    const { up, down } = memory.record(() => assistantChains(assistantKey(macKey, hash, 1)));
    assert(!memory.holds(key));
    const [upRoot, downRoot] = [Buffer.from(up.root), Buffer.from(down.root)];
    assert(memory.holds(upRoot) && memory.holds(downRoot), 'the control');
    wipe(up.root, down.root);
    assert(!memory.holds(upRoot) && !memory.holds(downRoot));
  });
});
