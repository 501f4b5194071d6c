// Sessions, resumptions and chains at rest. All keys in here are sealed; resume ids and tags are in clear, as they are
// on the air. When something is used or forgotten is decided in handshake-desk.ts and session-keeper.ts.
import { concat, readUint32, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { expandBlock, nextBlockKey } from 'lorica/session/record-keys';
import { resumptionIds, RESUMPTION_LOOK_AHEAD, type Resumption } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import type { ChainAtRest } from 'lorica/session/sealing-chain';
import type { KnownResumption } from 'lorica/session/responder';
import { TAG_LENGTH } from 'lorica/wire/message-type';
import type { Row, SqlDatabase } from './database.ts';
import type { Keystore } from './keystore.ts';
import { numberOrUndefined, plainBytes, rowNumber, seal, unseal } from './rows.ts';
import type { Sealer } from './sealer.ts';
import { OPENING_SKIP_BLOCKS } from './watermark.ts';

export const CHAIN_STATUS = { open: 0, complete: 1, closed: 2 } as const;
export type ChainStatus = (typeof CHAIN_STATUS)[keyof typeof CHAIN_STATUS];

const SECRET_LENGTH = 32;

export interface SessionRow {
  readonly id: number;
  readonly node: number;
  readonly resumed: boolean;
  readonly confirmed: boolean;
  readonly createdMs: number;
  /** missing once the session only receives */
  readonly down: ChainAtRest | undefined;
}

export interface NewSession {
  readonly node: number;
  readonly down: ChainAtRest;
  readonly resumption: Resumption;
  /** of a full handshake: its id (8 bytes) and the SHA-256 of message 3 */
  readonly handshake?: { readonly id: Uint8Array; readonly message3Hash: Uint8Array };
  readonly nowMs: number;
}

export interface ChainRow {
  readonly id: number;
  readonly tag: Uint8Array;
  readonly node: number;
  readonly session: number | undefined;
  readonly offlineStep: number | undefined;
  readonly urgent: boolean;
  readonly status: ChainStatus;
  readonly holeSinceMs: number | undefined;
  readonly holeTold: boolean;
}

export interface NewChain {
  readonly node: number;
  readonly session?: number;
  readonly offlineStep?: number;
  readonly urgent: boolean;
  readonly opening: OpeningChain;
}

export class SessionStore {
  readonly #database: SqlDatabase;
  readonly #sealer: Sealer;

  constructor(database: SqlDatabase, keys: Keystore) {
    this.#database = database;
    this.#sealer = keys.sealer('sessions');
  }

  /** Stores a session with its resume ids, not confirmed yet. @returns its number */
  add({ node, down, resumption, handshake, nowMs }: NewSession): number {
    const { id } = this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM sessions').get()!;
    const session = Number(id);
    const { secret, hash } = resumption;
    this.#database
      .prepare(`INSERT INTO sessions (id, node, resumed, handshake_id, message3_hash, down_sealed, resumption_sealed, created_ms)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
      .run(session, node, handshake === undefined ? 1 : 0, handshake?.id ?? null, handshake?.message3Hash ?? null,
        this.#sealDown(session, down), seal(this.#sealer, 'sessions.resumption', rowNumber(session), concat(secret, hash)), nowMs);
    this.#addResumeIds(session, resumption, 0);
    return session;
  }

  /** of a node, oldest first; those that still can send, or are not confirmed */
  sessionsOf(node: number): SessionRow[] {
    return this.#database
      .prepare('SELECT * FROM sessions WHERE node = ? AND (down_sealed IS NOT NULL OR confirmed = 0) ORDER BY id')
      .all(node)
      .map((row) => this.#sessionOf(row));
  }

  /** the session that a handshake with this id and message 3 has led to */
  sessionOfHandshake(id: Uint8Array, message3Hash: Uint8Array): { id: number; node: number } | undefined {
    const row = this.#database.prepare('SELECT id, node FROM sessions WHERE handshake_id = ? AND message3_hash = ?').get(id, message3Hash);
    return row && { id: Number(row['id']), node: Number(row['node']) };
  }

  /** To be at rest before a record of the block that is begun goes out. */
  setDown(session: number, down: ChainAtRest): void {
    this.#database.prepare('UPDATE sessions SET down_sealed = ? WHERE id = ?').run(this.#sealDown(session, down), session);
  }

  /** A record has opened under `session`: from now on it sends alone, and older ones are not resumed any more. */
  confirm(node: number, session: number): void {
    this.#database.prepare('UPDATE sessions SET confirmed = 1 WHERE id = ?').run(session);
    this.#database.prepare('UPDATE sessions SET down_sealed = NULL, resumption_sealed = NULL, confirmed = 1 WHERE node = ? AND id < ?').run(node, session);
    this.#database.prepare('DELETE FROM resume_ids WHERE session IN (SELECT id FROM sessions WHERE node = ? AND id < ?)').run(node, session);
  }

  /** Gives up a session that was never confirmed; its chains stay. */
  drop(session: number): void {
    this.#database.prepare('UPDATE sessions SET down_sealed = NULL, resumption_sealed = NULL, confirmed = 1 WHERE id = ?').run(session);
    this.#database.prepare('DELETE FROM resume_ids WHERE session = ?').run(session);
  }

  /** protocol.md §5, after a restore: sessions only receive until a full handshake. */
  forgetSecrets(): void {
    this.#database.prepare('UPDATE sessions SET down_sealed = NULL, resumption_sealed = NULL').run();
    this.#database.prepare('DELETE FROM resume_ids').run();
  }

  /** At every opening: blocks that a rolled-back database may have used are left out (watermark.ts). */
  skipDownBlocks(): void {
    for (const row of this.#database.prepare('SELECT * FROM sessions WHERE down_sealed IS NOT NULL').all()) {
      const { id, down } = this.#sessionOf(row);
      let blockKey = down!.blockKey;
      for (let i = 0; i < OPENING_SKIP_BLOCKS; i++) {
        const expanded = expandBlock(blockKey);
        wipe(blockKey);
        blockKey = nextBlockKey(expanded);
        wipe(expanded);
      }
      this.setDown(id, { tag: down!.tag, block: down!.block + OPENING_SKIP_BLOCKS, blockKey });
    }
  }

  /** What a resume id in the clear belongs to. */
  findResumption(id: Uint8Array): { session: number; node: number; known: KnownResumption } | undefined {
    const row = this.#database
      .prepare('SELECT session, attempt, node, resumption_sealed FROM resume_ids JOIN sessions ON sessions.id = resume_ids.session WHERE resume_ids.id = ?')
      .get(id);
    if (row === undefined || row['resumption_sealed'] === null) return undefined;
    const session = Number(row['session']);
    return { session, node: Number(row['node']), known: { ...this.#resumption(session, row), attempt: Number(row['attempt']) } };
  }

  /** The attempt was used: it and all before it are never taken again. */
  useAttempt(session: number, attempt: number): void {
    this.#database.prepare('DELETE FROM resume_ids WHERE session = ?').run(session);
    this.#database.prepare('UPDATE sessions SET next_attempt = ? WHERE id = ?').run(attempt + 1, session);
    const row = this.#database.prepare('SELECT resumption_sealed FROM sessions WHERE id = ?').get(session)!;
    this.#addResumeIds(session, this.#resumption(session, row), attempt + 1);
  }

  addChain({ node, session, offlineStep, urgent, opening }: NewChain): number {
    const { lastInsertRowid } = this.#database
      .prepare('INSERT INTO chains (tag, node, session, offline_step, urgent, state_sealed) VALUES (?, ?, ?, ?, ?, ?)')
      .run(opening.tag, node, session ?? null, offlineStep ?? null, urgent ? 1 : 0, this.#sealState(opening));
    return Number(lastInsertRowid);
  }

  chainByTag(tag: Uint8Array): ChainRow | undefined {
    const row = this.#database.prepare('SELECT * FROM chains WHERE tag = ?').get(tag);
    return row && chainOf(row);
  }

  chainsOf(node: number): ChainRow[] {
    return this.#database.prepare('SELECT * FROM chains WHERE node = ? ORDER BY id').all(node).map(chainOf);
  }

  /** the node's chains that are neither complete nor closed */
  openChainsOf(node: number): ChainRow[] {
    return this.#database.prepare('SELECT * FROM chains WHERE node = ? AND status = 0 ORDER BY id').all(node).map(chainOf);
  }

  opening(chain: ChainRow): OpeningChain {
    const row = this.#database.prepare('SELECT state_sealed FROM chains WHERE id = ?').get(chain.id);
    const opening = OpeningChain.restore(unseal(this.#sealer, 'chains.state', chain.tag, row?.['state_sealed']));
    if (opening === undefined) throw new TypeError('a stored chain does not decode');
    return opening;
  }

  saveChain(id: number, opening: OpeningChain, status: ChainStatus, holeSinceMs: number | undefined, holeTold: boolean): void {
    this.#database
      .prepare('UPDATE chains SET state_sealed = ?, status = ?, hole_since_ms = ?, hole_told = ? WHERE id = ?')
      .run(this.#sealState(opening), status, holeSinceMs ?? null, holeTold ? 1 : 0, id);
  }

  #sealState(opening: OpeningChain): Uint8Array {
    const state = opening.save();
    const sealed = seal(this.#sealer, 'chains.state', opening.tag, state);
    wipe(state);
    return sealed;
  }

  #sealDown(session: number, { tag, block, blockKey }: ChainAtRest): Uint8Array {
    const number = new Uint8Array(4);
    writeUint32(number, 0, block);
    const plain = concat(tag, number, blockKey);
    const sealed = seal(this.#sealer, 'sessions.down', rowNumber(session), plain);
    wipe(plain);
    return sealed;
  }

  #sessionOf(row: Row): SessionRow {
    const id = Number(row['id']);
    let down: ChainAtRest | undefined;
    if (row['down_sealed'] !== null) {
      const plain = unseal(this.#sealer, 'sessions.down', rowNumber(id), row['down_sealed']);
      down = { tag: plain.slice(0, TAG_LENGTH), block: readUint32(plain, TAG_LENGTH), blockKey: plain.slice(TAG_LENGTH + 4) };
    }
    return {
      id, node: Number(row['node']), resumed: row['resumed'] === 1, confirmed: row['confirmed'] === 1, createdMs: Number(row['created_ms']), down,
    };
  }

  #resumption(session: number, row: Row): Resumption {
    const plain = unseal(this.#sealer, 'sessions.resumption', rowNumber(session), row['resumption_sealed']);
    return { secret: plain.subarray(0, SECRET_LENGTH), hash: plain.subarray(SECRET_LENGTH) };
  }

  #addResumeIds(session: number, { secret, hash }: Resumption, from: number): void {
    const insert = this.#database.prepare('INSERT INTO resume_ids (id, session, attempt) VALUES (?, ?, ?)');
    for (const { id, attempt } of resumptionIds(secret, hash, RESUMPTION_LOOK_AHEAD, from)) insert.run(id, session, attempt);
  }
}

function chainOf(row: Row): ChainRow {
  return {
    id: Number(row['id']),
    tag: plainBytes(row['tag']),
    node: Number(row['node']),
    session: numberOrUndefined(row['session']),
    offlineStep: numberOrUndefined(row['offline_step']),
    urgent: row['urgent'] === 1,
    status: Number(row['status']) as ChainStatus,
    holeSinceMs: numberOrUndefined(row['hole_since_ms']),
    holeTold: row['hole_told'] === 1,
  };
}
