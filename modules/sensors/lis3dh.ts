// LIS3DH accelerometer through its FIFO: three axes, ±8 g in steps of 4 mg, 25 samples a second. ST DocID17530 Rev 2;
// tables cited below. It knows no steps and no falls; lorica/vitals/motion does.

import type { Clock, RegisterBus, RegisterBusOptions } from 'lorica/sensors/bus';
import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import { LossMeter } from 'lorica/sensors/loss';
import { Starter } from 'lorica/sensors/starter';
import type { ErrorListener, Startable } from 'lorica/sensors/starter';

/** Register map, table 21. */
const REGISTER = { whoAmI: 0x0f, control1: 0x20, control4: 0x23, control5: 0x24, out: 0x28, fifoControl: 0x2e, fifoSource: 0x2f } as const;
/** The top bit of a register address makes it count up over several bytes (section 6.1.1). */
const AUTO_INCREMENT = 0x80;

const ADDRESS = 0x18;
const WHO_AM_I = 0x33;
export const FIFO_SAMPLES = 32;
const BYTES_PER_SAMPLE = 6;
export const LIS3DH_RATE_HZ = 25;
/** 25 Hz, three axes (tables 30 and 31). */
const CONTROL_1 = 0x37;
/** Block data update, ±8 g, high resolution: 12 bits of 4 mg, left-justified (table 36). */
const CONTROL_4 = 0xa8;
const MG_PER_STEP = 4;
/** FIFO on (table 39); stream mode: the newest samples stay (table 45). */
const CONTROL_5 = 0x40;
const FIFO_BYPASS = 0x00;
const FIFO_STREAM = 0x80;
const SOURCE_OVERRUN = 0x40;
const SOURCE_EMPTY = 0x20;
const SOURCE_COUNT = 0x1f;

/** What one reading gave, in milli-g; the arrays are the driver's and are overwritten by the next. */
export interface MotionBatch {
  /** Samples that are missing before the first of this batch. */
  lost: number;
  count: number;
  readonly x: Int16Array;
  readonly y: Int16Array;
  readonly z: Int16Array;
}

export interface Lis3dhOptions {
  readonly sensor: RegisterBusOptions;
  readonly clock: Clock;
  readonly onError?: ErrorListener;
}

/** The driver. Call `sample` at least once a second. */
export class Lis3dh implements Startable {
  readonly #bus: RegisterBus;
  readonly #starter: Starter;
  readonly #loss: LossMeter;
  readonly #bytes = new Uint8Array(FIFO_SAMPLES * BYTES_PER_SAMPLE);
  readonly #batch: MotionBatch = {
    lost: 0, count: 0, x: new Int16Array(FIFO_SAMPLES), y: new Int16Array(FIFO_SAMPLES), z: new Int16Array(FIFO_SAMPLES),
  };

  constructor(options: Lis3dhOptions) {
    this.#loss = new LossMeter(options.clock);
    this.#bus = new options.sensor.io({ address: options.sensor.address ?? ADDRESS, hz: 400_000 });
    this.#starter = new Starter(this, options.onError);
  }

  /** @returns what has gathered, or `undefined` when the sensor is in trouble, which `onError` was told */
  sample(): MotionBatch | undefined {
    return this.#starter.run(() => this.#read());
  }

  close(): void {
    this.#starter.run(() => { this.#bus.writeUint8(REGISTER.control1, 0); });
    this.#starter.stop();
    this.#loss.end();
    this.#bus.close();
  }

  start(): void {
    if (this.#bus.readUint8(REGISTER.whoAmI) !== WHO_AM_I) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#bus.writeUint8(REGISTER.control1, CONTROL_1);
    this.#bus.writeUint8(REGISTER.control4, CONTROL_4);
    this.#bus.writeUint8(REGISTER.control5, CONTROL_5);
    // Bypass empties the FIFO and its overrun flag (section 5.1.1).
    this.#bus.writeUint8(REGISTER.fifoControl, FIFO_BYPASS);
    this.#bus.writeUint8(REGISTER.fifoControl, FIFO_STREAM);
    this.#loss.begin(LIS3DH_RATE_HZ);
  }

  recover(): void {
    this.#bus.recover?.();
  }

  #read(): MotionBatch {
    if (this.#bus.readUint8(REGISTER.control5) !== CONTROL_5 || this.#bus.readUint8(REGISTER.control1) !== CONTROL_1) {
      throw new SensorTrouble(SENSOR_FAULT.resetInRun);
    }
    const source = this.#bus.readUint8(REGISTER.fifoSource);
    const overrun = (source & SOURCE_OVERRUN) !== 0;
    const count = overrun ? FIFO_SAMPLES : (source & SOURCE_EMPTY) !== 0 ? 0 : source & SOURCE_COUNT;
    if (count === 0 && this.#loss.stalled) throw new SensorTrouble(SENSOR_FAULT.timeout);
    const batch = this.#batch;
    // The flag counts nothing, and comes with the 32nd sample already: the clock says what is lost.
    batch.lost = overrun ? this.#loss.missing(count) : this.#loss.lost(count, 0, 1);
    batch.count = count;
    if (batch.lost > 0 && overrun) this.#starter.report(SENSOR_FAULT.overrun);
    if (count > 0) this.#unpack(count);
    this.#loss.give(count, batch.lost);
    return batch;
  }

  #unpack(count: number): void {
    const bytes = count === FIFO_SAMPLES ? this.#bytes : this.#bytes.subarray(0, count * BYTES_PER_SAMPLE);
    this.#bus.readBuffer(REGISTER.out | AUTO_INCREMENT, bytes);
    for (let i = 0; i < count; i++) {
      const at = i * BYTES_PER_SAMPLE;
      this.#batch.x[i] = milliG(bytes[at]!, bytes[at + 1]!);
      this.#batch.y[i] = milliG(bytes[at + 2]!, bytes[at + 3]!);
      this.#batch.z[i] = milliG(bytes[at + 4]!, bytes[at + 5]!);
    }
  }
}

/** Twelve bits, left-justified in two bytes, low byte first. */
function milliG(low: number, high: number): number {
  return ((((high << 24) >> 16) | low) >> 4) * MG_PER_STEP;
}
