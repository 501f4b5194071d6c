// The gateway's end of a link: answers the node's nonce with its proof and wants the node's in return; or, with mode
// `pairing`, carries pairing messages only. See lorica/link/link.
import { Channel, checkPairing, HANDSHAKE_DEADLINE_MS, LINK_END, PAIRING_DEADLINE_MS } from 'lorica/link/channel';
import type { LinkCounters, LinkEnd } from 'lorica/link/channel';
import { FrameOpener, FrameSealer } from 'lorica/link/frame';
import {
  frameKeys,
  freshNonce,
  isNodeProof,
  isNonceMessage,
  LINK_VERSION,
  makeGatewayProof,
  verifyNodeProof,
  type Nonces
} from 'lorica/link/proof';
import type { CentralConnection } from 'lorica/link/radio';
import type { Timer } from 'lorica/link/timer';
import type { Entropy } from 'lorica/primitives/entropy';
import { isPairingMessage } from 'lorica/wire/message-type';

export interface GatewayLinkOptions {
  readonly connection: CentralConnection;
  /** 32 bytes; not with mode `pairing` */
  readonly linkKey?: Uint8Array | undefined;
  /** `pairing`: carries messages 0x30–0x3f in clear and nothing else */
  readonly mode?: 'sealed' | 'pairing' | undefined;
  readonly entropy: Entropy;
  readonly timer: Timer;
  /** The node has proved itself, or, with mode `pairing`, said its nonce: it is there. */
  readonly onReady: () => void;
  readonly onMessage: (message: Uint8Array) => void;
  /** The link has ended, other than by `close`; comes once. */
  readonly onClosed: (code: LinkEnd) => void;
}

type GatewayState = 'waiting' | 'proving' | 'open' | 'pairing' | 'closed';

export class GatewayLink {
  #options: GatewayLinkOptions;
  #channel: Channel;
  #state: GatewayState = 'waiting';
  #nonces: Nonces | undefined;
  #deadline: unknown;

  /** To be made as soon as the connection is there; it takes over the connection's callbacks. */
  constructor(options: GatewayLinkOptions) {
    const { connection, timer } = options;
    if (options.mode !== 'pairing' && options.linkKey === undefined) throw new TypeError('no link key');
    this.#options = options;
    this.#channel = new Channel({
      write: (value, done) => connection.write(value, done),
      maximumValue: () => connection.maximumValue,
      timer,
      onClear: (message) => this.#receiveClear(message),
      onMessage: options.onMessage,
      onEnd: (code) => this.#end(code)
    });
    this.#deadline = timer.set(() => this.#end(LINK_END.deadline), HANDSHAKE_DEADLINE_MS);
    connection.onDisconnected = () => this.#end(LINK_END.disconnected);
    connection.onNotification = (value) => this.#channel.receive(value);
  }

  get state(): GatewayState {
    return this.#state;
  }

  get counters(): LinkCounters {
    return this.#channel.counters;
  }

  /** octets of messages that the queue takes now; 0 before the proofs */
  get room(): number {
    return this.#state === 'open' || this.#state === 'pairing' ? this.#channel.room : 0;
  }

  /** As with `NodeLink.send`. With mode `pairing` all of them must be pairing messages (else RangeError), sent in clear. */
  send(messages: readonly Uint8Array[], done: (ok: boolean) => void): void {
    if (this.#state === 'open') {
      this.#channel.send(messages, done);
    } else if (this.#state === 'pairing') {
      for (const message of messages) checkPairing(message);
      this.#channel.sendClear(messages, done);
    } else {
      this.#options.timer.set(() => done(false), 0);
    }
  }

  /** Drops the connection; `onClosed` does not come. */
  close(): void {
    this.#stop(true);
  }

  #receiveClear(message: Uint8Array): void {
    if (this.#state === 'waiting' && isNonceMessage(message)) this.#greet(message);
    else if (this.#state === 'proving' && isNodeProof(message)) this.#checkProof(message);
    else if (this.#state === 'pairing' && isPairingMessage(message)) this.#options.onMessage(message);
    else this.#end(LINK_END.malformed);
  }

  #greet(message: Uint8Array): void {
    const { entropy, linkKey, mode, timer } = this.#options;
    if (message[1] !== LINK_VERSION) {
      this.#end(LINK_END.version);
    } else if (mode === 'pairing') {
      this.#state = 'pairing';
      timer.clear(this.#deadline);
      this.#deadline = timer.set(() => this.#end(LINK_END.deadline), PAIRING_DEADLINE_MS);
      this.#options.onReady();
    } else {
      this.#state = 'proving';
      this.#nonces = { node: message.slice(2), gateway: freshNonce(entropy) };
      this.#channel.sendOpening(makeGatewayProof(linkKey!, this.#nonces));
    }
  }

  #checkProof(message: Uint8Array): void {
    const linkKey = this.#options.linkKey!;
    const nonces = this.#nonces!;
    if (!verifyNodeProof(message, linkKey, nonces)) {
      this.#end(LINK_END.wrongProof);
      return;
    }
    const { up, down } = frameKeys(linkKey, nonces);
    this.#channel.open(new FrameSealer(down), new FrameOpener(up));
    this.#options.timer.clear(this.#deadline);
    this.#state = 'open';
    this.#options.onReady();
  }

  #end(code: LinkEnd): void {
    if (this.#stop(code !== LINK_END.disconnected)) this.#options.onClosed(code);
  }

  #stop(connected: boolean): boolean {
    if (this.#state === 'closed') return false;
    this.#state = 'closed';
    this.#options.timer.clear(this.#deadline);
    this.#channel.close();
    if (connected) this.#options.connection.close();
    return true;
  }
}
