// A Noise handshake (revision 34), one object a step: a MessageWriter makes the next message, a MessageReader reads it,
// Finished splits. Each object serves once; then it lets go of the state and throws. No clock, no transport: a caller
// that gives up calls `close`. Payloads are opaque bytes.
import { HandshakeState, type HandshakeOptions } from 'lorica/noise/handshake-state';
import type { KeyPair } from 'lorica/noise/diffie-hellman';

export type { HandshakeOptions, PreSharedKey } from 'lorica/noise/handshake-state';

export type Step = MessageWriter | MessageReader | Finished;

/**
 * @returns a MessageWriter for the initiator, a MessageReader for the responder
 * @throws RangeError or TypeError for an unknown pattern and for keys that do not fit it
 */
export function beginHandshake(options: HandshakeOptions & { readonly role: 'initiator' }): MessageWriter;
export function beginHandshake(options: HandshakeOptions & { readonly role: 'responder' }): MessageReader;
export function beginHandshake(options: HandshakeOptions): MessageWriter | MessageReader {
  const state = HandshakeState.begin(options);
  return state.isOwnTurn ? new MessageWriter(state) : new MessageReader(state);
}

/** What the steps have in common. */
class HandshakeStep {
  #state: HandshakeState | undefined;

  /** Only the functions of this file make steps. */
  constructor(state: HandshakeState) {
    this.#state = state;
  }

  /** h so far, 32 bytes. @throws TypeError once the step is used */
  get hash(): Uint8Array {
    return this.state().hash;
  }

  /** the other party's static key, as far as it is known. @throws TypeError once the step is used */
  get remoteStatic(): Uint8Array | undefined {
    return this.state().remoteStatic;
  }

  /** Gives the handshake up and wipes its secrets, a handed-in ephemeral too. Harmless on a used step. */
  close(): void {
    this.#state?.wipe();
    this.#state?.wipeShared();
    this.#state = undefined;
  }

  protected state(): HandshakeState {
    if (this.#state === undefined) throw new TypeError('this step of the handshake is over');
    return this.#state;
  }

  protected letGo(): HandshakeState {
    const state = this.state();
    this.#state = undefined;
    return state;
  }
}

export class MessageWriter extends HandshakeStep {
  /**
   * @param payload sealed as soon as the pattern has a key; the message's `hash` covers it in any case
   * @param ephemeral key pair made ahead, where this message sends one; its secret is wiped with the handshake
   * @returns `undefined` if the other's public value or psk is refused only now; the handshake is then over
   * @throws TypeError on a second use, RangeError if the message would exceed 65535 bytes
   */
  write(payload: Uint8Array, ephemeral?: KeyPair): { message: Uint8Array; next: MessageReader | Finished } | undefined {
    const state = this.letGo();
    const message = state.write(payload, ephemeral);
    if (message !== undefined) return { message, next: state.isFinished ? finish(state) : new MessageReader(state) };
    state.wipe();
    state.wipeShared();
    return undefined;
  }
}

export class MessageReader extends HandshakeStep {
  /**
   * @returns the payload and the next step, or `undefined` for a message to refuse: nothing has changed then, and the
   * true message may still come
   * @throws TypeError after a message has been accepted
   */
  read(message: Uint8Array): { payload: Uint8Array; next: MessageWriter | Finished } | undefined {
    const candidate = this.state().copy();
    let payload: Uint8Array | undefined;
    try {
      payload = candidate.read(message);
    } finally {
      if (payload === undefined) candidate.wipe();
    }
    if (payload === undefined) return undefined;
    this.letGo().wipe();
    return { payload, next: candidate.isFinished ? finish(candidate) : new MessageWriter(candidate) };
  }
}

export class Finished extends HandshakeStep {
  /** @returns two or three keys of 32 bytes: initiator's direction, responder's, and one more. Wipes everything else. */
  split(outputs: 2 | 3): Uint8Array[] {
    const keys = this.state().split(outputs);
    this.close();
    return keys;
  }
}

function finish(state: HandshakeState): Finished {
  state.wipeShared();
  return new Finished(state);
}
