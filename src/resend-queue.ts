// What the health center has asked for again: ranges of indices, looked for in the journal among what is acknowledged and
// not yet overwritten. The command is at rest until all of it has been sent and acknowledged.
import type { Entry, Journal, Position } from 'lorica/journal/journal';
import { loadResend, storeResend, storeResent } from 'lorica/node/settings';
import type { KeyValue } from 'lorica/node/world';
import type { RecordRange, ResendCommand } from 'lorica/wire/command';

interface Search extends RecordRange {
  next: number;
  after: Position | undefined;
}

export class ResendQueue {
  readonly #storage: KeyValue;
  readonly #journal: Journal;
  #version: number;
  #ranges: readonly RecordRange[];
  #searches: Search[] = [];

  constructor(storage: KeyValue, journal: Journal) {
    this.#storage = storage;
    this.#journal = journal;
    const { version, command } = loadResend(storage);
    this.#version = version;
    this.#ranges = command?.ranges ?? [];
    this.restart();
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** @returns false for a command that is not newer than the last one */
  take(command: ResendCommand): boolean {
    if (command.version <= this.#version) return false;
    storeResend(this.#storage, command);
    this.#version = command.version;
    this.#ranges = command.ranges;
    this.restart();
    return true;
  }

  /** Begins again at the first record: what was sent before may have been lost. */
  restart(): void {
    this.#searches = this.#ranges.map((range) => ({ ...range, next: range.first, after: undefined }));
  }

  /** @returns the next record to send again; what is not acknowledged is left to the ordinary way */
  peek(): Entry | undefined {
    for (let search = this.#searches[0]; search !== undefined; search = this.#searches[0]) {
      const entry = search.next > search.last ? undefined : this.#journal.find(search.tag, search.next, search.last, search.after);
      if (entry === undefined) this.#searches.shift();
      else if (entry.isFreed) return entry;
      else this.pass(entry);
    }
    return undefined;
  }

  /** The record that `peek` has returned is on its way. */
  pass(entry: Entry): void {
    const search = this.#searches[0]!;
    search.next = entry.index + 1;
    search.after = entry.position;
  }

  /** All of it was sent and acknowledged. */
  finish(): void {
    if (this.isEmpty) return;
    this.#ranges = [];
    storeResent(this.#storage, this.#version);
  }
}
