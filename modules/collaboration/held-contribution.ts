// What the health center holds once the shares have met the commitment: x, the receipt that proves it, and the polynomial
// by which every share of the session, early or late, is true or false. The node is provisional until message 3: only
// after that may anybody be blamed, and then the node can be the liar too.
import { wipe } from 'lorica/bytes/bytes';
import { receiptMac } from 'lorica/collaboration/commitment';
import { faultOf, MAX_CANDIDATES, type Contribution, type Helper, type Verdict } from 'lorica/collaboration/contribution';
import { interpolate } from 'lorica/collaboration/interpolation';
import type { Share } from 'lorica/collaboration/shamir';
import { equalConstantTime } from 'lorica/primitives/compare';
import type { Receipt, Sharing } from 'lorica/wire/handshake-payload';

export class HeldContribution {
  /** of the shares that gave x, ascending */
  readonly indices: readonly number[];
  /** for message 2 */
  readonly receipt: Receipt;
  readonly #x: Uint8Array;
  readonly #n: number;
  readonly #polynomial: readonly Share[];
  readonly #judged = new Map<string, Helper & { readonly isTrue: boolean }>();
  #closed = false;

  /** @param shares k of them, which meet the commitment; copied */
  constructor(sid: Uint8Array, sharing: Sharing, shares: readonly Share[]) {
    this.#n = sharing.n;
    this.#polynomial = shares.map(({ index, value }) => ({ index, value: value.slice() }));
    this.#x = interpolate(this.#polynomial, 0);
    this.indices = shares.map(({ index }) => index).sort((a, b) => a - b);
    this.receipt = { proof: { indices: this.indices, mac: receiptMac(this.#x, sid, this.indices) } };
  }

  /** 32 bytes, not a copy: `close` wipes them. @throws TypeError after that */
  get x(): Uint8Array {
    this.#mustBeOpen();
    return this.#x;
  }

  /** those whose share is on the polynomial */
  get helpers(): Helper[] {
    return this.#named(true);
  }

  /** those whose share is off it */
  get liars(): Helper[] {
    return this.#named(false);
  }

  /**
   * Judges a share that comes late; it then stands among `helpers` or `liars`.
   * @throws TypeError after `close`
   */
  judge(contribution: Contribution): Verdict {
    this.#mustBeOpen();
    const fault = faultOf(contribution, this.#n);
    if (fault !== undefined) return fault;
    const { assistant, index } = contribution;
    const isTrue = this.#isOnPolynomial(contribution);
    const known = this.#judged.get(assistant);
    // two false shares under one index may differ, but their sender is named as it is
    if (known !== undefined) return known.index === index && known.isTrue === isTrue ? 'repeated' : 'contradicted';
    if (this.#judged.size >= MAX_CANDIDATES) return 'full';
    this.#judged.set(assistant, { assistant, index, isTrue });
    return 'taken';
  }

  /** Wipes the secrets, once the session stands or is dropped; who helped and who lied can still be asked for. */
  close(): void {
    this.#closed = true;
    wipe(this.#x);
    for (const { value } of this.#polynomial) wipe(value);
  }

  #isOnPolynomial({ index, value }: Share): boolean {
    const expected = interpolate(this.#polynomial, index);
    const isTrue = equalConstantTime(expected, value);
    wipe(expected);
    return isTrue;
  }

  #named(isTrue: boolean): Helper[] {
    const named: Helper[] = [];
    for (const each of this.#judged.values()) if (each.isTrue === isTrue) named.push({ assistant: each.assistant, index: each.index });
    return named;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new TypeError('x is wiped');
  }
}
