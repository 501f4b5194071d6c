// What persons are told and what they did (events), and what was refused (counters, charged to the gateway that
// brought it). Neither holds a reading: an alarm of the body is a reading itself and is sealed as one.
import type { Row, SqlDatabase } from './database.ts';
import { numberOrUndefined } from './rows.ts';

/** code → what it means to a person */
export const EVENT_CODES = {
  'node-registered': 'A node was registered.',
  'node-revoked': 'A node was revoked; nothing of it is accepted any more.',
  'gateway-registered': 'A gateway was registered.',
  'gateway-revoked': 'A gateway was revoked; nothing is taken from it any more.',
  'session-begun': 'A node and the health center agreed on new keys.',
  'collaboration-absent': 'A node wanted help from assistants and did not get it; a gateway can force this.',
  gap: 'Readings are missing and will not come.',
  hole: 'Readings are missing and have not come for a while.',
  'chain-unknown': 'A node holds readings under keys that this health center does not have; they cannot be read.',
  'chain-contradiction': 'A node says that a chain ended before an index that was received.',
  'chain-closed': 'A person closed a chain: what is missing of it is given up.',
  'record-unreadable': 'An authentic record is not of the specified form; it is kept as it came.',
  'time-implausible': 'A node claims times that cannot be.',
  'store-restored': 'The database was restored from a backup.',
  'store-failed': 'The database could not take a commit; it is tried again.',
} as const;
export type EventCode = keyof typeof EVENT_CODES;

export interface ChronicleEvent {
  readonly timeMs: number;
  readonly code: EventCode;
  readonly node?: number | undefined;
  readonly gateway?: number | undefined;
  /** for persons; no reading, no secret */
  readonly detail?: string;
  readonly alert: boolean;
}

export interface StoredEvent extends ChronicleEvent {
  readonly id: number;
  readonly seenMs: number | undefined;
}

const MAX_DETAIL = 400;

export class Chronicle {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  tell(event: ChronicleEvent): void {
    this.#database
      .prepare('INSERT INTO events (time_ms, code, node, gateway, detail, alert) VALUES (?, ?, ?, ?, ?, ?)')
      .run(event.timeMs, event.code, event.node ?? null, event.gateway ?? null, (event.detail ?? '').slice(0, MAX_DETAIL), event.alert ? 1 : 0);
  }

  /** The same as before is not told again: a node says the same at every handshake. */
  tellOnce(event: ChronicleEvent & { readonly node: number }): void {
    const isKnown = this.#database.prepare('SELECT 1 FROM events WHERE node = ? AND code = ? AND detail = ? LIMIT 1').get(event.node, event.code, event.detail ?? '') !== undefined;
    if (!isKnown) this.tell(event);
  }

  /** newest first */
  events({ alertsOnly = false, limit = 100 }: { alertsOnly?: boolean; limit?: number } = {}): StoredEvent[] {
    const where = alertsOnly ? 'WHERE alert = 1' : '';
    return this.#database.prepare(`SELECT * FROM events ${where} ORDER BY id DESC LIMIT ?`).all(limit).map(eventOf);
  }

  /** A person has seen it. @returns false if there is no such alert, or it was seen before */
  markSeen(id: number, nowMs: number): boolean {
    return this.#database.prepare('UPDATE events SET seen_ms = ? WHERE id = ? AND alert = 1 AND seen_ms IS NULL').run(nowMs, id).changes === 1;
  }

  count(gateway: number, code: string, by: number): void {
    this.#database
      .prepare('INSERT INTO counters (gateway, code, count) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count')
      .run(gateway, code, by);
  }

  counters(): { gateway: number; code: string; count: number }[] {
    return this.#database
      .prepare('SELECT gateway, code, count FROM counters ORDER BY gateway, code')
      .all()
      .map((row) => ({ gateway: Number(row['gateway']), code: String(row['code']), count: Number(row['count']) }));
  }
}

function eventOf(row: Row): StoredEvent {
  return {
    id: Number(row['id']),
    timeMs: Number(row['time_ms']),
    code: String(row['code']) as EventCode,
    node: numberOrUndefined(row['node']),
    gateway: numberOrUndefined(row['gateway']),
    detail: String(row['detail']),
    alert: row['alert'] === 1,
    seenMs: numberOrUndefined(row['seen_ms']),
  };
}
