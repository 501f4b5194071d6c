// Key-value storage of simulated nodes (the ESP32 has NVS): in memory, and in a folder with one file a key. A file is
// replaced by renaming, so a process that dies leaves the old or the new value. Deleted values are not wiped, as NVS
// does not wipe them either.

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyValue } from 'lorica/node/world';

/** NVS: 15 characters. Ours are also names of files. */
const KEY = /^[a-z0-9][a-z0-9._-]{0,14}$/i;
/** NVS holds 508 000 bytes in one blob at most; ours are far smaller. */
export const MAX_VALUE_LENGTH = 65_536;

export class MemoryStorage implements KeyValue {
  readonly #values = new Map<string, Uint8Array>();

  get(key: string): Uint8Array | undefined {
    return this.#values.get(checked(key))?.slice();
  }

  set(key: string, value: Uint8Array): void {
    this.#values.set(checked(key), checkedValue(value).slice());
  }

  delete(key: string): void {
    this.#values.delete(checked(key));
  }
}

export class FileStorage implements KeyValue {
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  get(key: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(join(this.#folder, checked(key))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  set(key: string, value: Uint8Array): void {
    const path = join(this.#folder, checked(key));
    // A tilde is in no key, so the new file can never be taken for a value.
    writeFileSync(`${path}~`, checkedValue(value), { mode: 0o600 });
    renameSync(`${path}~`, path);
  }

  delete(key: string): void {
    rmSync(join(this.#folder, checked(key)), { force: true });
  }
}

function checked(key: string): string {
  if (!KEY.test(key)) throw new RangeError('a key has 1 to 15 characters: letters, digits, ".", "_" and "-"');
  return key;
}

function checkedValue(value: Uint8Array): Uint8Array {
  if (value.length > MAX_VALUE_LENGTH) throw new RangeError(`a value has at most ${String(MAX_VALUE_LENGTH)} bytes`);
  return value;
}
