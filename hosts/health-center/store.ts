// The health center's store: what is kept, by subject. Opening checks that the database is whole, that the key file
// belongs to it, and whether it was restored from a backup. Values are sealed under keys of the keystore; the tables
// are in migrations/*.sql.
import { ascii } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import { Chronicle } from './chronicle.ts';
import { SqlDatabase } from './database.ts';
import type { Keystore } from './keystore.ts';
import { ReadingStore } from './reading-store.ts';
import { Registry } from './registry.ts';
import { RollUpStore } from './roll-ups.ts';
import { SessionStore } from './session-store.ts';
import { TimeStore } from './time-store.ts';
import { beginEpoch, keepLot } from './watermark.ts';

const CHECK_ROW = ascii('instance.key_check');
const CHECK_TEXT = ascii('this key belongs to this database');

export interface StoreOptions {
  /** a file, or ':memory:' */
  readonly path: string;
  readonly keys: Keystore;
  /** ms since 1970 */
  readonly nowMs: number;
  /** false only for worlds that end with their process */
  readonly durable?: boolean;
}

export class Store {
  readonly keys: Keystore;
  readonly registry: Registry;
  readonly sessions: SessionStore;
  readonly readings: ReadingStore;
  readonly rollUps: RollUpStore;
  readonly times: TimeStore;
  readonly chronicle: Chronicle;
  /** whether this opening found the database older than the last one that was open */
  readonly wasRestored: boolean;
  readonly #database: SqlDatabase;
  #commitsInLot = 0;

  private constructor(database: SqlDatabase, keys: Keystore, nowMs: number) {
    this.#database = database;
    this.keys = keys;
    this.registry = new Registry(database, keys);
    this.sessions = new SessionStore(database, keys);
    this.readings = new ReadingStore(database, keys);
    this.rollUps = new RollUpStore(database, this.readings);
    this.times = new TimeStore(database);
    this.chronicle = new Chronicle(database);
    const isNew = database.prepare('SELECT 1 FROM instance').get() === undefined;
    if (isNew) createInstance(database, keys, nowMs);
    else requireKey(database, keys);
    this.wasRestored = beginEpoch(database, keys.watermark, isNew);
    this.transaction(() => {
      if (this.wasRestored) this.#forgetAfterRestore(nowMs);
      else this.sessions.skipDownBlocks();
    });
  }

  /** @throws UserError with a sentence when the database or the key file cannot be used */
  static open({ path, keys, nowMs, durable = true }: StoreOptions): Store {
    const database = SqlDatabase.open({ path, durable });
    try {
      return new Store(database, keys, nowMs);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** All of `work` is at rest when this returns, or, when it throws, nothing of it. */
  transaction<T>(work: () => T): T {
    if (this.#database.inTransaction) return work();
    this.#commitsInLot = keepLot(this.#database, this.keys.watermark, this.#commitsInLot);
    try {
      return this.#database.transaction(work);
    } catch (error) {
      this.registry.forgetCached();
      this.readings.forgetCached();
      this.rollUps.forgetCached();
      this.times.forgetCached();
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }

  /** protocol.md §5: after a restore no stored down chain or resumption secret is used; nodes are asked again. */
  #forgetAfterRestore(nowMs: number): void {
    this.sessions.forgetSecrets();
    this.registry.markResendDue();
    const last = this.readings.lastTimeMs();
    const until = last === undefined ? 'no reading' : `readings until ${new Date(last).toISOString()}`;
    this.chronicle.tell({ timeMs: nowMs, code: 'store-restored', alert: true, detail: `The database is older than the one that was last in use; it holds ${until}. Nodes are asked to send again what they still have.` });
  }
}

function createInstance(database: SqlDatabase, keys: Keystore, nowMs: number): void {
  const check = keys.sealer('check').seal(CHECK_ROW, CHECK_TEXT);
  database.prepare('INSERT INTO instance (id, key_check_sealed, epoch, lot, created_ms) VALUES (1, ?, 0, 0, ?)').run(check, nowMs);
}

function requireKey(database: SqlDatabase, keys: Keystore): void {
  const row = database.prepare('SELECT key_check_sealed AS sealed FROM instance').get();
  if (keys.sealer('check').open(CHECK_ROW, row!['sealed'] as Uint8Array) === undefined) {
    throw new UserError(`the key file ${keys.place} does not belong to the database ${database.path}; put the key file that was made with this database in its place.`);
  }
}
