// The air between simulated nodes and gateways, at the level of GATT: advertising under private addresses, scanning,
// connections, the exchange of the MTU, notifications and writes, loss, delay, range. It runs on any host clock; its
// chances come from one stream, so a run can be repeated. Below GATT nothing is modelled: no channels, no encryption
// (nothing of ours relies on that of the link), no collisions between radios.

import type { HostClock } from 'lorica/hosts/node/clock';
import { MAX_VALUE, MIN_VALUE } from 'lorica/link/radio';
import type { Advertisement, Central, CentralConnection, Radio, RadioConnection } from 'lorica/link/radio';
import { Link, type LinkModel } from './radio-link.ts';
import type { Random } from './random.ts';

/** Legacy advertising carries 31 octets; flags and a 128-bit service leave this much service data at most. */
export const MAX_SERVICE_DATA = 24;
const ADDRESS_LENGTH = 6;

export interface AirOptions {
  readonly clock: HostClock;
  readonly random: Random;
  /** between two advertisements; the Bluetooth specification adds 0–10 ms of chance */
  readonly advertisingMs?: number;
  /** from the wish to connect to the connection */
  readonly connectMs?: number;
  /** one notification or write, from one end to the other */
  readonly packetMs?: number;
  /** share of advertisements, notifications and writes that are lost, 0–1 */
  readonly loss?: number;
  /** mean time of a connection until chance ends it; never, when missing */
  readonly dropEveryMs?: number;
  /** the ATT MTU that both ends agree to, 23–517 */
  readonly mtu?: number;
  /** connections that one node can hold */
  readonly connections?: number;
  /** until an end notices that the other is gone */
  readonly supervisionMs?: number;
}

const DEFAULTS = { advertisingMs: 1000, connectMs: 80, packetMs: 8, loss: 0, mtu: 247, connections: 3, supervisionMs: 4000 };
/** A central gives a connection up after this. */
export const CONNECT_TIMEOUT_MS = 5000;

export class Air {
  readonly #clock: HostClock;
  readonly #random: Random;
  readonly #settings: typeof DEFAULTS;
  readonly #model: LinkModel;
  readonly #radios = new Set<NodeRadio>();
  readonly #centrals = new Set<AirCentral>();
  readonly #apart = new Map<NodeRadio, Set<AirCentral>>();

  constructor({ clock, random, ...options }: AirOptions) {
    const settings = { ...DEFAULTS, ...options };
    const maximumValue = settings.mtu - 3;
    if (!(maximumValue >= MIN_VALUE && maximumValue <= MAX_VALUE)) throw new RangeError('an ATT MTU is 23 to 517');
    if (!(settings.loss >= 0 && settings.loss < 1)) throw new RangeError('loss is a share below 1');
    this.#clock = clock;
    this.#random = random;
    this.#settings = settings;
    this.#model = { clock, loss: settings.loss, packetMs: settings.packetMs, supervisionMs: settings.supervisionMs, maximumValue, dropEveryMs: options.dropEveryMs };
  }

  /** @param name names the radio's stream of chance: unique in this air */
  radio(name: string): NodeRadio {
    const radio = new NodeRadio(this.#clock, this.#random.stream(`radio ${name}`), this.#settings.advertisingMs, {
      heard: (address, serviceData) => { this.#spread(radio, address, serviceData); },
      listeners: () => this.#scanning(),
      gone: () => { this.#radios.delete(radio); },
    });
    this.#radios.add(radio);
    return radio;
  }

  central(): Central {
    const central = new AirCentral({
      connect: (address, done) => { this.#connect(central, address, done); },
      scanning: () => { for (const radio of this.#radios) radio.wake(); },
      gone: () => { this.#centrals.delete(central); },
    });
    this.#centrals.add(central);
    return central;
  }

  /** Moves a node into or out of reach of a gateway; connections over it end when both ends have noticed. */
  setInRange(radio: NodeRadio, central: Central, inRange: boolean): void {
    const apart = this.#apart.get(radio) ?? new Set();
    this.#apart.set(radio, apart);
    if (inRange) apart.delete(central as AirCentral);
    else apart.add(central as AirCentral);
    for (const link of radio.links) if (link.owner === central) link.setInRange(inRange);
  }

  #scanning(): boolean {
    for (const central of this.#centrals) if (central.onAdvertisement !== undefined) return true;
    return false;
  }

  #spread(radio: NodeRadio, address: string, serviceData: Uint8Array): void {
    for (const central of this.#centrals) {
      const { onAdvertisement } = central;
      if (onAdvertisement === undefined || this.#apart.get(radio)?.has(central) === true || radio.random.chance(this.#settings.loss)) continue;
      onAdvertisement({ address, serviceData: serviceData.slice(), rssi: radio.strength() });
    }
  }

  #connect(central: AirCentral, address: string, done: (connection: CentralConnection | undefined) => void): void {
    this.#clock.after(this.#settings.connectMs, () => {
      if (central.closed) return;
      const radio = [...this.#radios].find((candidate) => candidate.address === address);
      const reachable = radio !== undefined && this.#apart.get(radio)?.has(central) !== true;
      if (!reachable) {
        this.#clock.after(Math.max(0, CONNECT_TIMEOUT_MS - this.#settings.connectMs), () => { if (!central.closed) done(undefined); });
        return;
      }
      const link = new Link(this.#model, radio.random, central, address, radio.strength());
      central.links.add(link);
      radio.accept(link, this.#settings.connections);
      link.establish(
        (connection) => { if (!central.closed) done(connection); },
        () => { central.links.delete(link); radio.links.delete(link); },
      );
    });
  }
}

interface RadioSide {
  heard(address: string, serviceData: Uint8Array): void;
  listeners(): boolean;
  gone(): void;
}

/** A node's radio. `close` is the end of it: power lost or the node taken away. */
export class NodeRadio implements Radio {
  onConnected?: (connection: RadioConnection) => void;
  readonly links = new Set<Link>();
  readonly random: Random;
  readonly #clock: HostClock;
  readonly #advertisingMs: number;
  readonly #side: RadioSide;
  readonly #baseStrength: number;
  #serviceData: Uint8Array | undefined;
  #address: string | undefined;
  #cancel: (() => void) | undefined;

  constructor(clock: HostClock, random: Random, advertisingMs: number, side: RadioSide) {
    this.random = random;
    this.#clock = clock;
    this.#advertisingMs = advertisingMs;
    this.#side = side;
    // Between one and some ten metres indoors.
    this.#baseStrength = random.between(-80, -50);
  }

  /** undefined while it does not advertise */
  get address(): string | undefined {
    return this.#address;
  }

  advertise(serviceData: Uint8Array | undefined): void {
    if (serviceData !== undefined && serviceData.length > MAX_SERVICE_DATA) throw new RangeError(`at most ${String(MAX_SERVICE_DATA)} octets of service data`);
    this.#cancel?.();
    this.#cancel = undefined;
    this.#serviceData = serviceData?.slice();
    // A fresh resolvable private address with fresh data: the old one would tie both together.
    this.#address = serviceData === undefined ? undefined : privateAddress(this.random);
    this.wake();
  }

  /** Goes on advertising, if it has reason to and someone may hear it. */
  wake(): void {
    if (this.#serviceData === undefined || this.#cancel !== undefined || !this.#side.listeners()) return;
    this.#cancel = this.#clock.after(this.#advertisingMs + this.random.between(0, 10), () => {
      this.#cancel = undefined;
      if (this.#serviceData === undefined || this.#address === undefined) return;
      this.#side.heard(this.#address, this.#serviceData);
      this.wake();
    });
  }

  accept(link: Link, connections: number): void {
    this.links.add(link);
    if (this.links.size >= connections) this.advertise(undefined);
    this.onConnected?.(link.peripheral);
  }

  /** dBm, as received: the place's strength and some fading */
  strength(): number {
    return Math.round(this.#baseStrength + 3 * this.random.normal());
  }

  close(): void {
    this.advertise(undefined);
    delete this.onConnected;
    for (const link of this.links) link.abandon();
    this.links.clear();
    this.#side.gone();
  }
}

interface CentralSide {
  connect(address: string, done: (connection: CentralConnection | undefined) => void): void;
  scanning(): void;
  gone(): void;
}

class AirCentral implements Central {
  readonly links = new Set<Link>();
  closed = false;
  onAdvertisement: ((seen: Advertisement) => void) | undefined;
  readonly #side: CentralSide;

  constructor(side: CentralSide) {
    this.#side = side;
  }

  scan(onAdvertisement: (seen: Advertisement) => void): void {
    if (this.closed) return;
    this.onAdvertisement = onAdvertisement;
    this.#side.scanning();
  }

  connect(address: string, done: (connection: CentralConnection | undefined) => void): void {
    if (!this.closed) this.#side.connect(address, done);
  }

  close(): void {
    this.closed = true;
    this.onAdvertisement = undefined;
    for (const link of this.links) link.central.close();
    this.links.clear();
    this.#side.gone();
  }
}

/** Forty-eight bits with the two top bits 01: resolvable private (Core 5.4, Vol 6, B, §1.3.2.2). */
function privateAddress(random: Random): string {
  const octets = random.bytes(ADDRESS_LENGTH);
  octets[0] = (octets[0]! & 0x3f) | 0x40;
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join(':');
}
