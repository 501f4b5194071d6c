// The node's side of a collaboration (protocol.md §3): begin, deal the shares, judge the receipt; each step is an object
// of its own that can be used once and wipes itself. Sealing, sending and choosing assistants are the caller's.
import { wipe } from 'lorica/bytes/bytes';
import { commitment, receiptMac, requireSid } from 'lorica/collaboration/commitment';
import { requireCounts, SECRET_LENGTH, split, type Share } from 'lorica/collaboration/shamir';
import { encodeShareMessage } from 'lorica/collaboration/share-message';
import { equalConstantTime } from 'lorica/primitives/compare';
import type { Entropy } from 'lorica/primitives/entropy';
import { COLLABORATION_MODE, type CollaborationMode, type Receipt, type Sharing } from 'lorica/wire/handshake-payload';

/** For the assistant that the caller has chosen for `index`. */
export interface DealtShare {
  readonly index: number;
  /** plaintext of a record on that assistant's chain, 76 bytes; to be wiped once it is sealed */
  readonly message: Uint8Array;
}

export type ReceiptVerdict =
  /** x goes into `confirm`; 32 bytes, and the caller wipes them */
  | { readonly outcome: 'held'; readonly x: Uint8Array; readonly indices: readonly number[] }
  /** the health center says that it does not hold x, or says nothing */
  | { readonly outcome: 'absent' }
  /** it says that it does, and cannot prove it */
  | { readonly outcome: 'false' };

/**
 * Draws x and shares it.
 * @param k shares that suffice
 * @param n assistants in reach that get one, k ≤ n ≤ 16
 * @throws RangeError on other counts
 */
export function beginContribution(k: number, n: number, entropy: Entropy): PreparedContribution {
  requireCounts(k, n);
  const x = entropy(SECRET_LENGTH);
  if (x.length !== SECRET_LENGTH) throw new RangeError(`x has ${SECRET_LENGTH} bytes`);
  try {
    const shares = split(x, k, n, entropy);
    const points = shares.slice(0, k - 1).map(({ value }) => value);
    return new PreparedContribution(x.slice(), shares, { k, n, commitment: commitment(x, points) });
  } finally {
    wipe(x);
  }
}

/** Waits for message 1, into which `sharing` goes: its hash names the session. */
export class PreparedContribution {
  /** for `encodeMessage1` */
  readonly sharing: Sharing;
  readonly #x: Uint8Array;
  readonly #shares: readonly Share[];
  #used = false;

  constructor(x: Uint8Array, shares: readonly Share[], sharing: Sharing) {
    this.#x = x;
    this.#shares = shares;
    this.sharing = sharing;
  }

  /**
   * @param sid h after message 1, 32 bytes
   * @returns a message for each assistant, and the step that reads the receipt
   * @throws RangeError on another length, TypeError on a second use or after `close`
   */
  deal(sid: Uint8Array): { shares: DealtShare[]; next: AwaitingReceipt } {
    if (this.#used) throw new TypeError('this contribution is dealt or closed');
    requireSid(sid);
    const shares = this.#shares.map(({ index, value }) => ({ index, message: encodeShareMessage({ sid, index, value }) }));
    const next = new AwaitingReceipt(this.#x.slice(), sid.slice(), this.sharing);
    this.close();
    return { shares, next };
  }

  close(): void {
    this.#used = true;
    wipe(this.#x);
    for (const { value } of this.#shares) wipe(value);
  }
}

/** Waits for message 2. The shares have left; no copy of them is here. */
export class AwaitingReceipt {
  readonly #x: Uint8Array;
  readonly #sid: Uint8Array;
  readonly #sharing: Sharing;
  #used = false;

  constructor(x: Uint8Array, sid: Uint8Array, sharing: Sharing) {
    this.#x = x;
    this.#sid = sid;
    this.#sharing = sharing;
  }

  /**
   * @param receipt of message 2, if there is one; it comes authenticated by the handshake, so there is one to judge
   * @throws TypeError on a second use or after `close`
   */
  judge(receipt: Receipt | undefined): ReceiptVerdict {
    if (this.#used) throw new TypeError('this contribution is judged or closed');
    const proof = receipt?.proof;
    const isHeld = proof !== undefined && this.#areOwn(proof.indices) && this.#isProven(proof.indices, proof.mac);
    const x = isHeld ? this.#x.slice() : undefined;
    this.close();
    if (proof === undefined) return { outcome: 'absent' };
    return x === undefined ? { outcome: 'false' } : { outcome: 'held', x, indices: proof.indices.slice() };
  }

  close(): void {
    this.#used = true;
    wipe(this.#x);
  }

  /** k of those that were dealt, ascending */
  #areOwn(indices: readonly number[]): boolean {
    const { k, n } = this.#sharing;
    return indices.length === k && indices.every((index, i) => Number.isInteger(index) && index > (indices[i - 1] ?? 0) && index <= n);
  }

  #isProven(indices: readonly number[], mac: Uint8Array): boolean {
    const expected = receiptMac(this.#x, this.#sid, indices);
    const isEqual = equalConstantTime(expected, mac);
    wipe(expected);
    return isEqual;
  }
}

/**
 * Whether the node goes on to message 3, with x or without: otherwise `s` must not leave it. After a false receipt it
 * would be in vain, for a health center that believes to hold x computes another psk.
 */
export function mayGoOn(mode: CollaborationMode, outcome: ReceiptVerdict['outcome']): boolean {
  if (outcome === 'held') return mode !== COLLABORATION_MODE.off;
  return outcome === 'absent' && mode !== COLLABORATION_MODE.required;
}
