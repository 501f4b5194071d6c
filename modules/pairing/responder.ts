// The node's end of a pairing (protocol.md §4). Whatever is refused is refused in silence. The window that a press of
// the button opens, the number of attempts in it, and the atomic storing of the bond are the firmware's.
import { wipe } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake, type Finished, type MessageReader, type MessageWriter } from 'lorica/noise/handshake';
import { bondKeys, sealBond, type BondKeys } from 'lorica/pairing/bond-keys';
import { grantKey, labelKey, PAIRING_MODE } from 'lorica/pairing/grant';
import {
  behindType,
  decodeConfirm,
  encodeBond,
  encodeOffer,
  PAIRING_PATTERN,
  PAIRING_TYPE,
  pairingPrologue,
  splitRequest,
  withType,
  type Bond,
  type Confirm,
  type Offer,
  type PairingHeader
} from 'lorica/pairing/pairing-message';
import type { Entropy } from 'lorica/primitives/entropy';
import { suiteByNumber } from 'lorica/session/suites';

export interface PairableNode {
  /** pinned: a request for another is refused */
  readonly suite: number;
  /** 32 bytes, as on the label */
  readonly pairingSecret: Uint8Array;
  readonly staticKeys: KeyPair;
  /** of the last grant that led to a bond, 0 at first; stored with the bond */
  readonly lastCounter: number;
  /** ms since 1970-01-01T00:00Z, if the node has the time */
  readonly nowMs?: number | undefined;
  readonly entropy: Entropy;
}

/**
 * Reads message 1. Its tag is checked before anything is evaluated; only who holds the grant, or the label, passes.
 * @returns `undefined` for a message to refuse: another suite, a counter not above the last, an expired grant, forged
 */
export function readRequest(message: Uint8Array, node: PairableNode): ReceivedRequest | undefined {
  const request = splitRequest(message);
  if (request === undefined || !isPermitted(request.header, node)) return undefined;
  const key = psk(request.header, node);
  const reader = beginHandshake({
    pattern: PAIRING_PATTERN,
    dh: suiteByNumber(node.suite).dh,
    role: 'responder',
    prologue: pairingPrologue(request.octets),
    s: node.staticKeys,
    psks: [key],
    entropy: node.entropy,
    fullValidation: true,
    expectedStatic: request.header.gatewayKey
  });
  wipe(key);
  const read = reader.read(request.noise);
  if (read !== undefined && read.payload.length === 0) return new ReceivedRequest(read.next as MessageWriter, request.header);
  read?.next.close();
  reader.close();
  return undefined;
}

/** Message 1 has been read; it can be a replay. */
export class ReceivedRequest {
  /** mode, suite, terms and the gateway's static key */
  readonly header: PairingHeader;
  readonly #writer: MessageWriter;

  constructor(writer: MessageWriter, header: PairingHeader) {
    this.header = header;
    this.#writer = writer;
  }

  /**
   * Three evaluations. @returns message 2, to be sent again verbatim, and the step that reads message 3
   * @throws TypeError on a second use
   */
  reply(offer: Offer, ephemeral?: KeyPair): { message2: Uint8Array; next: AwaitingConfirm } {
    const written = this.#writer.write(encodeOffer(offer), ephemeral);
    // The gateway's ephemeral has passed the full test, which takes less than any evaluation does.
    if (written === undefined) throw new TypeError('refused a value that was accepted before');
    const next = new AwaitingConfirm(written.next as MessageReader, this.header);
    return { message2: withType(PAIRING_TYPE.offer, written.message), next };
  }

  close(): void {
    this.#writer.close();
  }
}

/** Waits for message 3. */
export class AwaitingConfirm {
  readonly #reader: MessageReader;
  readonly #header: PairingHeader;

  constructor(reader: MessageReader, header: PairingHeader) {
    this.#reader = reader;
    this.#header = header;
  }

  /**
   * @param now the last counter and the time once more: another pairing may have ended meanwhile
   * @returns `undefined` for a message to refuse, of any static key but the one in message 1 among others: nothing has
   * changed, and the true one may still come
   * @throws TypeError after a message has been accepted
   */
  read(message3: Uint8Array, now: Pick<PairableNode, 'lastCounter' | 'nowMs'>): Paired | undefined {
    const noise = behindType(message3, PAIRING_TYPE.confirm);
    if (noise === undefined || !isCurrent(this.#header, now)) return undefined;
    const read = this.#reader.read(noise);
    const confirm = read && decodeConfirm(read.payload);
    if (confirm !== undefined) return new Paired(this.#header, confirm, bondKeys(read!.next as Finished));
    read?.next.close();
    return undefined;
  }

  close(): void {
    this.#reader.close();
  }
}

/**
 * The gateway is the one that the grant names. Now store, in one step: gateway id and link key, the counter (in grant
 * mode), and the enrolment that came along if `readEnrolment` accepts it; then seal the bond.
 */
export class Paired {
  readonly header: PairingHeader;
  readonly confirm: Confirm;
  readonly #keys: BondKeys;
  #over = false;

  constructor(header: PairingHeader, confirm: Confirm, keys: BondKeys) {
    this.header = header;
    this.confirm = confirm;
    this.#keys = keys;
  }

  /** L, 32 bytes, a copy. @throws TypeError once the step is over */
  get linkKey(): Uint8Array {
    this.#mustNotBeOver();
    return this.#keys.linkKey.slice();
  }

  /** @returns message 4, to be sent again verbatim. @throws TypeError on a second use */
  seal(bond: Bond): Uint8Array {
    this.#mustNotBeOver();
    const message4 = sealBond(this.#keys.bondKey, encodeBond(bond));
    this.close();
    return message4;
  }

  close(): void {
    this.#over = true;
    wipe(this.#keys.bondKey, this.#keys.linkKey);
  }

  #mustNotBeOver(): void {
    if (this.#over) throw new TypeError('this step of the pairing is over');
  }
}

function isPermitted(header: PairingHeader, node: PairableNode): boolean {
  return header.suite === node.suite && isCurrent(header, node);
}

/** The label's key has neither count nor end. */
function isCurrent({ mode, counter, expiryMs }: PairingHeader, now: Pick<PairableNode, 'lastCounter' | 'nowMs'>): boolean {
  if (mode === PAIRING_MODE.label) return true;
  return counter > now.lastCounter && (now.nowMs === undefined || now.nowMs <= expiryMs);
}

function psk(header: PairingHeader, { pairingSecret }: PairableNode): Uint8Array {
  const { mode, gatewayKey } = header;
  return mode === PAIRING_MODE.label ? labelKey(pairingSecret, gatewayKey) : grantKey(pairingSecret, gatewayKey, header);
}
