// A whole hospital in one process and in virtual time: bodies, nodes, radio, gateways, broker, health center and its
// SQL store, from one seed. Real handshakes, real sealing, real transactions; only time, chance and the wires are not.

import { join } from 'node:path';
import { downTopic, gatewayOf, UP_FILTER } from 'lorica/hosts/node/bus';
import { Gateway } from 'lorica/hosts/gateway/gateway';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { gatewayNodes, registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { readRows, type ReadRow } from 'lorica/hosts/health-center/read-rows';
import { Store } from 'lorica/hosts/health-center/store';
import type { Timer } from 'lorica/link/timer';
import type { Sensors } from 'lorica/node/world';
import { decodeEnvelope } from 'lorica/wire/envelope';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { Body } from './bodies/body.ts';
import { MemoryBroker } from './bus.ts';
import { SimulatedNode } from './node.ts';
import { Air, type AirOptions } from './radio.ts';
import { Random } from './random.ts';
import { recordingSensors, type Recording } from './recording.ts';
import { bodySensors } from './sensors.ts';
import { VirtualTime } from './virtual-time.ts';
import { Ward, type WardCounts } from './ward.ts';

/** When every simulated world begins: 2026-01-05T06:00Z, so that a seed's run is the same on any day. */
export const WORLD_EPOCH_MS = Date.UTC(2026, 0, 5, 6);
/** Nodes are put on one after the other within this time. */
const START_SPREAD_MS = 20_000;
/** A gateway's radio holds some tens of connections in life, too. */
const NODES_PER_GATEWAY = 64;
/** Real time between two chances for everything else in this process. */
const BREATH_MS = 100;
const SLICE_MS = 500;
/** Messages gather longer than in service, as under a load of many more nodes: fewer transactions. */
const COMMIT_DELAY_MS = 250;
/** Time after the end of capture in which the last records must have been acknowledged. */
export const SETTLE_MS = 15 * 60_000;

export interface SimulationOptions {
  readonly nodes: number;
  readonly seed: number | string;
  /** for the store */
  readonly folder: string;
  readonly gateways?: number;
  /** the first node plays it, without a break */
  readonly recording?: Recording | undefined;
  readonly radio?: Pick<AirOptions, 'loss' | 'dropEveryMs' | 'mtu'>;
}

export interface Counts extends WardCounts {
  /** records that gateways brought to the health center, repeats included */
  readonly delivered: number;
  /** rows of the store */
  readonly stored: number;
}

export class Simulation {
  readonly time = new VirtualTime(WORLD_EPOCH_MS);
  readonly ward: Ward;
  readonly gateways: Gateway[] = [];
  readonly store: Store;
  /** the store's file */
  readonly path: string;
  readonly center: HealthCenter;
  /** what parts of the world had to say, by who and code */
  readonly notes = new Map<string, number>();
  readonly #keys: Keystore;
  readonly #random: Random;
  readonly #serials: Uint8Array[] = [];
  #delivered = 0;
  #isClosed = false;

  constructor(options: SimulationOptions) {
    const { time } = this;
    this.#random = new Random(options.seed);
    this.#keys = Keystore.inMemory(this.#random.stream('keystore').entropy);
    this.path = join(options.folder, 'store.db');
    this.store = this.#openStore();
    const broker = new MemoryBroker({ clock: time.clock });
    const bus = broker.connect();
    this.center = new HealthCenter({
      store: this.store, keys: this.#keys, clock: time.clock, commitDelayMs: COMMIT_DELAY_MS, entropy: this.#random.stream('center').entropy,
      send: (gateway, payload) => { bus.publish(downTopic(gateway), payload, () => undefined); },
      note: (code) => { this.#note(`center ${code}`); },
    });
    bus.subscribe(UP_FILTER, (topic, payload, done) => {
      this.#count(payload);
      this.center.receive(gatewayOf(topic)!, payload, done);
    });
    const air = new Air({ clock: time.clock, random: this.#random.stream('air'), ...options.radio });
    const names = this.#registerGateways(options);
    this.ward = new Ward(Array.from({ length: options.nodes }, (_, i) => this.#enrol(i, names, options, air)));
    this.#openGateways(names, air, broker);
    this.ward.switchOn(time.clock, (node) => this.#random.stream(`start ${node.name}`).between(0, START_SPREAD_MS));
  }

  /** the serial of a node, by its number */
  serial(node: number): Uint8Array {
    return this.#serials[node]!;
  }

  /** Lives on until `untilMs`; the process's other work gets its turns. */
  async run(untilMs: number, onProgress?: (elapsedMs: number) => void): Promise<void> {
    const { time } = this;
    let breath = Date.now();
    while (time.elapsedMs < untilMs) {
      time.run(Math.min(untilMs, time.elapsedMs + SLICE_MS));
      if (Date.now() - breath < BREATH_MS) continue;
      onProgress?.(time.elapsedMs);
      await new Promise((resolve) => { setImmediate(resolve); });
      breath = Date.now();
    }
    onProgress?.(time.elapsedMs);
  }

  /** Takes the sensors off and lives on until all that was captured is acknowledged. @returns whether it came to that */
  async settle(onProgress?: (elapsedMs: number) => void): Promise<boolean> {
    this.ward.takeOff();
    for (let left = SETTLE_MS; left > 0; left -= SLICE_MS) {
      await this.run(this.time.elapsedMs + SLICE_MS, onProgress);
      const { captured, acknowledged } = this.ward.counts();
      if (captured === acknowledged) return true;
    }
    return false;
  }

  counts(): Counts {
    return { ...this.ward.counts(), delivered: this.#delivered, stored: this.store.readings.count() };
  }

  /** Everything in the store, opened, in the order of node, chain, index; after `close` from the file, opened anew. */
  rows(): Iterable<ReadRow> {
    return this.#isClosed ? this.#rowsAtRest() : readRows(this.store, this.#keys);
  }

  /** Power off for all, in order. */
  close(): void {
    for (const node of this.ward.nodes) node.cutPower();
    for (const gateway of this.gateways) gateway.close(() => undefined);
    this.time.run(this.time.elapsedMs + 5000);
    this.center.close();
    this.store.close();
    this.#isClosed = true;
  }

  *#rowsAtRest(): Generator<ReadRow> {
    const store = this.#openStore();
    try {
      yield* readRows(store, this.#keys);
    } finally {
      store.close();
    }
  }

  #openStore(): Store {
    return Store.open({ path: this.path, keys: this.#keys, nowMs: this.time.clock.now(), durable: false });
  }

  #registerGateways(options: SimulationOptions): string[] {
    const count = options.gateways ?? Math.ceil(options.nodes / NODES_PER_GATEWAY);
    const names = Array.from({ length: count }, (_, i) => `gateway-${String(i + 1)}`);
    for (const name of names) registerGateway(this.store, name, this.time.clock.now());
    return names;
  }

  /** A node becomes known to the health center and gets its secrets. */
  #enrol(number: number, gateways: readonly string[], { recording }: SimulationOptions, air: Air): SimulatedNode {
    const { clock } = this.time;
    const name = `node ${String(number + 1)}`;
    const random = this.#random.stream(name);
    const serial = random.stream('serial').bytes(8);
    this.#serials.push(serial);
    // Each is known at its own gateway and at the next one.
    const known = [...new Set([gateways[number % gateways.length]!, gateways[(number + 1) % gateways.length]!])];
    const provisioning = registerNode(this.store, this.#keys, { nowMs: clock.now(), gateways: known, serial, patient: `bed ${String(number + 1)}` });
    const plays = number === 0 ? recording : undefined;
    if (plays !== undefined) this.#playWhole(serial, plays);
    return new SimulatedNode({
      clock, random, air, name, provisioning,
      sensors: plays === undefined ? this.#worn(random) : (timer) => recordingSensors(plays, timer),
      onLog: (code) => { this.#note(`node ${String(code)}`); },
    });
  }

  #openGateways(names: readonly string[], air: Air, broker: MemoryBroker): void {
    for (const name of names) {
      this.gateways.push(new Gateway({
        central: air.central(), bus: broker.connect(), clock: this.time.clock, entropy: this.#random.stream(name).entropy, id: name,
        nodes: gatewayNodes(this.store, this.store.registry.gatewayNamed(name)!),
        log: { note: (code) => { this.#note(`gateway ${code}`); } },
      }));
    }
  }

  /** Sensors on a body that was born with the world. */
  #worn(random: Random): (timer: Timer) => Sensors {
    const body = new Body(random.stream('body'));
    const { clock } = this.time;
    return (timer) => bodySensors({ body, bornMs: WORLD_EPOCH_MS, clock, timer, random: random.stream('sensors') });
  }

  /** The plan that keeps every sample of the recording's channels. */
  #playWhole(serial: Uint8Array, { channels }: Recording): void {
    const waveforms = new Map(channels.map(({ channel }) => [channel, { seconds: 60, everySeconds: 60 }]));
    this.center.setPlan(serial, { vitalsIntervalMs: 1000, waveforms, deliveryIntervalMs: 60_000, limits: new Map() });
  }

  #count(payload: Uint8Array): void {
    for (const message of decodeEnvelope(payload)?.messages ?? []) if (message[0] === MESSAGE_TYPE.record) this.#delivered++;
  }

  #note(what: string): void {
    this.notes.set(what, (this.notes.get(what) ?? 0) + 1);
  }
}
