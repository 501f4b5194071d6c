// Readings at rest: one row a record, its plaintext sealed under a key per patient and day, so that destroying one row
// of `day_keys` destroys that patient's day. The nonce is tag ‖ index (12 octets): the primary key keeps a pair from
// being stored twice, and the same record sealed again is the same ciphertext. In clear stands only what an index
// needs. Gaps are kept here too.
import { ascii, concat, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import { open, seal as sealAead } from 'lorica/primitives/aead';
import { expandLabel } from 'lorica/primitives/hkdf';
import type { Row, SqlDatabase, SqlValue } from './database.ts';
import type { Keystore } from './keystore.ts';
import { numberOrUndefined, plainBytes, rowNumber, seal, unseal } from './rows.ts';
import { Sealer } from './sealer.ts';

export const DAY_MS = 86_400_000;
const KEY_LENGTH = 32;
/** keys of patients' days that are kept unsealed */
const MAX_DAY_KEYS = 4096;
const ROW = ascii('reading');

/** 0 is an authentic record that could not be read */
export const UNREADABLE_KIND = 0;
export const TIME_SOURCE = { mapped: 0, placed: 1, arrival: 2 } as const;
export type TimeSource = (typeof TIME_SOURCE)[keyof typeof TIME_SOURCE];

/** When a reading was taken, as well as the health center knows. */
export interface PlacedTime {
  readonly timeMs: number;
  readonly uncertaintyMs: number;
  readonly source: TimeSource;
}

export interface NewReading extends PlacedTime {
  readonly node: number;
  readonly patient: number;
  readonly chain: number;
  readonly tag: Uint8Array;
  readonly index: number;
  readonly kind: number;
  readonly boot: number | undefined;
  readonly tick: number | undefined;
  readonly channel: number | undefined;
  readonly plaintext: Uint8Array;
}

export interface StoredReading extends PlacedTime {
  readonly tag: Uint8Array;
  readonly index: number;
  readonly kind: number;
  readonly boot: number | undefined;
  readonly tick: number | undefined;
  readonly plaintext: Uint8Array;
}

export interface DayKey {
  readonly id: number;
  readonly readings: Uint8Array;
  readonly rollUps: Sealer;
}

export interface Gap {
  readonly node: number;
  readonly chain: number;
  readonly first: number;
  readonly last: number;
  /** as in a gap reading, or 4 lost by a restored backup, 5 closed by a person */
  readonly reason: number;
  readonly createdMs: number;
}

const COLUMNS = 'node, chain, idx, kind, time_ms, uncertainty_ms, time_source, boot, tick, channel, day_key, value_sealed';
const ROW_VALUES = '(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)';
const COLUMN_COUNT = 12;
/** Rows of one statement: most of its time goes into the call, not the row. */
const CHUNKS = [32, 8, 1] as const;
const INSERT = new Map(CHUNKS.map((rows) => [rows, `INSERT INTO readings (${COLUMNS}) VALUES ${Array<string>(rows).fill(ROW_VALUES).join(', ')}`]));
const INSERT_IF_NEW = `INSERT INTO readings (${COLUMNS}) VALUES ${ROW_VALUES} ON CONFLICT (node, chain, idx) DO NOTHING`;
const SELECT = 'SELECT readings.*, chains.tag AS tag FROM readings JOIN chains ON chains.id = readings.chain';
const ALL_OF_CHAIN = 'SELECT idx, kind, value_sealed, day_key, time_ms, uncertainty_ms, time_source, boot, tick FROM readings WHERE node = ? AND chain = ? ORDER BY idx';

export class ReadingStore {
  readonly #database: SqlDatabase;
  readonly #keys: Keystore;
  readonly #sealer: Sealer;
  readonly #dayKeys = new Map<string, DayKey>();
  readonly #dayKeysById = new Map<number, DayKey>();
  #count: number | undefined;

  constructor(database: SqlDatabase, keys: Keystore) {
    this.#database = database;
    this.#keys = keys;
    this.#sealer = keys.sealer('day keys');
  }

  /**
   * Stores readings, in a transaction of the caller's.
   * @returns those that were not new: their (node, chain, index) is there already, and nothing of it has changed
   */
  add(readings: readonly NewReading[]): NewReading[] {
    const refused: NewReading[] = [];
    for (let from = 0; from < readings.length;) {
      const size = CHUNKS.find((rows) => rows <= readings.length - from)!;
      const values: SqlValue[] = [];
      for (let i = from; i < from + size; i++) this.#pushValues(readings[i]!, values);
      try {
        this.#database.prepare(INSERT.get(size)!).run(...values);
      } catch (error) {
        // The statement as a whole has done nothing, and the transaction goes on.
        if ((error as { code?: unknown }).code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') throw error;
        for (let i = 0; i < size; i++) {
          const { changes } = this.#database.prepare(INSERT_IF_NEW).run(...values.slice(i * COLUMN_COUNT, (i + 1) * COLUMN_COUNT));
          if (changes === 0) refused.push(readings[from + i]!);
        }
      }
      from += size;
    }
    if (this.#count !== undefined) this.#count += readings.length - refused.length;
    return refused;
  }

  /** The columns of one row, at the end of `values`. */
  #pushValues(reading: NewReading, values: SqlValue[]): void {
    const { node, chain, tag, index, kind, timeMs, uncertaintyMs, source, boot = null, tick = null, channel = null } = reading;
    const dayKey = this.dayKey(reading.patient, Math.floor(timeMs / DAY_MS));
    const { nonce, row } = bindings(tag, index, kind);
    const value = sealAead(dayKey.readings, nonce, row, reading.plaintext);
    values.push(node, chain, index, kind, timeMs, uncertaintyMs, source, boot, tick, channel, dayKey.id, value);
  }

  /** of one kind in [from, to), in the order of time; the newest `limit` of them */
  between(node: number, kind: number, fromMs: number, toMs: number, limit: number, channel?: number): StoredReading[] {
    const rows = channel === undefined
      ? this.#database.prepare(`${SELECT} WHERE readings.node = ? AND kind = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms DESC LIMIT ?`).all(node, kind, fromMs, toMs, limit)
      : this.#database.prepare(`${SELECT} WHERE readings.node = ? AND kind = ? AND time_ms >= ? AND time_ms < ? AND channel = ? ORDER BY time_ms DESC LIMIT ?`).all(node, kind, fromMs, toMs, channel, limit);
    return rows.reverse().map((row) => this.#readingOf(row));
  }

  /** All rows, opened, in the order of serial, tag, index. */
  *rows(): Generator<StoredReading & { readonly serial: Uint8Array }> {
    const chains = this.#database.prepare('SELECT chains.id, chains.tag, chains.node, nodes.serial FROM chains JOIN nodes ON nodes.id = chains.node ORDER BY nodes.serial, chains.tag').all();
    for (const chain of chains) {
      const serial = plainBytes(chain['serial']);
      const tag = plainBytes(chain['tag']);
      for (const [idx, kind, value, dayKey, timeMs, uncertaintyMs, source, boot, tick] of this.#database.lists(ALL_OF_CHAIN, chain['node']!, chain['id']!)) {
        yield {
          serial, tag, index: idx as number, kind: kind as number, plaintext: this.#open(tag, idx as number, kind as number, dayKey as number, value),
          timeMs: timeMs as number, uncertaintyMs: uncertaintyMs as number, source: source as TimeSource, boot: numberOrUndefined(boot), tick: numberOrUndefined(tick),
        };
      }
    }
  }

  /** Rows in all; counted once, since that is a walk over an index, and kept up from then on. */
  count(): number {
    this.#count ??= Number(this.#database.prepare('SELECT count(*) AS n FROM readings').get()!['n']);
    return this.#count;
  }

  lastTimeMs(): number | undefined {
    return numberOrUndefined(this.#database.prepare('SELECT max(time_ms) AS t FROM readings').get()!['t']);
  }

  /** The day's key, made when the first value of that day is stored. */
  dayKey(patient: number, day: number): DayKey {
    const name = `${patient}:${day}`;
    const known = this.#dayKeys.get(name);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT * FROM day_keys WHERE patient = ? AND day = ?').get(patient, day);
    const key = row === undefined ? this.#makeDayKey(patient, day) : this.#dayKeyOf(row);
    this.#remember(name, key);
    return key;
  }

  /** @throws UserError when that day was destroyed or changed */
  dayKeyById(id: number): DayKey {
    const known = this.#dayKeysById.get(id);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT * FROM day_keys WHERE id = ?').get(id);
    if (row === undefined) throw new UserError('the key of a day is missing from the database; put your latest backup in its place.');
    const key = this.#dayKeyOf(row);
    this.#remember(`${Number(row['patient'])}:${Number(row['day'])}`, key);
    return key;
  }

  /** After a transaction that failed: what is cached may not be at rest. */
  forgetCached(): void {
    this.#count = undefined;
    this.#forgetKeys();
  }

  #forgetKeys(): void {
    for (const { readings } of this.#dayKeys.values()) wipe(readings);
    this.#dayKeys.clear();
    this.#dayKeysById.clear();
  }

  /** @returns false if it is there already */
  addGap({ node, chain, first, last, reason, createdMs }: Gap): boolean {
    return this.#database
      .prepare('INSERT INTO gaps (node, chain, first_idx, last_idx, reason, created_ms) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(node, chain, first, last, reason, createdMs).changes === 1;
  }

  /** newest first */
  gapsOf(node: number, limit: number): (Gap & { readonly tag: Uint8Array })[] {
    return this.#database
      .prepare('SELECT gaps.*, chains.tag AS tag FROM gaps JOIN chains ON chains.id = gaps.chain WHERE gaps.node = ? ORDER BY gaps.id DESC LIMIT ?')
      .all(node, limit)
      .map((row) => ({
        node, chain: Number(row['chain']), first: Number(row['first_idx']), last: Number(row['last_idx']), reason: Number(row['reason']),
        createdMs: Number(row['created_ms']), tag: plainBytes(row['tag']),
      }));
  }

  #readingOf(row: Row): StoredReading {
    const tag = plainBytes(row['tag']);
    const index = Number(row['idx']);
    const kind = Number(row['kind']);
    return {
      tag, index, kind, plaintext: this.#open(tag, index, kind, Number(row['day_key']), row['value_sealed']),
      timeMs: Number(row['time_ms']), uncertaintyMs: Number(row['uncertainty_ms']), source: Number(row['time_source']) as TimeSource,
      boot: numberOrUndefined(row['boot']), tick: numberOrUndefined(row['tick']),
    };
  }

  #open(tag: Uint8Array, index: number, kind: number, dayKey: number, sealed: SqlValue | undefined): Uint8Array {
    const { nonce, row } = bindings(tag, index, kind);
    const plaintext = open(this.dayKeyById(dayKey).readings, nonce, row, plainBytes(sealed));
    if (plaintext === undefined) throw new UserError('a reading in the database was changed by somebody else; put your latest backup in its place.');
    return plaintext;
  }

  #makeDayKey(patient: number, day: number): DayKey {
    const { id } = this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM day_keys').get()!;
    const secret = this.#keys.random(KEY_LENGTH);
    this.#database
      .prepare('INSERT INTO day_keys (id, patient, day, key_sealed) VALUES (?, ?, ?, ?)')
      .run(id!, patient, day, seal(this.#sealer, 'day_keys.key', dayName(Number(id), patient, day), secret));
    return this.#derive(Number(id), secret);
  }

  #dayKeyOf(row: Row): DayKey {
    const id = Number(row['id']);
    return this.#derive(id, unseal(this.#sealer, 'day_keys.key', dayName(id, Number(row['patient']), Number(row['day'])), row['key_sealed']));
  }

  #derive(id: number, secret: Uint8Array): DayKey {
    const key: DayKey = {
      id,
      readings: expandLabel(secret, 'store readings', KEY_LENGTH),
      rollUps: new Sealer(expandLabel(secret, 'store roll-ups', KEY_LENGTH), (length) => this.#keys.random(length)),
    };
    wipe(secret);
    return key;
  }

  #remember(name: string, key: DayKey): void {
    if (this.#dayKeys.size >= MAX_DAY_KEYS) this.#forgetKeys();
    this.#dayKeys.set(name, key);
    this.#dayKeysById.set(key.id, key);
  }
}

const dayName = (id: number, patient: number, day: number): Uint8Array => concat(rowNumber(id), rowNumber(patient), rowNumber(day));

/** nonce: tag ‖ index; associated data: "reading" ‖ tag ‖ index ‖ kind. A tag belongs to one node alone. */
function bindings(tag: Uint8Array, index: number, kind: number): { nonce: Uint8Array; row: Uint8Array } {
  const row = new Uint8Array(ROW.length + tag.length + 5);
  row.set(ROW);
  row.set(tag, ROW.length);
  writeUint32(row, ROW.length + tag.length, index);
  row[row.length - 1] = kind;
  return { nonce: row.subarray(ROW.length, ROW.length + tag.length + 4), row };
}
