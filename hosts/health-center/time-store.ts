// Maps a node's time (boot, ticks) to the health center's (protocol.md §5, Time). An exchange is a moment of the
// health center that lies between two ticks of the node; half the distance is its uncertainty, which grows with the
// distance from it as the node's crystal may drift. A boot without any exchange is placed between its neighbours and
// marked, until it gets one.
import { MAX_TICK } from 'lorica/reading/reading';
import type { SqlDatabase } from './database.ts';
import { TIME_SOURCE, type PlacedTime } from './reading-store.ts';

/** A longer round trip says too little. */
export const MAX_ROUND_TRIP_MS = 10_000;
/** parts in a million: crystals of such nodes are within 20, with age, cold and light sleep added */
export const DRIFT_PPM = 100;
/** kept of one boot; beyond, the oldest but the first goes */
export const MAX_EXCHANGES = 64;
/** A reading may lie this far ahead of the health center's clock, beside its uncertainty. */
export const MAX_AHEAD_MS = 60_000;
const MAX_LOADED_BOOTS = 4096;

export interface Exchange {
  readonly boot: number;
  readonly sentTick: number;
  readonly receivedTick: number;
  /** the health center's time in between */
  readonly timeMs: number;
}

interface Anchor {
  readonly tick: number;
  readonly timeMs: number;
  readonly uncertaintyMs: number;
}

interface Boot {
  anchors: Anchor[];
  lastTick: number;
  savedLastTick: number;
}

/** Readings whose time has changed: whoever sums up times has to sum again. */
export interface Moved {
  readonly fromMs: number;
  readonly toMs: number;
}

export class TimeStore {
  readonly #database: SqlDatabase;
  readonly #boots = new Map<string, Boot>();

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  /** @returns when a reading of this boot and tick was taken; `undefined` if that is in the future */
  place(node: number, boot: number, tick: number, nowMs: number): PlacedTime | undefined {
    const loaded = this.#load(node, boot, nowMs);
    loaded.lastTick = Math.max(loaded.lastTick, tick);
    if (loaded.anchors.length === 0) {
      this.#saveLastTick(node, boot, loaded);
      const { startMs, uncertaintyMs } = this.#between(node, boot, loaded.lastTick, nowMs);
      return startMs + tick > nowMs + MAX_AHEAD_MS ? undefined : { timeMs: startMs + tick, uncertaintyMs, source: TIME_SOURCE.placed };
    }
    const { timeMs, uncertaintyMs } = map(loaded.anchors, tick);
    if (timeMs < 0 || timeMs > nowMs + MAX_AHEAD_MS + uncertaintyMs) return undefined;
    return { timeMs, uncertaintyMs, source: TIME_SOURCE.mapped };
  }

  /**
   * Takes an exchange with the node. @returns the spans of time whose readings have moved, `undefined` for an exchange
   * that is too long or cannot be true
   */
  exchange(node: number, { boot, sentTick, receivedTick, timeMs }: Exchange, nowMs: number): Moved[] | undefined {
    const roundTripMs = receivedTick - sentTick;
    if (roundTripMs < 0 || roundTripMs >= MAX_ROUND_TRIP_MS || timeMs > nowMs || receivedTick > MAX_TICK) return undefined;
    const tick = sentTick + Math.floor(roundTripMs / 2);
    const anchor: Anchor = { tick, timeMs, uncertaintyMs: Math.ceil(roundTripMs / 2) };
    const loaded = this.#load(node, boot, nowMs);
    loaded.lastTick = Math.max(loaded.lastTick, receivedTick);
    const isFirst = loaded.anchors.length === 0;
    if (!isFirst && map(loaded.anchors, tick).uncertaintyMs <= anchor.uncertaintyMs) return [];
    this.#saveLastTick(node, boot, loaded);
    this.#addAnchor(node, boot, loaded, anchor);
    return isFirst ? this.#placeAgain(node, boot, nowMs) : [];
  }

  /** To be called once a batch, in its transaction. */
  save(node: number, boot: number): void {
    const loaded = this.#boots.get(`${node}:${boot}`);
    if (loaded !== undefined) this.#saveLastTick(node, boot, loaded);
  }

  forgetCached(): void {
    this.#boots.clear();
  }

  #load(node: number, boot: number, nowMs: number): Boot {
    const name = `${node}:${boot}`;
    const known = this.#boots.get(name);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT last_tick FROM boots WHERE node = ? AND boot = ?').get(node, boot);
    if (row === undefined) this.#database.prepare('INSERT INTO boots (node, boot, last_tick, first_seen_ms) VALUES (?, ?, 0, ?)').run(node, boot, nowMs);
    const lastTick = row === undefined ? 0 : Number(row['last_tick']);
    const loaded: Boot = { anchors: this.#anchors(node, boot), lastTick, savedLastTick: lastTick };
    if (this.#boots.size >= MAX_LOADED_BOOTS) this.#evict();
    this.#boots.set(name, loaded);
    return loaded;
  }

  /** Those whose last tick is at rest; after a batch, all are. */
  #evict(): void {
    for (const [name, { lastTick, savedLastTick }] of this.#boots) if (lastTick === savedLastTick) this.#boots.delete(name);
  }

  #anchors(node: number, boot: number): Anchor[] {
    return this.#database
      .prepare('SELECT tick, time_ms, uncertainty_ms FROM exchanges WHERE node = ? AND boot = ? ORDER BY tick')
      .all(node, boot)
      .map((row) => ({ tick: Number(row['tick']), timeMs: Number(row['time_ms']), uncertaintyMs: Number(row['uncertainty_ms']) }));
  }

  #saveLastTick(node: number, boot: number, loaded: Boot): void {
    if (loaded.lastTick === loaded.savedLastTick) return;
    this.#database.prepare('UPDATE boots SET last_tick = ? WHERE node = ? AND boot = ?').run(loaded.lastTick, node, boot);
    loaded.savedLastTick = loaded.lastTick;
  }

  #addAnchor(node: number, boot: number, loaded: Boot, { tick, timeMs, uncertaintyMs }: Anchor): void {
    if (loaded.anchors.length >= MAX_EXCHANGES) {
      this.#database.prepare('DELETE FROM exchanges WHERE node = ? AND boot = ? AND tick = ?').run(node, boot, loaded.anchors[1]!.tick);
    }
    this.#database
      .prepare(`INSERT INTO exchanges (node, boot, tick, time_ms, uncertainty_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT DO UPDATE SET time_ms = excluded.time_ms, uncertainty_ms = excluded.uncertainty_ms`)
      .run(node, boot, tick, timeMs, uncertaintyMs);
    loaded.anchors = this.#anchors(node, boot);
  }

  /** A boot has got its first exchange: its own readings are mapped, and those placed beside it are placed again. */
  #placeAgain(node: number, boot: number, nowMs: number): Moved[] {
    const moved: Moved[] = [];
    const boots = this.#database.prepare('SELECT DISTINCT boot FROM readings WHERE node = ? AND time_source = 1 ORDER BY boot').all(node);
    for (const row of boots) {
      const other = Number(row['boot']);
      const loaded = this.#load(node, other, nowMs);
      const before = this.#span(node, other);
      if (other === boot) this.#retime(node, other, loaded.anchors[0]!, TIME_SOURCE.mapped);
      else {
        const { startMs, uncertaintyMs } = this.#between(node, other, loaded.lastTick, nowMs);
        this.#retime(node, other, { tick: 0, timeMs: startMs, uncertaintyMs }, TIME_SOURCE.placed);
      }
      if (before === undefined) continue;
      const shiftMs = (other === boot ? map(loaded.anchors, before.tick).timeMs : this.#between(node, other, loaded.lastTick, nowMs).startMs + before.tick) - before.fromMs;
      moved.push({ fromMs: before.fromMs, toMs: before.toMs }, { fromMs: before.fromMs + shiftMs, toMs: before.toMs + shiftMs });
    }
    return moved;
  }

  #span(node: number, boot: number): (Moved & { readonly tick: number }) | undefined {
    const row = this.#database
      .prepare('SELECT min(time_ms) AS first, max(time_ms) AS last, min(tick) AS tick FROM readings WHERE node = ? AND boot = ? AND time_source = 1')
      .get(node, boot);
    if (row === undefined || row['first'] === null) return undefined;
    return { fromMs: Number(row['first']), toMs: Number(row['last']), tick: Number(row['tick']) };
  }

  #retime(node: number, boot: number, { tick, timeMs, uncertaintyMs }: Anchor, source: number): void {
    const drift = source === TIME_SOURCE.mapped ? DRIFT_PPM : 0;
    // Numbers are bound as REAL, and so divide without rounding.
    this.#database
      .prepare(`UPDATE readings SET time_ms = max(0, ? + (tick - ?)), uncertainty_ms = CAST(? + (abs(tick - ?) * ? + 999999) / 1000000 AS INTEGER), time_source = ?
        WHERE node = ? AND boot = ? AND time_source = 1`)
      .run(timeMs, tick, uncertaintyMs, tick, drift, source, node, boot);
  }

  /** Where a boot without exchanges began: after the boots before it have ended, before those after it began. */
  #between(node: number, boot: number, lastTick: number, nowMs: number): { startMs: number; uncertaintyMs: number } {
    const earliestMs = this.#earliest(node, boot);
    const latestMs = Math.max(earliestMs, this.#latest(node, boot, nowMs) - lastTick);
    return { startMs: Math.round((earliestMs + latestMs) / 2), uncertaintyMs: Math.ceil((latestMs - earliestMs) / 2) };
  }

  #earliest(node: number, boot: number): number {
    const before = this.#database.prepare('SELECT boot, last_tick FROM boots WHERE node = ? AND boot < ? ORDER BY boot DESC LIMIT ?').all(node, boot, MAX_EXCHANGES);
    let addedMs = 0;
    for (const row of before) {
      const anchors = this.#anchors(node, Number(row['boot']));
      const last = Number(row['last_tick']);
      if (anchors.length > 0) return map(anchors, last).timeMs + addedMs;
      addedMs += last;
    }
    const created = this.#database.prepare('SELECT created_ms FROM nodes WHERE id = ?').get(node);
    return Number(created?.['created_ms'] ?? 0) + addedMs;
  }

  #latest(node: number, boot: number, nowMs: number): number {
    const after = this.#database.prepare('SELECT boot, last_tick FROM boots WHERE node = ? AND boot > ? ORDER BY boot LIMIT ?').all(node, boot, MAX_EXCHANGES);
    let takenMs = 0;
    for (const row of after) {
      const anchors = this.#anchors(node, Number(row['boot']));
      if (anchors.length > 0) return map(anchors, 0).timeMs - takenMs;
      takenMs += Number(row['last_tick']);
    }
    return nowMs - takenMs;
  }
}

/** The anchor that leaves the least uncertainty at `tick`. */
function map(anchors: readonly Anchor[], tick: number): { timeMs: number; uncertaintyMs: number } {
  let best = { timeMs: 0, uncertaintyMs: Infinity };
  for (const anchor of anchors) {
    const distance = tick - anchor.tick;
    const uncertaintyMs = anchor.uncertaintyMs + Math.ceil((Math.abs(distance) * DRIFT_PPM) / 1e6);
    if (uncertaintyMs < best.uncertaintyMs) best = { timeMs: anchor.timeMs + distance, uncertaintyMs };
  }
  return best;
}
