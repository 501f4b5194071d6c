// The field of a simulated hospital: bodies, nodes, the radio, gateways and the broker that these publish to.

import { Gateway, type GatewayStatistics } from 'lorica/hosts/gateway/gateway';
import type { GatewayNodeEntry, NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import type { Timer } from 'lorica/link/timer';
import type { Sensors } from 'lorica/node/world';
import { Body } from './bodies/body.ts';
import { BRIDGE_MS, type BridgeMessage, UP } from './bridge.ts';
import { MemoryBroker, type MemoryBus } from './bus.ts';
import { SimulatedNode } from './node.ts';
import { Air, type AirOptions } from './radio.ts';
import { Random } from './random.ts';
import { recordingSensors, type Recording } from './recording.ts';
import { bodySensors } from './sensors.ts';
import { VirtualTime } from './virtual-time.ts';
import { Ward, type WardCounts } from './ward.ts';

/** Nodes are put on one after the other within this time. */
const START_SPREAD_MS = 20_000;

/** All that the field is made from; it may cross to another thread. */
export interface FieldPlan {
  readonly seed: number | string;
  readonly epochMs: number;
  readonly nodes: readonly NodeEnrolment[];
  readonly gateways: readonly { readonly name: string; readonly nodes: readonly GatewayNodeEntry[] }[];
  readonly radio: Pick<AirOptions, 'loss' | 'dropEveryMs' | 'mtu'>;
  /** what the first node plays */
  readonly recording: Recording | undefined;
}

export interface FieldReport {
  readonly counts: WardCounts;
  readonly gateways: readonly GatewayStatistics[];
  /** what parts had to say, by who and code */
  readonly notes: ReadonlyMap<string, number>;
}

export class FieldSide {
  readonly time: VirtualTime;
  readonly ward: Ward;
  readonly gateways: readonly Gateway[];
  readonly #notes = new Map<string, number>();
  readonly #random: Random;
  readonly #bridge: MemoryBus;
  #out: BridgeMessage[] = [];

  constructor(plan: FieldPlan) {
    const time = (this.time = new VirtualTime(plan.epochMs));
    this.#random = new Random(plan.seed);
    const broker = new MemoryBroker({ clock: time.clock });
    this.#bridge = broker.connect();
    this.#bridge.subscribe(UP, (topic, payload, done) => {
      this.#out.push({ atMs: time.elapsedMs + BRIDGE_MS, topic, payload });
      done();
    });
    const air = new Air({ clock: time.clock, random: this.#random.stream('air'), ...plan.radio });
    this.ward = new Ward(plan.nodes.map((enrolment, number) => this.#node(number, enrolment, air, number === 0 ? plan.recording : undefined)));
    this.gateways = plan.gateways.map(({ name, nodes }) => new Gateway({
      central: air.central(), bus: broker.connect(), clock: time.clock, entropy: this.#random.stream(name).entropy, id: name, nodes,
      log: { note: (code) => { this.#note(`gateway ${code}`); } },
    }));
    this.ward.switchOn(time.clock, (node) => this.#random.stream(`start ${node.name}`).between(0, START_SPREAD_MS));
  }

  /** Lives on until `untilMs` since the world's start. @param incoming what arrives in this time @returns what leaves */
  run(untilMs: number, incoming: readonly BridgeMessage[]): readonly BridgeMessage[] {
    const { time } = this;
    for (const { atMs, topic, payload } of incoming) time.after(atMs - time.elapsedMs, () => { this.#bridge.publish(topic, payload, () => undefined); });
    time.run(untilMs);
    const messages = this.#out;
    this.#out = [];
    return messages;
  }

  report(): FieldReport {
    return { counts: this.ward.counts(), gateways: this.gateways.map(({ statistics }) => structuredClone(statistics)), notes: this.#notes };
  }

  /** Power off for all. */
  close(): void {
    for (const node of this.ward.nodes) node.cutPower();
    for (const gateway of this.gateways) gateway.close(() => undefined);
  }

  #node(number: number, provisioning: NodeEnrolment, air: Air, recording: Recording | undefined): SimulatedNode {
    const name = `node ${String(number + 1)}`;
    const random = this.#random.stream(name);
    return new SimulatedNode({
      clock: this.time.clock, random, air, name, provisioning,
      sensors: recording === undefined ? this.#worn(random) : (timer) => recordingSensors(recording, timer),
      onLog: (code) => { this.#note(`node ${String(code)}`); },
    });
  }

  /** Sensors on a body that was born with the world. */
  #worn(random: Random): (timer: Timer) => Sensors {
    const body = new Body(random.stream('body'));
    const { clock } = this.time;
    const bornMs = clock.now();
    return (timer) => bodySensors({ body, bornMs, clock, timer, random: random.stream('sensors') });
  }

  #note(what: string): void {
    this.#notes.set(what, (this.#notes.get(what) ?? 0) + 1);
  }
}
