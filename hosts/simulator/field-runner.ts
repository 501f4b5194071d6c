// Where the field of a simulated hospital runs: in this thread, or in one of its own beside the center's. Both come to
// the same, message by message; the second takes two processors.

import { fileURLToPath } from 'node:url';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { BridgeMessage } from './bridge.ts';
import { FieldSide, type FieldPlan, type FieldReport } from './field-side.ts';

/** Between `begin` and `end` the center may live through the same time. */
export interface FieldRunner {
  /** resolves when the field stands */
  readonly ready: Promise<void>;
  begin(untilMs: number, incoming: readonly BridgeMessage[]): void;
  /** @returns what leaves the field */
  end(): Promise<readonly BridgeMessage[]>;
  /** The sensors are taken off; takes effect with the next `begin`. */
  takeOff(): void;
  report(): Promise<FieldReport>;
  close(): Promise<void>;
}

export class LocalField implements FieldRunner {
  readonly ready = Promise.resolve();
  readonly side: FieldSide;
  #leaving: readonly BridgeMessage[] = [];

  constructor(plan: FieldPlan) {
    this.side = new FieldSide(plan);
  }

  begin(untilMs: number, incoming: readonly BridgeMessage[]): void {
    this.#leaving = this.side.run(untilMs, incoming);
  }

  end(): Promise<readonly BridgeMessage[]> {
    return Promise.resolve(this.#leaving);
  }

  takeOff(): void {
    this.side.ward.takeOff();
  }

  report(): Promise<FieldReport> {
    return Promise.resolve(this.side.report());
  }

  close(): Promise<void> {
    this.side.close();
    return Promise.resolve();
  }
}

/** What the two threads say to each other. */
export type Order =
  | { readonly kind: 'run'; readonly untilMs: number; readonly incoming: readonly BridgeMessage[] }
  | { readonly kind: 'takeOff' }
  | { readonly kind: 'report' }
  | { readonly kind: 'close' };
export interface WorkerStart {
  readonly plan: FieldPlan;
  readonly port: MessagePort;
  /** [0] orders given, [1] answers given: what a thread that has nothing to do waits on */
  readonly signals: Int32Array;
}

/** How long the center's thread sleeps before it looks whether the other one is still alive. */
const WAIT_MS = 200;

export class ThreadField implements FieldRunner {
  readonly ready: Promise<void>;
  readonly #port: MessagePort;
  readonly #signals = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  #failure: Error | undefined;
  #expected = 0;

  constructor(plan: FieldPlan) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const workerData: WorkerStart = { plan, port: port2, signals: this.#signals };
    this.#worker = new Worker(fileURLToPath(new URL('field-worker.ts', import.meta.url)), { workerData, transferList: [port2] });
    this.#worker.on('error', (error: unknown) => { this.#failure = error instanceof Error ? error : new Error(String(error)); });
    this.#worker.on('exit', () => { this.#failure ??= new Error('the thread of the field has ended'); });
    this.#expected = 1;
    this.ready = this.#answer().then(() => undefined);
  }

  begin(untilMs: number, incoming: readonly BridgeMessage[]): void {
    this.#give({ kind: 'run', untilMs, incoming });
  }

  end(): Promise<readonly BridgeMessage[]> {
    return this.#answer() as Promise<readonly BridgeMessage[]>;
  }

  takeOff(): void {
    this.#give({ kind: 'takeOff' });
    this.#expected--;
  }

  report(): Promise<FieldReport> {
    this.#give({ kind: 'report' });
    return this.#answer() as Promise<FieldReport>;
  }

  async close(): Promise<void> {
    this.#give({ kind: 'close' });
    await this.#answer();
    await this.#worker.terminate();
  }

  #give(order: Order): void {
    this.#expected++;
    this.#port.postMessage(order);
    Atomics.add(this.#signals, 0, 1);
    Atomics.notify(this.#signals, 0);
  }

  /** Sleeps until the other thread has answered; an answer is near, and waking by the event loop would cost more. */
  async #answer(): Promise<unknown> {
    for (;;) {
      const given = Atomics.load(this.#signals, 1);
      if (given >= this.#expected) return receiveMessageOnPort(this.#port)!.message as unknown;
      if (Atomics.wait(this.#signals, 1, given, WAIT_MS) !== 'timed-out') continue;
      // Its failure, if there is one, comes by the event loop.
      await new Promise((resolve) => { setImmediate(resolve); });
      if (this.#failure !== undefined) throw this.#failure;
    }
  }
}
