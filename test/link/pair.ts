// One GATT connection with both ends in the test's hands, and a timer that the test turns. Every value passes through a
// hook that may alter, lose, double or record it.
import type { CentralConnection, RadioConnection } from 'lorica/link/radio';
import type { Timer } from 'lorica/link/timer';
import type { Entropy } from 'lorica/primitives/entropy';
import { sha256 } from 'lorica/primitives/sha256';

export class TestTimer implements Timer {
  #now = 0;
  #serial = 0;
  #waiting = new Map<number, { at: number; callback: () => void }>();

  ticks(): number {
    return this.#now;
  }

  set(callback: () => void, delayMs: number): unknown {
    this.#waiting.set(++this.#serial, { at: this.#now + delayMs, callback });
    return this.#serial;
  }

  clear(handle: unknown): void {
    this.#waiting.delete(handle as number);
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** Runs what is due within `ms`, in order of time, then of setting. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let next: [number, { at: number; callback: () => void }] | undefined;
      for (const entry of this.#waiting) {
        if (entry[1].at <= end && (next === undefined || entry[1].at < next[1].at)) next = entry;
      }
      if (next === undefined) break;
      this.#waiting.delete(next[0]);
      this.#now = next[1].at;
      next[1].callback();
    }
    this.#now = end;
  }
}

/** What happens to a value: these arrive instead of it ([]: lost), and the sender is told `told`. */
export interface Fate {
  readonly arrive: readonly Uint8Array[];
  readonly told: boolean;
}
export type Air = (value: Uint8Array, up: boolean) => Fate;

export const CLEAR_AIR: Air = (value) => ({ arrive: [value], told: true });

export class Pair {
  readonly timer: TestTimer;
  readonly node: RadioConnection;
  readonly gateway: CentralConnection;
  /** every value that was sent, in order */
  readonly sent: { value: Uint8Array; up: boolean }[] = [];
  air: Air = CLEAR_AIR;
  mtu: number;
  /** most values on their way at once: back-pressure asks for 1 in each direction */
  mostInFlight = 0;
  nodeClosed = false;
  gatewayClosed = false;
  /** false: `done` comes before the call has returned, which a radio should not do, and the link must survive */
  later = true;

  constructor(timer: TestTimer, mtu = 23) {
    this.timer = timer;
    this.mtu = mtu;
    const inFlight = { up: 0, down: 0 };
    const send = (value: Uint8Array, up: boolean, done: (ok: boolean) => void): void => {
      const way = up ? 'up' : 'down';
      if (value.length > this.mtu - 3) throw new RangeError('value longer than the MTU allows');
      inFlight[way]++;
      this.mostInFlight = Math.max(this.mostInFlight, inFlight[way]);
      this.sent.push({ value: value.slice(), up });
      const fate = this.air(value.slice(), up);
      const deliver = (): void => {
        inFlight[way]--;
        for (const each of fate.arrive) this.inject(each, up);
        done(fate.told);
      };
      if (this.later) timer.set(deliver, 1);
      else deliver();
    };
    const maximum = (): number => this.mtu - 3;
    this.node = {
      get maximumValue() {
        return maximum();
      },
      notify: (value, done) => send(value, true, done),
      close: () => {
        this.nodeClosed = true;
        if (!this.gatewayClosed) this.gateway.onDisconnected?.();
      }
    };
    this.gateway = {
      address: 'aa:bb',
      rssi: -60,
      get maximumValue() {
        return maximum();
      },
      write: (value, done) => send(value, false, done),
      close: () => {
        this.gatewayClosed = true;
        if (!this.nodeClosed) this.node.onDisconnected?.();
      }
    };
  }

  /** A value out of the blue, as from an attacker on the air. */
  inject(value: Uint8Array, up: boolean): void {
    if (this.nodeClosed || this.gatewayClosed) return;
    if (up) this.gateway.onNotification?.(value);
    else this.node.onWrite?.(value);
  }

  /** The connection breaks for both. */
  break(): void {
    this.node.onDisconnected?.();
    this.gateway.onDisconnected?.();
    this.nodeClosed = true;
    this.gatewayClosed = true;
  }
}

/** Repeatable octets that differ from call to call. */
export function seededEntropy(seed: number): Entropy {
  let count = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let at = 0; at < length; at += 32) {
      count++;
      out.set(sha256(Uint8Array.of(seed, count >> 8, count & 255)).subarray(0, length - at), at);
    }
    return out;
  };
}
