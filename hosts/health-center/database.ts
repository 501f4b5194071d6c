// The embedded SQL database (libsql): opening with checks, migrations, transactions and cached statements. What the
// tables mean is in migrations/*.sql; who writes what is in store.ts. One process has the database to itself.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Libsql from 'libsql';
import { UserError } from 'lorica/hosts/node/failure';

const MIGRATIONS = fileURLToPath(new URL('migrations/', import.meta.url));

export type SqlValue = number | string | Uint8Array | null;
export type Row = Record<string, SqlValue>;

export interface Statement {
  run(...values: readonly SqlValue[]): { changes: number; lastInsertRowid: number };
  get(...values: readonly SqlValue[]): Row | undefined;
  all(...values: readonly SqlValue[]): Row[];
  iterate(...values: readonly SqlValue[]): IterableIterator<Row>;
}

export interface DatabaseOptions {
  /** a file, or ':memory:' */
  readonly path: string;
  /** false: a crash of the machine may take the last commits along; for worlds that end with their process */
  readonly durable?: boolean;
}

export class SqlDatabase {
  readonly path: string;
  readonly #connection: Libsql.Database;
  readonly #statements = new Map<string, Statement>();
  #inTransaction = false;

  private constructor(path: string, connection: Libsql.Database) {
    this.path = path;
    this.#connection = connection;
  }

  /** @throws UserError with a sentence for a damaged, foreign, locked, too new or unreadable database */
  static open({ path, durable = true }: DatabaseOptions): SqlDatabase {
    if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const connection = explain(path, () => new Libsql(path));
    try {
      return explain(path, () => {
        // In this order the lock can be given back at the end; the other way round only the garbage collector could.
        connection.exec('PRAGMA journal_mode = WAL');
        connection.prepare('SELECT count(*) FROM sqlite_schema').all();
        connection.exec('PRAGMA locking_mode = EXCLUSIVE');
        connection.exec(`PRAGMA synchronous = ${durable ? 'FULL' : 'OFF'}`);
        connection.exec('PRAGMA foreign_keys = ON');
        connection.exec('PRAGMA trusted_schema = OFF');
        connection.exec('PRAGMA secure_delete = ON');
        connection.exec('BEGIN EXCLUSIVE');
        connection.exec('COMMIT');
        const database = new SqlDatabase(path, connection);
        database.#requireWhole();
        database.#migrate();
        return database;
      });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** @returns the statement, prepared once */
  prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = withValues(this.#connection.prepare(sql) as unknown as NativeStatement);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Iterates over rows as lists of their columns: half the cost of rows with names, for walks over everything. */
  lists(sql: string, ...values: readonly SqlValue[]): IterableIterator<readonly SqlValue[]> {
    const statement = this.#connection.prepare(sql) as unknown as { raw(): { iterate(values: readonly SqlValue[]): IterableIterator<readonly SqlValue[]> } };
    return statement.raw().iterate(values);
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** Runs `work` in one transaction: all of it is at rest when this returns, or, when it throws, nothing. */
  transaction<T>(work: () => T): T {
    if (this.#inTransaction) return work();
    this.#connection.exec('BEGIN IMMEDIATE');
    this.#inTransaction = true;
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite rolls back by itself on some errors (disk full, I/O); a second ROLLBACK then has nothing to do.
      try {
        this.#connection.exec('ROLLBACK');
      } catch {}
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  /**
   * Puts all into the one file and gives the lock back. The library closes the file only once the garbage collector
   * has been through all statements, so the lock is given back by leaving WAL.
   */
  close(): void {
    this.#statements.clear();
    try {
      this.#connection.prepare('PRAGMA journal_mode = DELETE').all();
      this.#connection.prepare('PRAGMA locking_mode = NORMAL').all();
      this.#connection.prepare('SELECT count(*) FROM sqlite_schema').all();
    } finally {
      this.#connection.close();
    }
  }

  #requireWhole(): void {
    const [found] = this.#connection.prepare('PRAGMA quick_check(1)').all() as { quick_check?: string }[];
    if (found?.quick_check !== 'ok') throw new UserError(damaged(this.path, found?.quick_check ?? 'no answer'));
    const loose = this.#connection.prepare('PRAGMA foreign_key_check').all();
    if (loose.length > 0) throw new UserError(damaged(this.path, `${loose.length} rows refer to rows that are not there`));
  }

  #migrate(): void {
    const files = readdirSync(MIGRATIONS).filter((name) => /^\d{3}-[a-z0-9-]+\.sql$/.test(name)).sort();
    const { user_version: done } = this.#connection.prepare('PRAGMA user_version').all()[0] as { user_version: number };
    if (done > files.length) throw new UserError(`the database ${this.path} was written by a newer version of this program; install that version, or restore an older backup.`);
    const tables = this.#connection.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE type = 'table'").all()[0] as { n: number };
    if (done === 0 && tables.n > 0) throw new UserError(`${this.path} is a database of another program; choose another place with LORICA_DATA.`);
    for (const [i, name] of files.entries()) {
      if (i < done) continue;
      this.transaction(() => {
        this.#connection.exec(readFileSync(MIGRATIONS + name, 'utf8'));
        this.#connection.exec(`PRAGMA user_version = ${i + 1}`);
      });
    }
  }
}

interface NativeStatement {
  run(values: readonly SqlValue[]): { changes: number; lastInsertRowid: number };
  get(values: readonly SqlValue[]): Row | undefined;
  all(values: readonly SqlValue[]): Row[];
  iterate(values: readonly SqlValue[]): IterableIterator<Row>;
}

/** A lone value that is an object is taken by the library for named parameters, and crashes it: so always a list. */
function withValues(statement: NativeStatement): Statement {
  return {
    run: (...values) => statement.run(values),
    get: (...values) => statement.get(values),
    all: (...values) => statement.all(values),
    iterate: (...values) => statement.iterate(values),
  };
}

export const databaseExists = (path: string): boolean => path !== ':memory:' && existsSync(path);

const damaged = (path: string, what: string): string =>
  `the database ${path} is damaged (${what.replace(/\s+/g, ' ')}); move it away with its -wal file and put your latest backup in its place.`;

/** Turns the library's errors of opening into sentences. */
function explain<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (error instanceof UserError) throw error;
    if (code?.startsWith('SQLITE_BUSY') === true || code?.startsWith('SQLITE_LOCKED') === true) {
      throw new UserError(`the database ${path} is in use by another process; stop the health center that is running, then try again.`);
    }
    if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT') === true) throw new UserError(damaged(path, message ?? code));
    // The library gives no code where it could not even open the file.
    if (message?.includes('Unable to open connection') === true || code?.startsWith('SQLITE_CANTOPEN') === true || code?.startsWith('SQLITE_READONLY') === true || code?.startsWith('SQLITE_PERM') === true) {
      throw new UserError(`the database ${path} cannot be opened for writing; check that it is a file, who owns it, and its permissions.`);
    }
    if (code?.startsWith('SQLITE_FULL') === true) throw new UserError(`the disk that holds ${path} is full; free some space and start again.`);
    throw error;
  }
}
