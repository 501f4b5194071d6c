// The gateway: knows its own nodes by their advertising, keeps a proven link to each (modules/wire/lorica.cddl, section
// 5) and relays messages between the links and the bus. It holds no session key, looks into no message and keeps
// nothing: what it loses the node sends again. Synchronous callbacks throughout, so that it runs in virtual time too.
import { toHex } from 'lorica/bytes/bytes';
import { downTopic, GATEWAY_NAME } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import type { HostClock } from 'lorica/hosts/node/clock';
import { hostTimer } from 'lorica/hosts/node/host-timer';
import type { Journalist } from 'lorica/hosts/node/log';
import { GatewayLink, LINK_END } from 'lorica/link/link';
import type { LinkEnd } from 'lorica/link/link';
import type { Advertisement, Central, CentralConnection } from 'lorica/link/radio';
import type { Timer } from 'lorica/link/timer';
import type { Entropy } from 'lorica/primitives/entropy';
import { decodeEnvelope } from 'lorica/wire/envelope';
import { AddressBook } from './address-book.ts';
import { Uplink } from './uplink.ts';
import type { UplinkCounters } from './uplink.ts';

/** Links at a time, those that are being made included; a real radio holds far fewer and is told so. */
export const MAX_CONNECTIONS = 256;
/** Connections under way at a time, up to the node's proof. */
export const MAX_ATTEMPTS = 8;
/** Of them to one node: a recorded advertisement played again elsewhere must not keep the node itself out. */
export const MAX_ATTEMPTS_PER_NODE = 2;
/** Nodes that one gateway serves. */
export const MAX_NODES = 1024;

/** What a gateway holds of a node; it comes from pairing or provisioning. */
export interface GatewayNode {
  /** 1…16 bytes: the name of the link towards the health center */
  readonly handle: Uint8Array;
  /** 32 bytes: recognises its advertising */
  readonly identityKey: Uint8Array;
  /** 32 bytes */
  readonly linkKey: Uint8Array;
}

export interface GatewayOptions {
  readonly central: Central;
  readonly bus: Bus;
  readonly clock: HostClock;
  readonly entropy: Entropy;
  /** the gateway's name in topics and in its certificate */
  readonly id: string;
  readonly nodes: readonly GatewayNode[];
  readonly log: Pick<Journalist, 'note'>;
  readonly maxConnections?: number;
}

export interface GatewayStatistics {
  readonly connected: number;
  readonly up: Readonly<UplinkCounters>;
  readonly down: Readonly<DownCounters>;
  /** links that were proven, since the start */
  readonly links: number;
  readonly attemptsFailed: number;
}

interface DownCounters {
  messages: number;
  bytes: number;
  dropped: number;
}

interface Peer extends GatewayNode {
  readonly index: number;
  link: GatewayLink | undefined;
  /** the link's */
  address: string;
  attempts: number;
}

export class Gateway {
  readonly #options: GatewayOptions;
  readonly #timer: Timer;
  readonly #uplink: Uplink;
  readonly #book: AddressBook;
  readonly #peers: readonly Peer[];
  readonly #byHandle = new Map<string, Peer>();
  /** addresses of links and of attempts */
  readonly #busy = new Set<string>();
  readonly #links = new Set<GatewayLink>();
  readonly #down: DownCounters = { messages: 0, bytes: 0, dropped: 0 };
  readonly #maxConnections: number;
  #attempts = 0;
  #attemptsFailed = 0;
  #linksMade = 0;
  #closed = false;

  /** It begins to scan and to listen at once. @throws RangeError for a name, a list of nodes or a limit out of bounds */
  constructor(options: GatewayOptions) {
    const { nodes, id, clock } = options;
    if (!GATEWAY_NAME.test(id)) throw new RangeError('a gateway\'s name is 1 to 63 small letters, digits and hyphens');
    if (nodes.length > MAX_NODES) throw new RangeError(`a gateway serves at most ${String(MAX_NODES)} nodes`);
    this.#options = options;
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    if (!(this.#maxConnections >= 1 && this.#maxConnections <= MAX_CONNECTIONS)) throw new RangeError(`1 to ${String(MAX_CONNECTIONS)} connections`);
    this.#timer = hostTimer(clock);
    this.#uplink = new Uplink(options);
    this.#book = new AddressBook(clock);
    this.#peers = nodes.map((node, index) => ({ ...node, index, link: undefined, address: '', attempts: 0 }));
    for (const peer of this.#peers) this.#byHandle.set(toHex(peer.handle), peer);
    options.bus.subscribe(downTopic(id), (_topic, payload, done) => {
      this.#receive(payload);
      done();
    });
    options.central.scan((seen) => { this.#seen(seen); });
  }

  get statistics(): GatewayStatistics {
    const connected = this.#peers.filter(({ link }) => link !== undefined).length;
    return { connected, up: this.#uplink.counters, down: this.#down, links: this.#linksMade, attemptsFailed: this.#attemptsFailed };
  }

  /** Ends all links and hands on what has gathered; the bus stays open. `done` when the bus has answered for all. */
  close(done: () => void): void {
    this.#closed = true;
    this.#options.central.close();
    for (const link of this.#links) link.close();
    this.#links.clear();
    for (const peer of this.#peers) peer.link = undefined;
    this.#uplink.flush(done);
  }

  #seen(seen: Advertisement): void {
    const { address } = seen;
    if (this.#closed || this.#busy.has(address) || this.#attempts >= MAX_ATTEMPTS || this.#busy.size >= this.#maxConnections) return;
    if (this.#book.resting(address)) return;
    const peer = this.#book.recognise(seen, this.#peers, (each) => each.link === undefined && each.attempts < MAX_ATTEMPTS_PER_NODE);
    if (peer === undefined) return;
    this.#busy.add(address);
    this.#attempts++;
    peer.attempts++;
    this.#options.central.connect(address, (connection) => {
      if (connection === undefined) this.#endAttempt(peer, address, false);
      else if (this.#closed) connection.close();
      else this.#prove(peer, address, connection);
    });
  }

  #prove(peer: Peer, address: string, connection: CentralConnection): void {
    const { entropy } = this.#options;
    let ready = false;
    const link: GatewayLink = new GatewayLink({
      connection, linkKey: peer.linkKey, entropy, timer: this.#timer,
      onReady: () => {
        ready = true;
        this.#endAttempt(peer, address, true);
        this.#adopt(peer, link, address);
      },
      onMessage: (message) => { this.#uplink.push(peer.index, peer.handle, message, connection.rssi); },
      onClosed: (code) => {
        this.#links.delete(link);
        if (ready) this.#lost(peer, link, address, code);
        else this.#refused(peer, address, code);
      },
    });
    this.#links.add(link);
  }

  /** Of two proven links the newer counts: the node has reset and the radio has not noticed yet. */
  #adopt(peer: Peer, link: GatewayLink, address: string): void {
    const { link: older, address: olderAddress } = peer;
    peer.link = link;
    peer.address = address;
    this.#linksMade++;
    if (older === undefined) return;
    older.close();
    this.#links.delete(older);
    this.#busy.delete(olderAddress);
  }

  #lost(peer: Peer, link: GatewayLink, address: string, code: LinkEnd): void {
    this.#busy.delete(address);
    if (peer.link === link) peer.link = undefined;
    // Whom the book took for a stranger may be this node, which looks for a link again.
    this.#book.forgetStrangers();
    if (code !== LINK_END.disconnected) this.#options.log.note('link-frame-refused', { handle: toHex(peer.handle), code });
    else this.#options.log.note('link-lost', { handle: toHex(peer.handle) });
  }

  #refused(peer: Peer, address: string, code: LinkEnd): void {
    this.#options.log.note(code === LINK_END.disconnected ? 'link-lost' : 'link-refused', { handle: toHex(peer.handle), code });
    this.#endAttempt(peer, address, false);
  }

  #endAttempt(peer: Peer, address: string, succeeded: boolean): void {
    this.#attempts--;
    peer.attempts--;
    if (succeeded) {
      this.#book.forgive(address);
      return;
    }
    this.#attemptsFailed++;
    this.#busy.delete(address);
    this.#book.rest(address);
    this.#book.forgetStrangers();
  }

  #receive(payload: Uint8Array): void {
    const envelope = decodeEnvelope(payload);
    if (envelope === undefined) {
      this.#options.log.note('envelope-malformed');
      return;
    }
    const { messages } = envelope;
    const peer = this.#byHandle.get(toHex(envelope.handle));
    if (peer === undefined) {
      this.#drop(messages.length);
      this.#options.log.note('envelope-foreign');
    } else if (peer.link === undefined) {
      this.#drop(messages.length);
    } else {
      this.#forward(peer.link, messages);
    }
  }

  #forward(link: GatewayLink, messages: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const message of messages) bytes += message.length;
    link.send(messages, (ok) => {
      if (ok) {
        this.#down.messages += messages.length;
        this.#down.bytes += bytes;
      } else {
        this.#drop(messages.length);
        this.#options.log.note('queue-full', { count: messages.length });
      }
    });
  }

  #drop(count: number): void {
    this.#down.dropped += count;
  }
}
