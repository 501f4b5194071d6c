// Everything that is stored, opened, in one fixed order: what a digest over the store is computed from, and what an
// export would read.
import type { Keystore } from './keystore.ts';
import type { StoredReading } from './reading-store.ts';
import type { Store } from './store.ts';

export interface ReadRow extends StoredReading {
  /** 8 bytes, of the node */
  readonly serial: Uint8Array;
}

/**
 * Iterates over all readings in the order of serial, tag and index.
 * @param keys the keystore that the store was opened with
 * @throws TypeError for another keystore, UserError for a row that was changed by somebody else
 */
export function readRows(store: Store, keys: Keystore): Iterable<ReadRow> {
  if (store.keys !== keys) throw new TypeError('the store was opened with another keystore');
  return store.readings.rows();
}
