// What waits to be written on one connection: a bounded queue of sends. It makes frames and fragments only when the radio
// is ready for the next one, so a slow radio holds the caller back and nothing piles up here.
import { cutOne, FIRST_FRAGMENT_HEADER, FRAGMENT_HEADER, SEQUENCES } from 'lorica/link/framing';
import { FRAME_OVERHEAD, MAX_FRAME_PLAINTEXT } from 'lorica/link/frame';
import type { Timer } from 'lorica/link/timer';
import { MAX_MESSAGE } from 'lorica/wire/message-type';

export const MAX_QUEUED_MESSAGES = 64;
export const MAX_QUEUED_BYTES = 16384;
/** Messages share a frame while it takes no more fragments than this: more save octets, fewer lose less with one. */
export const FRAGMENTS_PER_PACKED_FRAME = 4;

/** how often a message of the opening is said when the radio loses it */
export const OPENING_ATTEMPTS = 8;

/** `opening` and `clear`: messages as they are, one by one; `opening` ones are said again when they are lost */
export type Manner = 'opening' | 'clear' | 'sealed';

export type Done = (ok: boolean) => void;

export interface OutboxOptions {
  write(value: Uint8Array, done: Done): void;
  maximumValue(): number;
  /** @returns the link message that carries these, or `undefined` when there can be none any more */
  seal(messages: readonly Uint8Array[]): Uint8Array | undefined;
  readonly timer: Timer;
}

interface Job {
  readonly messages: readonly Uint8Array[];
  readonly manner: Manner;
  readonly done: Done;
  /** the first message not yet in a frame */
  next: number;
  ok: boolean;
  attempts: number;
}

export class Outbox {
  #options: OutboxOptions;
  #jobs: Job[] = [];
  #queuedMessages = 0;
  #queuedBytes = 0;
  #current: Uint8Array | undefined;
  #offset = 0;
  #sequence = 0;
  #writing = false;
  #pumping = false;
  #closed = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** octets of messages that a send may bring now */
  get room(): number {
    return this.#closed || this.#queuedMessages >= MAX_QUEUED_MESSAGES ? 0 : MAX_QUEUED_BYTES - this.#queuedBytes;
  }

  /**
   * @param done comes once and never before this has returned: true when the radio has taken all of it, false when some
   *   of it is lost for certain, or when there was no room for all of it
   * @throws RangeError on an empty or oversized message
   */
  send(messages: readonly Uint8Array[], manner: Manner, done: Done): void {
    let bytes = 0;
    for (const message of messages) {
      if (message.length < 1 || message.length > MAX_MESSAGE) throw new RangeError('message empty or too long');
      bytes += message.length;
    }
    if (this.#closed || this.#queuedMessages + messages.length > MAX_QUEUED_MESSAGES || bytes > this.room) {
      this.#later(done, false);
    } else if (messages.length === 0) {
      this.#later(done, true);
    } else {
      this.#queuedMessages += messages.length;
      this.#queuedBytes += bytes;
      this.#jobs.push({ messages: [...messages], manner, done, next: 0, ok: true, attempts: 1 });
      this.#pump();
    }
  }

  /** Every send that was not done ends with `false`: now, or later when this is called out of a send. */
  close(): void {
    this.#closed = true;
    this.#current = undefined;
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) {
      if (this.#pumping) this.#later(job.done, false);
      else job.done(false);
    }
  }

  #later(done: Done, ok: boolean): void {
    this.#options.timer.set(() => done(ok), 0);
  }

  /** Writes as long as the radio takes it. A radio that calls back at once makes a loop here, and no recursion. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#closed && !this.#writing && this.#prepare()) this.#writeOne();
    this.#pumping = false;
  }

  /** @returns whether there is a fragment to write */
  #prepare(): boolean {
    if (this.#current !== undefined) return true;
    const job = this.#jobs[0];
    if (job === undefined) return false;
    if (job.manner === 'sealed') {
      const count = this.#packable(job);
      const messages = job.messages.slice(job.next, job.next + count);
      job.next += count;
      this.#current = this.#options.seal(messages);
    } else {
      this.#current = job.messages[job.next++];
    }
    this.#offset = 0;
    return this.#current !== undefined;
  }

  /** @returns how many of the job's next messages share a frame: one at least */
  #packable(job: Job): number {
    const fragments = FRAGMENTS_PER_PACKED_FRAME * (this.#options.maximumValue() - FRAGMENT_HEADER);
    const most = Math.min(MAX_FRAME_PLAINTEXT, fragments + FRAGMENT_HEADER - FIRST_FRAGMENT_HEADER - FRAME_OVERHEAD);
    let count = 1;
    let length = 2 + job.messages[job.next]!.length;
    while (job.next + count < job.messages.length) {
      length += 2 + job.messages[job.next + count]!.length;
      if (length > most) break;
      count++;
    }
    return count;
  }

  #writeOne(): void {
    const message = this.#current!;
    const header = this.#offset === 0 ? FIRST_FRAGMENT_HEADER : FRAGMENT_HEADER;
    const fragment = cutOne(message, this.#offset, this.#options.maximumValue(), this.#sequence);
    this.#sequence = (this.#sequence + 1) % SEQUENCES;
    this.#offset += fragment.length - header;
    this.#writing = true;
    let called = false;
    this.#options.write(fragment, (ok) => {
      if (called) return;
      called = true;
      this.#writing = false;
      if (this.#closed) return;
      this.#written(ok);
      this.#pump();
    });
  }

  /** A lost fragment ends its frame: the rest of it would be for nothing. */
  #written(ok: boolean): void {
    const job = this.#jobs[0]!;
    if (!ok && job.manner === 'opening' && job.attempts < OPENING_ATTEMPTS) {
      job.attempts++;
      this.#offset = 0;
      return;
    }
    if (!ok) job.ok = false;
    else if (this.#offset < this.#current!.length) return;
    this.#current = undefined;
    if (job.next < job.messages.length) return;
    this.#jobs.shift();
    this.#queuedMessages -= job.messages.length;
    for (const message of job.messages) this.#queuedBytes -= message.length;
    job.done(job.ok);
  }
}
