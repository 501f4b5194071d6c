// LIS3DH at register level: identity, control registers, stream FIFO with its source register. From the data sheet
// (ST DocID17530).

import type { I2cChip } from './i2c.ts';
import { Sampler } from './sampler.ts';
import type { Now } from './sampler.ts';

const DEPTH = 32;
const RATES = [0, 1, 10, 25, 50, 100, 200, 400];
/** Milli-g a step of twelve bits, by full scale. */
const STEPS = [1, 2, 4, 12];

/** Acceleration at a time in ms, in milli-g. */
export type Acceleration = (atMs: number) => readonly [x: number, y: number, z: number];

export class Lis3dhChip implements I2cChip {
  identity = 0x33;
  drift = 0;
  hangs = false;
  readonly #registers = new Uint8Array(128);
  readonly #acceleration: Acceleration;
  readonly #sampler: Sampler;
  #fifo: (readonly number[])[] = [];
  #overrun = false;

  constructor(now: Now, acceleration: Acceleration) {
    this.#acceleration = acceleration;
    this.#sampler = new Sampler(now);
    this.powerUp();
  }

  powerUp(): void {
    this.#registers.fill(0);
    this.#registers[0x20] = 0x07;
    this.#fifo = [];
    this.#overrun = false;
    this.#sampler.stop();
  }

  read(register: number, length: number): Uint8Array {
    this.#run();
    const out = new Uint8Array(length);
    let at = register & 0x7f;
    for (let i = 0; i < length; i++) {
      out[i] = this.#readOne(at);
      if ((register & 0x80) === 0) continue;
      // With the FIFO on, the address wraps from the last output byte to the first (section 5.1.6).
      at = at === 0x2d ? 0x28 : (at + 1) & 0x7f;
    }
    return out;
  }

  write(register: number, bytes: Uint8Array): void {
    this.#run();
    bytes.forEach((value, i) => {
      const at = ((register & 0x7f) + ((register & 0x80) === 0 ? 0 : i)) & 0x7f;
      this.#registers[at] = value;
      if (at === 0x20) this.#sampler.start(RATES[value >> 4]! * (1 + this.drift));
      if (at === 0x2e && value >> 6 === 0) {
        this.#fifo = [];
        this.#overrun = false;
      }
    });
  }

  #readOne(at: number): number {
    if (at === 0x0f) return this.identity;
    if (at === 0x2f) return (this.#overrun ? 0x40 : 0) | (this.#fifo.length === 0 ? 0x20 : 0) | Math.min(31, this.#fifo.length);
    if (at < 0x28 || at > 0x2d) return this.#registers[at]!;
    const sample = this.#fifo[0] ?? [0, 0, 0];
    const axis = sample[(at - 0x28) >> 1]!;
    const word = Math.max(-2048, Math.min(2047, Math.round(axis / STEPS[(this.#registers[0x23]! >> 4) & 3]!))) << 4;
    const value = ((at & 1) === 0 ? word : word >> 8) & 0xff;
    if (at === 0x2d) {
      this.#fifo.shift();
      this.#overrun = false;
    }
    return value;
  }

  #run(): void {
    for (const at of this.#sampler.due()) {
      if (this.hangs || (this.#registers[0x24]! & 0x40) === 0 || this.#registers[0x2e]! >> 6 !== 2) continue;
      if (this.#fifo.length === DEPTH) this.#fifo.shift();
      this.#fifo.push(this.#acceleration(at));
      if (this.#fifo.length === DEPTH) this.#overrun = true;
    }
  }
}
