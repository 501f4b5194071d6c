// A whole world around one firmware, for tests: virtual time, flash and storage with one power supply, a radio whose other
// end is a gateway in front of a scripted health center. Messages can be dropped, links cut, the power too, at any moment;
// all of it repeats from a seed.
import { Firmware } from 'lorica/node/firmware';
import { installProvisioning, type Provisioning } from 'lorica/node/provisioning';
import type { KeyValue, Sensors, World } from 'lorica/node/world';
import { VAULT_SECTORS } from 'lorica/journal/vault';
import { GatewayLink } from 'lorica/link/link';
import { suiteByNumber } from 'lorica/session/suites';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Entropy } from 'lorica/primitives/entropy';
import { VITAL, type Measurement } from 'lorica/reading/reading';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { NorFlash, Power, PowerCut, seededRandom } from './nor-flash.ts';
import { ScriptedCenter } from './scripted-center.ts';
import { AIR_MS, TestLink, TestRadio } from './test-radio.ts';
import { TestWaveform } from './test-waveform.ts';
import { VirtualClock, VirtualTimer } from './virtual-timer.ts';

const SUITE = 2;
const EPOCH_MS = 1_750_000_000_000;
/** from an advertisement to the connection */
const CONNECT_MS = 40;
/** from the gateway to the health center, or back */
const BUS_MS = 15;

export function entropyOf(seed: number): Entropy {
  const random = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

let fixedKeys: { node: KeyPair; center: KeyPair } | undefined;

/** Made once: a key pair costs some milliseconds. */
function keysOf(): { node: KeyPair; center: KeyPair } {
  const { dh } = suiteByNumber(SUITE);
  fixedKeys ??= { node: dh.generate(entropyOf(1)), center: dh.generate(entropyOf(2)) };
  return { node: { ...fixedKeys.node }, center: fixedKeys.center };
}

/** Storage whose every change can be the one that the power cut meets: then the old or the new value is there. */
export class PoweredStorage implements KeyValue {
  readonly values = new Map<string, Uint8Array>();
  readonly #power: Power;

  constructor(power: Power) {
    this.#power = power;
  }

  get(key: string): Uint8Array | undefined {
    this.#power.check();
    return this.values.get(key)?.slice();
  }

  set(key: string, value: Uint8Array): void {
    this.#change(() => { this.values.set(key, value.slice()); });
  }

  delete(key: string): void {
    this.#change(() => { this.values.delete(key); });
  }

  #change(action: () => void): void {
    const isCut = this.#power.change();
    if (!isCut || this.#power.random() < 0.5) action();
    if (isCut) throw new PowerCut();
  }
}

/** A health center other than the scripted one. */
export interface CenterPort {
  readonly provisioning: Provisioning;
  /** @param elapsedMs of the world. @returns the answers */
  receive(messages: readonly Uint8Array[], elapsedMs: number): readonly Uint8Array[];
}

export interface NodeWorldOptions {
  readonly port?: CenterPort;
  readonly seed?: number;
  readonly journalSectors?: number;
  readonly collaboration?: Provisioning['collaboration'];
  readonly gateways?: number;
  readonly unpaired?: boolean;
  /** no ECG when false */
  readonly waveforms?: boolean;
}

export class NodeWorld {
  readonly clock = new VirtualClock();
  readonly power: Power;
  readonly journalFlash: NorFlash;
  readonly vaultFlash: NorFlash;
  readonly storage: PoweredStorage;
  readonly center: ScriptedCenter;
  readonly provisioning: Provisioning;
  readonly logs: [number, number | undefined][] = [];
  readonly random: () => number;
  readonly button: { onPress?: () => void } = {};
  readonly patterns: string[] = [];
  /** what a sample of vital signs is made of; the counter of samples is in `steps` */
  vitals: (count: number) => Measurement[];
  /** samples whose tick ended before the power was cut */
  readonly completed: number[] = [];
  /** false: the sensors have been taken off */
  isWorn = true;
  /** false: the gateway is away */
  isGatewayThere = true;
  /** which of the gateways that the node knows is there */
  gateway = 0;
  dropUp: (message: Uint8Array) => boolean = () => false;
  dropDown: (message: Uint8Array) => boolean = () => false;
  onMessage: (up: boolean, message: Uint8Array) => void = () => undefined;
  firmware: Firmware | undefined;
  boots = 0;
  samples = 0;
  #timer: VirtualTimer | undefined;
  readonly #outside: VirtualTimer;
  #link: TestLink | undefined;
  #radio: TestRadio | undefined;
  readonly #hasWaveforms: boolean;
  readonly #port: CenterPort | undefined;
  #sampling: number | undefined;

  constructor(options: NodeWorldOptions = {}) {
    const { seed = 1, journalSectors = 16, unpaired = false, waveforms = true } = options;
    this.random = seededRandom(seed * 7 + 3);
    this.power = new Power(seed);
    this.journalFlash = new NorFlash(journalSectors, this.power);
    this.vaultFlash = new NorFlash(VAULT_SECTORS, this.power);
    this.storage = new PoweredStorage(this.power);
    this.#outside = new VirtualTimer(this.clock);
    this.#hasWaveforms = waveforms;
    const keys = keysOf();
    this.center = new ScriptedCenter(keys.center, entropyOf(seed + 100), () => EPOCH_MS + this.clock.nowMs);
    this.#port = options.port;
    this.provisioning = options.port?.provisioning ?? makeProvisioning(seed, keys, options);
    this.center.enrol(this.provisioning, this.provisioning.offline);
    if (!unpaired) installProvisioning(this.provisioning, this.storage, this.vaultFlash);
    this.vitals = (count) => [
      { vital: VITAL.heartRate, value: 720, quality: 95 },
      { vital: VITAL.steps, value: count, quality: 100 }
    ];
  }

  /** Starts the firmware; the power may be cut in it. */
  switchOn(): void {
    this.boots++;
    this.power.isOff = false;
    this.#timer = new VirtualTimer(this.clock);
    this.#radio = new TestRadio((data) => { this.#advertised(data); });
    const world: World = {
      timer: this.#timer, radio: this.#radio, storage: this.storage, button: this.button,
      indicator: { show: (pattern) => { this.patterns.push(pattern); } },
      entropy: entropyOf(this.boots * 1009 + Math.floor(this.random() * 1e9)),
      journalFlash: this.journalFlash, vaultFlash: this.vaultFlash, sensors: this.#sensors(this.#timer),
      log: (code, detail) => { this.logs.push([code, detail]); },
      resetReason: 1, firmwareVersion: 'test'
    };
    this.firmware = new Firmware(world);
    this.#guard(() => { this.firmware!.start(); });
  }

  /** Lets time pass. Whoever cuts the power in it switches it on again. @returns whether it was cut */
  run(ms: number): boolean {
    const until = this.clock.nowMs + ms;
    let isCut = false;
    this.clock.runTo(until, (owner, action) => {
      if (owner !== this.#timer) action();
      else if (!this.#guard(action)) isCut = true;
    });
    return isCut;
  }

  cutPower(): void {
    this.power.isOff = true;
    if (this.#timer !== undefined) this.#timer.isOn = false;
    this.dropLink();
    this.firmware = undefined;
  }

  /** The radio loses the connection. */
  dropLink(): void {
    this.#link?.drop();
    this.#link = undefined;
    if (this.firmware !== undefined && this.#radio !== undefined) this.#advertised(this.#radio.advertised);
  }

  /** Hands messages to the node as if the health center had said them. */
  say(messages: readonly Uint8Array[]): void {
    this.#down(messages);
  }

  get isLinked(): boolean {
    return this.#link !== undefined;
  }

  count(code: number): number {
    return this.logs.filter(([each]) => each === code).length;
  }

  /** samples of vital signs that the health center has, by their counter */
  get storedSamples(): Set<number> {
    return new Set(this.center.readings('vitals').map(({ measurements }) => measurements.find(({ vital }) => vital === VITAL.steps)!.value!));
  }

  #guard(action: () => void): boolean {
    try {
      action();
      if (this.#sampling !== undefined) this.completed.push(this.#sampling);
      this.#sampling = undefined;
      return true;
    } catch (error) {
      this.#sampling = undefined;
      if (!(error instanceof PowerCut)) throw error;
      this.cutPower();
      return false;
    }
  }

  #sensors(timer: VirtualTimer): Sensors {
    return {
      vitals: {
        sample: () => {
          if (!this.isWorn) return [];
          this.#sampling = ++this.samples;
          return this.vitals(this.samples);
        }
      },
      waveforms: this.#hasWaveforms ? [new TestWaveform(timer, () => this.isWorn)] : []
    };
  }

  #advertised(data: Uint8Array | undefined): void {
    if (data === undefined || this.#link !== undefined) return;
    const radio = this.#radio;
    this.#outside.set(() => {
      if (radio !== this.#radio || radio?.advertised === undefined || this.#link !== undefined || !this.isGatewayThere || this.firmware === undefined) return;
      this.#connect(radio);
    }, CONNECT_MS);
  }

  /** The gateway comes near, or another one. */
  bringGateway(gateway = 0): void {
    this.isGatewayThere = true;
    this.gateway = gateway;
    this.#advertised(this.#radio?.advertised);
  }

  #connect(radio: TestRadio): void {
    const link = new TestLink(this.#timer!, this.#outside);
    this.#link = link;
    radio.advertised = undefined;
    this.#guard(() => { radio.onConnected?.(link.node); });
    const gateway: GatewayLink = new GatewayLink({
      connection: link.central, timer: this.#outside, entropy: entropyOf(Math.floor(this.random() * 1e9)),
      linkKey: this.provisioning.gateways[this.gateway]!.linkKey,
      onReady: () => undefined,
      onMessage: (message) => { this.#up(message); },
      onClosed: () => { if (this.#link === link) this.dropLink(); }
    });
    link.gateway = gateway;
    this.#outside.set(() => { if (link.isUp) this.#guard(() => { link.node.onSubscribed?.(); }); }, AIR_MS);
  }

  #pending: Uint8Array[] = [];

  /** Records gather at the health center for a moment, as they do in a transaction. */
  #up(message: Uint8Array): void {
    this.onMessage(true, message);
    if (this.dropUp(message)) return;
    if (message[0] !== MESSAGE_TYPE.record) {
      this.#outside.set(() => { this.#down(this.#port?.receive([message], this.clock.nowMs) ?? this.center.receive(message)); }, BUS_MS);
      return;
    }
    this.#pending.push(message);
    if (this.#pending.length > 1) return;
    this.#outside.set(() => {
      const records = this.#pending;
      this.#pending = [];
      this.#down(this.#port?.receive(records, this.clock.nowMs) ?? this.center.receiveRecords(records));
    }, BUS_MS);
  }

  #down(messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      if (this.dropDown(message)) continue;
      this.#outside.set(() => {
        this.onMessage(false, message);
        this.#link?.gateway?.send([message], () => undefined);
      }, BUS_MS);
    }
  }
}

function makeProvisioning(seed: number, keys: { node: KeyPair; center: KeyPair }, options: NodeWorldOptions): Provisioning {
  const { collaboration = { mode: 0, k: 0, n: 0 }, gateways = 2 } = options;
  const entropy = entropyOf(seed + 200);
  return {
    serial: entropy(8), suite: SUITE, staticKeys: keys.node, enrolmentPsk: entropy(32), macKey: entropy(32), offline: entropy(32),
    healthCenterKey: keys.center.publicKey, collaboration, version: 1, identityKey: entropy(32),
    gateways: Array.from({ length: gateways }, () => ({ id: entropy(8), linkKey: entropy(32) }))
  };
}
