// The center of a simulated hospital: the health center's own code with its SQL store, in virtual time.

import { gatewayOf } from 'lorica/hosts/node/bus';
import { downTopic } from 'lorica/hosts/node/bus';
import type { GatewayNodeEntry, NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { gatewayNodes, registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { readRows, type ReadRow } from 'lorica/hosts/health-center/read-rows';
import { Store } from 'lorica/hosts/health-center/store';
import type { Plan } from 'lorica/wire/command';
import { decodeEnvelope } from 'lorica/wire/envelope';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { BRIDGE_MS, type BridgeMessage, UP } from './bridge.ts';
import { MemoryBroker, type MemoryBus } from './bus.ts';
import { Random } from './random.ts';
import { VirtualTime } from './virtual-time.ts';

/** Messages gather longer than in service, as under a load of many more nodes: fewer transactions. */
const COMMIT_DELAY_MS = 500;

export class CenterSide {
  readonly time: VirtualTime;
  readonly store: Store;
  readonly center: HealthCenter;
  readonly notes = new Map<string, number>();
  readonly path: string;
  readonly #keys: Keystore;
  readonly #random: Random;
  readonly #bridge: MemoryBus;
  #out: BridgeMessage[] = [];
  #delivered = 0;
  #isClosed = false;

  /** @param path of the store's file */
  constructor(seed: number | string, epochMs: number, path: string) {
    const time = (this.time = new VirtualTime(epochMs));
    this.path = path;
    this.#random = new Random(seed).stream('center');
    this.#keys = Keystore.inMemory(this.#random.stream('keystore').entropy);
    this.store = this.#openStore();
    const broker = new MemoryBroker({ clock: time.clock });
    this.#bridge = broker.connect();
    const bus = broker.connect();
    this.center = new HealthCenter({
      store: this.store, keys: this.#keys, clock: time.clock, commitDelayMs: COMMIT_DELAY_MS, entropy: this.#random.stream('entropy').entropy,
      send: (gateway, payload) => { this.#out.push({ atMs: time.elapsedMs + BRIDGE_MS, topic: downTopic(gateway), payload }); },
      note: (code) => { this.notes.set(`center ${code}`, (this.notes.get(`center ${code}`) ?? 0) + 1); },
    });
    bus.subscribe(UP, (topic, payload, done) => {
      for (const message of decodeEnvelope(payload)?.messages ?? []) if (message[0] === MESSAGE_TYPE.record) this.#delivered++;
      this.center.receive(gatewayOf(topic)!, payload, done);
    });
  }

  /** records that came in, repeats included */
  get delivered(): number {
    return this.#delivered;
  }

  enrolGateway(name: string): void {
    registerGateway(this.store, name, this.time.clock.now());
  }

  enrolNode(serial: Uint8Array, gateways: readonly string[], patient: string): NodeEnrolment {
    return registerNode(this.store, this.#keys, { nowMs: this.time.clock.now(), gateways, serial, patient });
  }

  nodesOf(gateway: string): GatewayNodeEntry[] {
    return gatewayNodes(this.store, this.store.registry.gatewayNamed(gateway)!);
  }

  setPlan(serial: Uint8Array, plan: Plan): void {
    this.center.setPlan(serial, plan);
  }

  /** Lives on until `untilMs` since the world's start. @returns what leaves for the field */
  run(untilMs: number, incoming: readonly BridgeMessage[]): BridgeMessage[] {
    const { time } = this;
    for (const { atMs, topic, payload } of incoming) time.after(atMs - time.elapsedMs, () => { this.#bridge.publish(topic, payload, () => undefined); });
    time.run(untilMs);
    const messages = this.#out;
    this.#out = [];
    return messages;
  }

  /** Everything in the store, opened, in the order of node, chain, index; after `close` from the file, opened anew. */
  rows(): Iterable<ReadRow> {
    return this.#isClosed ? this.#rowsAtRest() : readRows(this.store, this.#keys);
  }

  close(): void {
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
}
