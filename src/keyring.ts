// Seals records: under the session's two chains, or, without a session, under offline chains (protocol.md §5). It sees to
// it that the vault holds what must be at rest before a key is used, and nothing else; that after a reset a chain goes on
// with its next block; and that it is known where each chain ended. It knows no readings and sends nothing.
import { wipe } from 'lorica/bytes/bytes';
import type { Vault } from 'lorica/journal/vault';
import { CODE } from 'lorica/node/codes';
import {
  decodeOffline, decodeSession, encodeOffline, encodeSession, wipeOffline, wipeSession, type OfflineAtRest, type SessionAtRest
} from 'lorica/node/secrets';
import { loadEndedChains, storeEndedChains } from 'lorica/node/settings';
import { OFFLINE_SLOT, SESSION_SLOT } from 'lorica/node/slots';
import { isSameTag } from 'lorica/node/tags';
import type { KeyValue } from 'lorica/node/world';
import { MAX_CHAINS, type ChainEnd } from 'lorica/reading/reading';
import { offlineSeed, type ChainSeed, type Resumption, type SessionKeys } from 'lorica/session/keys';
import { MAX_BLOCKS, POSITIONS } from 'lorica/session/record-keys';
import { SealingChain, type ChainAtRest } from 'lorica/session/sealing-chain';

/**
 * Blocks that a chain runs ahead of what is acknowledged: the receiver follows 1024. Beyond, an offline chain begins.
 */
export const MAX_BLOCKS_UNACKNOWLEDGED = 960;
/** ended chains on the list; with the two in use and two in reserve they are what a status record holds */
export const MAX_ENDED_CHAINS = MAX_CHAINS - 4;

export interface KeyringOptions {
  readonly vault: Vault;
  readonly storage: KeyValue;
  readonly log: (code: number, detail?: number) => void;
}

/** Indices of a chain in use that a reset has left out: those of the block that was in use, not more than these. */
export interface LeftOut {
  readonly tag: Uint8Array;
  readonly first: number;
  readonly last: number;
}

interface Chains {
  readonly slot: typeof SESSION_SLOT | typeof OFFLINE_SLOT;
  readonly normal: SealingChain;
  readonly urgent: SealingChain;
}

type ChainName = 'normal' | 'urgent';

export class Keyring {
  readonly #vault: Vault;
  readonly #storage: KeyValue;
  readonly #log: (code: number, detail?: number) => void;
  #chains: Chains | undefined;
  #ended: ChainEnd[];
  /** the vault has refused a key: nothing is sealed until the next reset */
  #isBroken = false;
  /** per chain in use: the lowest block that the receiver is known to miss something of */
  #acknowledged = { normal: 0, urgent: 0 };
  /** what a reset has left out of the chains in use; for gap records */
  readonly leftOut: readonly LeftOut[];

  /** Takes up what is at rest; no key that was in use before a reset is used again. */
  constructor({ vault, storage, log }: KeyringOptions) {
    this.#vault = vault;
    this.#storage = storage;
    this.#log = log;
    this.#chains = this.#restore();
    this.#ended = loadEndedChains(storage).filter(({ tag }) => !this.#isInUse(tag));
    this.leftOut = this.#chains === undefined ? [] : [this.#chains.normal, this.#chains.urgent].flatMap(leftOutOf);
  }

  /** what a resumption can begin from: `undefined` before the first full handshake */
  get session(): Pick<SessionAtRest, 'resumptions' | 'fullTimeMs'> | undefined {
    const session = this.#readSession();
    if (session === undefined) return undefined;
    const { resumptions, fullTimeMs } = session;
    wipeSession(session);
    return { resumptions, fullTimeMs };
  }

  /**
   * Chains that are not delivered wholly, ended ones first; of those in use such as have records.
   * @returns with each the next unused index: where it ends, if it has ended
   */
  get undelivered(): ChainEnd[] {
    return [...this.#ended, ...this.#used()];
  }

  /** @returns the index after the last record sealed on a chain, `undefined` for one that is not ours or all delivered */
  nextIndex(tag: Uint8Array): number | undefined {
    return this.undelivered.find((chain) => isSameTag(chain.tag, tag))?.next;
  }

  /**
   * @returns the record, or `undefined` when the vault does not take what has to be at rest first
   * @throws RangeError if the plaintext is too long
   */
  seal(urgent: boolean, plaintext: Uint8Array): Uint8Array | undefined {
    if (this.#isBroken) return undefined;
    const name = urgent ? 'urgent' : 'normal';
    let chains = this.#chains ?? this.#openOffline();
    if (chains?.[name].needsBlock === true) {
      if (this.#isAtEnd(chains, name)) chains = this.#openOffline();
      if (chains === undefined || !this.#beginBlock(chains, name)) return undefined;
    }
    return chains?.[name].seal(plaintext).record;
  }

  /** Takes the next attempt at the session's resumption: never given again. The caller wipes the secret. */
  takeAttempt(): { resumption: Resumption; attempt: number } | undefined {
    const session = this.#readSession();
    if (session === undefined) return undefined;
    const stored = this.#put(SESSION_SLOT, encodeSession({ ...session, attempt: session.attempt + 1 }));
    const { resumption, attempt, normal, urgent } = session;
    wipe(normal.blockKey, urgent.blockKey);
    return stored ? { resumption, attempt } : undefined;
  }

  /**
   * A new session: its chains are sealed under from now on, those before have ended.
   * @param keys copied; the caller wipes them
   * @param fullTimeMs the health center's time, if the handshake was a full one
   * @returns false when the vault did not obey: then all is as before
   */
  adopt(keys: SessionKeys, fullTimeMs: number | undefined): boolean {
    const before = this.session;
    const session: SessionAtRest = {
      resumption: keys.resumption,
      attempt: 0,
      resumptions: fullTimeMs === undefined ? (before?.resumptions ?? 0) + 1 : 0,
      fullTimeMs: fullTimeMs ?? before?.fullTimeMs ?? 0,
      normal: atStart(keys.normal),
      urgent: atStart(keys.urgent)
    };
    // The list comes first: a cut before the vault has the session leaves chains on it that are in use, which counts.
    this.#listUsed();
    if (!this.#put(SESSION_SLOT, encodeSession(session))) {
      this.#ended = this.#ended.filter(({ tag }) => !this.#isInUse(tag));
      return false;
    }
    if (this.#chains?.slot === OFFLINE_SLOT) this.#dropOffline();
    this.#use({ slot: SESSION_SLOT, normal: SealingChain.start(keys.normal), urgent: SealingChain.start(keys.urgent) });
    return true;
  }

  /** The receiver has everything of a chain below `next`. @returns whether the chain is delivered wholly now */
  acknowledge(tag: Uint8Array, next: number): boolean {
    const chains = this.#chains;
    for (const name of ['normal', 'urgent'] as const) {
      if (chains === undefined || !isSameTag(chains[name].tag, tag)) continue;
      this.#acknowledged[name] = Math.max(this.#acknowledged[name], Math.min(next, chains[name].nextIndex) >>> 8);
    }
    const left = this.#ended.filter((chain) => chain.next > next || !isSameTag(chain.tag, tag));
    if (left.length === this.#ended.length) return false;
    this.#ended = left;
    storeEndedChains(this.#storage, left);
    return true;
  }

  /** Wipes the keys in memory; the vault stays as it is. */
  close(): void {
    this.#chains?.normal.close();
    this.#chains?.urgent.close();
    this.#chains = undefined;
  }

  #restore(): Chains | undefined {
    const session = this.#readSession();
    const offline = this.#readOffline();
    const chains = session !== undefined && session.normal.block < MAX_BLOCKS ? session : offline?.chains;
    const slot = chains === session ? SESSION_SLOT : OFFLINE_SLOT;
    const restored = chains && { slot, normal: SealingChain.restore(chains.normal), urgent: SealingChain.restore(chains.urgent) } as const;
    // A cut while a session was adopted: the offline chains are on the list of ended ones already.
    if (slot === SESSION_SLOT && offline?.chains !== undefined) this.#dropOffline();
    if (session !== undefined) wipeSession(session);
    if (offline !== undefined) wipeOffline(offline);
    return restored;
  }

  #isAtEnd(chains: Chains, name: ChainName): boolean {
    const chain = chains[name];
    return chain.isExhausted || chain.nextIndex / POSITIONS - this.#acknowledged[name] >= MAX_BLOCKS_UNACKNOWLEDGED;
  }

  /** Puts the key of the block after the one that begins to rest, and destroys the one that it began with. */
  #beginBlock({ slot, ...chains }: Chains, name: ChainName): boolean {
    const next = chains[name].beginBlock();
    let stored = false;
    if (slot === SESSION_SLOT) {
      const session = this.#readSession();
      stored = session !== undefined && this.#put(slot, encodeSession({ ...session, [name]: next }));
      if (session !== undefined) wipeSession(session);
    } else {
      const offline = this.#readOffline();
      const at = offline?.chains;
      stored = offline !== undefined && at !== undefined && this.#put(slot, encodeOffline({ ...offline, chains: { ...at, [name]: next } }));
      if (offline !== undefined) wipeOffline(offline);
    }
    wipe(next.blockKey);
    // What is not at rest must not be used: after the next reset it would be used again.
    this.#isBroken = !stored;
    return stored;
  }

  /** Goes on to the next offline chains; the chains in use end. */
  #openOffline(): Chains | undefined {
    const offline = this.#readOffline();
    if (offline === undefined) {
      this.#log(CODE.offlineMissing);
      return undefined;
    }
    const { normal, urgent, next } = offlineSeed(offline.secret);
    this.#listUsed();
    const chains = { normal: atStart(normal), urgent: atStart(urgent) };
    const stored = this.#retireSession() && this.#put(OFFLINE_SLOT, encodeOffline({ step: offline.step + 1, secret: next, chains }));
    if (stored) this.#use({ slot: OFFLINE_SLOT, normal: SealingChain.start(normal), urgent: SealingChain.start(urgent) });
    wipe(normal.root, urgent.root, next);
    wipeOffline(offline);
    return stored ? this.#chains : undefined;
  }

  /** The session's chains have come to their end, its resumption has not. */
  #retireSession(): boolean {
    const session = this.#chains?.slot === SESSION_SLOT ? this.#readSession() : undefined;
    if (session === undefined) return true;
    const { normal, urgent } = session;
    const stored = this.#put(SESSION_SLOT, encodeSession({ ...session, normal: atEnd(normal), urgent: atEnd(urgent) }));
    wipeSession(session);
    return stored;
  }

  #dropOffline(): void {
    const offline = this.#readOffline();
    if (offline === undefined) return;
    this.#put(OFFLINE_SLOT, encodeOffline({ step: offline.step, secret: offline.secret }));
    wipeOffline(offline);
  }

  #use(chains: Chains): void {
    this.close();
    this.#chains = chains;
    this.#acknowledged = { normal: 0, urgent: 0 };
  }

  /** Puts the chains in use on the list of ended ones. */
  #listUsed(): void {
    const used = this.#used();
    if (used.length === 0) return;
    this.#ended.push(...used);
    while (this.#ended.length > MAX_ENDED_CHAINS) {
      this.#ended.shift();
      this.#log(CODE.chainForgotten);
    }
    storeEndedChains(this.#storage, this.#ended);
  }

  #used(): ChainEnd[] {
    const chains = this.#chains;
    if (chains === undefined) return [];
    return [chains.normal, chains.urgent].filter(({ nextIndex }) => nextIndex > 0).map(({ tag, nextIndex }) => ({ tag, next: nextIndex }));
  }

  #isInUse(tag: Uint8Array): boolean {
    return this.#chains !== undefined && (isSameTag(this.#chains.normal.tag, tag) || isSameTag(this.#chains.urgent.tag, tag));
  }

  #readSession(): SessionAtRest | undefined {
    return this.#read(SESSION_SLOT, decodeSession);
  }

  #readOffline(): OfflineAtRest | undefined {
    return this.#read(OFFLINE_SLOT, decodeOffline);
  }

  #read<T>(slot: number, decode: (bytes: Uint8Array) => T | undefined): T | undefined {
    const bytes = this.#vault.get(slot);
    const decoded = bytes === undefined ? undefined : decode(bytes);
    wipe(bytes);
    return decoded;
  }

  #put(slot: number, bytes: Uint8Array): boolean {
    const stored = this.#vault.put(slot, bytes);
    wipe(bytes);
    if (!stored) this.#log(CODE.vaultFailed);
    return stored;
  }
}

function atStart({ tag, root }: ChainSeed): ChainAtRest {
  return { tag, block: 0, blockKey: root };
}

/** Stands for a chain that is not sealed under any more. */
function atEnd({ tag, blockKey }: ChainAtRest): ChainAtRest {
  return { tag, block: MAX_BLOCKS, blockKey: new Uint8Array(blockKey.length) };
}

/** The block before the one to begin was in use, and the rest of it is left out. */
function leftOutOf({ tag, nextIndex }: SealingChain): LeftOut[] {
  return nextIndex === 0 ? [] : [{ tag, first: nextIndex - POSITIONS, last: nextIndex - 1 }];
}
