// Records for the journal's tests: the right header, the rest made from tag and index so that a damaged one shows.
import { writeUint32 } from 'lorica/bytes/bytes';
import { MESSAGE_TYPE, RECORD_INDEX_OFFSET } from 'lorica/wire/message-type';
import type { Entry, Journal } from 'lorica/journal/journal';
import { seededRandom } from '../support/nor-flash.ts';

export function tagOf(chain: number): Uint8Array {
  return new Uint8Array(8).fill(chain + 1);
}

const made = new Map<string, Uint8Array>();

/** @returns always the same array for the same arguments */
export function recordOf(chain: number, index: number, length = 90): Uint8Array {
  const key = `${String(chain)}/${String(index)}/${String(length)}`;
  const record = made.get(key) ?? makeRecord(chain, index, length);
  if (made.size < 5000) made.set(key, record);
  return record;
}

function makeRecord(chain: number, index: number, length: number): Uint8Array {
  const record = new Uint8Array(length);
  record[0] = MESSAGE_TYPE.record;
  record.set(tagOf(chain), 1);
  writeUint32(record, RECORD_INDEX_OFFSET, index);
  const random = seededRandom(chain * 1_000_003 + index);
  for (let i = 13; i < length; i++) record[i] = Math.floor(random() * 256);
  return record;
}

export function chainOf(entry: Entry): number {
  return entry.record[1]! - 1;
}

/** All entries that are not acknowledged, in order. */
export function entriesOf(journal: Journal, urgentOnly = false): Entry[] {
  const entries: Entry[] = [];
  for (let entry = journal.next(undefined, urgentOnly); entry !== undefined; entry = journal.next(entry.position, urgentOnly)) entries.push(entry);
  return entries;
}
