// TMP117, MAX30205 and MAX17048 at register level: 16-bit registers, big-endian, conversions that take their time.

import type { I2cChip } from './i2c.ts';
import type { Now } from './sampler.ts';

/** A chip of 16-bit registers, each read and written whole. */
abstract class WordChip implements I2cChip {
  protected readonly now: Now;
  protected readonly words = new Uint16Array(256);

  constructor(now: Now) {
    this.now = now;
  }

  abstract powerUp(): void;

  read(register: number, length: number): Uint8Array {
    const word = this.readWord(register);
    return Uint8Array.from({ length }, (_, i) => (i === 0 ? word >> 8 : i === 1 ? word : 0xff));
  }

  write(register: number, bytes: Uint8Array): void {
    this.writeWord(register, bytes.length === 1 ? bytes[0]! << 8 : (bytes[0]! << 8) | bytes[1]!);
  }

  protected readWord(register: number): number {
    return this.words[register]!;
  }

  protected writeWord(register: number, value: number): void {
    this.words[register] = value;
  }
}

export class Tmp117Chip extends WordChip {
  part = 0x0117;
  celsius: number;
  /** Never finishes a conversion. */
  hangs = false;
  #readyAt = Infinity;

  constructor(now: Now, celsius: number) {
    super(now);
    this.celsius = celsius;
    this.powerUp();
  }

  powerUp(): void {
    this.words.fill(0);
    this.words[0x00] = 0x8000;
    this.words[0x01] = 0x0220;
    this.#readyAt = Infinity;
  }

  protected override readWord(register: number): number {
    if (register === 0x0f) return this.part;
    if (this.now() >= this.#readyAt && !this.hangs) {
      this.words[0x00] = Math.round(this.celsius * 128) & 0xffff;
      // The flag is set, and a finished one-shot goes back to shutdown (table 7-5).
      this.words[0x01] = (this.words[0x01]! & ~0x0c00) | 0x0400 | 0x2000;
      this.#readyAt = Infinity;
    }
    const value = this.words[register]!;
    if (register === 0x00 || register === 0x01) this.words[0x01]! &= ~0x2000;
    return value;
  }

  protected override writeWord(register: number, value: number): void {
    if (register === 0x01 && (value & 0x0c00) === 0x0c00) this.#readyAt = this.now() + 125;
    if (register === 0x01) this.words[0x01] = value & ~0x2000;
  }
}

export class Max30205Chip extends WordChip {
  hysteresis = 0x4b00;
  celsius: number;
  #readyAt = Infinity;

  constructor(now: Now, celsius: number) {
    super(now);
    this.celsius = celsius;
    this.powerUp();
  }

  powerUp(): void {
    this.words.fill(0);
    this.#readyAt = Infinity;
  }

  protected override readWord(register: number): number {
    if (register === 0x02) return this.hysteresis;
    if (this.now() >= this.#readyAt) {
      this.words[0x00] = Math.round(this.celsius * 256) & 0xffff;
      this.#readyAt = Infinity;
    }
    return this.words[register]!;
  }

  protected override writeWord(register: number, value: number): void {
    if (register !== 0x01) return;
    if ((value & 0x8100) === 0x8100) this.#readyAt = this.now() + 50;
    // The one-shot bit reads as zero.
    this.words[0x01] = value & 0x7f00;
  }
}

export class Max17048Chip extends WordChip {
  version = 0x0012;
  millivolts = 3900;
  percent = 64;
  percentPerHour = -0.6;

  constructor(now: Now) {
    super(now);
    this.powerUp();
  }

  powerUp(): void {
    this.words.fill(0);
    this.words[0x1a] = 0x0100;
  }

  protected override readWord(register: number): number {
    if (register === 0x02) return Math.round((this.millivolts * 1000) / 78.125);
    if (register === 0x04) return Math.round(this.percent * 256);
    if (register === 0x08) return this.version;
    if (register === 0x16) return Math.round(this.percentPerHour / 0.208) & 0xffff;
    return super.readWord(register);
  }
}
