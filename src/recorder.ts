// A reading becomes a record here: encoded, sealed, put to rest in the journal. Only then is it said to be recorded.
import type { Journal, Priority } from 'lorica/journal/journal';
import { PRIORITY } from 'lorica/journal/journal';
import { CODE } from 'lorica/node/codes';
import type { Counters } from 'lorica/node/counters';
import type { Keyring } from 'lorica/node/keyring';
import { encodeReading } from 'lorica/reading/encode';
import { COUNTER, isUrgent, READING_KIND, type Reading } from 'lorica/reading/reading';

export interface RecorderOptions {
  readonly keyring: Keyring;
  readonly journal: Journal;
  readonly counters: Counters;
  readonly log: (code: number, detail?: number) => void;
  /** A record is at rest. */
  readonly onRecord: (urgent: boolean) => void;
}

/** What goes first when the journal is full, and what last. */
const PRIORITIES: Record<Reading['kind'], Priority> = {
  vitals: PRIORITY.normal,
  waveform: PRIORITY.bulk,
  event: PRIORITY.urgent,
  gap: PRIORITY.kept,
  status: PRIORITY.kept,
  sync: PRIORITY.kept
};

export class Recorder {
  readonly #options: RecorderOptions;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /**
   * @returns false when it could not be made, sealed or put to rest; it is lost then, and its index, if it had one, will
   * be explained to the health center when that misses it
   * @param urgent the record goes on the urgent chain, and before all others
   */
  record(reading: Reading, urgent = isUrgent(reading)): boolean {
    const { keyring, journal, counters, log, onRecord } = this.#options;
    const plaintext = this.#encode(reading);
    if (plaintext === undefined) return false;
    const record = keyring.seal(urgent, plaintext);
    if (record === undefined || !journal.append(urgent ? PRIORITY.urgent : PRIORITIES[reading.kind], reading.tick, record)) {
      log(CODE.readingLost, READING_KIND[reading.kind]);
      return false;
    }
    counters.add(COUNTER.sealed);
    onRecord(urgent);
    return true;
  }

  /** A sensor that gives what cannot be a reading costs that reading, and nothing else. */
  #encode(reading: Reading): Uint8Array | undefined {
    try {
      return encodeReading(reading);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#options.counters.add(COUNTER.sensorErrors);
      this.#options.log(CODE.sensorFailed, READING_KIND[reading.kind]);
      return undefined;
    }
  }
}
