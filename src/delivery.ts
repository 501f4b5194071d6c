// Brings the journal's records to the health center: urgent ones first of all, then the oldest that is not acknowledged;
// in batches, at the pace of the link, within a window. A record leaves the journal's care by acknowledgement only. After
// a disconnect it begins again at the oldest: duplicates do no harm. It opens nothing and knows no keys.
import type { Entry, Journal, Position } from 'lorica/journal/journal';
import { Batch } from 'lorica/node/batch';
import { JourneyLog } from 'lorica/node/journey-log';
import type { Counters } from 'lorica/node/counters';
import { Periodic } from 'lorica/node/periodic';
import { ResendQueue } from 'lorica/node/resend-queue';
import { Window } from 'lorica/node/window';
import type { KeyValue } from 'lorica/node/world';
import type { Timer } from 'lorica/link/timer';
import { COUNTER } from 'lorica/reading/reading';
import { isAcknowledged, type Acknowledgement } from 'lorica/session/acknowledgement';
import type { AcknowledgementCommand, ResendCommand } from 'lorica/wire/command';

/** how often it is looked whether something must be sent again, while something is in flight */
export const RESEND_CHECK_MS = 2_000;
/** when the link's queue has no room */
export const NO_ROOM_RETRY_MS = 200;
/** records in flight and no acknowledgement of anything for so long: the health center may have lost the session */
export const SILENCE_MS = 120_000;
/** A round trip that takes no longer says what time it is. */
export const MAX_ROUND_MS = 10_000;

/** Of a NodeLink, what delivery needs. */
export interface LinkPort {
  readonly room: number;
  send(messages: readonly Uint8Array[], done: (ok: boolean) => void): void;
}

export interface DeliveryOptions {
  readonly timer: Timer;
  readonly journal: Journal;
  readonly storage: KeyValue;
  readonly counters: Counters;
  /** @returns the index after the last record of a chain, `undefined` for a chain that is delivered or not ours */
  readonly nextIndex: (tag: Uint8Array) => number | undefined;
  /** The health center misses these records, and they are nowhere any more. */
  readonly onGone: (tag: Uint8Array, first: number, last: number) => void;
  /** A record went out and its acknowledgement came within MAX_ROUND_MS. */
  readonly onRound: (sentTick: number, receivedTick: number, timeMs: number) => void;
  /** once an interval, before a batch, while there is a link */
  readonly onTurn: () => void;
  /** SILENCE_MS have passed; told again with every turn while it lasts */
  readonly onSilence: () => void;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #window = new Window();
  readonly #log = new JourneyLog();
  readonly #resends: ResendQueue;
  readonly #turns: Periodic;
  #link: LinkPort | undefined;
  #intervalMs = 0;
  #mayAll = false;
  #isSending = false;
  /** a batch is due: everything goes out until the end is reached */
  #isDue = false;
  #heardTick = 0;
  #isCaughtUp = false;
  #cursor: Position | undefined;
  #urgentCursor: Position | undefined;
  #watch: unknown;
  #retry: unknown;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#resends = new ResendQueue(options.storage, options.journal);
    this.#turns = new Periodic(options.timer, () => this.#turn());
  }

  /** records in flight */
  get inFlight(): number {
    return this.#window.size;
  }

  /** How often a batch goes out when nothing is urgent. */
  setInterval(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    if (this.#link !== undefined) this.#turns.start(intervalMs);
  }

  attach(link: LinkPort): void {
    this.#link = link;
    this.#isDue = true;
    this.#heardTick = this.#options.timer.ticks();
    this.#turns.start(this.#intervalMs);
    this.#pump();
  }

  detach(): void {
    const { timer } = this.#options;
    this.#link = undefined;
    this.#isSending = false;
    this.#turns.stop();
    if (this.#watch !== undefined) timer.clear(this.#watch);
    if (this.#retry !== undefined) timer.clear(this.#retry);
    this.#watch = this.#retry = undefined;
    this.#startOver();
  }

  /**
   * A session is in force, so acknowledgements can come: from now on all records go. Without one only urgent ones do.
   * What was acknowledged before says nothing any more: the health center may have gone back to a backup.
   */
  begin(): void {
    this.#mayAll = true;
    this.#isDue = true;
    this.#log.forgetAcknowledgements();
    this.#pump();
  }

  /** A record has been put into the journal. */
  notice(urgent: boolean): void {
    this.#isCaughtUp = false;
    if (!urgent) return;
    this.#isDue = true;
    this.#pump();
  }

  acknowledge({ acknowledgements, timeMs }: AcknowledgementCommand): void {
    const { counters, journal, onRound, timer } = this.#options;
    const now = timer.ticks();
    this.#heardTick = now;
    let sentTick = -Infinity;
    for (const acknowledgement of acknowledgements) {
      this.#log.noteAcknowledgement(acknowledgement);
      for (const record of this.#window.take(acknowledgement)) {
        if (record.tries === 1) sentTick = Math.max(sentTick, record.firstTick);
        if (record.isAgain) continue;
        journal.free(record);
        counters.add(COUNTER.acknowledged);
      }
    }
    if (now - sentTick < MAX_ROUND_MS) onRound(sentTick, now, timeMs);
    for (const acknowledgement of acknowledgements) this.#explain(acknowledgement);
    if (!this.#resends.isEmpty) this.#isDue = true;
    this.#pump();
  }

  /** @returns false for a command that is not new */
  resend(command: ResendCommand): boolean {
    const isTaken = this.#resends.take(command);
    if (isTaken) this.#isDue = true;
    this.#pump();
    return isTaken;
  }

  #turn(): void {
    const { onSilence, onTurn, timer } = this.#options;
    this.#isDue = true;
    if (this.#mayAll && this.#window.size > 0 && timer.ticks() - this.#heardTick >= SILENCE_MS) onSilence();
    onTurn();
    this.#pump();
  }

  #startOver(): void {
    this.#window.clear();
    this.#cursor = this.#urgentCursor = undefined;
    this.#resends.restart();
  }

  #pump(): void {
    const link = this.#link;
    if (link === undefined || this.#isSending) return;
    const batch = new Batch(link.room);
    this.#addLate(batch);
    this.#addUrgent(batch);
    if (this.#mayAll && this.#isDue) this.#addOldest(batch);
    if (batch.messages.length > 0) this.#sendBatch(link, batch.messages);
    else if (batch.isFull) this.#tryLater();
    else if (this.#isCaughtUp) this.#isDue = false;
  }

  #sendBatch(link: LinkPort, messages: readonly Uint8Array[]): void {
    const { counters, timer } = this.#options;
    this.#isSending = true;
    this.#watch ??= timer.set(() => this.#check(), RESEND_CHECK_MS);
    link.send(messages, (ok) => {
      if (this.#link !== link) return;
      if (ok) counters.add(COUNTER.sent, messages.length);
      this.#isSending = false;
      this.#pump();
    });
  }

  #tryLater(): void {
    this.#retry ??= this.#options.timer.set(() => {
      this.#retry = undefined;
      this.#pump();
    }, NO_ROOM_RETRY_MS);
  }

  #check(): void {
    this.#watch = this.#window.size === 0 ? undefined : this.#options.timer.set(() => this.#check(), RESEND_CHECK_MS);
    this.#pump();
  }

  /** What was sent and not acknowledged in time. */
  #addLate(batch: Batch): void {
    const tick = this.#options.timer.ticks();
    for (const record of this.#window.due(tick)) {
      const entry = this.#options.journal.reread(record);
      if (entry === undefined || (entry.isFreed && !record.isAgain)) {
        this.#window.remove(record);
      } else if (batch.add(entry.record)) {
        record.lastTick = tick;
        record.tries++;
      } else return;
    }
  }

  #addUrgent(batch: Batch): void {
    while (this.#window.hasRoom(true)) {
      const entry = this.#options.journal.next(this.#urgentCursor, true);
      if (entry === undefined || !this.#addEntry(batch, entry, false)) return;
      this.#urgentCursor = entry.position;
    }
  }

  #addOldest(batch: Batch): void {
    while (this.#window.hasRoom(false)) {
      const entry = this.#options.journal.next(this.#cursor, false);
      if (entry === undefined) {
        this.#isCaughtUp = true;
        return this.#addAgain(batch);
      }
      if (!this.#addEntry(batch, entry, false)) return;
      this.#cursor = entry.position;
    }
  }

  /** What was asked for again comes after what was never acknowledged. */
  #addAgain(batch: Batch): void {
    while (this.#window.hasRoom(false)) {
      const entry = this.#resends.peek();
      if (entry === undefined) {
        if (!this.#window.hasAgain()) this.#resends.finish();
        return;
      }
      if (!this.#addEntry(batch, entry, true)) return;
      this.#resends.pass(entry);
    }
  }

  /** @returns false if the batch has no room for it */
  #addEntry(batch: Batch, entry: Entry, isAgain: boolean): boolean {
    const { counters, journal, timer } = this.#options;
    const { tag, index, record } = entry;
    if (this.#window.has(tag, index)) return true;
    const chain = this.#log.chain(tag);
    if (!isAgain && chain.acknowledgement !== undefined && isAcknowledged(chain.acknowledgement, index)) {
      journal.free(entry);
      counters.add(COUNTER.acknowledged);
      return true;
    }
    if (!batch.add(record)) return false;
    this.#window.add({ position: entry.position, tag: chain.tag, index }, timer.ticks(), isAgain);
    chain.highestSent = Math.max(chain.highestSent, index);
    return true;
  }

  /**
   * The health center waits for an index that will not come: the lowest that it misses is neither here nor on its way.
   * All below the next one that it can still get is explained at once, be some of it received: that does no harm.
   */
  #explain(acknowledgement: Acknowledgement): void {
    const { tag, next } = acknowledgement;
    const { journal, nextIndex, onGone } = this.#options;
    const end = nextIndex(tag);
    const chain = this.#log.chain(tag);
    if (end === undefined || next >= end || next <= chain.explained || this.#window.has(tag, next)) return;
    if (chain.highestSent <= next && !this.#isCaughtUp) return;
    const lowest = journal.lowest(tag, next, (index) => isAcknowledged(acknowledgement, index));
    if (lowest === next) return;
    const last = (lowest ?? end) - 1;
    chain.explained = last;
    this.#isDue = true;
    onGone(chain.tag, next, last);
  }
}
