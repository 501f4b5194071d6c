// The gateway's end of a pairing (protocol.md §4): Noise XXpsk0 under a grant or the label's key, then the node's bond.
// Bytes in, bytes out. It does not choose the node, keep times or store the bond.
import { concat, wipe } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake, type Finished, type MessageReader, type MessageWriter } from 'lorica/noise/handshake';
import { bondKeys, openBond, type BondKeys } from 'lorica/pairing/bond-keys';
import type { GrantTerms, PairingMode } from 'lorica/pairing/grant';
import {
  behindType,
  decodeBond,
  decodeOffer,
  encodeConfirm,
  encodeHeader,
  PAIRING_PATTERN,
  PAIRING_TYPE,
  pairingPrologue,
  splitRequest,
  withType,
  type Bond,
  type Confirm,
  type Offer
} from 'lorica/pairing/pairing-message';
import type { Entropy } from 'lorica/primitives/entropy';
import { suiteByNumber } from 'lorica/session/suites';

export interface PairingStart {
  readonly mode: PairingMode;
  /** the node's */
  readonly suite: number;
  /** those of the grant, or `LABEL_TERMS` */
  readonly terms: GrantTerms;
  /** the grant's key or the label's, 32 bytes; copied */
  readonly key: Uint8Array;
  /** the gateway's static keys for the node's suite */
  readonly gatewayKeys: KeyPair;
  readonly ephemeral?: KeyPair | undefined;
  readonly entropy: Entropy;
}

/** @throws RangeError for an unknown suite, terms that do not fit the mode, or keys of a wrong length */
export function startPairing(options: PairingStart): { message1: Uint8Array; next: AwaitingOffer } {
  const { mode, suite, terms, key, gatewayKeys, ephemeral, entropy } = options;
  const header = encodeHeader({ mode, suite, gatewayKey: gatewayKeys.publicKey, ...terms });
  if (splitRequest(header) === undefined) throw new RangeError('terms that do not fit the mode');
  const writer = beginHandshake({
    pattern: PAIRING_PATTERN,
    dh: suiteByNumber(suite).dh,
    role: 'initiator',
    prologue: pairingPrologue(header),
    s: gatewayKeys,
    psks: [key],
    entropy,
    fullValidation: true
  });
  const { message, next } = write<MessageReader>(writer, new Uint8Array(0), ephemeral);
  return { message1: concat(header, message), next: new AwaitingOffer(next) };
}

/** Waits for message 2. */
export class AwaitingOffer {
  readonly #reader: MessageReader;

  constructor(reader: MessageReader) {
    this.#reader = reader;
  }

  /** @returns `undefined` for a message to refuse: nothing has changed. @throws TypeError after one was accepted */
  read(message2: Uint8Array): ReceivedOffer | undefined {
    const noise = behindType(message2, PAIRING_TYPE.offer);
    const read = noise && this.#reader.read(noise);
    if (read === undefined) return undefined;
    const offer = decodeOffer(read.payload);
    if (offer !== undefined) return new ReceivedOffer(read.next as MessageWriter, offer);
    read.next.close();
    return undefined;
  }

  close(): void {
    this.#reader.close();
  }
}

/** A node that knows the key has answered. */
export class ReceivedOffer {
  readonly offer: Offer;
  /** the node's static key, fully tested; the health center holds it as pending */
  readonly nodeKey: Uint8Array;
  readonly #writer: MessageWriter;

  constructor(writer: MessageWriter, offer: Offer) {
    this.offer = offer;
    this.nodeKey = writer.remoteStatic!;
    this.#writer = writer;
  }

  /** @returns message 3, to be sent again verbatim. @throws TypeError on a second use, RangeError if it is too long */
  confirm(confirm: Confirm): { message3: Uint8Array; next: AwaitingBond } {
    const { message, next } = write<Finished>(this.#writer, encodeConfirm(confirm), undefined);
    return { message3: withType(PAIRING_TYPE.confirm, message), next: new AwaitingBond(bondKeys(next)) };
  }

  close(): void {
    this.#writer.close();
  }
}

/** Waits for message 4; the node has stored the bond when it sends it. */
export class AwaitingBond {
  #keys: BondKeys | undefined;

  constructor(keys: BondKeys) {
    this.#keys = keys;
  }

  /**
   * @returns the link key (32 bytes) and what the node hands over, or `undefined` for a message to refuse
   * @throws TypeError after one was accepted, or after `close`
   */
  read(message4: Uint8Array): ({ linkKey: Uint8Array } & Bond) | undefined {
    const keys = this.#keys;
    if (keys === undefined) throw new TypeError('this step of the pairing is over');
    const plaintext = openBond(keys.bondKey, message4);
    const bond = plaintext && decodeBond(plaintext);
    if (bond === undefined) return undefined;
    this.#keys = undefined;
    wipe(keys.bondKey);
    return { linkKey: keys.linkKey, ...bond };
  }

  close(): void {
    wipe(this.#keys?.bondKey, this.#keys?.linkKey);
    this.#keys = undefined;
  }
}

/** The gateway's own messages fail only where it made a value itself that the group refuses. */
function write<Next>(writer: MessageWriter, payload: Uint8Array, ephemeral: KeyPair | undefined) {
  const written = writer.write(payload, ephemeral);
  if (written === undefined) throw new TypeError('refused a value that was accepted before');
  return { message: written.message, next: written.next as Next };
}
