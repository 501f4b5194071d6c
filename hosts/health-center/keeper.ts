// Nodes, sessions and chains as they are in memory: loaded from the store when first needed, saved once a turn, and
// forgotten as a whole after a transaction that failed. Nothing here outlives what the store holds.
import { OpeningChain } from 'lorica/session/opening-chain';
import { offlineSeed, type SessionKeys } from 'lorica/session/keys';
import { SealingChain } from 'lorica/session/sealing-chain';
import { wipe } from 'lorica/bytes/bytes';
import type { Route } from './outbox.ts';
import type { NodeRow } from './registry.ts';
import { type ChainRow, type ChainStatus, type SessionRow } from './session-store.ts';
import type { Store } from './store.ts';

/** Sessions of one node that no record has confirmed yet. */
export const MAX_CANDIDATES = 3;
/** Offline chains of a node that the health center knows ahead: resets without a connection, two chains each. */
export const OFFLINE_LOOK_AHEAD = 16;
/** How far a tag that an authenticated node names is looked for. */
export const OFFLINE_SEARCH = 1024;
/** chains in memory, over all nodes; beyond, all are loaded again as they are needed */
export const MAX_LOADED_CHAINS = 50_000;

export interface LoadedSession {
  readonly id: number;
  confirmed: boolean;
  readonly down: SealingChain | undefined;
}

export interface LoadedNode {
  readonly row: NodeRow;
  /** oldest first */
  sessions: LoadedSession[];
  /** offline chains below this step have rows */
  offlineStep: number;
  /** where its last authentic message came from */
  route: Route | undefined;
}

export interface LoadedChain {
  readonly row: ChainRow;
  readonly node: LoadedNode;
  readonly opening: OpeningChain;
  status: ChainStatus;
  holeSinceMs: number | undefined;
  holeTold: boolean;
}

export class Keeper {
  readonly #store: Store;
  readonly #nodes = new Map<number, LoadedNode>();
  readonly #chains = new Map<string, LoadedChain>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns `undefined` for a node that is not registered or is revoked */
  node(id: number): LoadedNode | undefined {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    const row = this.#store.registry.node(id);
    if (row === undefined || row.revokedMs !== undefined) return undefined;
    const node: LoadedNode = { row, sessions: this.#store.sessions.sessionsOf(id).map(load), offlineStep: row.offlineStep, route: undefined };
    this.#nodes.set(id, node);
    return node;
  }

  chain(tag: Uint8Array): LoadedChain | undefined {
    const name = tagName(tag);
    const known = this.#chains.get(name);
    if (known !== undefined) return known;
    const row = this.#store.sessions.chainByTag(tag);
    const node = row && this.node(row.node);
    if (row === undefined || node === undefined) return undefined;
    const chain: LoadedChain = {
      row, node, opening: this.#store.sessions.opening(row), status: row.status, holeSinceMs: row.holeSinceMs, holeTold: row.holeTold,
    };
    this.#chains.set(name, chain);
    return chain;
  }

  /** Stores a new session of the node with its chains, as a candidate until a record opens under it. */
  addSession(node: LoadedNode, keys: SessionKeys, nowMs: number, handshake?: { id: Uint8Array; message3Hash: Uint8Array }): LoadedSession {
    const { sessions } = this.#store;
    const down = { tag: keys.down.tag, block: 0, blockKey: keys.down.root };
    const id = sessions.add({ node: node.row.id, down, resumption: keys.resumption, nowMs, ...(handshake && { handshake }) });
    for (const [seed, urgent] of [[keys.normal, false], [keys.urgent, true]] as const) {
      const opening = OpeningChain.start(seed);
      sessions.addChain({ node: node.row.id, session: id, urgent, opening });
      opening.close();
    }
    const session: LoadedSession = { id, confirmed: false, down: SealingChain.start(keys.down) };
    node.sessions.push(session);
    const candidates = node.sessions.filter((s) => !s.confirmed);
    if (candidates.length > MAX_CANDIDATES) this.#drop(node, candidates[0]!);
    return session;
  }

  /** A record has opened under `session`. @returns whether that is new */
  confirm(node: LoadedNode, session: number): boolean {
    const loaded = node.sessions.find(({ id }) => id === session);
    if (loaded === undefined || loaded.confirmed) return false;
    loaded.confirmed = true;
    this.#store.sessions.confirm(node.row.id, session);
    for (const { id, down } of node.sessions) if (id < session) down?.close();
    node.sessions = node.sessions.filter(({ id }) => id >= session);
    return true;
  }

  /** The sessions to send under: the newest confirmed one, and those after it, which the node may have gone on to. */
  sendingSessions(node: LoadedNode): LoadedSession[] {
    let from = node.sessions.findLastIndex(({ confirmed }) => confirmed);
    if (from < 0) from = 0;
    return node.sessions.slice(from).filter(({ down }) => down !== undefined && !down.isExhausted);
  }

  /** Seals a command on a session's down chain; what a new block needs is at rest with the transaction. */
  seal(session: LoadedSession, plaintext: Uint8Array): Uint8Array {
    const down = session.down!;
    if (down.needsBlock) {
      const atRest = down.beginBlock();
      this.#store.sessions.setDown(session.id, atRest);
      wipe(atRest.blockKey);
    }
    return down.seal(plaintext).record;
  }

  saveChain({ row, opening, status, holeSinceMs, holeTold }: LoadedChain): void {
    this.#store.sessions.saveChain(row.id, opening, status, holeSinceMs, holeTold);
  }

  /** A record has opened on an offline chain: keeps rows for those up to OFFLINE_LOOK_AHEAD beyond it. */
  useOffline(node: LoadedNode, usedStep: number): void {
    const until = usedStep + 1 + OFFLINE_LOOK_AHEAD;
    if (until <= node.offlineStep) return;
    const { step, secret } = this.#store.registry.offline(node.row);
    extendOffline(this.#store, node.row, step, secret, until);
    node.offlineStep = Math.max(step, until);
  }

  /** An authenticated node names a tag that is not known: it may be an offline chain further ahead. */
  findOffline(node: NodeRow, tag: Uint8Array): boolean {
    const { step, secret } = this.#store.registry.offline(node);
    let walker: Uint8Array = secret.slice();
    for (let i = 0; i < OFFLINE_SEARCH; i++) {
      const seeds = offlineSeed(walker);
      const isFound = tagName(seeds.normal.tag) === tagName(tag) || tagName(seeds.urgent.tag) === tagName(tag);
      wipe(seeds.normal.root, seeds.urgent.root, walker);
      walker = seeds.next;
      if (isFound) {
        extendOffline(this.#store, node, step, secret, step + i + 1 + OFFLINE_LOOK_AHEAD);
        return true;
      }
    }
    wipe(walker, secret);
    return false;
  }

  /** Between turns: keeps memory bounded. */
  trim(): void {
    if (this.#chains.size > MAX_LOADED_CHAINS || this.#nodes.size > MAX_LOADED_CHAINS) this.forget();
  }

  /** All is loaded again; routes are learnt again. */
  forget(): void {
    for (const { opening } of this.#chains.values()) opening.close();
    for (const { sessions } of this.#nodes.values()) for (const { down } of sessions) down?.close();
    this.#chains.clear();
    this.#nodes.clear();
  }

  #drop(node: LoadedNode, session: LoadedSession): void {
    this.#store.sessions.drop(session.id);
    session.down?.close();
    node.sessions = node.sessions.filter((s) => s !== session);
  }
}

/**
 * Stores the offline chains from `step` up to `until`, and O of `until` alone.
 * @param secret O_step; wiped
 */
export function extendOffline(store: Store, node: NodeRow, step: number, secret: Uint8Array, until: number): void {
  for (; step < until; step++) {
    const { normal, urgent, next } = offlineSeed(secret);
    for (const [seed, isUrgent] of [[normal, false], [urgent, true]] as const) {
      const opening = OpeningChain.start(seed);
      store.sessions.addChain({ node: node.id, offlineStep: step, urgent: isUrgent, opening });
      opening.close();
      wipe(seed.root);
    }
    wipe(secret);
    secret = next;
  }
  store.registry.setOffline(node, step, secret);
  wipe(secret);
}

const load = ({ id, confirmed, down }: SessionRow): LoadedSession => ({ id, confirmed, down: down && SealingChain.restore(down) });

/** Faster than `toHex`: this runs for every record. */
const tagName = (tag: Uint8Array): string => Buffer.from(tag.buffer, tag.byteOffset, tag.byteLength).toString('latin1');

/** Nothing has opened on it, and nothing of it was given up. */
export const isUnused = ({ opening }: LoadedChain): boolean => opening.reach === 0;
