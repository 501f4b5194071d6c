// Minute by minute, what the vital signs were: minimum, mean, maximum and mean quality of each, sealed under the same
// day's key as the readings. A minute is written once a batch; readings whose time was corrected have their minutes
// summed up again from the readings.
import { concat } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import { decodeReading } from 'lorica/reading/decode';
import { READING_KIND, type VitalsReading } from 'lorica/reading/reading';
import type { SqlDatabase } from './database.ts';
import { DAY_MS, type ReadingStore } from './reading-store.ts';
import { plainBytes, rowName, rowNumber } from './rows.ts';



export const MINUTE_MS = 60_000;
/** minutes in memory, over all nodes */
const MAX_LOADED_MINUTES = 8192;
/** Readings of a minute that are summed up again: ten a second. */
const MAX_READINGS_PER_MINUTE = 600;

/** of one vital sign in one minute, scaled as in lorica/reading/reading */
export interface RollUp {
  readonly vital: number;
  /** believed values */
  count: number;
  /** values withheld, since they could not be believed */
  withheld: number;
  minimum: number;
  maximum: number;
  /** of the believed values */
  sum: number;
  /** over believed and withheld */
  qualitySum: number;
}

export interface MinuteRollUp {
  readonly minuteMs: number;
  readonly vitals: readonly RollUp[];
}

interface LoadedMinute {
  readonly node: number;
  readonly patient: number;
  readonly minuteMs: number;
  readonly vitals: Map<number, RollUp>;
  isChanged: boolean;
}

export class RollUpStore {
  readonly #database: SqlDatabase;
  readonly #readings: ReadingStore;
  readonly #minutes = new Map<string, LoadedMinute>();
  readonly #changed = new Set<LoadedMinute>();

  constructor(database: SqlDatabase, readings: ReadingStore) {
    this.#database = database;
    this.#readings = readings;
  }

  add(node: number, patient: number, timeMs: number, { measurements }: VitalsReading): void {
    const minute = this.#load(node, patient, Math.floor(timeMs / MINUTE_MS) * MINUTE_MS);
    minute.isChanged = true;
    this.#changed.add(minute);
    for (const { vital, value, quality } of measurements) {
      let sum = minute.vitals.get(vital);
      if (sum === undefined) minute.vitals.set(vital, (sum = { vital, count: 0, withheld: 0, minimum: 0, maximum: 0, sum: 0, qualitySum: 0 }));
      sum.qualitySum += quality;
      if (value === undefined) {
        sum.withheld++;
        continue;
      }
      sum.minimum = sum.count === 0 ? value : Math.min(sum.minimum, value);
      sum.maximum = sum.count === 0 ? value : Math.max(sum.maximum, value);
      sum.count++;
      sum.sum += value;
    }
  }

  /** Writes what has changed; in the transaction that stores the readings. */
  save(): void {
    for (const minute of this.#changed) {
      this.#write(minute);
      minute.isChanged = false;
    }
    this.#changed.clear();
    if (this.#minutes.size > MAX_LOADED_MINUTES) this.#minutes.clear();
  }

  /** Sums up again all minutes that touch [fromMs, toMs]. */
  rebuild(node: number, patient: number, fromMs: number, toMs: number): void {
    const first = Math.floor(fromMs / MINUTE_MS) * MINUTE_MS;
    // Only minutes that hold something, before or after the move.
    const minutes = this.#database
      .prepare(`SELECT minute_ms AS m FROM roll_ups WHERE node = ?1 AND minute_ms BETWEEN ?2 AND ?3
        UNION SELECT DISTINCT time_ms - time_ms % 60000 FROM readings WHERE node = ?1 AND kind = 1 AND time_ms >= ?2 AND time_ms < ?3 + 60000`)
      .all(node, first, Math.floor(toMs / MINUTE_MS) * MINUTE_MS);
    for (const { m } of minutes) {
      const minuteMs = Number(m);
      this.#forget(node, minuteMs);
      this.#database.prepare('DELETE FROM roll_ups WHERE node = ? AND minute_ms = ?').run(node, minuteMs);
      for (const { plaintext } of this.#readings.between(node, READING_KIND.vitals, minuteMs, minuteMs + MINUTE_MS, MAX_READINGS_PER_MINUTE)) {
        const reading = decodeReading(plaintext);
        if (reading?.kind === 'vitals') this.add(node, patient, minuteMs, reading);
      }
    }
  }

  /** in [fromMs, toMs), in the order of time */
  between(node: number, fromMs: number, toMs: number): MinuteRollUp[] {
    return this.#database
      .prepare('SELECT * FROM roll_ups WHERE node = ? AND minute_ms >= ? AND minute_ms < ? ORDER BY minute_ms')
      .all(node, fromMs, toMs)
      .map((row) => {
        const minuteMs = Number(row['minute_ms']);
        return { minuteMs, vitals: this.#open(node, minuteMs, Number(row['day_key']), plainBytes(row['value_sealed'])) };
      });
  }

  forgetCached(): void {
    this.#minutes.clear();
    this.#changed.clear();
  }

  #load(node: number, patient: number, minuteMs: number): LoadedMinute {
    const name = `${node}:${minuteMs}`;
    const known = this.#minutes.get(name);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT day_key, value_sealed FROM roll_ups WHERE node = ? AND minute_ms = ?').get(node, minuteMs);
    const vitals = row === undefined ? [] : this.#open(node, minuteMs, Number(row['day_key']), plainBytes(row['value_sealed']));
    const minute: LoadedMinute = { node, patient, minuteMs, vitals: new Map(vitals.map((v) => [v.vital, v])), isChanged: false };
    this.#minutes.set(name, minute);
    return minute;
  }

  #forget(node: number, minuteMs: number): void {
    const name = `${node}:${minuteMs}`;
    const known = this.#minutes.get(name);
    if (known !== undefined) this.#changed.delete(known);
    this.#minutes.delete(name);
  }

  #write({ node, patient, minuteMs, vitals }: LoadedMinute): void {
    const dayKey = this.#readings.dayKey(patient, Math.floor(minuteMs / DAY_MS));
    const plain = new TextEncoder().encode(JSON.stringify([...vitals.values()].map((v) => [v.vital, v.count, v.withheld, v.minimum, v.maximum, v.sum, v.qualitySum])));
    this.#database
      .prepare('INSERT INTO roll_ups (node, minute_ms, day_key, value_sealed) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET day_key = excluded.day_key, value_sealed = excluded.value_sealed')
      .run(node, minuteMs, dayKey.id, dayKey.rollUps.seal(minuteName(node, minuteMs), plain));
  }

  #open(node: number, minuteMs: number, dayKey: number, sealed: Uint8Array): RollUp[] {
    const plain = this.#readings.dayKeyById(dayKey).rollUps.open(minuteName(node, minuteMs), sealed);
    if (plain === undefined) throw new UserError('a roll-up in the database was changed by somebody else; put your latest backup in its place.');
    const rows = JSON.parse(new TextDecoder().decode(plain)) as [number, number, number, number, number, number, number][];
    return rows.map(([vital, count, withheld, minimum, maximum, sum, qualitySum]) => ({ vital, count, withheld, minimum, maximum, sum, qualitySum }));
  }
}

const minuteName = (node: number, minuteMs: number): Uint8Array => rowName('roll_ups.value', concat(rowNumber(node), rowNumber(minuteMs)));
