// What both ends of a link have in common: fragments in and out, clear messages before the proofs, sealed frames after
// them, and counters. Who may say what when is in lorica/link/link.
import type { FrameOpener, FrameSealer } from 'lorica/link/frame';
import { Reassembler } from 'lorica/link/framing';
import { Outbox, type Done } from 'lorica/link/outbox';
import type { Timer } from 'lorica/link/timer';
import { isPairingMessage, MESSAGE_TYPE } from 'lorica/wire/message-type';

/** from the connection to the peer's proof */
export const HANDSHAKE_DEADLINE_MS = 5000;
/** from the first pairing message (at the gateway: the node's nonce) to the end of the connection */
export const PAIRING_DEADLINE_MS = 120_000;
/** Frames refused on one connection before it is given up: the peer is broken, or somebody sits in between. */
export const MAX_REFUSED = 32;

/** How a link ended. */
export const LINK_END = {
  disconnected: 1,
  /** no proof within HANDSHAKE_DEADLINE_MS, or no end of pairing within PAIRING_DEADLINE_MS */
  deadline: 2,
  /** a MAC that no known key makes */
  wrongProof: 3,
  /** a message that has no place here */
  malformed: 4,
  version: 5,
  counterUsedUp: 6,
  tooManyRefused: 7
} as const;
export type LinkEnd = (typeof LINK_END)[keyof typeof LINK_END];

export interface LinkCounters {
  framesReceived: number;
  /** altered, played again, out of order, or clear where only frames may be */
  framesRefused: number;
  /** fragments that belong to no message */
  fragmentsRefused: number;
  /** messages of which a fragment was missing */
  messagesAbandoned: number;
}

export interface ChannelOptions {
  write(value: Uint8Array, done: Done): void;
  maximumValue(): number;
  readonly timer: Timer;
  /** a whole message that is no frame, or a frame before `open` */
  onClear(message: Uint8Array): void;
  /** a message out of a frame that was opened */
  onMessage(message: Uint8Array): void;
  onEnd(code: LinkEnd): void;
}

export class Channel {
  #options: ChannelOptions;
  #outbox: Outbox;
  #reassembler = new Reassembler();
  #sealer: FrameSealer | undefined;
  #opener: FrameOpener | undefined;
  #framesReceived = 0;
  #framesRefused = 0;
  #closed = false;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#outbox = new Outbox({
      write: (value, done) => options.write(value, done),
      maximumValue: () => options.maximumValue(),
      seal: (messages) => this.#seal(messages),
      timer: options.timer
    });
  }

  get counters(): LinkCounters {
    return {
      framesReceived: this.#framesReceived,
      framesRefused: this.#framesRefused,
      fragmentsRefused: this.#reassembler.refused,
      messagesAbandoned: this.#reassembler.abandoned
    };
  }

  get room(): number {
    return this.#outbox.room;
  }

  /** From here on everything is in frames. */
  open(sealer: FrameSealer, opener: FrameOpener): void {
    this.#sealer = sealer;
    this.#opener = opener;
  }

  /** A nonce or a proof: said again if the radio loses it; when that fails too, the deadline ends the link. */
  sendOpening(message: Uint8Array): void {
    this.#outbox.send([message], 'opening', ignore);
  }

  sendClear(messages: readonly Uint8Array[], done: Done): void {
    this.#outbox.send(messages, 'clear', done);
  }

  send(messages: readonly Uint8Array[], done: Done): void {
    this.#outbox.send(messages, 'sealed', done);
  }

  receive(value: Uint8Array): void {
    if (this.#closed) return;
    const message = this.#reassembler.push(value);
    if (message === undefined) return;
    if (this.#opener === undefined) {
      this.#options.onClear(message);
      return;
    }
    const messages = message[0] === MESSAGE_TYPE.linkFrame ? this.#opener.open(message) : undefined;
    if (messages === undefined) {
      this.refuse();
      return;
    }
    this.#framesReceived++;
    for (const each of messages) {
      if (!this.#closed) this.#options.onMessage(each);
    }
  }

  refuse(): void {
    this.#framesRefused++;
    if (this.#framesRefused >= MAX_REFUSED) this.#options.onEnd(LINK_END.tooManyRefused);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sealer?.close();
    this.#opener?.close();
    this.#outbox.close();
  }

  #seal(messages: readonly Uint8Array[]): Uint8Array | undefined {
    const frame = this.#sealer?.seal(messages);
    if (frame === undefined) this.#options.onEnd(LINK_END.counterUsedUp);
    return frame;
  }
}

/** @throws RangeError */
export function checkPairing(message: Uint8Array): void {
  if (!isPairingMessage(message)) throw new RangeError('not a pairing message');
}

function ignore(): void {
  // a message of the opening has no one who waits for it
}
