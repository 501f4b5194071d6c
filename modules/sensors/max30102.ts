// MAX30102 pulse oximeter sensor: red and infrared light of the skin, 18 bits each, through its FIFO; LED currents that
// follow the skin, die temperature. Maxim 19-7740 Rev 1; sections and tables cited below. The chip cancels ambient
// light itself (page 12). It computes no saturation; lorica/vitals/spo2-monitor does.

import type { Clock, RegisterBus, RegisterBusOptions } from 'lorica/sensors/bus';
import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import { LossMeter } from 'lorica/sensors/loss';
import { Starter } from 'lorica/sensors/starter';
import type { ErrorListener, Startable } from 'lorica/sensors/starter';

/** Register map, page 10. */
const REGISTER = {
  interruptStatus1: 0x00, interruptEnable1: 0x02, fifoWrite: 0x04, fifoOverflow: 0x05, fifoRead: 0x06, fifoData: 0x07,
  fifoConfiguration: 0x08, mode: 0x09, spo2: 0x0a, redCurrent: 0x0c, infraredCurrent: 0x0d,
  temperatureInteger: 0x1f, temperatureFraction: 0x20, temperatureConfiguration: 0x21, part: 0xff,
} as const;

const ADDRESS = 0x57;
const PART = 0x15;
export const FIFO_SAMPLES = 32;
const BYTES_PER_SAMPLE = 6;
/** The overflow counter stops here (page 15). */
const OVERFLOW_FULL = 0x1f;
const INTERRUPT_ALMOST_FULL = 0x80;
const INTERRUPT_POWER_READY = 0x01;
/** Roll over on full, so that the newest samples are kept, and interrupt with 15 places left (page 18, table 4). */
const FIFO_SETTINGS = 0x1f;
const MODE_RESET = 0x40;
const MODE_SHUTDOWN = 0x80;
const MODE_SPO2 = 0x03;
/** Range 4096 nA and pulses of 411 µs, which give 18 bits (tables 5 and 7). */
const SPO2_RANGE_AND_WIDTH = 0x23;
const RATE_CODES: ReadonlyMap<number, number> = new Map([[50, 0], [100, 1], [200, 2], [400, 3]]);
/** 0.2 mA a step (table 8): start at 6.4 mA, at most 25 mA. */
const START_CURRENT = 0x20;
const LEAST_CURRENT = 0x04;
const MOST_CURRENT = 0x7f;
/** Counts of 18 bits between which the currents are left alone. */
const DIM = 60_000;
const BRIGHT = 230_000;
/** Samples after a change of current that are of neither. */
const SETTLE_SAMPLES = 4;
/** A reset takes less than so many reads of the register. */
const RESET_POLLS = 10;

/** What one reading of the FIFO gave; the arrays are the driver's and are overwritten by the next. */
export interface PpgBatch {
  /** Samples that are missing before the first of this batch. */
  lost: number;
  count: number;
  readonly red: Int32Array;
  readonly infrared: Int32Array;
}

export interface Max30102Options {
  readonly sensor: RegisterBusOptions;
  readonly clock: Clock;
  /** 50, 100, 200 or 400 samples a second. */
  readonly rateHz?: number;
  readonly onError?: ErrorListener;
}

/** The driver. Call `sample` at least every 32 samples, or when its interrupt line falls. */
export class Max30102 implements Startable {
  readonly rateHz: number;
  readonly #bus: RegisterBus;
  readonly #starter: Starter;
  readonly #loss: LossMeter;
  readonly #rateCode: number;
  readonly #bytes = new Uint8Array(FIFO_SAMPLES * BYTES_PER_SAMPLE);
  readonly #batch: PpgBatch = { lost: 0, count: 0, red: new Int32Array(FIFO_SAMPLES), infrared: new Int32Array(FIFO_SAMPLES) };
  #redCurrent = START_CURRENT;
  #infraredCurrent = START_CURRENT;
  #settling = 0;

  /** @throws RangeError for a rate that the chip has not; the bus's own error when it cannot be opened */
  constructor(options: Max30102Options) {
    this.rateHz = options.rateHz ?? 100;
    const code = RATE_CODES.get(this.rateHz);
    if (code === undefined) throw new RangeError('MAX30102 samples at 50, 100, 200 or 400 Hz');
    this.#rateCode = code;
    this.#loss = new LossMeter(options.clock);
    this.#bus = new options.sensor.io({ address: options.sensor.address ?? ADDRESS, hz: 400_000 });
    this.#starter = new Starter(this, options.onError);
  }

  /** LED currents now, in milliamperes: what the energy budget asks for. */
  get currents(): { readonly redMa: number; readonly infraredMa: number } {
    return { redMa: 0.2 * this.#redCurrent, infraredMa: 0.2 * this.#infraredCurrent };
  }

  /** @returns what has gathered, or `undefined` when the sensor is in trouble, which `onError` was told */
  sample(): PpgBatch | undefined {
    return this.#starter.run(() => this.#read());
  }

  /** Die temperature in degrees Celsius (page 24), or `undefined` in trouble. */
  dieTemperature(): number | undefined {
    return this.#starter.run(() => {
      this.#bus.writeUint8(REGISTER.temperatureConfiguration, 1);
      // 29 ms; the enable bit clears itself.
      for (let poll = 0; this.#bus.readUint8(REGISTER.temperatureConfiguration) !== 0; poll++) {
        if (poll === 100) throw new SensorTrouble(SENSOR_FAULT.timeout);
      }
      const whole = (this.#bus.readUint8(REGISTER.temperatureInteger) << 24) >> 24;
      return whole + 0.0625 * (this.#bus.readUint8(REGISTER.temperatureFraction) & 0x0f);
    });
  }

  /** Shuts the LEDs down; `sample` starts them again, as a new stream. */
  sleep(): void {
    if (this.#starter.running) this.#starter.run(() => { this.#bus.writeUint8(REGISTER.mode, MODE_SHUTDOWN); });
    this.#starter.stop();
    this.#loss.end();
  }

  close(): void {
    this.sleep();
    this.#bus.close();
  }

  start(): void {
    if (this.#bus.readUint8(REGISTER.part) !== PART) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#bus.writeUint8(REGISTER.mode, MODE_RESET);
    for (let poll = 0; (this.#bus.readUint8(REGISTER.mode) & MODE_RESET) !== 0; poll++) {
      if (poll === RESET_POLLS) throw new SensorTrouble(SENSOR_FAULT.timeout);
    }
    // Reading the status clears the power-ready flag, so that the next one means a reset (page 12).
    this.#bus.readUint8(REGISTER.interruptStatus1);
    this.#bus.writeUint8(REGISTER.interruptEnable1, INTERRUPT_ALMOST_FULL);
    this.#bus.writeUint8(REGISTER.fifoConfiguration, FIFO_SETTINGS);
    this.#bus.writeUint8(REGISTER.spo2, SPO2_RANGE_AND_WIDTH | (this.#rateCode << 2));
    this.#writeCurrents();
    this.#bus.writeUint8(REGISTER.fifoWrite, 0);
    this.#bus.writeUint8(REGISTER.fifoOverflow, 0);
    this.#bus.writeUint8(REGISTER.fifoRead, 0);
    this.#bus.writeUint8(REGISTER.mode, MODE_SPO2);
    this.#loss.begin(this.rateHz);
  }

  recover(): void {
    this.#bus.recover?.();
  }

  #read(): PpgBatch {
    const status = this.#bus.readUint8(REGISTER.interruptStatus1);
    if ((status & INTERRUPT_POWER_READY) !== 0 || this.#bus.readUint8(REGISTER.mode) !== MODE_SPO2) {
      throw new SensorTrouble(SENSOR_FAULT.resetInRun);
    }
    const overflow = this.#bus.readUint8(REGISTER.fifoOverflow) & OVERFLOW_FULL;
    const ahead = (this.#bus.readUint8(REGISTER.fifoWrite) - this.#bus.readUint8(REGISTER.fifoRead)) & (FIFO_SAMPLES - 1);
    const count = overflow > 0 ? FIFO_SAMPLES : ahead;
    const batch = this.#batch;
    if (count === 0 && this.#loss.stalled) throw new SensorTrouble(SENSOR_FAULT.timeout);
    batch.lost = this.#loss.lost(count, overflow, OVERFLOW_FULL);
    batch.count = count;
    if (overflow > 0) this.#starter.report(SENSOR_FAULT.overrun);
    if (count > 0) this.#unpack(count);
    this.#loss.give(count, batch.lost);
    if (count > 0) this.#adjust(batch);
    return batch;
  }

  /** Three bytes each, red first, the top six bits void (page 16). */
  #unpack(count: number): void {
    const bytes = count === FIFO_SAMPLES ? this.#bytes : this.#bytes.subarray(0, count * BYTES_PER_SAMPLE);
    this.#bus.readBuffer(REGISTER.fifoData, bytes);
    for (let i = 0; i < count; i++) {
      const at = i * BYTES_PER_SAMPLE;
      this.#batch.red[i] = ((bytes[at]! & 0x03) << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
      this.#batch.infrared[i] = ((bytes[at + 3]! & 0x03) << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
    }
  }

  /** Keeps both lights within the converter's range; what was sampled across a change is given as lost. */
  #adjust(batch: PpgBatch): void {
    if (this.#settling > 0) {
      const dropped = Math.min(this.#settling, batch.count);
      this.#settling -= dropped;
      batch.red.copyWithin(0, dropped, batch.count);
      batch.infrared.copyWithin(0, dropped, batch.count);
      batch.count -= dropped;
      batch.lost += dropped;
      if (batch.count === 0) return;
    }
    const red = adjusted(this.#redCurrent, batch.red[batch.count - 1]!);
    const infrared = adjusted(this.#infraredCurrent, batch.infrared[batch.count - 1]!);
    if (red === this.#redCurrent && infrared === this.#infraredCurrent) return;
    this.#redCurrent = red;
    this.#infraredCurrent = infrared;
    this.#writeCurrents();
    this.#settling = SETTLE_SAMPLES;
  }

  #writeCurrents(): void {
    this.#bus.writeUint8(REGISTER.redCurrent, this.#redCurrent);
    this.#bus.writeUint8(REGISTER.infraredCurrent, this.#infraredCurrent);
  }
}

function adjusted(current: number, counts: number): number {
  if (counts > BRIGHT) return Math.max(LEAST_CURRENT, Math.round(0.75 * current));
  // No light at all is no finger: more current would only cost charge.
  if (counts < DIM && counts > 1000) return Math.min(MOST_CURRENT, Math.round(1.3 * current));
  return current;
}
