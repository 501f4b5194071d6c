// The node's end of a link: says a nonce, waits for the gateway's proof, and only then speaks, in sealed frames. Until
// then a central learns nothing, and it is dropped after five seconds. See lorica/link/link.
import { Channel, checkPairing, HANDSHAKE_DEADLINE_MS, LINK_END, PAIRING_DEADLINE_MS } from 'lorica/link/channel';
import type { LinkCounters, LinkEnd } from 'lorica/link/channel';
import { FrameOpener, FrameSealer } from 'lorica/link/frame';
import { frameKeys, freshNonce, isGatewayProof, makeNodeProof, makeNonceMessage, readGatewayProof } from 'lorica/link/proof';
import type { RadioConnection } from 'lorica/link/radio';
import type { Timer } from 'lorica/link/timer';
import type { Entropy } from 'lorica/primitives/entropy';
import { isPairingMessage } from 'lorica/wire/message-type';

export interface LinkKey {
  /** of the gateway, 8 bytes */
  readonly id: Uint8Array;
  /** 32 bytes */
  readonly key: Uint8Array;
}

export interface NodeLinkOptions {
  readonly connection: RadioConnection;
  /** the gateways that the node knows, asked for when a proof comes */
  readonly linkKeys: () => readonly LinkKey[];
  readonly entropy: Entropy;
  readonly timer: Timer;
  /** The gateway has proved itself. @param gateway its id */
  readonly onReady: (gateway: Uint8Array) => void;
  readonly onMessage: (message: Uint8Array) => void;
  /** The link has ended, other than by `close`; comes once. */
  readonly onClosed: (code: LinkEnd) => void;
  /** Only while the owner's pairing window is open: takes messages 0x30–0x3f that come in clear. */
  readonly pairing?: { readonly onMessage: (message: Uint8Array) => void } | undefined;
}

type NodeState = 'waiting' | 'proving' | 'open' | 'pairing' | 'closed';

export class NodeLink {
  #options: NodeLinkOptions;
  #channel: Channel;
  #state: NodeState = 'waiting';
  #nonce: Uint8Array;
  #deadline: unknown;

  /** To be made as soon as the central has connected; it takes over the connection's callbacks. */
  constructor(options: NodeLinkOptions) {
    const { connection, timer } = options;
    this.#options = options;
    this.#nonce = freshNonce(options.entropy);
    this.#channel = new Channel({
      write: (value, done) => connection.notify(value, done),
      maximumValue: () => connection.maximumValue,
      timer,
      onClear: (message) => this.#receiveClear(message),
      onMessage: options.onMessage,
      onEnd: (code) => this.#end(code)
    });
    this.#deadline = timer.set(() => this.#end(LINK_END.deadline), HANDSHAKE_DEADLINE_MS);
    connection.onWrite = (value) => this.#channel.receive(value);
    connection.onDisconnected = () => this.#end(LINK_END.disconnected);
    connection.onSubscribed = () => this.#subscribed();
  }

  get state(): NodeState {
    return this.#state;
  }

  get counters(): LinkCounters {
    return this.#channel.counters;
  }

  /** octets of messages that the queue takes now; 0 before the proofs */
  get room(): number {
    return this.#state === 'open' ? this.#channel.room : 0;
  }

  /**
   * Sends messages (1…4096 bytes each, at most 64, together at most `room`) in sealed frames.
   * @param done comes once, later: true when the radio has taken all (that they came is for the peer to say), false
   *   when some are lost, when there was no room, or when the link is not open
   */
  send(messages: readonly Uint8Array[], done: (ok: boolean) => void): void {
    if (this.#state === 'open') this.#channel.send(messages, done);
    else this.#options.timer.set(() => done(false), 0);
  }

  /** Answers a pairing message, in clear. @throws RangeError unless it is one. @param done as with `send` */
  sendPairing(message: Uint8Array, done: (ok: boolean) => void): void {
    checkPairing(message);
    if (this.#state === 'pairing') this.#channel.sendClear([message], done);
    else this.#options.timer.set(() => done(false), 0);
  }

  /** Drops the connection; `onClosed` does not come. */
  close(): void {
    this.#stop(true);
  }

  #subscribed(): void {
    if (this.#state !== 'waiting') return;
    this.#state = 'proving';
    this.#channel.sendOpening(makeNonceMessage(this.#nonce));
  }

  #receiveClear(message: Uint8Array): void {
    const pairing = this.#options.pairing;
    if (pairing !== undefined && isPairingMessage(message)) {
      if (this.#state !== 'pairing') this.#beginPairing();
      pairing.onMessage(message);
    } else if (this.#state === 'proving' && isGatewayProof(message)) {
      this.#checkProof(message);
    } else {
      this.#end(LINK_END.malformed);
    }
  }

  #beginPairing(): void {
    const { timer } = this.#options;
    this.#state = 'pairing';
    timer.clear(this.#deadline);
    this.#deadline = timer.set(() => this.#end(LINK_END.deadline), PAIRING_DEADLINE_MS);
  }

  #checkProof(message: Uint8Array): void {
    for (const { id, key } of this.#options.linkKeys()) {
      const nonces = readGatewayProof(message, key, this.#nonce);
      if (nonces === undefined) continue;
      this.#channel.sendOpening(makeNodeProof(key, nonces));
      const { up, down } = frameKeys(key, nonces);
      this.#channel.open(new FrameSealer(up), new FrameOpener(down));
      this.#options.timer.clear(this.#deadline);
      this.#state = 'open';
      this.#options.onReady(id);
      return;
    }
    this.#end(LINK_END.wrongProof);
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
