// The node's session with the health center (protocol.md §2): when a handshake is due and which; retries with back-off;
// messages said again verbatim; what comes down is opened here. A full handshake counts once the health center has
// spoken under it, a resumption with its answer, which is made after the health center has stored it. What is in
// progress lives in memory only: a reset begins anew. It obeys no command, and delivers nothing.
import { wipe } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { CODE } from 'lorica/node/codes';
import type { Counters } from 'lorica/node/counters';
import { DownChains } from 'lorica/node/down-chains';
import { FullHandshake, ResumptionExchange, type Established, type Exchange } from 'lorica/node/exchange';
import type { Keyring } from 'lorica/node/keyring';
import type { Enrolment } from 'lorica/node/provisioning';
import type { World } from 'lorica/node/world';
import { COUNTER } from 'lorica/reading/reading';
import { wipeSessionKeys } from 'lorica/session/keys';
import { suiteByNumber } from 'lorica/session/suites';
import { COLLABORATION_MODE } from 'lorica/wire/handshake-payload';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

/** An answer that does not come is asked for again after this, doubled each time up to MAX_RETRY_MS. */
export const FIRST_RETRY_MS = 4_000;
export const MAX_RETRY_MS = 60_000;
/** how often a message is said over one link before its exchange is given up, and how old an exchange may become */
export const MAX_SENDS = 5;
export const MAX_EXCHANGE_MS = 300_000;
/** from an exchange that was given up to the next one, doubled each time up to MAX_BACK_OFF_MS */
export const FIRST_BACK_OFF_MS = 10_000;
export const MAX_BACK_OFF_MS = 600_000;
/** resumptions that were given up, after which only a full handshake is tried */
export const MAX_RESUMPTIONS_FAILED = 1;
/** a session's age and number of records at which a resumption is due */
export const RESUMPTION_AGE_MS = 86_400_000;
export const RESUMPTION_RECORDS = 131_072;
/** since the last full handshake: health-center time, and resumptions, at which the next one is due */
export const FULL_AGE_MS = 7 * 86_400_000;
export const FULL_RESUMPTIONS = 32;
/** idle time after which a key pair is made ahead */
export const PREPARE_MS = 30_000;

export interface SessionDeskOptions {
  readonly world: Pick<World, 'timer' | 'entropy' | 'log' | 'firmwareVersion'>;
  readonly enrolment: Enrolment;
  readonly boot: number;
  readonly keyring: Keyring;
  readonly counters: Counters;
  /** A session is in force, its chains are in the keyring. */
  readonly onEstablished: (established: Established) => void;
  /** The health center holds no x although collaboration is preferred. */
  readonly onCollaborationRefused: () => void;
}

export type Send = (message: Uint8Array) => void;

export class SessionDesk {
  readonly #options: SessionDeskOptions;
  readonly #downs = new DownChains();
  #send: Send | undefined;
  #exchange: Exchange | undefined;
  #startedTick = 0;
  #sends = 0;
  #retry: unknown;
  #failures = 0;
  #resumptionsFailed = 0;
  #isSuspect = false;
  #notBeforeTick = 0;
  #beganTick = 0;
  #beganRecords = 0;
  #prepared: KeyPair | undefined;
  #preparing: unknown;

  constructor(options: SessionDeskOptions) {
    this.#options = options;
  }

  /** true once commands can come down: in this boot a session was made */
  get isEstablished(): boolean {
    return this.#downs.isOpen;
  }

  /** There is a way to the health center. What is in progress is said again, or what is due is begun. */
  linkReady(send: Send): void {
    this.#send = send;
    this.#sends = 0;
    if (this.#exchange === undefined) this.check();
    else this.#say();
  }

  linkLost(): void {
    this.#send = undefined;
    this.#clearRetry();
  }

  /** Begins what is due. To be called now and then while there is a link. */
  check(): void {
    const { timer } = this.#options.world;
    if (this.#send === undefined || this.#exchange !== undefined || timer.ticks() < this.#notBeforeTick) return;
    const due = this.#due();
    if (due === undefined) return;
    this.#exchange = due === 'full' ? this.#beginFull() : (this.#beginResumption() ?? this.#beginFull());
    if (this.#exchange === undefined) return;
    this.#options.world.log(CODE.handshakeBegun, this.#exchange.kind);
    this.#startedTick = timer.ticks();
    this.#sends = 0;
    this.#say();
  }

  /** Nothing is acknowledged any more, as if the health center had lost the session: a new one is due. */
  suspect(): void {
    this.#isSuspect = true;
    this.check();
  }

  /** An answer to a handshake of ours, or none. */
  receive(message: Uint8Array): void {
    const { world } = this.#options;
    const exchange = this.#exchange;
    const type = exchange?.kind === 1 ? MESSAGE_TYPE.handshake2 : MESSAGE_TYPE.resume2;
    if (exchange === undefined || message[0] !== type) return;
    const step = exchange.read(message, world.timer.ticks());
    if (step === 'failed') return this.#giveUp();
    if (step === 'refused') return world.log(CODE.messageRefused, message[0]);
    if (exchange.isCollaborationRefused) this.#options.onCollaborationRefused();
    if (step === 'established') return this.#adopt(exchange);
    this.#sends = 0;
    this.#say();
  }

  /** @returns whether a record is of a chain of ours; an older session's are not, after a reset */
  knows(record: Uint8Array): boolean {
    return this.#exchange?.knows(record) === true || this.#downs.knows(record);
  }

  /** @returns the plaintext of a record that came down, or `undefined` if it is not for us, not genuine or not new */
  open(record: Uint8Array): Uint8Array | undefined {
    const confirmed = this.#exchange?.confirm(record);
    const plaintext = confirmed ?? this.#downs.open(record);
    if (confirmed !== undefined) this.#adopt(this.#exchange!);
    if (plaintext !== undefined) this.#isSuspect = false;
    return plaintext;
  }

  close(): void {
    this.linkLost();
    this.#clearPreparing();
    this.#exchange?.close();
    this.#exchange = undefined;
    wipe(this.#prepared?.secretKey);
    this.#prepared = undefined;
    this.#downs.close();
  }

  #due(): 'full' | 'resumption' | undefined {
    const { counters, keyring, world } = this.#options;
    const isTired =
      world.timer.ticks() - this.#beganTick >= RESUMPTION_AGE_MS ||
      counters.get(COUNTER.sealed) - this.#beganRecords >= RESUMPTION_RECORDS;
    if (this.isEstablished && !isTired && !this.#isSuspect) return undefined;
    const session = keyring.session;
    if (session === undefined || this.#resumptionsFailed >= MAX_RESUMPTIONS_FAILED) return 'full';
    const nowMs = this.#downs.timeAt(world.timer.ticks());
    const isOld = nowMs !== undefined && nowMs - session.fullTimeMs >= FULL_AGE_MS;
    return isOld || session.resumptions >= FULL_RESUMPTIONS ? 'full' : 'resumption';
  }

  #beginFull(): Exchange | undefined {
    const { world, enrolment, boot, keyring } = this.#options;
    if (enrolment.collaboration.mode === COLLABORATION_MODE.required) {
      this.#backOff();
      world.log(CODE.collaborationMissing);
      return undefined;
    }
    const firmware = world.firmwareVersion;
    return new FullHandshake({ enrolment, entropy: world.entropy, ephemeral: this.#takePrepared(), boot, firmware, chains: () => keyring.undelivered });
  }

  #beginResumption(): Exchange | undefined {
    const { world, enrolment, keyring } = this.#options;
    const taken = keyring.takeAttempt();
    if (taken === undefined) return undefined;
    const exchange = new ResumptionExchange({ suite: enrolment.suite, ...taken, entropy: world.entropy, ephemeral: this.#takePrepared() });
    wipe(taken.resumption.secret);
    return exchange;
  }

  #say(): void {
    const { timer } = this.#options.world;
    const exchange = this.#exchange!;
    if (this.#send === undefined) return;
    this.#clearRetry();
    if (this.#sends >= MAX_SENDS || timer.ticks() - this.#startedTick >= MAX_EXCHANGE_MS) return this.#giveUp();
    exchange.noteSent(timer.ticks());
    const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#sends);
    this.#sends++;
    this.#retry = timer.set(() => this.#say(), delayMs);
    this.#send(exchange.message);
  }

  #giveUp(): void {
    const { counters, world } = this.#options;
    const { kind } = this.#exchange!;
    world.log(CODE.handshakeFailed, kind);
    counters.add(COUNTER.handshakesFailed);
    if (kind === 2) this.#resumptionsFailed++;
    this.#exchange!.close();
    this.#exchange = undefined;
    this.#clearRetry();
    this.#backOff();
  }

  #backOff(): void {
    const { timer } = this.#options.world;
    const delayMs = Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 16);
    this.#notBeforeTick = timer.ticks() + delayMs;
    this.#clearRetry();
    this.#retry = timer.set(() => this.check(), delayMs);
  }

  #adopt(exchange: Exchange): void {
    const { counters, keyring, onEstablished, world } = this.#options;
    const established = exchange.established!;
    const isAtRest = keyring.adopt(established.keys, exchange.kind === 1 ? established.timeMs : undefined);
    this.#exchange = undefined;
    this.#clearRetry();
    if (isAtRest) {
      this.#downs.add(established.down, established.timeMs - established.receivedTick);
      this.#beganTick = world.timer.ticks();
      this.#beganRecords = counters.get(COUNTER.sealed);
      this.#failures = 0;
      this.#resumptionsFailed = 0;
      this.#isSuspect = false;
      counters.add(exchange.kind === 1 ? COUNTER.handshakes : COUNTER.resumptions);
      world.log(CODE.sessionBegun, exchange.kind);
    } else {
      established.down.close();
      this.#backOff();
    }
    wipeSessionKeys(established.keys);
    if (isAtRest) onEstablished(established);
    this.#prepareLater();
  }

  /** The next handshake's key pair is made while nothing else is to be done; it is used once and never at rest. */
  #prepareLater(): void {
    const { timer, entropy } = this.#options.world;
    if (this.#prepared !== undefined) return;
    this.#clearPreparing();
    this.#preparing = timer.set(() => {
      this.#preparing = undefined;
      this.#prepared ??= suiteByNumber(this.#options.enrolment.suite).dh.generate(entropy);
    }, PREPARE_MS);
  }

  #clearPreparing(): void {
    if (this.#preparing !== undefined) this.#options.world.timer.clear(this.#preparing);
    this.#preparing = undefined;
  }

  #takePrepared(): KeyPair | undefined {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    return prepared;
  }

  #clearRetry(): void {
    if (this.#retry !== undefined) this.#options.world.timer.clear(this.#retry);
    this.#retry = undefined;
  }
}
