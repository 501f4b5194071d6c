// Takes one row out of a store behind the health center's back, as a fault or an intruder would: what reads the store
// afterwards must come to another digest.

import Database from 'libsql';
import { UserError } from 'lorica/hosts/node/failure';

/** @param number of the row, counted from 1 in the order of node, chain and index. @throws UserError when there is no such row */
export function deleteRow(path: string, number: number): void {
  const database = new Database(path);
  try {
    const row = database.prepare(`SELECT readings.node, readings.chain, readings.idx FROM readings
      JOIN chains ON chains.id = readings.chain JOIN nodes ON nodes.id = readings.node
      ORDER BY nodes.serial, chains.tag, readings.idx LIMIT 1 OFFSET ?`).get(number - 1) as Record<string, unknown> | undefined;
    if (row === undefined) throw new UserError(`there is no row ${String(number)} in the store; choose a smaller number for --drop-record.`);
    database.prepare('DELETE FROM readings WHERE node = ? AND chain = ? AND idx = ?').run(row['node'], row['chain'], row['idx']);
  } finally {
    database.close();
  }
}
