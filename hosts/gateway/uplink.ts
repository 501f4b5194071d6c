// What nodes say, on its way to the bus: gathered for a moment into envelopes (modules/wire/lorica.cddl, section 6), so
// that a burst of small records costs one publish; a bounded number of publishes under way; nodes take turns, so that a
// talkative one does not starve its neighbours. Nothing is tried twice here: what cannot be passed on is dropped and
// counted, and the node, which holds it until the health center's acknowledgement, sends it again.
import { upTopic } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Journalist } from 'lorica/hosts/node/log';
import { encodeEnvelope, MAX_RSSI, MIN_RSSI } from 'lorica/wire/envelope';
import { MAX_ENVELOPE_MESSAGES, MESSAGE_TYPE } from 'lorica/wire/message-type';

/** How long a message waits for company. */
export const GATHER_MS = 20;
/** Envelopes handed to the bus and not acknowledged; below the bus's own bound. */
export const MAX_ENVELOPES_IN_FLIGHT = 32;
/** Messages of one node that wait for a publish; beyond, they are dropped. */
export const MAX_WAITING_MESSAGES = 2 * MAX_ENVELOPE_MESSAGES;

export interface UplinkOptions {
  readonly bus: Bus;
  readonly clock: HostClock;
  /** the gateway's name */
  readonly id: string;
  readonly log: Pick<Journalist, 'note'>;
}

/** Of what the bus has taken. */
export interface UplinkCounters {
  messages: number;
  /** those among them that are records, as their first octet says */
  records: number;
  bytes: number;
  envelopes: number;
  dropped: number;
}

interface Queue {
  readonly handle: Uint8Array;
  messages: Uint8Array[];
  rssi: number;
  cancel: (() => void) | undefined;
}

export class Uplink {
  readonly counters: UplinkCounters = { messages: 0, records: 0, bytes: 0, envelopes: 0, dropped: 0 };
  readonly #options: UplinkOptions;
  readonly #queues = new Map<number, Queue>();
  /** the nodes whose messages have waited long enough, in turn */
  readonly #due: Queue[] = [];
  #inFlight = 0;
  #sending = false;
  #onIdle: (() => void) | undefined;

  constructor(options: UplinkOptions) {
    this.#options = options;
  }

  /** @param node number of the node @param rssi of its link, dBm */
  push(node: number, handle: Uint8Array, message: Uint8Array, rssi: number): void {
    let queue = this.#queues.get(node);
    if (queue === undefined) this.#queues.set(node, (queue = { handle, messages: [], rssi, cancel: undefined }));
    if (queue.messages.length >= MAX_WAITING_MESSAGES) {
      this.#drop(1, 'queue-full');
      return;
    }
    queue.messages.push(message);
    queue.rssi = rssi;
    if (queue.messages.length === MAX_ENVELOPE_MESSAGES) this.#ripen(queue);
    else if (queue.messages.length === 1) queue.cancel = this.#options.clock.after(GATHER_MS, () => { this.#ripen(queue); });
  }

  /** Sends what has gathered, without more waiting; `done` when nothing is under way any more. */
  flush(done: () => void): void {
    this.#onIdle = done;
    for (const queue of this.#queues.values()) if (queue.messages.length > 0) this.#ripen(queue);
    this.#checkIdle();
  }

  #ripen(queue: Queue): void {
    queue.cancel?.();
    queue.cancel = undefined;
    if (!this.#due.includes(queue)) this.#due.push(queue);
    this.#send();
  }

  /** A bus that answers at once makes a loop here, and no recursion. */
  #send(): void {
    if (this.#sending) return;
    this.#sending = true;
    while (this.#inFlight < MAX_ENVELOPES_IN_FLIGHT && this.#due.length > 0) this.#sendOne(this.#due.shift()!);
    this.#sending = false;
  }

  #sendOne(queue: Queue): void {
    const messages = queue.messages.splice(0, MAX_ENVELOPE_MESSAGES);
    if (messages.length === 0) return;
    if (queue.messages.length > 0) this.#due.push(queue);
    const rssi = Math.max(MIN_RSSI, Math.min(MAX_RSSI, Math.round(queue.rssi)));
    this.#inFlight++;
    let open = true;
    this.#options.bus.publish(upTopic(this.#options.id), encodeEnvelope({ handle: queue.handle, messages, rssi }), (error) => {
      if (!open) return;
      open = false;
      this.#inFlight--;
      if (error === undefined) this.#count(messages);
      else this.#drop(messages.length, 'bus-lost', error);
      this.#send();
      this.#checkIdle();
    });
  }

  #count(messages: readonly Uint8Array[]): void {
    this.counters.envelopes++;
    this.counters.messages += messages.length;
    for (const message of messages) {
      this.counters.bytes += message.length;
      if (message[0] === MESSAGE_TYPE.record) this.counters.records++;
    }
  }

  #drop(count: number, code: 'queue-full' | 'bus-lost', error?: Error): void {
    this.counters.dropped += count;
    this.#options.log.note(code, error === undefined ? { count } : { count, error: error.message });
  }

  #checkIdle(): void {
    if (this.#onIdle === undefined || this.#inFlight > 0 || this.#due.length > 0) return;
    const done = this.#onIdle;
    this.#onIdle = undefined;
    done();
  }
}
