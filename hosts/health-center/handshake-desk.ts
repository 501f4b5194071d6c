// Handshakes and resumptions at the health center (protocol.md §2). Message 1 proves nothing, so what it may cost is
// bounded: a rate for each gateway, half-open states for each gateway and in all. What is refused is refused in
// silence. Answers are given again verbatim to a repeated message and never made anew for it.
import { toHex } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Entropy } from 'lorica/primitives/entropy';
import { sha256 } from 'lorica/primitives/sha256';
import { keyIdentifier, SESSION_ID_LENGTH, wipeSessionKeys } from 'lorica/session/keys';
import { readMessage1, readResumption } from 'lorica/session/responder';
import { COLLABORATION_MODE, decodeMessage1, decodeMessage3, encodeMessage2, encodeResumeReply, type Message3 } from 'lorica/wire/handshake-payload';
import type { RefusalCode, Refuse } from './refusal.ts';
import { HALF_OPEN_MS, HalfOpenTable, MAX_MESSAGE3_TRIES, type Accepted, type HalfOpen } from './half-open.ts';
import type { Item } from './inbox.ts';
import type { Keeper } from './keeper.ts';
import type { NodeRow } from './registry.ts';
import { RateLimit } from './rate-limit.ts';
import type { SessionStore } from './session-store.ts';
import type { Store } from './store.ts';
import { routeOf, type Turn } from './turn.ts';

/** Expensive messages of one gateway: a ward that starts at once, then twenty a second. */
export const GATEWAY_BURST = 512;
export const GATEWAY_REFILL_MS = 50;
/** Sessions of one node: a node in trouble tries often, one in order a few times a day. */
export const NODE_BURST = 32;
export const NODE_REFILL_MS = 10_000;

/** The session that a message 3 leads to. */
export interface Begun {
  readonly node: number;
  readonly session: number;
  /** missing when the message had been accepted before and came again */
  readonly first?: {
    readonly payload: Message3;
    /** when message 2 was made */
    readonly timeMs: number;
  };
}

export class HandshakeDesk {
  readonly #store: Store;
  readonly #keeper: Keeper;
  readonly #entropy: Entropy;
  readonly #refuse: Refuse;
  readonly #table = new HalfOpenTable();
  readonly #gateways = new RateLimit(GATEWAY_BURST, GATEWAY_REFILL_MS);
  readonly #nodes = new RateLimit(NODE_BURST, NODE_REFILL_MS);
  readonly #staticKeys = new Map<string, { suite: number; keys: KeyPair }>();

  constructor(store: Store, keeper: Keeper, entropy: Entropy, refuse: Refuse) {
    this.#store = store;
    this.#keeper = keeper;
    this.#entropy = entropy;
    this.#refuse = refuse;
    this.loadStaticKeys();
  }

  /** To be called when a static key was added or retired. */
  loadStaticKeys(): void {
    this.#staticKeys.clear();
    for (const { suite, keys } of this.#store.registry.staticKeys()) this.#staticKeys.set(toHex(keyIdentifier(keys.publicKey)), { suite, keys });
  }

  get halfOpen(): number {
    return this.#table.size;
  }

  /** Message 1: anyone can make one. Answers with message 2. */
  begin(item: Item, turn: Turn): void {
    const firstHash = toHex(sha256(item.message));
    const known = this.#table.byFirstHash(firstHash, turn.nowMs);
    if (known !== undefined) return turn.outbox.add(routeOf(item), known.reply);
    if (!this.#mayCost(item, turn)) return;
    const received = readMessage1(item.message, (id, suite) => this.#keysById(id, suite), this.#entropy);
    if (received === undefined) return this.#refuse(item, 'handshake-refused');
    const payload = decodeMessage1(received.payload);
    if (payload === undefined) {
      received.close();
      return this.#refuse(item, 'handshake-refused');
    }
    // No assistant has handed in anything: the receipt says so, and the node decides by its policy.
    const receipt = payload.mode === COLLABORATION_MODE.off ? undefined : {};
    const { message2, next } = received.reply(encodeMessage2({ timeMs: turn.nowMs, receipt }));
    this.#table.add({
      gateway: item.delivery.gateway.id, firstHash, expiresMs: turn.nowMs + HALF_OPEN_MS, reply: message2,
      handshake: { id: received.id, suite: received.suite, payload, timeMs: turn.nowMs, step: next, tries: 0 },
    });
    turn.outbox.add(routeOf(item), message2);
  }

  /** Message 3, inside the turn's transaction. @returns the session that it begins, or has begun before */
  finish(item: Item, turn: Turn): Begun | undefined {
    const id = item.message.slice(1, 1 + SESSION_ID_LENGTH);
    const message3Hash = sha256(item.message);
    const stored = id.length === SESSION_ID_LENGTH ? this.#store.sessions.sessionOfHandshake(id, message3Hash) : undefined;
    if (stored !== undefined) return { node: stored.node, session: stored.id };
    const entry = this.#table.byId(id, turn.nowMs);
    if (entry?.handshake === undefined) {
      this.#refuse(item, 'handshake-refused');
      return undefined;
    }
    // One that was accepted and is not at rest had its transaction fail: it comes again as it was, or not at all.
    const { accepted } = entry.handshake;
    if (accepted !== undefined && accepted.message3Hash !== toHex(message3Hash)) {
      this.#refuse(item, 'handshake-refused');
      return undefined;
    }
    const opened = accepted ?? this.#accept(entry, item, toHex(message3Hash), turn);
    const node = opened && this.#keeper.node(opened.node);
    if (opened === undefined || node === undefined) return undefined;
    const { id: session } = this.#keeper.addSession(node, opened.keys, turn.nowMs, { id, message3Hash });
    turn.afterCommit.push(() => {
      this.#table.remove(entry);
      wipeSessionKeys(opened.keys);
    });
    return { node: node.row.id, session, first: { payload: opened.payload, timeMs: entry.handshake.timeMs } };
  }

  /** The first message of a resumption, inside the turn's transaction. */
  resume(item: Item, turn: Turn): void {
    const firstHash = toHex(sha256(item.message));
    const known = this.#table.byFirstHash(firstHash, turn.nowMs);
    if (known !== undefined) return turn.outbox.add(routeOf(item), known.reply);
    const { gateway } = item.delivery;
    if (!this.#table.hasRoom(gateway.id, turn.nowMs)) return this.#refuse(item, 'rate-limited');
    let found: ReturnType<SessionStore['findResumption']>;
    const received = readResumption(item.message, (id, suite) => {
      found = this.#store.sessions.findResumption(id);
      return found !== undefined && this.#keeper.node(found.node)?.row.suite === suite ? found.known : undefined;
    }, this.#entropy);
    if (received === undefined || found === undefined) return this.#refuse(item, 'handshake-refused');
    const node = this.#keeper.node(found.node)!;
    if (!this.#nodes.take(toHex(node.row.serial), turn.nowMs)) {
      received.close();
      return this.#refuse(item, 'rate-limited');
    }
    this.#store.sessions.useAttempt(found.session, found.known.attempt);
    const reply = received.reply(encodeResumeReply({ timeMs: turn.nowMs }));
    if (reply === undefined) return this.#refuse(item, 'handshake-refused');
    this.#keeper.addSession(node, reply.keys, turn.nowMs);
    wipeSessionKeys(reply.keys);
    turn.outbox.add(routeOf(item), reply.message2);
    turn.afterCommit.push(() => {
      this.#table.add({ gateway: gateway.id, firstHash, expiresMs: turn.nowMs + HALF_OPEN_MS, reply: reply.message2 });
    });
  }

  close(): void {
    this.#table.close();
  }

  #mayCost(item: Item, turn: Turn): boolean {
    const { id, name } = item.delivery.gateway;
    if (this.#table.hasRoom(id, turn.nowMs) && this.#gateways.take(name, turn.nowMs)) return true;
    this.#refuse(item, 'rate-limited');
    return false;
  }

  #keysById(id: Uint8Array, suite: number): KeyPair | undefined {
    const found = this.#staticKeys.get(toHex(id));
    return found?.suite === suite ? found.keys : undefined;
  }

  /** Opens message 3 for the first time. Only a message that opens and decodes takes the handshake's one acceptance. */
  #accept(entry: HalfOpen, item: Item, message3Hash: string, turn: Turn): Accepted | undefined {
    const handshake = entry.handshake!;
    let reason: RefusalCode = 'handshake-refused';
    let node: NodeRow | undefined;
    const read = handshake.step.read(item.message, (publicKey) => {
      node = this.#store.registry.nodeByKey(publicKey);
      reason = node === undefined || node.revokedMs !== undefined ? 'handshake-unknown-node' : reason;
      if (node === undefined || reason !== 'handshake-refused' || node.suite !== handshake.suite) return undefined;
      // Policy is enrolled: the mode that message 1 bore must be this node's, and `required` needs an x, which nobody holds.
      if (node.collaborationMode !== handshake.payload.mode || node.collaborationMode === COLLABORATION_MODE.required) return undefined;
      return { enrolmentPsk: this.#store.registry.secrets(node).enrolmentPsk, mode: handshake.payload.mode };
    });
    const payload = read && decodeMessage3(read.payload);
    if (read !== undefined && node !== undefined && payload !== undefined && this.#nodes.take(toHex(node.serial), turn.nowMs)) {
      return (handshake.accepted = { message3Hash, node: node.id, payload, keys: read.keys });
    }
    if (read !== undefined) wipeSessionKeys(read.keys);
    if (read !== undefined || ++handshake.tries >= MAX_MESSAGE3_TRIES) this.#table.remove(entry);
    this.#refuse(item, payload === undefined ? reason : 'rate-limited');
    return undefined;
  }
}
