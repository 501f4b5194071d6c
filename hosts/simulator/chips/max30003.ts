// MAX30003 at register level over SPI: FIFO words with their tags, overflow that only a reset of the FIFO clears,
// lead-off flag. From the data sheet (Maxim 19-8558).

import type { SpiBus } from 'lorica/sensors/bus';
import { Sampler } from './sampler.ts';
import type { Now } from './sampler.ts';

const DEPTH = 32;
/** By master clock and rate field: only what is used. */
const RATE_HZ = 250;

/** The skin's voltage at a time in ms, in microvolts. */
export type Voltage = (atMs: number) => number;

export class Max30003Chip {
  information = 0x51_0000;
  drift = 0;
  hangs = false;
  leadOff = false;
  /** The next so many words come with a tag that does not exist. */
  garble = 0;
  /** The next so many transfers fail. */
  failures = 0;
  /** Transfers so far. */
  transfers = 0;
  readonly #registers = new Map<number, number>();
  readonly #voltage: Voltage;
  readonly #sampler: Sampler;
  #fifo: number[] = [];
  #overflow = false;

  constructor(now: Now, voltage: Voltage) {
    this.#voltage = voltage;
    this.#sampler = new Sampler(now);
  }

  powerUp(): void {
    this.#registers.clear();
    this.#fifo = [];
    this.#overflow = false;
    this.#sampler.stop();
  }

  get io(): new (options: { readonly hz: number; readonly mode: number }) => SpiBus {
    const exchange = (buffer: Uint8Array): void => { this.#exchange(buffer); };
    return class implements SpiBus {
      #open = true;

      transfer(buffer: Uint8Array): void {
        if (!this.#open) throw new Error('the bus is closed');
        exchange(buffer);
      }

      close(): void {
        this.#open = false;
      }
    };
  }

  #exchange(buffer: Uint8Array): void {
    this.transfers++;
    if (this.failures > 0) {
      this.failures--;
      throw new Error('transfer failed');
    }
    this.#run();
    const register = buffer[0]! >> 1;
    const reads = (buffer[0]! & 1) === 1;
    const value = reads ? this.#read(register) : (buffer[1]! << 16) | (buffer[2]! << 8) | buffer[3]!;
    buffer.set([0, value >> 16, value >> 8, value].map((byte) => byte & 0xff));
    if (!reads) this.#write(register, value);
  }

  #read(register: number): number {
    if (register === 0x0f) return this.information;
    if (register === 0x01) return (this.#overflow ? 0x40_0000 : 0) | (this.leadOff ? 0x10_0000 : 0);
    if (register !== 0x21) return this.#registers.get(register) ?? 0;
    if (this.#overflow) return 7 << 3;
    const sample = this.#fifo.shift();
    if (sample === undefined) return 6 << 3;
    if (this.garble > 0) {
      this.garble--;
      return ((sample & 0x3ffff) << 6) | (5 << 3);
    }
    return ((sample & 0x3ffff) << 6) | ((this.#fifo.length === 0 ? 2 : 0) << 3);
  }

  #write(register: number, value: number): void {
    if (register === 0x08) this.powerUp();
    else if (register === 0x0a) {
      this.#fifo = [];
      this.#overflow = false;
    } else if (register === 0x09) {
      this.#fifo = [];
      this.#overflow = false;
      const general = this.#registers.get(0x10) ?? 0;
      const isOn = (general & 0x08_0000) !== 0 && (general & 0x30_0000) === 0x10_0000;
      if (isOn && ((this.#registers.get(0x15) ?? 0) & 0xc0_0000) === 0x40_0000) this.#sampler.start(RATE_HZ * (1 + this.drift));
    } else this.#registers.set(register, value);
  }

  #run(): void {
    for (const at of this.#sampler.due()) {
      if (this.hangs) continue;
      if (this.#fifo.length === DEPTH) {
        this.#overflow = true;
        continue;
      }
      this.#fifo.push(Math.max(-131_072, Math.min(131_071, Math.round((this.#voltage(at) * 131_072 * 20) / 1_000_000))));
    }
  }
}
