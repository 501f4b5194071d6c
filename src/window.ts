// Records that were sent and not acknowledged: which, when last, how often. Bounded: nothing more is sent while it is full,
// which is what holds the node back when the health center is slow.
import type { EntryName } from 'lorica/journal/journal';
import { isSameTag } from 'lorica/node/tags';
import { isAcknowledged, type Acknowledgement } from 'lorica/session/acknowledgement';

/** records in flight; an acknowledgement's bitmap reaches four times as far */
export const MAX_IN_FLIGHT = 128;
/** places that only urgent ones may take */
export const URGENT_RESERVE = 16;
/** from sending to sending again, doubled each time up to MAX_RESEND_MS */
export const FIRST_RESEND_MS = 8_000;
export const MAX_RESEND_MS = 60_000;

export interface InFlight extends EntryName {
  /** sent again because it was asked for: the journal has it as acknowledged already */
  readonly isAgain: boolean;
  readonly firstTick: number;
  lastTick: number;
  tries: number;
}

export class Window {
  #records: InFlight[] = [];

  get size(): number {
    return this.#records.length;
  }

  hasRoom(urgent: boolean): boolean {
    return this.#records.length < (urgent ? MAX_IN_FLIGHT : MAX_IN_FLIGHT - URGENT_RESERVE);
  }

  has(tag: Uint8Array, index: number): boolean {
    for (const record of this.#records) if (record.index === index && isSameTag(record.tag, tag)) return true;
    return false;
  }

  /** @param name with a tag that shares no memory with the record */
  add({ position, tag, index }: EntryName, tick: number, isAgain: boolean): void {
    this.#records.push({ position, tag, index, isAgain, firstTick: tick, lastTick: tick, tries: 1 });
  }

  /** Takes out what is acknowledged. */
  take(acknowledgement: Acknowledgement): InFlight[] {
    const taken: InFlight[] = [];
    const left: InFlight[] = [];
    for (const record of this.#records) {
      const isTaken = isSameTag(record.tag, acknowledgement.tag) && isAcknowledged(acknowledgement, record.index);
      (isTaken ? taken : left).push(record);
    }
    if (taken.length > 0) this.#records = left;
    return taken;
  }

  remove(record: InFlight): void {
    this.#records = this.#records.filter((other) => other !== record);
  }

  /** @returns those whose acknowledgement has been waited for long enough */
  due(tick: number): InFlight[] {
    return this.#records.filter(({ lastTick, tries }) => tick - lastTick >= Math.min(MAX_RESEND_MS, FIRST_RESEND_MS * 2 ** (tries - 1)));
  }

  hasAgain(): boolean {
    return this.#records.some(({ isAgain }) => isAgain);
  }

  clear(): void {
    this.#records = [];
  }
}
