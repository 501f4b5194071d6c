// MAX30003 ECG front end over SPI: one lead of 18 bits through its FIFO, lead-off detection. Maxim 19-8558 Rev 2;
// tables cited below. Its own R-wave detector is not used: lorica/vitals does better and is tested.

import type { Clock, SpiBus, SpiBusOptions } from 'lorica/sensors/bus';
import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import { LossMeter } from 'lorica/sensors/loss';
import { Starter } from 'lorica/sensors/starter';
import type { ErrorListener, Startable } from 'lorica/sensors/starter';

/** Register map, table 21. */
const REGISTER = {
  status: 0x01, reset: 0x08, synchronise: 0x09, fifoReset: 0x0a, information: 0x0f, general: 0x10, multiplexer: 0x14, ecg: 0x15, fifo: 0x21,
} as const;
const READ = 0x01;

/** The high nibble of the information register is always 0101 (table 28). */
const INFORMATION_MASK = 0xf0_0000;
const INFORMATION = 0x50_0000;
const STATUS_OVERFLOW = 0x40_0000;
const STATUS_LEAD_OFF = 0x10_0000;
/** ECG on, master clock of 32 000 Hz, DC lead-off detection by 10 nA (table 29). */
const GENERAL = 0x18_1200;
/** Both inputs connected, no calibration voltage (table 31). */
const MULTIPLEXER = 0x00_0000;
/** 250 Hz, gain 20 V/V, high-pass 0.5 Hz, low-pass 40 Hz (table 33). */
const ECG = 0x40_5000;
export const MAX30003_RATE_HZ = 250;
export const FIFO_SAMPLES = 32;
/** One step: 1000 mV / (2^17 × 20) (page 30). */
const MICROVOLTS_PER_STEP = 1_000_000 / (131_072 * 20);
/** Tags of a FIFO word (table 46). */
const TAG_VALID = 0;
const TAG_FAST = 1;
const TAG_LAST = 2;
const TAG_LAST_FAST = 3;
const TAG_EMPTY = 6;
const TAG_OVERFLOW = 7;

/** What one reading gave, in microvolts at the skin; the array is the driver's and is overwritten by the next. */
export interface EcgBatch {
  /** Samples that are missing before the first of this batch. */
  lost: number;
  count: number;
  leadOff: boolean;
  readonly microvolts: Int32Array;
}

export interface Max30003Options {
  readonly sensor: SpiBusOptions;
  readonly clock: Clock;
  readonly onError?: ErrorListener;
}

/** The driver. Call `sample` at least every 120 ms. */
export class Max30003 implements Startable {
  readonly #bus: SpiBus;
  readonly #starter: Starter;
  readonly #loss: LossMeter;
  readonly #frame = new Uint8Array(4);
  readonly #batch: EcgBatch = { lost: 0, count: 0, leadOff: false, microvolts: new Int32Array(FIFO_SAMPLES) };

  constructor(options: Max30003Options) {
    this.#loss = new LossMeter(options.clock);
    this.#bus = new options.sensor.io({ hz: 4_000_000, mode: 0 });
    this.#starter = new Starter(this, options.onError);
  }

  /** @returns what has gathered, or `undefined` when the chip is in trouble, which `onError` was told */
  sample(): EcgBatch | undefined {
    return this.#starter.run(() => this.#read());
  }

  close(): void {
    this.#starter.run(() => { this.#write(REGISTER.reset, 0); });
    this.#starter.stop();
    this.#loss.end();
    this.#bus.close();
  }

  start(): void {
    if ((this.#readRegister(REGISTER.information) & INFORMATION_MASK) !== INFORMATION) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#write(REGISTER.reset, 0);
    this.#write(REGISTER.general, GENERAL);
    this.#write(REGISTER.multiplexer, MULTIPLEXER);
    this.#write(REGISTER.ecg, ECG);
    if (this.#readRegister(REGISTER.ecg) !== ECG) throw new SensorTrouble(SENSOR_FAULT.badData);
    this.#write(REGISTER.synchronise, 0);
    this.#loss.begin(MAX30003_RATE_HZ);
  }

  recover(): void {
    // SPI has no acknowledgement and nothing to clock free.
  }

  #read(): EcgBatch {
    if (this.#readRegister(REGISTER.ecg) !== ECG || this.#readRegister(REGISTER.general) !== GENERAL) throw new SensorTrouble(SENSOR_FAULT.resetInRun);
    const status = this.#readRegister(REGISTER.status);
    const batch = this.#batch;
    batch.leadOff = (status & STATUS_LEAD_OFF) !== 0;
    batch.count = 0;
    batch.lost = 0;
    if ((status & STATUS_OVERFLOW) !== 0 || !this.#drain(batch)) {
      // An overflow leaves the order in doubt: all of it goes, and the clock says how much that was (table 24).
      this.#write(REGISTER.fifoReset, 0);
      batch.count = 0;
      batch.lost = this.#loss.missing(0);
      this.#starter.report(SENSOR_FAULT.overrun);
    } else {
      if (batch.count === 0 && this.#loss.stalled) throw new SensorTrouble(SENSOR_FAULT.timeout);
      batch.lost = this.#loss.lost(batch.count, 0, 1);
    }
    this.#loss.give(batch.count, batch.lost);
    return batch;
  }

  /** Takes words up to the last one. @returns false when the chip says that it overflowed */
  #drain(batch: EcgBatch): boolean {
    while (batch.count < FIFO_SAMPLES) {
      const word = this.#readRegister(REGISTER.fifo);
      const tag = (word >> 3) & 7;
      if (tag === TAG_EMPTY) return true;
      if (tag === TAG_OVERFLOW) return false;
      if (tag > TAG_LAST_FAST) throw new SensorTrouble(SENSOR_FAULT.badData);
      batch.microvolts[batch.count++] = Math.round(((word << 8) >> 14) * MICROVOLTS_PER_STEP);
      if (tag === TAG_LAST || tag === TAG_LAST_FAST) return true;
      if (tag !== TAG_VALID && tag !== TAG_FAST) throw new SensorTrouble(SENSOR_FAULT.badData);
    }
    return true;
  }

  /** A command byte (address, direction) and three data bytes, highest first (figure 6). */
  #readRegister(register: number): number {
    const frame = this.#frame;
    frame.fill(0);
    frame[0] = (register << 1) | READ;
    this.#bus.transfer(frame);
    return (frame[1]! << 16) | (frame[2]! << 8) | frame[3]!;
  }

  #write(register: number, value: number): void {
    const frame = this.#frame;
    frame[0] = register << 1;
    frame[1] = value >> 16;
    frame[2] = value >> 8;
    frame[3] = value;
    this.#bus.transfer(frame);
  }
}
