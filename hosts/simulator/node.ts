// One simulated wearable: the firmware of src/ in a world made of a body or a recording, flash, storage and the virtual
// radio. It can lose power at any moment and be switched on again; what is in flash and storage stays.

import type { HostClock } from 'lorica/hosts/node/clock';
import type { Flash } from 'lorica/journal/flash';
import { VAULT_SECTORS } from 'lorica/journal/vault';
import type { Timer } from 'lorica/link/timer';
import { Firmware } from 'lorica/node/firmware';
import { installProvisioning, loadEnrolment, type Provisioning } from 'lorica/node/provisioning';
import type { Entropy } from 'lorica/primitives/entropy';
import type { KeyValue, Sensors, World } from 'lorica/node/world';
import { JOURNAL_LENGTH, MemoryFlash, SECTOR_LENGTH } from './flash.ts';
import type { Air, NodeRadio } from './radio.ts';
import type { Random } from './random.ts';
import { MemoryStorage } from './storage.ts';
import { NodeTimer } from './virtual-time.ts';

export const VAULT_LENGTH = VAULT_SECTORS * SECTOR_LENGTH;
export const FIRMWARE_VERSION = '0.1.0-simulator';
/** As the ESP32 numbers them (esp_reset_reason). */
export const RESET_REASON = { powerOn: 1, panic: 4, brownOut: 9 } as const;

export interface NodeParts {
  readonly journalFlash: Flash;
  readonly vaultFlash: Flash;
  readonly storage: KeyValue;
}

export interface SimulatedNodeOptions {
  readonly clock: HostClock;
  readonly random: Random;
  readonly air: Air;
  /** unique in its air */
  readonly name: string;
  /** of the machine; without it the node's keys come from `random`, which only a world that ends with its process may do */
  readonly entropy?: Entropy;
  /** makes the sensors of one boot */
  readonly sensors: (timer: Timer) => Sensors;
  /** what flashing stores; a node that is enrolled already keeps what it has */
  readonly provisioning?: Provisioning;
  /** in memory when missing */
  readonly parts?: NodeParts;
  readonly onLog?: (code: number, detail?: number) => void;
}

export class SimulatedNode {
  readonly name: string;
  readonly parts: NodeParts;
  readonly #options: SimulatedNodeOptions;
  readonly #counted = new Map<number, number>();
  #boots = 0;
  #running: { readonly firmware: Firmware; readonly timer: NodeTimer; readonly radio: NodeRadio } | undefined;
  #muted = false;

  /** @throws RangeError when the vault's flash refuses the secrets: the flash is broken */
  constructor(options: SimulatedNodeOptions) {
    this.#options = options;
    this.name = options.name;
    this.parts = options.parts ?? { journalFlash: new MemoryFlash(JOURNAL_LENGTH), vaultFlash: new MemoryFlash(VAULT_LENGTH), storage: new MemoryStorage() };
    const { storage, vaultFlash } = this.parts;
    if (options.provisioning === undefined || loadEnrolment(storage) !== undefined) return;
    if (!installProvisioning(options.provisioning, storage, vaultFlash)) throw new RangeError('the vault did not take the secrets');
  }

  /** What the firmware has counted under a code (COUNTER), over all boots since this object was made. */
  count(code: number): number {
    return (this.#counted.get(code) ?? 0) + (this.#running?.firmware.counters.get(code) ?? 0);
  }

  /** of the present boot; undefined while it is off */
  get firmware(): Firmware | undefined {
    return this.#running?.firmware;
  }

  get radio(): NodeRadio | undefined {
    return this.#running?.radio;
  }

  /** @param resetReason 0–255, see RESET_REASON */
  switchOn(resetReason: number = RESET_REASON.powerOn): void {
    if (this.#running !== undefined) throw new TypeError('the node is on already');
    const { clock, random, air, name, sensors, onLog } = this.#options;
    const boot = `boot ${String(++this.#boots)}`;
    const timer = new NodeTimer(clock);
    const radio = air.radio(`${name} ${boot}`);
    const world: World = {
      timer, radio, ...this.parts, resetReason,
      entropy: this.#options.entropy ?? random.stream(boot).stream('entropy').entropy,
      sensors: this.#gated(sensors(timer)),
      log: (code, detail) => { onLog?.(code, detail); },
      firmwareVersion: FIRMWARE_VERSION,
    };
    const firmware = new Firmware(world);
    this.#running = { firmware, timer, radio };
    firmware.start();
  }

  /** An orderly end: the firmware puts to rest what it wants to find again. */
  stop(): void {
    this.#running?.firmware.stop();
    this.cutPower();
  }

  /** From one instruction to the next there is no power. */
  cutPower(): void {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    for (const [code, count] of running.firmware.counters.snapshot()) this.#counted.set(code, (this.#counted.get(code) ?? 0) + count);
    running.timer.stop();
    running.radio.close();
  }

  /** The sensors are taken off: nothing new is captured, and what is in the journal can be delivered in peace. */
  takeOff(): void {
    this.#muted = true;
  }

  #gated(sensors: Sensors): Sensors {
    return {
      vitals: { sample: () => (this.#muted ? [] : sensors.vitals.sample()) },
      waveforms: sensors.waveforms.map((waveform) => ({
        channel: waveform.channel, rateMilliHertz: waveform.rateMilliHertz, resolution: waveform.resolution, baseline: waveform.baseline,
        start: () => { waveform.start(); },
        stop: () => { waveform.stop(); },
        read: () => (this.#muted ? undefined : waveform.read()),
      })),
      ...(sensors.events === undefined ? {} : { events: this.#gatedEvents(sensors.events) }),
    };
  }

  #gatedEvents(events: NonNullable<Sensors['events']>): NonNullable<Sensors['events']> {
    const gated: NonNullable<Sensors['events']> = {};
    events.onEvent = (code, value, quality) => {
      if (!this.#muted) gated.onEvent?.(code, value, quality);
    };
    return gated;
  }
}
