// The radio of the firmware's tests: advertising that can be seen, and one connection with both of its ends.
import type { CentralConnection, Radio, RadioConnection } from 'lorica/link/radio';
import type { GatewayLink } from 'lorica/link/link';
import type { VirtualTimer } from './virtual-timer.ts';

export const MAX_VALUE = 244;
/** of one fragment */
export const AIR_MS = 3;

export class TestRadio implements Radio {
  advertised: Uint8Array | undefined;
  onConnected?: (connection: RadioConnection) => void;
  readonly #onAdvertise: (data: Uint8Array | undefined) => void;

  constructor(onAdvertise: (data: Uint8Array | undefined) => void) {
    this.#onAdvertise = onAdvertise;
  }

  advertise(serviceData: Uint8Array | undefined): void {
    this.advertised = serviceData;
    this.#onAdvertise(serviceData);
  }

  close(): void {
    this.advertised = undefined;
  }
}

/** One connection, both ends. */
export class TestLink {
  isUp = true;
  gateway: GatewayLink | undefined;
  readonly node: RadioConnection;
  readonly central: CentralConnection;

  constructor(inside: VirtualTimer, outside: VirtualTimer) {
    const node: RadioConnection = {
      maximumValue: MAX_VALUE,
      notify: (value, done) => {
        outside.set(() => { if (this.isUp) this.central.onNotification?.(value); }, AIR_MS);
        inside.set(() => { done(this.isUp); }, AIR_MS);
      },
      close: () => { this.#end(() => this.central.onDisconnected?.(), outside); }
    };
    const central: CentralConnection = {
      address: 'node', maximumValue: MAX_VALUE, rssi: -60,
      write: (value, done) => {
        inside.set(() => { if (this.isUp) node.onWrite?.(value); }, AIR_MS);
        outside.set(() => { done(this.isUp); }, AIR_MS);
      },
      close: () => { this.#end(() => node.onDisconnected?.(), inside); }
    };
    this.node = node;
    this.central = central;
    this.#drop = () => {
      inside.set(() => node.onDisconnected?.(), 1);
      outside.set(() => central.onDisconnected?.(), 1);
    };
  }

  readonly #drop: () => void;

  drop(): void {
    if (this.isUp) this.#drop();
    this.isUp = false;
  }

  #end(tell: () => void, timer: VirtualTimer): void {
    if (this.isUp) timer.set(tell, 1);
    this.isUp = false;
  }
}
