// A broker inside the process, with the semantics of MQTT's QoS 1 and none of its bytes: a publish is done when the
// broker has it, a delivery when the receiver says so; what was not acknowledged comes again after a connection was
// lost, unless the session is clean; a copy may come twice. One receiver's messages come in order. Not MQTT itself:
// no retained messages, no wills, no access rules (the real broker has them).

import { filterPattern, type Bus } from 'lorica/hosts/node/bus';
import type { HostClock } from 'lorica/hosts/node/clock';

/** Messages that a broker keeps for one receiver; a publish beyond that fails. */
export const MAX_QUEUED = 10_000;
/** Deliveries to one receiver that wait for their acknowledgement (MQTT 5's "receive maximum"). */
export const MAX_UNACKNOWLEDGED = 64;

type OnMessage = (topic: string, payload: Uint8Array, done: () => void) => void;

interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
}

export interface MemoryBrokerOptions {
  readonly clock: HostClock;
  /** each way between a client and the broker, ms */
  readonly latencyMs?: number;
}

export class MemoryBroker {
  readonly #clock: HostClock;
  readonly #latencyMs: number;
  readonly #clients = new Set<MemoryBus>();

  constructor(options: MemoryBrokerOptions) {
    this.#clock = options.clock;
    this.#latencyMs = options.latencyMs ?? 5;
  }

  /** @param clean the session ends with the connection: what was not delivered then is gone */
  connect(clean = true): MemoryBus {
    const client = new MemoryBus({
      clean,
      later: (callback) => { this.#clock.after(this.#latencyMs, callback); },
      route: (message) => this.#route(message),
      forget: () => { this.#clients.delete(client); },
    });
    this.#clients.add(client);
    return client;
  }

  /** @returns whether all receivers have taken it */
  #route(message: Message): boolean {
    let taken = true;
    for (const client of this.#clients) if (!client.enqueue(message)) taken = false;
    return taken;
  }
}

interface Side {
  readonly clean: boolean;
  later(callback: () => void): void;
  route(message: Message): boolean;
  forget(): void;
}

/** One client's connection; made by `MemoryBroker.connect`. */
export class MemoryBus implements Bus {
  readonly #side: Side;
  readonly #subscriptions: { readonly filter: RegExp; readonly onMessage: OnMessage }[] = [];
  /** what waits, and what was delivered and is not acknowledged, oldest first */
  readonly #queue: Message[] = [];
  readonly #unacknowledged = new Set<Message>();
  #connection = 1;
  #connected = true;
  #closed = false;

  constructor(side: Side) {
    this.#side = side;
  }

  publish(topic: string, payload: Uint8Array, done: (error?: Error) => void): void {
    if (!this.#connected) {
      this.#side.later(() => { done(new Error('broker out of reach')); });
      return;
    }
    const message = { topic, payload: payload.slice() };
    const connection = this.#connection;
    this.#side.later(() => {
      const taken = this.#side.route(message);
      this.#side.later(() => {
        if (connection !== this.#connection) done(new Error('broker lost'));
        else done(taken ? undefined : new Error('the broker is full'));
      });
    });
  }

  subscribe(filter: string, onMessage: OnMessage): void {
    this.#subscriptions.push({ filter: filterPattern(filter), onMessage });
  }

  close(done?: () => void): void {
    this.#closed = true;
    this.#connected = false;
    this.#connection++;
    this.#queue.length = 0;
    this.#unacknowledged.clear();
    this.#side.forget();
    if (done !== undefined) this.#side.later(done);
  }

  /** The connection breaks: acknowledgements and publishes under way are lost. */
  drop(): void {
    if (this.#closed) return;
    this.#connected = false;
    this.#connection++;
    if (this.#side.clean) this.#queue.length = 0;
    else this.#queue.unshift(...this.#unacknowledged);
    this.#unacknowledged.clear();
  }

  /** The connection is back. */
  resume(): void {
    if (this.#closed) throw new Error('this client was closed');
    this.#connected = true;
    this.#deliver();
  }

  /** For the broker. @returns false when the queue is full */
  enqueue(message: Message): boolean {
    if (!this.#subscriptions.some(({ filter }) => filter.test(message.topic))) return true;
    if (!this.#connected && this.#side.clean) return true;
    if (this.#queue.length >= MAX_QUEUED) return false;
    this.#queue.push(message);
    this.#deliver();
    return true;
  }

  #deliver(): void {
    while (this.#connected && this.#unacknowledged.size < MAX_UNACKNOWLEDGED) {
      const message = this.#queue.shift();
      if (message === undefined) return;
      this.#unacknowledged.add(message);
      const connection = this.#connection;
      this.#side.later(() => {
        if (connection === this.#connection) this.#hand(message, connection);
      });
    }
  }

  #hand(message: Message, connection: number): void {
    const onMessage = this.#subscriptions.find(({ filter }) => filter.test(message.topic))!.onMessage;
    onMessage(message.topic, message.payload.slice(), () => {
      if (connection !== this.#connection) return;
      this.#unacknowledged.delete(message);
      this.#deliver();
    });
  }
}
