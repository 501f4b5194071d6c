// The node's end of a session handshake and of a resumption (protocol.md §2): Noise XKpsk3 and NNpsk0. Bytes in, bytes
// out: payloads are encoded by `lorica/wire/handshake-payload`, messages are sent (again, verbatim) by the caller, who
// also keeps the times and draws the consequences. What is at rest is the caller's too.
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake, type Finished, type MessageReader, type MessageWriter } from 'lorica/noise/handshake';
import type { Entropy } from 'lorica/primitives/entropy';
import {
  handshakeHeader,
  noiseBehind,
  prologue,
  RESUMPTION_PATTERN,
  resumptionHeader,
  SESSION_PATTERN,
  withHeader,
  withId
} from 'lorica/session/handshake-header';
import {
  handshakePsk,
  KEY_LENGTH,
  keyIdentifier,
  resumptionAttempt,
  SESSION_ID_LENGTH,
  sessionKeys,
  type CollaborationMode,
  type Resumption,
  type SessionKeys
} from 'lorica/session/keys';
import { suiteByNumber } from 'lorica/session/suites';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

/** forged replies that are put to the test for one message 1, since each costs an evaluation; then back off */
export const MAX_REPLY_ATTEMPTS = 3;

export interface HandshakeStart {
  readonly suite: number;
  /** the pinned static key, fully tested at enrolment */
  readonly healthCenterKey: Uint8Array;
  readonly staticKeys: KeyPair;
  /** P, 32 bytes; used in `confirm`, so it has to live until then */
  readonly enrolmentPsk: Uint8Array;
  readonly mode: CollaborationMode;
  /** of message 1, as `lorica/wire/handshake-payload` encodes it */
  readonly payload: Uint8Array;
  /** made ahead; its secret is wiped with the handshake */
  readonly ephemeral?: KeyPair | undefined;
  readonly entropy: Entropy;
}

/**
 * Message 1 of a full handshake.
 * @returns `sid` (32 bytes), its first 8 bytes `id`, which the other messages bear, and the step that reads the reply
 * @throws RangeError for keys of a wrong length, an unknown suite, or a pinned key that the group refuses
 */
export function startHandshake(options: HandshakeStart): {
  message1: Uint8Array;
  sid: Uint8Array;
  id: Uint8Array;
  next: AwaitingReply;
} {
  const { suite, healthCenterKey, staticKeys, enrolmentPsk, mode, entropy } = options;
  if (enrolmentPsk.length !== KEY_LENGTH) throw new RangeError('P has 32 bytes');
  const header = handshakeHeader(suite, keyIdentifier(healthCenterKey));
  // The psk depends on h after message 1 and on what message 2 brings, so it is asked for when message 3 is made.
  const secrets: { sid: Uint8Array; x: Uint8Array | undefined } = { sid: new Uint8Array(0), x: undefined };
  const writer = beginHandshake({
    pattern: SESSION_PATTERN,
    dh: suiteByNumber(suite).dh,
    role: 'initiator',
    prologue: prologue(header),
    s: staticKeys,
    rs: healthCenterKey,
    psks: [() => handshakePsk(secrets.sid, enrolmentPsk, suite, mode, secrets.x)],
    entropy
  });
  const { message, next } = write<MessageReader>(writer, options.payload, options.ephemeral);
  secrets.sid = next.hash;
  const sid = next.hash;
  const id = sid.slice(0, SESSION_ID_LENGTH);
  return { message1: withHeader(header, message), sid, id, next: new AwaitingReply(next, id, secrets) };
}

/** Waits for message 2. */
export class AwaitingReply {
  readonly #reader: MessageReader;
  readonly #id: Uint8Array;
  readonly #secrets: { x: Uint8Array | undefined };
  #attempts = 0;

  constructor(reader: MessageReader, id: Uint8Array, secrets: { x: Uint8Array | undefined }) {
    this.#reader = reader;
    this.#id = id;
    this.#secrets = secrets;
  }

  /** true after three forged replies: no more are tried; close, back off, begin again with a new ephemeral */
  get isExhausted(): boolean {
    return this.#attempts >= MAX_REPLY_ATTEMPTS;
  }

  /**
   * @returns the step that confirms, with the payload of message 2; `undefined` for a message to refuse, after which
   * the true one may still come
   * @throws TypeError after a reply has been accepted
   */
  read(message2: Uint8Array): Confirmation | undefined {
    const noise = noiseBehind(message2, MESSAGE_TYPE.handshake2, this.#id);
    if (noise === undefined || this.isExhausted) return undefined;
    const read = this.#reader.read(noise);
    if (read === undefined) {
      this.#attempts++;
      return undefined;
    }
    return new Confirmation(read.next as MessageWriter, this.#id, this.#secrets, read.payload);
  }

  close(): void {
    this.#reader.close();
  }
}

/** The health center has shown its key; the node has not said who it is. */
export class Confirmation {
  /** of message 2: time and receipt */
  readonly payload: Uint8Array;
  readonly #writer: MessageWriter;
  readonly #id: Uint8Array;
  readonly #secrets: { x: Uint8Array | undefined };

  constructor(writer: MessageWriter, id: Uint8Array, secrets: { x: Uint8Array | undefined }, payload: Uint8Array) {
    this.#writer = writer;
    this.#id = id;
    this.#secrets = secrets;
    this.payload = payload;
  }

  /**
   * Makes message 3. Where the mode is *required* and the receipt is missing or false, call `close` instead: `s` must
   * not leave the node.
   * @param payload of message 3
   * @param x 32 bytes, if the receipt proves that the health center holds it; the caller wipes it
   * @throws TypeError on a second use
   */
  confirm(payload: Uint8Array, x?: Uint8Array): { message3: Uint8Array; keys: SessionKeys } {
    this.#secrets.x = x;
    const { message, next } = write<Finished>(this.#writer, payload, undefined);
    this.#secrets.x = undefined;
    return { message3: withId(MESSAGE_TYPE.handshake3, this.#id, message), keys: sessionKeys(next) };
  }

  close(): void {
    this.#writer.close();
  }
}

export interface ResumptionStart {
  readonly suite: number;
  readonly resumption: Resumption;
  /** from 0, never used twice: store the next one before the message leaves */
  readonly attempt: number;
  readonly ephemeral?: KeyPair | undefined;
  readonly entropy: Entropy;
}

/** Message 1 of a resumption; it carries no data, for it can be replayed. @throws RangeError for an unknown suite */
export function startResumption({ suite, resumption, attempt, ephemeral, entropy }: ResumptionStart): {
  message1: Uint8Array;
  id: Uint8Array;
  next: AwaitingResumption;
} {
  const { id, psk } = resumptionAttempt(resumption, attempt);
  const header = resumptionHeader(suite, id);
  const writer = beginHandshake({
    pattern: RESUMPTION_PATTERN,
    dh: suiteByNumber(suite).dh,
    role: 'initiator',
    prologue: prologue(header),
    psks: [psk],
    entropy
  });
  psk.fill(0);
  const { message, next } = write<MessageReader>(writer, new Uint8Array(0), ephemeral);
  return { message1: withHeader(header, message), id, next: new AwaitingResumption(next, id) };
}

/** Waits for the reply to a resumption. */
export class AwaitingResumption {
  readonly #reader: MessageReader;
  readonly #id: Uint8Array;
  #attempts = 0;

  constructor(reader: MessageReader, id: Uint8Array) {
    this.#reader = reader;
    this.#id = id;
  }

  get isExhausted(): boolean {
    return this.#attempts >= MAX_REPLY_ATTEMPTS;
  }

  /**
   * @returns the payload (time) and the new keys, or `undefined` as in `AwaitingReply.read`. The old resumption is to
   * be destroyed once the new one is at rest.
   * @throws TypeError after a reply has been accepted
   */
  read(message2: Uint8Array): { payload: Uint8Array; keys: SessionKeys } | undefined {
    const noise = noiseBehind(message2, MESSAGE_TYPE.resume2, this.#id);
    if (noise === undefined || this.isExhausted) return undefined;
    const read = this.#reader.read(noise);
    if (read !== undefined) return { payload: read.payload, keys: sessionKeys(read.next as Finished) };
    this.#attempts++;
    return undefined;
  }

  close(): void {
    this.#reader.close();
  }
}

/** The patterns say what the next step is, and only a pinned key or an own psk could be refused here. */
function write<Next>(writer: MessageWriter, payload: Uint8Array, ephemeral: KeyPair | undefined) {
  const written = writer.write(payload, ephemeral);
  if (written === undefined) throw new RangeError('the group refuses the pinned key');
  return { message: written.message, next: written.next as Next };
}
