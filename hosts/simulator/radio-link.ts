// One simulated connection with its two ends. A packet takes its time and may be lost; at each end one packet is under
// way at a time, as the interfaces of lorica/link/radio ask; an end that goes silent is noticed after the supervision
// time.

import type { HostClock } from 'lorica/hosts/node/clock';
import { MIN_VALUE } from 'lorica/link/radio';
import type { CentralConnection, RadioConnection } from 'lorica/link/radio';
import type { Random } from './random.ts';

/** Notifications that a connection keeps until the central listens. */
export const MAX_EARLY_NOTIFICATIONS = 16;

export interface LinkModel {
  readonly clock: HostClock;
  readonly loss: number;
  readonly packetMs: number;
  readonly supervisionMs: number;
  /** after the exchange of the MTU */
  readonly maximumValue: number;
  readonly dropEveryMs: number | undefined;
}

export class Link {
  readonly peripheral: PeripheralEnd;
  readonly central: CentralEnd;
  readonly owner: unknown;
  readonly model: LinkModel;
  readonly random: Random;
  #inRange = true;
  #open = true;
  #maximumValue = MIN_VALUE;
  #onEnd: (() => void) | undefined;
  #cancels: (() => void)[] = [];

  constructor(model: LinkModel, random: Random, owner: unknown, address: string, rssi: number) {
    this.model = model;
    this.random = random;
    this.owner = owner;
    this.peripheral = new PeripheralEnd(this);
    this.central = new CentralEnd(this, address, rssi);
  }

  get open(): boolean {
    return this.#open;
  }

  get maximumValue(): number {
    return this.#maximumValue;
  }

  /** Exchanges the MTU and subscribes; then the central has its connection. */
  establish(done: (connection: CentralConnection | undefined) => void, onEnd: () => void): void {
    const { packetMs, dropEveryMs } = this.model;
    this.#onEnd = () => {
      onEnd();
      this.#onEnd = undefined;
      if (!this.central.given) this.later(0, () => { done(undefined); });
    };
    this.#whileOpen(2 * packetMs, () => { this.#maximumValue = this.model.maximumValue; });
    this.#whileOpen(4 * packetMs, () => { this.peripheral.onSubscribed?.(); });
    this.#whileOpen(5 * packetMs, () => {
      this.central.given = true;
      done(this.central);
    });
    if (dropEveryMs !== undefined) this.#whileOpen(this.random.exponential(dropEveryMs), () => { this.#end(true, true); });
  }

  setInRange(inRange: boolean): void {
    this.#inRange = inRange;
    if (inRange) return;
    this.#whileOpen(this.model.supervisionMs, () => { if (!this.#inRange) this.#end(true, true); });
  }

  /** Carries one packet: `arrive` unless it is lost, then `done` with whether it has arrived. */
  carry(arrive: () => void, done: (arrived: boolean) => void): void {
    this.later(this.model.packetMs, () => {
      const arrived = this.#open && this.#inRange && !this.random.chance(this.model.loss);
      if (arrived) arrive();
      done(arrived);
    });
  }

  later(delayMs: number, callback: () => void): void {
    this.model.clock.after(delayMs, callback);
  }

  /** The node closes: the central hears of it one packet later. */
  closeFromPeripheral(): void {
    if (this.#open) this.#end(false, true);
  }

  closeFromCentral(): void {
    if (this.#open) this.#end(true, false);
  }

  /** The node is gone without a word. */
  abandon(): void {
    if (!this.#open) return;
    this.peripheral.deaf = true;
    this.#inRange = false;
    this.#whileOpen(this.model.supervisionMs, () => { this.#end(false, true); });
  }

  #whileOpen(delayMs: number, callback: () => void): void {
    this.#cancels.push(this.model.clock.after(delayMs, () => { if (this.#open) callback(); }));
  }

  #end(tellPeripheral: boolean, tellCentral: boolean): void {
    this.#open = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
    this.#onEnd?.();
    const delayMs = this.model.packetMs;
    if (tellPeripheral) this.later(delayMs, () => { if (!this.peripheral.deaf) this.peripheral.onDisconnected?.(); });
    if (tellCentral && this.central.given) this.later(delayMs, () => { this.central.onDisconnected?.(); });
  }
}

export class PeripheralEnd implements RadioConnection {
  onWrite?: (value: Uint8Array) => void;
  onSubscribed?: () => void;
  onDisconnected?: () => void;
  /** the node is gone: nothing calls it any more */
  deaf = false;
  readonly #link: Link;
  #busy = false;

  constructor(link: Link) {
    this.#link = link;
  }

  get maximumValue(): number {
    return this.#link.maximumValue;
  }

  notify(value: Uint8Array, done: (delivered: boolean) => void): void {
    if (this.#busy) throw new TypeError('one notification at a time');
    if (value.length > this.maximumValue) throw new RangeError('the notification is longer than the MTU allows');
    this.#busy = true;
    const copy = value.slice();
    this.#link.carry(() => { this.#link.central.notified(copy); }, () => {
      this.#busy = false;
      // The radio has taken it; whether it arrived, nobody tells a sender of notifications.
      if (!this.deaf) done(this.#link.open);
    });
  }

  close(): void {
    this.#link.closeFromPeripheral();
  }
}

export class CentralEnd implements CentralConnection {
  readonly address: string;
  readonly rssi: number;
  onDisconnected?: () => void;
  given = false;
  readonly #link: Link;
  #listener: ((value: Uint8Array) => void) | undefined;
  #early: Uint8Array[] = [];
  #busy = false;
  #closed = false;

  constructor(link: Link, address: string, rssi: number) {
    this.#link = link;
    this.address = address;
    this.rssi = rssi;
  }

  get maximumValue(): number {
    return this.#link.maximumValue;
  }

  get onNotification(): (value: Uint8Array) => void {
    return this.#listener ?? ((value) => { this.notified(value); });
  }

  set onNotification(callback: (value: Uint8Array) => void) {
    this.#listener = callback;
    // Later, as every callback: the caller may still be in the middle of setting things up.
    if (this.#early.length > 0) this.#link.later(0, () => { this.#flush(); });
  }

  write(value: Uint8Array, done: (ok: boolean) => void): void {
    if (this.#busy) throw new TypeError('one write at a time');
    if (value.length > this.maximumValue) throw new RangeError('the value is longer than the MTU allows');
    this.#busy = true;
    const copy = value.slice();
    const { peripheral } = this.#link;
    this.#link.carry(() => { if (!peripheral.deaf) peripheral.onWrite?.(copy); }, (arrived) => {
      // A write is answered, so the sender knows.
      this.#link.later(this.#link.model.packetMs, () => {
        this.#busy = false;
        done(arrived);
      });
    });
  }

  /** One has arrived. It waits behind those that came before anybody listened. */
  notified(value: Uint8Array): void {
    if (this.#listener !== undefined && this.#early.length === 0) this.#listener(value);
    else if (this.#early.length < MAX_EARLY_NOTIFICATIONS) this.#early.push(value);
  }

  close(): void {
    this.#closed = true;
    this.#early = [];
    this.#link.closeFromCentral();
  }

  #flush(): void {
    const early = this.#early;
    this.#early = [];
    for (const value of early) if (!this.#closed) this.#listener?.(value);
  }
}
