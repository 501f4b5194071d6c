// What has come from gateways and waits for its turn. Each gateway has two queues of its own, one for messages that
// cost an evaluation of the map and one for the rest, and turns go round: a flooding gateway fills its own queues and
// nobody else's. A message beyond the bound is dropped; its node still holds it and sends again.
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

export const MAX_QUEUED_RECORDS = 4096;
export const MAX_QUEUED_HANDSHAKES = 128;

/** An envelope on its way through: `done` is called once all of its messages are settled. */
export interface Delivery {
  readonly gateway: { readonly id: number; readonly name: string };
  readonly handle: Uint8Array;
  /** messages not settled yet */
  left: number;
  readonly done: () => void;
}

export interface Item {
  readonly message: Uint8Array;
  readonly delivery: Delivery;
}

interface Queues {
  readonly records: Fifo<Item>;
  readonly handshakes: Fifo<Item>;
}

export class Inbox {
  readonly #queues = new Map<number, Queues>();
  #size = 0;

  /** messages that wait, over all gateways */
  get size(): number {
    return this.#size;
  }

  /** @returns false if the gateway's queue is full: the message is not taken */
  push(item: Item): boolean {
    const { id } = item.delivery.gateway;
    let queues = this.#queues.get(id);
    if (queues === undefined) this.#queues.set(id, (queues = { records: new Fifo(MAX_QUEUED_RECORDS), handshakes: new Fifo(MAX_QUEUED_HANDSHAKES) }));
    const taken = (item.message[0] === MESSAGE_TYPE.record ? queues.records : queues.handshakes).push(item);
    if (taken) this.#size++;
    return taken;
  }

  /** @returns up to `limit` records, one of each gateway in turn */
  takeRecords(limit: number): Item[] {
    return this.#take('records', limit);
  }

  /** @returns up to `limit` other messages, one of each gateway in turn */
  takeHandshakes(limit: number): Item[] {
    return this.#take('handshakes', limit);
  }

  #take(kind: keyof Queues, limit: number): Item[] {
    const taken: Item[] = [];
    let isAnyLeft = true;
    while (isAnyLeft && taken.length < limit) {
      isAnyLeft = false;
      for (const [id, queues] of this.#queues) {
        const item = queues[kind].shift();
        if (item === undefined) continue;
        isAnyLeft = true;
        taken.push(item);
        // Who was served goes to the end of the round, so that a small limit is fair too.
        this.#queues.delete(id);
        this.#queues.set(id, queues);
        if (taken.length === limit) break;
      }
    }
    this.#size -= taken.length;
    return taken;
  }
}

/** A ring of bounded length that grows as it is filled. */
class Fifo<T> {
  readonly #limit: number;
  #items: (T | undefined)[] = [];
  #head = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(item: T): boolean {
    if (this.#items.length - this.#head >= this.#limit) return false;
    this.#items.push(item);
    return true;
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
