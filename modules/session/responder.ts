// The health center's end of a session handshake and of a resumption (protocol.md §2). Whatever is refused is refused
// in silence, with `undefined`. It looks nobody up: the caller's functions find keys, nodes and resumptions.
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake, type Finished, type MessageReader, type MessageWriter } from 'lorica/noise/handshake';
import type { Entropy } from 'lorica/primitives/entropy';
import {
  noiseBehind,
  prologue,
  readHandshakeHeader,
  readResumptionHeader,
  RESUMPTION_PATTERN,
  SESSION_PATTERN,
  withId
} from 'lorica/session/handshake-header';
import {
  handshakePsk,
  resumptionAttempt,
  SESSION_ID_LENGTH,
  sessionKeys,
  type CollaborationMode,
  type Resumption,
  type SessionKeys
} from 'lorica/session/keys';
import { SUITES } from 'lorica/session/suites';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

/** What the registry knows of the node behind a static key. */
export interface NodeSecrets {
  /** P, 32 bytes; copied before the function that found it is done with */
  readonly enrolmentPsk: Uint8Array;
  /** the mode that message 1 bore, if the node's enrolment allows it */
  readonly mode: CollaborationMode;
  /** 32 bytes, if the receipt in message 2 said that it is held */
  readonly x?: Uint8Array | undefined;
}

/** @returns `undefined` for a stranger, a revoked node, or one that may not use this suite or mode */
export type ResolveNode = (remoteStatic: Uint8Array) => NodeSecrets | undefined;

/** Any received value goes through the group's full test first. */
const FULL_VALIDATION = true;

/** What the steps of one handshake share with its psk function, which runs in the midst of message 3. */
interface Shared {
  readonly suite: number;
  /** empty until message 1 has been read */
  sid: Uint8Array;
  id: Uint8Array;
  /** there while message 3 is being read */
  resolve: ResolveNode | undefined;
}

/**
 * Reads message 1. Anyone can make one, so it proves nothing; keep few for each gateway.
 * @param keysById finds the static keys that a key id names
 * @returns `undefined` for a message to refuse
 */
export function readMessage1(
  message: Uint8Array,
  keysById: (keyId: Uint8Array, suite: number) => KeyPair | undefined,
  entropy: Entropy
): ReceivedHandshake | undefined {
  const first = readHandshakeHeader(message);
  const suite = first && SUITES.get(first.suite);
  const keys = suite && keysById(first.id, first.suite);
  if (first === undefined || suite === undefined || keys === undefined) return undefined;
  const shared: Shared = { suite: first.suite, sid: new Uint8Array(0), id: new Uint8Array(0), resolve: undefined };
  const reader = beginHandshake({
    pattern: SESSION_PATTERN,
    dh: suite.dh,
    role: 'responder',
    prologue: prologue(first.header),
    s: keys,
    psks: [(remoteStatic) => findPsk(shared, remoteStatic)],
    entropy,
    fullValidation: FULL_VALIDATION
  });
  const read = reader.read(first.noise);
  if (read === undefined) {
    reader.close();
    return undefined;
  }
  shared.sid = read.next.hash;
  shared.id = shared.sid.slice(0, SESSION_ID_LENGTH);
  return new ReceivedHandshake(read.next as MessageWriter, shared, read.payload);
}

/** Message 1 has been read. */
export class ReceivedHandshake {
  /** 32 bytes */
  readonly sid: Uint8Array;
  /** its first 8 bytes, which messages 2 and 3 bear */
  readonly id: Uint8Array;
  readonly suite: number;
  readonly payload: Uint8Array;
  readonly #writer: MessageWriter;
  readonly #shared: Shared;

  constructor(writer: MessageWriter, shared: Shared, payload: Uint8Array) {
    this.#writer = writer;
    this.#shared = shared;
    this.sid = shared.sid;
    this.id = shared.id;
    this.suite = shared.suite;
    this.payload = payload;
  }

  /**
   * @param payload of message 2
   * @param ephemeral made ahead; its secret is wiped with the handshake
   * @returns message 2, to be sent again verbatim if message 1 comes again, and the step that reads message 3
   * @throws TypeError on a second use
   */
  reply(payload: Uint8Array, ephemeral?: KeyPair): { message2: Uint8Array; next: AwaitingConfirmation } {
    const written = this.#writer.write(payload, ephemeral);
    // The ephemeral of message 1 has been through `es`, and what a group refuses it refuses for every secret.
    if (written === undefined) throw new TypeError('refused a value that was accepted before');
    const message2 = withId(MESSAGE_TYPE.handshake2, this.id, written.message);
    return { message2, next: new AwaitingConfirmation(written.next as MessageReader, this.#shared) };
  }

  close(): void {
    this.#writer.close();
  }
}

/** Waits for message 3. */
export class AwaitingConfirmation {
  readonly #reader: MessageReader;
  readonly #shared: Shared;

  constructor(reader: MessageReader, shared: Shared) {
    this.#reader = reader;
    this.#shared = shared;
  }

  /**
   * @param resolve finds the node by its static key, which is authentic only if the message is then accepted
   * @returns `undefined` for a message to refuse; nothing has changed then, and the true one may still come
   * @throws TypeError after a message has been accepted
   */
  read(
    message3: Uint8Array,
    resolve: ResolveNode
  ): { remoteStatic: Uint8Array; payload: Uint8Array; keys: SessionKeys } | undefined {
    const noise = noiseBehind(message3, MESSAGE_TYPE.handshake3, this.#shared.id);
    if (noise === undefined) return undefined;
    const read = this.#readWith(noise, resolve);
    if (read === undefined) return undefined;
    const remoteStatic = read.next.remoteStatic!;
    return { remoteStatic, payload: read.payload, keys: sessionKeys(read.next as Finished) };
  }

  close(): void {
    this.#reader.close();
  }

  #readWith(noise: Uint8Array, resolve: ResolveNode): ReturnType<MessageReader['read']> {
    this.#shared.resolve = resolve;
    try {
      return this.#reader.read(noise);
    } finally {
      this.#shared.resolve = undefined;
    }
  }
}

export interface KnownResumption extends Resumption {
  readonly attempt: number;
}

/**
 * Reads the first message of a resumption. It can be a replay: the old session and both resumption secrets stay until
 * a record opens under the new session.
 * @param find finds the resumption that a resume id (16 bytes) belongs to; see `resumptionIds`
 * @returns `undefined` for a message to refuse
 */
export function readResumption(
  message: Uint8Array,
  find: (id: Uint8Array, suite: number) => KnownResumption | undefined,
  entropy: Entropy
): ReceivedResumption | undefined {
  const first = readResumptionHeader(message);
  const suite = first && SUITES.get(first.suite);
  const known = suite && find(first.id, first.suite);
  if (first === undefined || suite === undefined || known === undefined) return undefined;
  const { psk } = resumptionAttempt(known, known.attempt);
  const reader = beginHandshake({
    pattern: RESUMPTION_PATTERN,
    dh: suite.dh,
    role: 'responder',
    prologue: prologue(first.header),
    psks: [psk],
    entropy,
    fullValidation: FULL_VALIDATION
  });
  psk.fill(0);
  const read = reader.read(first.noise);
  if (read !== undefined && read.payload.length === 0) return new ReceivedResumption(read.next as MessageWriter, first.id);
  read?.next.close();
  reader.close();
  return undefined;
}

/** The first message of a resumption has been read. */
export class ReceivedResumption {
  /** 16 bytes */
  readonly id: Uint8Array;
  readonly #writer: MessageWriter;

  constructor(writer: MessageWriter, id: Uint8Array) {
    this.#writer = writer;
    this.id = id;
  }

  /**
   * @param payload the time
   * @returns the reply, to be sent again verbatim, and the keys of the new session; `undefined` if the node's value is
   * one that the group refuses
   * @throws TypeError on a second use
   */
  reply(payload: Uint8Array, ephemeral?: KeyPair): { message2: Uint8Array; keys: SessionKeys } | undefined {
    const written = this.#writer.write(payload, ephemeral);
    if (written === undefined) return undefined;
    const message2 = withId(MESSAGE_TYPE.resume2, this.id, written.message);
    return { message2, keys: sessionKeys(written.next as Finished) };
  }

  close(): void {
    this.#writer.close();
  }
}

/** @returns `undefined` for a node that the registry refuses */
function findPsk(shared: Shared, remoteStatic: Uint8Array | undefined): Uint8Array | undefined {
  const node = remoteStatic && shared.resolve?.(remoteStatic);
  return node && handshakePsk(shared.sid, node.enrolmentPsk, shared.suite, node.mode, node.x);
}
