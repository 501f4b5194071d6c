// A whole hospital in virtual time: bodies, nodes, radio, gateways, broker, health center and its SQL store, from one
// seed. Real handshakes, real sealing, real transactions; only time, chance and the wires are not.

import { join } from 'node:path';
import type { ReadRow } from 'lorica/hosts/health-center/read-rows';
import { BRIDGE_MS, type BridgeMessage } from './bridge.ts';
import { CenterSide } from './center-side.ts';
import { LocalField, ThreadField, type FieldRunner } from './field-runner.ts';
import type { FieldPlan, FieldReport } from './field-side.ts';
import { Random } from './random.ts';
import type { Recording } from './recording.ts';
import type { WardCounts } from './ward.ts';

/** When every simulated world begins: 2026-01-05T06:00Z, so that a seed's run is the same on any day. */
export const WORLD_EPOCH_MS = Date.UTC(2026, 0, 5, 6);
/** A gateway's radio holds some tens of connections in life, too. */
const NODES_PER_GATEWAY = 64;
/** Real time between two chances for everything else in this process. */
const BREATH_MS = 100;
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
  readonly radio?: FieldPlan['radio'];
  /** nodes and gateways in a thread of their own; the outcome is the same */
  readonly threads?: boolean;
}

export interface Counts extends WardCounts {
  /** records that gateways brought to the health center, repeats included */
  readonly delivered: number;
  /** rows of the store */
  readonly stored: number;
}

export class Simulation {
  readonly center: CenterSide;
  readonly field: FieldRunner;
  readonly serials: readonly Uint8Array[];
  #up: readonly BridgeMessage[] = [];
  #down: readonly BridgeMessage[] = [];
  #elapsedMs = 0;

  constructor(options: SimulationOptions) {
    const { seed, nodes, recording } = options;
    const random = new Random(seed);
    this.center = new CenterSide(seed, WORLD_EPOCH_MS, join(options.folder, 'store.db'));
    this.serials = Array.from({ length: nodes }, (_, i) => random.stream(`serial ${String(i + 1)}`).bytes(8));
    const names = Array.from({ length: options.gateways ?? Math.ceil(nodes / NODES_PER_GATEWAY) }, (_, i) => `gateway-${String(i + 1)}`);
    for (const name of names) this.center.enrolGateway(name);
    const enrolled = this.serials.map((serial, i) => {
      // Each is known at its own gateway and at the next one.
      const known = [...new Set([names[i % names.length]!, names[(i + 1) % names.length]!])];
      return this.center.enrolNode(serial, known, `bed ${String(i + 1)}`);
    });
    if (recording !== undefined) this.#playWhole(this.serials[0]!, recording);
    const plan: FieldPlan = {
      seed, epochMs: WORLD_EPOCH_MS, nodes: enrolled, gateways: names.map((name) => ({ name, nodes: this.center.nodesOf(name) })),
      radio: options.radio ?? {}, recording,
    };
    this.field = options.threads === true ? new ThreadField(plan) : new LocalField(plan);
  }

  /** ms since the world's start */
  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** Lives on until `untilMs`, in whole stretches of BRIDGE_MS; the process's other work gets its turns. */
  async run(untilMs: number, onProgress?: (elapsedMs: number) => void): Promise<void> {
    await this.field.ready;
    let breath = Date.now();
    while (this.#elapsedMs < untilMs) {
      await this.#stretch();
      if (Date.now() - breath < BREATH_MS) continue;
      onProgress?.(this.#elapsedMs);
      await new Promise((resolve) => { setImmediate(resolve); });
      breath = Date.now();
    }
    onProgress?.(this.#elapsedMs);
  }

  /** Takes the sensors off and lives on until all that was captured is acknowledged. @returns whether it came to that */
  async settle(): Promise<boolean> {
    this.field.takeOff();
    for (const deadlineMs = this.#elapsedMs + SETTLE_MS; this.#elapsedMs < deadlineMs;) {
      await this.run(this.#elapsedMs + 5 * BRIDGE_MS);
      const { counts } = await this.field.report();
      if (counts.captured === counts.acknowledged) return true;
    }
    return false;
  }

  async counts(): Promise<Counts> {
    const { counts } = await this.field.report();
    return { ...counts, delivered: this.center.delivered, stored: this.center.store.readings.count() };
  }

  /** Everything in the store, opened, in the order of node, chain, index; after `close` from the file, opened anew. */
  rows(): Iterable<ReadRow> {
    return this.center.rows();
  }

  /** The end of the world. @returns what its parts had to say */
  async close(): Promise<FieldReport> {
    const { counts, gateways, notes } = await this.field.report();
    await this.field.close();
    this.center.close();
    return { counts, gateways, notes: new Map([...notes, ...this.center.notes]) };
  }

  /** Both sides live through the same time; what one sends in it reaches the other in the next. */
  async #stretch(): Promise<void> {
    const untilMs = this.#elapsedMs + BRIDGE_MS;
    this.field.begin(untilMs, this.#down);
    this.#down = this.center.run(untilMs, this.#up);
    this.#up = await this.field.end();
    this.#elapsedMs = untilMs;
  }

  /** The plan that keeps every sample of the recording's channels. */
  #playWhole(serial: Uint8Array, { channels }: Recording): void {
    const waveforms = new Map(channels.map(({ channel }) => [channel, { seconds: 60, everySeconds: 60 }]));
    this.center.setPlan(serial, { vitalsIntervalMs: 1000, waveforms, deliveryIntervalMs: 60_000, limits: new Map() });
  }
}
