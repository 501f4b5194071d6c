// Tells a restored database from one that was merely closed or killed. Beside the key file, outside every backup of
// the database, stands the last epoch (one an opening) and lot (one for every LOT_COMMITS commits) that was begun. A
// database behind it by more than one lot is a restored one. A rollback inside that last stretch cannot be seen; it
// is covered by skipping, at every opening, more blocks of each down chain than such a stretch can have used.
import type { SqlDatabase } from './database.ts';
import type { WatermarkStore } from './keystore.ts';

export const LOT_COMMITS = 256;
/** Records that one commit may seal on one down chain; center.ts holds to it. */
export const MAX_DOWN_PER_COMMIT = 8;
const POSITIONS = 256;
/** Two lots of commits, and the block that had been begun. */
export const OPENING_SKIP_BLOCKS = (2 * LOT_COMMITS * MAX_DOWN_PER_COMMIT) / POSITIONS + 1;

/** Begins the epoch of this opening. @returns whether the database was restored from a backup */
export function beginEpoch(database: SqlDatabase, watermark: WatermarkStore, isNew: boolean): boolean {
  const row = database.prepare('SELECT epoch, lot FROM instance').get()!;
  const epoch = Number(row['epoch']);
  const lot = Number(row['lot']);
  const mark = isNew ? undefined : watermark.read();
  const isCurrent = mark !== undefined && mark.epoch === epoch && (mark.lot === lot || mark.lot === lot + 1);
  const next = Math.max(epoch, mark?.epoch ?? 0) + 1;
  watermark.write({ epoch: next, lot: 0 });
  database.prepare('UPDATE instance SET epoch = ?, lot = 0').run(next);
  return !isNew && !isCurrent;
}

/**
 * To be called before each transaction. @param commits of this lot so far. @returns with this one
 */
export function keepLot(database: SqlDatabase, watermark: WatermarkStore, commits: number): number {
  if (commits < LOT_COMMITS) return commits + 1;
  const row = database.prepare('SELECT epoch, lot FROM instance').get()!;
  const next = Number(row['lot']) + 1;
  // The file first: a database ahead of it would look like a restored one.
  watermark.write({ epoch: Number(row['epoch']), lot: next });
  database.prepare('UPDATE instance SET lot = ?').run(next);
  return 1;
}
