// Where the health center's own secret lies: 32 random octets in a file of its own (mode 0600), outside the database,
// which holds only what is sealed under keys derived from it. An HSM would take the place of this file: it has to
// answer `sealer(purpose)`, nothing else here sees the key. Beside the key lies the watermark (watermark.ts).
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromHex, toHex, wipe } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import { expandLabel } from 'lorica/primitives/hkdf';
import type { Entropy } from 'lorica/primitives/entropy';
import { Sealer } from './sealer.ts';

const HEADER = 'lorica-unsealing-key-1';
const KEY_LENGTH = 32;

/** What a sealing key is for; each has its own key. */
export type Purpose = 'registry' | 'sessions' | 'day keys' | 'check';

/** The last epoch and lot that this health center has begun; see watermark.ts. */
export interface Watermark {
  readonly epoch: number;
  readonly lot: number;
}

/** Keeps the watermark outside the database, so that restoring the database does not restore it. */
export interface WatermarkStore {
  read(): Watermark | undefined;
  /** At rest when it returns. */
  write(watermark: Watermark): void;
}

export class Keystore {
  readonly watermark: WatermarkStore;
  /** for sentences: where the key lies */
  readonly place: string;
  readonly #key: Uint8Array;
  readonly #entropy: Entropy;

  constructor(key: Uint8Array, entropy: Entropy, watermark: WatermarkStore, place: string) {
    if (key.length !== KEY_LENGTH) throw new RangeError('the unsealing key has 32 bytes');
    this.#key = key.slice();
    this.#entropy = entropy;
    this.watermark = watermark;
    this.place = place;
  }

  /** A keystore for tests and for worlds that end with their process. */
  static inMemory(entropy: Entropy): Keystore {
    let watermark: Watermark | undefined;
    const store: WatermarkStore = { read: () => watermark, write: (value) => { watermark = value; } };
    return new Keystore(entropy(KEY_LENGTH), entropy, store, 'memory');
  }

  /**
   * The keystore in `file`.
   * @param create make it if it is not there; for a health center whose database does not exist yet
   * @throws UserError when it is missing, readable by others, or no key file
   */
  static open(file: string, entropy: Entropy, create: boolean): Keystore {
    if (!existsSync(file)) {
      if (!create) throw new UserError(`the key file ${file} is missing and the database cannot be read without it; bring it back from your backup of keys, or move the database away to begin a new one.`);
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      const key = entropy(KEY_LENGTH);
      writeAtRest(file, `${HEADER} ${toHex(key)}\n`);
      wipe(key);
    }
    return new Keystore(readKey(file), entropy, fileWatermark(`${file}.watermark`), file);
  }

  /** @returns the sealer for one purpose */
  sealer(purpose: Purpose): Sealer {
    return new Sealer(expandLabel(this.#key, `store ${purpose}`, KEY_LENGTH), this.#entropy);
  }

  /** Fresh octets, for keys that this store will hold. */
  random(length: number): Uint8Array {
    return this.#entropy(length);
  }
}

function readKey(file: string): Uint8Array {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new UserError(`the key file ${file} can be read by other users; run "chmod 600 ${file}" and start again.`);
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`the key file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}); run as the user who owns it.`);
  }
  const [header, hex, ...rest] = text.trimEnd().split(' ');
  const key = header === HEADER && hex !== undefined && rest.length === 0 ? fromHex(hex) : undefined;
  if (key?.length !== KEY_LENGTH) throw new UserError(`${file} is not a key file of this program; bring the right one back from your backup of keys.`);
  return key;
}

function fileWatermark(file: string): WatermarkStore {
  return {
    read() {
      if (!existsSync(file)) return undefined;
      const match = /^(\d{1,15}) (\d{1,15})\n$/.exec(readFileSync(file, 'utf8'));
      if (match === null) throw new UserError(`${file} is damaged; remove it and start again: the health center will then treat its database as restored from a backup.`);
      return { epoch: Number(match[1]), lot: Number(match[2]) };
    },
    write({ epoch, lot }) {
      writeAtRest(file, `${epoch} ${lot}\n`);
    },
  };
}

/** Written beside, synced and renamed, so that a crash leaves the old or the new and never half of one. */
function writeAtRest(file: string, text: string): void {
  const descriptor = openSync(`${file}.new`, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
  const folder = openSync(dirname(file), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
