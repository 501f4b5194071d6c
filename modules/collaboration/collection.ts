// The health center's side of a collaboration (protocol.md §3): collect shares until k of them meet the commitment, then
// answer with a receipt and judge all the others. Signatures, epochs, delegations and times are the caller's.
import { equal, wipe } from 'lorica/bytes/bytes';
import { commitment, requireSid } from 'lorica/collaboration/commitment';
import { faultOf, MAX_CANDIDATES, type Contribution, type Verdict } from 'lorica/collaboration/contribution';
import { HeldContribution } from 'lorica/collaboration/held-contribution';
import { interpolate } from 'lorica/collaboration/interpolation';
import { requireCounts, type Share } from 'lorica/collaboration/shamir';
import { equalConstantTime } from 'lorica/primitives/compare';
import { HASH_LENGTH, type Receipt, type Sharing } from 'lorica/wire/handshake-payload';

/** 16 choose 8: what MAX_CANDIDATES can need at most */
export const MAX_SUBSETS = 12_870;

export class Collection {
  readonly #sid: Uint8Array;
  readonly #sharing: Sharing;
  readonly #maxSubsets: number;
  readonly #candidates: Contribution[] = [];
  #tried = 0;
  #used = false;

  private constructor(sid: Uint8Array, sharing: Sharing, maxSubsets: number) {
    this.#sid = sid;
    this.#sharing = sharing;
    this.#maxSubsets = maxSubsets;
  }

  /**
   * @param sid h after message 1, 32 bytes
   * @param sharing as message 1 bears it
   * @param maxSubsets that are put to the test, 1…12870; fewer make a collection cheaper, and can miss x where
   * assistants lie
   * @throws RangeError on lengths and counts that `decodeMessage1` does not give
   */
  static begin(sid: Uint8Array, sharing: Sharing, maxSubsets = MAX_SUBSETS): Collection {
    requireSid(sid);
    requireCounts(sharing.k, sharing.n);
    if (sharing.commitment.length !== HASH_LENGTH) throw new RangeError('a commitment has 32 bytes');
    if (!(maxSubsets >= 1 && maxSubsets <= MAX_SUBSETS)) throw new RangeError('no such bound on subsets');
    return new Collection(sid.slice(), { ...sharing, commitment: sharing.commitment.slice() }, maxSubsets);
  }

  /** subsets of k shares that were put to the test */
  get tried(): number {
    return this.#tried;
  }

  /** true where the bound on subsets is met: no further share is looked at */
  get isExhausted(): boolean {
    return this.#tried >= this.#maxSubsets;
  }

  /**
   * Takes a share of an assistant that may act for the node in question, and looks for x with it: among all subsets of k
   * that it is in, and so, over all calls, among each subset once.
   * @param contribution copied
   * @returns `held` as soon as x is known; this collection is used up then
   * @throws TypeError when it is used up
   */
  add(contribution: Contribution): { verdict: Verdict; held?: HeldContribution } {
    this.#mustBeOpen();
    const verdict = this.#verdictOn(contribution);
    if (verdict !== 'taken') return { verdict };
    const newest = { ...contribution, value: contribution.value.slice() };
    const found = this.#extend([newest], 0);
    this.#candidates.push(newest);
    if (found === undefined) return { verdict };
    const held = new HeldContribution(this.#sid, this.#sharing, found);
    for (const candidate of this.#candidates) held.judge(candidate);
    this.close();
    return { verdict, held };
  }

  /** When the time is up. @returns the receipt for message 2, which says that x is not held */
  giveUp(): Receipt {
    this.#mustBeOpen();
    this.close();
    return {};
  }

  close(): void {
    this.#used = true;
    for (const { value } of this.#candidates) wipe(value);
    this.#candidates.length = 0;
  }

  #verdictOn(contribution: Contribution): Verdict {
    const fault = faultOf(contribution, this.#sharing.n);
    if (fault !== undefined) return fault;
    const { assistant, index, value } = contribution;
    const known = this.#candidates.find((other) => other.assistant === assistant);
    if (known !== undefined) return known.index === index && equal(known.value, value) ? 'repeated' : 'contradicted';
    return this.#candidates.length < MAX_CANDIDATES ? 'taken' : 'full';
  }

  /** @returns k shares that meet the commitment: those chosen, and others from `from` on */
  #extend(chosen: Contribution[], from: number): Contribution[] | undefined {
    if (chosen.length === this.#sharing.k) return this.#meetsCommitment(chosen) ? chosen : undefined;
    for (let i = from; i < this.#candidates.length; i++) {
      const next = this.#candidates[i]!;
      // two assistants can claim one index; only one of them has it from the node
      if (chosen.some(({ index }) => index === next.index)) continue;
      chosen.push(next);
      const found = this.#extend(chosen, i + 1);
      if (found !== undefined) return found;
      chosen.pop();
    }
    return undefined;
  }

  #meetsCommitment(shares: readonly Contribution[]): boolean {
    if (this.isExhausted) return false;
    this.#tried++;
    return equalConstantTime(commitmentOf(shares), this.#sharing.commitment);
  }

  #mustBeOpen(): void {
    if (this.#used) throw new TypeError('this collection has ended');
  }
}

/** The commitment of a node whose polynomial is the one through these k shares. */
function commitmentOf(shares: readonly Share[]): Uint8Array {
  const x = interpolate(shares, 0);
  const points: Uint8Array[] = [];
  for (let at = 1; at < shares.length; at++) {
    points.push(shares.find(({ index }) => index === at)?.value.slice() ?? interpolate(shares, at));
  }
  const made = commitment(x, points);
  wipe(x, ...points);
  return made;
}
