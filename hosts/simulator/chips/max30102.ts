// MAX30102 at register level: FIFO with its pointers and overflow counter, reset, power-ready flag, LED currents that
// scale the light, die temperature. From the data sheet (Maxim 19-7740), written without a look at the driver's code.

import type { I2cChip } from './i2c.ts';
import { Sampler } from './sampler.ts';
import type { Now } from './sampler.ts';

const DEPTH = 32;
const RATES = [50, 100, 200, 400, 800, 1000, 1600, 3200];

/** Light at a time in ms, as 18-bit counts at an LED current of 6.4 mA. */
export type Light = (atMs: number) => readonly [red: number, infrared: number];

export class Max30102Chip implements I2cChip {
  /** What the part register says. */
  part = 0x15;
  /** A part of its oscillator that is too fast (0.02: two percent). */
  drift = 0;
  /** Stops sampling without a word. */
  hangs = false;
  dieCelsius = 31.25;
  readonly #registers = new Uint8Array(256);
  readonly #fifo: (readonly [number, number])[] = Array.from({ length: DEPTH }, () => [0, 0] as const);
  readonly #light: Light;
  readonly #sampler: Sampler;
  #unread = 0;
  #byte = 0;

  constructor(now: Now, light: Light) {
    this.#light = light;
    this.#sampler = new Sampler(now);
    this.powerUp();
  }

  /** The supply dropped and came back: all settings are gone. */
  powerUp(): void {
    this.#registers.fill(0);
    this.#registers[0x00] = 0x01;
    this.#unread = 0;
    this.#byte = 0;
    this.#sampler.stop();
  }

  read(register: number, length: number): Uint8Array {
    this.#run();
    const out = new Uint8Array(length);
    // Only the FIFO's data register does not count up (page 14).
    for (let i = 0; i < length; i++) out[i] = this.#readOne(register === 0x07 ? 0x07 : (register + i) & 0xff);
    return out;
  }

  write(register: number, bytes: Uint8Array): void {
    this.#run();
    bytes.forEach((value, i) => { this.#writeOne((register + i) & 0xff, value); });
  }

  #readOne(register: number): number {
    if (register === 0xff) return this.part;
    if (register === 0x07) return this.#readFifo();
    if (register === 0x1f) return Math.floor(this.dieCelsius) & 0xff;
    if (register === 0x20) return Math.round((this.dieCelsius - Math.floor(this.dieCelsius)) * 16);
    const value = this.#registers[register]!;
    if (register === 0x00) this.#registers[0x00] = 0;
    return value;
  }

  #writeOne(register: number, value: number): void {
    if (register === 0x09 && (value & 0x40) !== 0) {
      this.powerUp();
      this.#registers[0x00] = 0;
      return;
    }
    this.#registers[register] = register === 0x21 ? 0 : value;
    if (register === 0x04 || register === 0x06) {
      this.#registers[register]! &= 0x1f;
      this.#unread = (this.#registers[0x04]! - this.#registers[0x06]!) & 0x1f;
      this.#byte = 0;
    }
    if (register !== 0x09 && register !== 0x0a) return;
    const mode = this.#registers[0x09]!;
    const rate = RATES[(this.#registers[0x0a]! >> 2) & 7]!;
    if ((mode & 0x80) === 0 && (mode & 7) === 3) this.#sampler.start(rate * (1 + this.drift));
    else this.#sampler.stop();
  }

  /** Six bytes a sample; the read pointer moves on behind the sixth, and reading clears the overflow count. */
  #readFifo(): number {
    const sample = this.#fifo[this.#registers[0x06]!]!;
    const colour = sample[this.#byte < 3 ? 0 : 1];
    const value = (colour >> (8 * (2 - (this.#byte % 3)))) & 0xff;
    if (++this.#byte < 6) return value;
    this.#byte = 0;
    this.#registers[0x05] = 0;
    if (this.#unread > 0) {
      this.#unread--;
      this.#registers[0x06] = (this.#registers[0x06]! + 1) & 0x1f;
    }
    return value;
  }

  #run(): void {
    for (const at of this.#sampler.due()) {
      if (this.hangs) continue;
      const [red, infrared] = this.#light(at);
      const sample = [this.#counts(red, 0x0c), this.#counts(infrared, 0x0d)] as const;
      this.#fifo[this.#registers[0x04]!] = sample;
      this.#registers[0x04] = (this.#registers[0x04]! + 1) & 0x1f;
      if (this.#unread < DEPTH) this.#unread++;
      else {
        // Roll-over: the oldest is overwritten and counted, up to 31.
        this.#registers[0x06] = this.#registers[0x04]!;
        this.#registers[0x05] = Math.min(0x1f, this.#registers[0x05]! + 1);
      }
      if (this.#unread >= DEPTH - (this.#registers[0x08]! & 0x0f)) this.#registers[0x00]! |= 0x80;
    }
  }

  #counts(light: number, currentRegister: number): number {
    return Math.max(0, Math.min(0x3ffff, Math.round((light * this.#registers[currentRegister]!) / 0x20)));
  }
}
