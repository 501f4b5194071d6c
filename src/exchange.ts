// One handshake in progress, full or a resumption: the message to say (again, verbatim), and what its answer leads to.
// It holds no timer and stores nothing.
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Enrolment } from 'lorica/node/provisioning';
import { hasTag } from 'lorica/node/tags';
import type { Entropy } from 'lorica/primitives/entropy';
import type { ChainEnd } from 'lorica/reading/reading';
import { startHandshake, startResumption, type AwaitingReply, type AwaitingResumption, type Confirmation } from 'lorica/session/initiator';
import { wipeSessionKeys, type Resumption, type SessionKeys } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import {
  COLLABORATION_MODE, decodeMessage2, decodeResumeReply, encodeMessage1, encodeMessage3
} from 'lorica/wire/handshake-payload';

export interface Established {
  readonly keys: SessionKeys;
  readonly down: OpeningChain;
  /** the health center's time when it answered, ms since 1970-01-01T00:00Z */
  readonly timeMs: number;
  /** ticks: when the question was first said, when the answer came */
  readonly sentTick: number;
  readonly receivedTick: number;
  /** 1 full: the health center knows the times from message 3; 2 resumption: it does not */
  readonly kind: ExchangeKind;
}

export type ExchangeKind = 1 | 2;

/** refused: not the answer, which may still come. failed: nothing can come any more. */
export type ReadResult = 'refused' | 'failed' | 'continue' | 'established';

export interface Exchange {
  readonly kind: ExchangeKind;
  readonly message: Uint8Array;
  /** there once the keys are */
  readonly established: Established | undefined;
  readonly isCollaborationRefused: boolean;
  /** The message was said. */
  noteSent(tick: number): void;
  read(message: Uint8Array, tick: number): ReadResult;
  /** @returns whether a record bears the tag of the new session's down chain */
  knows(record: Uint8Array): boolean;
  /** @returns the plaintext of a record under the new session: it is in force then; `undefined` for any other record */
  confirm(record: Uint8Array): Uint8Array | undefined;
  close(): void;
}

export interface FullHandshakeOptions {
  readonly enrolment: Enrolment;
  readonly entropy: Entropy;
  readonly ephemeral: KeyPair | undefined;
  readonly boot: number;
  readonly firmware: string;
  /** asked for when message 3 is made */
  readonly chains: () => readonly ChainEnd[];
}

/** XKpsk3. Message 3 counts when the health center has spoken under the new session. */
export class FullHandshake implements Exchange {
  readonly kind = 1;
  readonly #options: FullHandshakeOptions;
  #message: Uint8Array;
  #next: AwaitingReply | undefined;
  #sentTick: number | undefined;
  #established: Established | undefined;
  #isRefused = false;

  constructor(options: FullHandshakeOptions) {
    this.#options = options;
    const { enrolment, entropy, ephemeral } = options;
    const { suite, healthCenterKey, staticKeys, enrolmentPsk, collaboration } = enrolment;
    const payload = encodeMessage1({ mode: collaboration.mode });
    const begun = startHandshake({ suite, healthCenterKey, staticKeys, enrolmentPsk, mode: collaboration.mode, payload, ephemeral, entropy });
    this.#message = begun.message1;
    this.#next = begun.next;
  }

  get message(): Uint8Array {
    return this.#message;
  }

  get established(): Established | undefined {
    return this.#established;
  }

  get isCollaborationRefused(): boolean {
    return this.#isRefused;
  }

  noteSent(tick: number): void {
    this.#sentTick ??= tick;
  }

  read(message: Uint8Array, tick: number): ReadResult {
    const confirmation = this.#next?.read(message);
    if (confirmation === undefined) return this.#next?.isExhausted === true ? 'failed' : 'refused';
    this.#next = undefined;
    const payload = decodeMessage2(confirmation.payload);
    if (payload === undefined) {
      confirmation.close();
      return 'failed';
    }
    this.#isRefused = this.#options.enrolment.collaboration.mode === COLLABORATION_MODE.preferred;
    this.#confirm(confirmation, payload.timeMs, tick);
    return 'continue';
  }

  knows(record: Uint8Array): boolean {
    return this.#established !== undefined && hasTag(record, this.#established.down.tag);
  }

  confirm(record: Uint8Array): Uint8Array | undefined {
    const opened = this.#established?.down.open(record);
    return opened === undefined || opened === 'duplicate' ? undefined : opened.plaintext;
  }

  close(): void {
    this.#next?.close();
    this.#next = undefined;
    if (this.#established === undefined) return;
    wipeSessionKeys(this.#established.keys);
    this.#established.down.close();
  }

  #confirm(confirmation: Confirmation, timeMs: number, receivedTick: number): void {
    const { boot, chains, enrolment, firmware } = this.#options;
    const sentTick = this.#sentTick ?? receivedTick;
    const round = { boot, sentTick, receivedTick };
    const payload = encodeMessage3({ firmware, enrolmentVersion: enrolment.version, chains: chains(), round });
    const { message3, keys } = confirmation.confirm(payload);
    this.#message = message3;
    this.#established = { keys, down: OpeningChain.start(keys.down), timeMs, sentTick, receivedTick, kind: 1 };
  }
}

export interface ResumptionOptions {
  readonly suite: number;
  readonly resumption: Resumption;
  readonly attempt: number;
  readonly entropy: Entropy;
  readonly ephemeral: KeyPair | undefined;
}

/** NNpsk0. The answer is made after the health center has put the new session to rest, so it counts at once. */
export class ResumptionExchange implements Exchange {
  readonly kind = 2;
  readonly isCollaborationRefused = false;
  readonly message: Uint8Array;
  readonly #next: AwaitingResumption;
  #sentTick: number | undefined;
  #established: Established | undefined;

  /** Copies what it needs of the resumption; the caller wipes the secret. */
  constructor(options: ResumptionOptions) {
    const { message1, next } = startResumption(options);
    this.message = message1;
    this.#next = next;
  }

  get established(): Established | undefined {
    return this.#established;
  }

  noteSent(tick: number): void {
    this.#sentTick ??= tick;
  }

  read(message: Uint8Array, receivedTick: number): ReadResult {
    const reply = this.#next.read(message);
    if (reply === undefined) return this.#next.isExhausted ? 'failed' : 'refused';
    const payload = decodeResumeReply(reply.payload);
    if (payload === undefined) {
      wipeSessionKeys(reply.keys);
      return 'failed';
    }
    const { keys } = reply;
    const sentTick = this.#sentTick ?? receivedTick;
    this.#established = { keys, down: OpeningChain.start(keys.down), timeMs: payload.timeMs, sentTick, receivedTick, kind: 2 };
    return 'established';
  }

  knows(): boolean {
    return false;
  }

  confirm(): undefined {
    return undefined;
  }

  close(): void {
    this.#next.close();
  }
}
