// A health center in virtual time and bare nodes in front of it: handshake, chains and records by hand, without firmware,
// radio or broker. What a test does to a message on the way is its own business.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from 'lorica/primitives/sha256';
import type { NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { HealthCenter, type HealthCenterOptions } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { registerGateway, registerNode, type NodeRequest } from 'lorica/hosts/health-center/provision';
import { Store } from 'lorica/hosts/health-center/store';
import type { Committed } from 'lorica/hosts/health-center/turn';
import { Random } from 'lorica/hosts/simulator/random';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { encodeReading } from 'lorica/reading/encode';
import type { ChainEnd, Reading } from 'lorica/reading/reading';
import { startHandshake, startResumption } from 'lorica/session/initiator';
import { offlineSeed, type SessionKeys } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';
import { decodeCommand, type AcknowledgementCommand, type Command } from 'lorica/wire/command';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import { encodeMessage1, encodeMessage3, decodeMessage2 } from 'lorica/wire/handshake-payload';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

const folders: string[] = [];
process.once('exit', () => { for (const folder of folders) rmSync(folder, { recursive: true, force: true }); });

/** A folder that is gone when the tests are. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lorica-health-center-'));
  folders.push(folder);
  return folder;
}

export const EPOCH_MS = 1_750_000_000_000;

export interface BenchOptions {
  readonly seed?: string;
  readonly path?: string;
  readonly keys?: Keystore;
  readonly gateways?: readonly string[];
  readonly center?: Partial<HealthCenterOptions>;
  readonly time?: VirtualTime;
}

export class Bench {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly keys: Keystore;
  readonly path: string;
  readonly committed: Committed[] = [];
  readonly notes: string[] = [];
  /** envelopes that came down and were not taken yet: gateway, handle, message */
  down: { gateway: string; handle: Uint8Array; message: Uint8Array }[] = [];
  settled = 0;
  store: Store;
  center: HealthCenter;
  readonly #centerOptions: Partial<HealthCenterOptions>;

  constructor({ seed = 'bench', path = ':memory:', keys, gateways = ['ward'], center = {}, time }: BenchOptions = {}) {
    this.time = time ?? new VirtualTime(EPOCH_MS);
    this.random = new Random(seed);
    this.path = path;
    this.keys = keys ?? Keystore.inMemory(this.random.stream('keys').entropy);
    this.#centerOptions = center;
    this.store = this.openStore();
    for (const name of gateways) if (this.store.registry.gatewayNamed(name) === undefined) registerGateway(this.store, name, this.now);
    this.center = this.openCenter();
  }

  get now(): number {
    return this.time.clock.now();
  }

  openStore(): Store {
    return Store.open({ path: this.path, keys: this.keys, nowMs: this.now, durable: false });
  }

  openCenter(): HealthCenter {
    return new HealthCenter({
      store: this.store, keys: this.keys, clock: this.time.clock, entropy: this.random.stream(`center ${this.now}`).entropy,
      send: (gateway, payload) => {
        const envelope = decodeEnvelope(payload);
        assert.ok(envelope !== undefined, 'the health center sends well-formed envelopes');
        for (const message of envelope.messages) this.down.push({ gateway, handle: envelope.handle, message });
      },
      note: (code) => { this.notes.push(code); },
      onCommitted: (readings) => { this.committed.push(...readings); },
      ...this.#centerOptions,
    });
  }

  /** Ends the process as `kill -9` would: nothing is flushed, memory is gone. */
  crash(): void {
    assert.notEqual(this.path, ':memory:', 'what is in memory does not survive');
    this.store.close();
    this.store = this.openStore();
    this.center = this.openCenter();
    this.down = [];
  }

  enrol(request: Partial<NodeRequest> = {}): NodeEnrolment {
    return registerNode(this.store, this.keys, { nowMs: this.now, gateways: ['ward'], patient: 'Test Person', suite: 2, ...request });
  }

  node(request: Partial<NodeRequest> = {}): BareNode {
    const enrolment = this.enrol(request);
    return new BareNode(this, enrolment);
  }

  /** Hands messages up and lets the health center finish with them. */
  up(messages: readonly Uint8Array[], { gateway = 'ward', handle = Uint8Array.of(1), wait = true }: { gateway?: string; handle?: Uint8Array; wait?: boolean } = {}): void {
    this.center.receive(gateway, encodeEnvelope({ handle, messages }), () => { this.settled++; });
    if (wait) this.settle();
  }

  settle(ms = 100): void {
    this.time.run(this.time.elapsedMs + ms);
  }

  takeDown(handle?: Uint8Array): Uint8Array[] {
    const name = handle && Buffer.from(handle).toString('hex');
    const taken = this.down.filter((each) => name === undefined || Buffer.from(each.handle).toString('hex') === name);
    this.down = this.down.filter((each) => !taken.includes(each));
    return taken.map(({ message }) => message);
  }

  count(code: string): number {
    return this.notes.filter((note) => note === code).length;
  }
}

export interface Chains {
  readonly normal: SealingChain;
  readonly urgent: SealingChain;
  readonly down: OpeningChain | undefined;
  readonly keys: SessionKeys | undefined;
}

/** The node's end by hand: no journal, no rules; what it is told to do. */
export class BareNode {
  readonly enrolment: NodeEnrolment;
  readonly handle: Uint8Array;
  readonly #bench: Bench;
  readonly #bootAtMs: number;
  boot = 1;
  chains: Chains | undefined;
  attempt = 0;
  offline: Uint8Array<ArrayBufferLike>;

  constructor(bench: Bench, enrolment: NodeEnrolment) {
    this.#bench = bench;
    this.enrolment = enrolment;
    this.handle = sha256(enrolment.serial).slice(0, 8);
    this.#bootAtMs = bench.time.elapsedMs;
    this.offline = enrolment.offline.slice();
  }

  get tick(): number {
    return this.#bench.time.elapsedMs - this.#bootAtMs;
  }

  get entropy() {
    return this.#bench.random.stream(`node ${Buffer.from(this.enrolment.serial).toString('hex')} ${this.#bench.time.elapsedMs} ${this.attempt}`).entropy;
  }

  start(overrides: Partial<Parameters<typeof startHandshake>[0]> = {}) {
    const { suite, healthCenterKey, staticKeys, enrolmentPsk } = this.enrolment;
    return startHandshake({ suite, healthCenterKey, staticKeys, enrolmentPsk, mode: 0, payload: encodeMessage1({ mode: 0 }), entropy: this.entropy, ...overrides });
  }

  /** A full handshake, to the end. @returns the messages that passed */
  handshake({ listed = [], gateway = 'ward' }: { listed?: readonly ChainEnd[]; gateway?: string } = {}): { message1: Uint8Array; message2: Uint8Array; message3: Uint8Array } {
    const sentTick = this.tick;
    const { message1, next } = this.start();
    this.#bench.up([message1], { gateway, handle: this.handle });
    const message2 = this.#bench.takeDown(this.handle).find((m) => m[0] === MESSAGE_TYPE.handshake2);
    assert.ok(message2 !== undefined, 'message 2 comes');
    const confirmation = next.read(message2);
    assert.ok(confirmation !== undefined, 'message 2 opens');
    assert.ok(decodeMessage2(confirmation.payload) !== undefined, 'its payload decodes');
    const { message3, keys } = confirmation.confirm(encodeMessage3({
      firmware: 'test 1', enrolmentVersion: this.enrolment.version, chains: [...listed], round: { boot: this.boot, sentTick, receivedTick: this.tick },
    }));
    this.use(keys);
    this.#bench.up([message3], { gateway, handle: this.handle });
    return { message1, message2, message3 };
  }

  /** @returns the messages that passed */
  resume({ attempt = this.attempt++ }: { attempt?: number } = {}): { message1: Uint8Array; message2: Uint8Array | undefined } {
    const { message1, next } = startResumption({ suite: this.enrolment.suite, resumption: this.chains!.keys!.resumption, attempt, entropy: this.entropy });
    this.#bench.up([message1], { handle: this.handle });
    const message2 = this.#bench.takeDown(this.handle).find((m) => m[0] === MESSAGE_TYPE.resume2);
    const read = message2 && next.read(message2);
    if (read !== undefined) {
      this.use(read.keys);
      this.attempt = 0;
    }
    return { message1, message2 };
  }

  use(keys: SessionKeys): void {
    this.chains = { normal: SealingChain.start(keys.normal), urgent: SealingChain.start(keys.urgent), down: OpeningChain.start(keys.down), keys };
  }

  useOffline(): void {
    const { normal, urgent, next } = offlineSeed(this.offline);
    this.offline = next;
    this.chains = { normal: SealingChain.start(normal), urgent: SealingChain.start(urgent), down: undefined, keys: undefined };
  }

  seal(reading: Reading | Uint8Array): Uint8Array {
    const isUrgent = !(reading instanceof Uint8Array) && reading.kind === 'event';
    const chain = isUrgent ? this.chains!.urgent : this.chains!.normal;
    if (chain.needsBlock) chain.beginBlock();
    return chain.seal(reading instanceof Uint8Array ? reading : encodeReading(reading)).record;
  }

  vitals(heartRate: number, tick = this.tick): Reading {
    return { kind: 'vitals', boot: this.boot, tick, measurements: [{ vital: 1, value: heartRate, quality: 90 }, { vital: 2, quality: 10 }] };
  }

  send(messages: readonly Uint8Array[], gateway = 'ward'): void {
    this.#bench.up(messages, { gateway, handle: this.handle });
  }

  /** What has come down for it and opens. */
  commands(): Command[] {
    const commands: Command[] = [];
    for (const message of this.#bench.takeDown(this.handle)) {
      const opened = this.chains?.down?.open(message);
      if (typeof opened !== 'object') continue;
      const command = decodeCommand(opened.plaintext);
      assert.ok(command !== undefined, 'commands decode');
      commands.push(command);
    }
    return commands;
  }

  acknowledgements(): AcknowledgementCommand['acknowledgements'] {
    return this.commands().flatMap((command) => (command.kind === 'acknowledgement' ? command.acknowledgements : []));
  }
}
