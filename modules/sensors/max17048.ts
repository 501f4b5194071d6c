// MAX17048 fuel gauge: cell voltage, charge and its rate. Maxim 19-6171 Rev 7. It models the cell itself; without a
// gauge, lorica/vitals/battery reads a curve.

import type { RegisterBus, RegisterBusOptions } from 'lorica/sensors/bus';
import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import { Starter } from 'lorica/sensors/starter';
import type { ErrorListener, Startable } from 'lorica/sensors/starter';

/** Register map, table 2. */
const REGISTER = { voltage: 0x02, charge: 0x04, version: 0x08, rate: 0x16, status: 0x1a } as const;
const ADDRESS = 0x36;
/** 0x001_ (page 11). */
const VERSION_MASK = 0xfff0;
const VERSION = 0x0010;
/** Set by a power-on reset, cleared by writing (page 12): the charge is a first guess until it settles. */
const STATUS_RESET = 0x0100;
const MICROVOLTS_PER_STEP = 78.125;
const STEPS_PER_PERCENT = 256;
const PERCENT_PER_HOUR_PER_STEP = 0.208;
/** The model says up to 110 %; beyond, it is corrupt. */
const MOST_PERCENT = 110;

export interface Charge {
  readonly millivolts: number;
  /** 0 to 100. */
  readonly percent: number;
  /** Negative while discharging. */
  readonly percentPerHour: number;
}

export interface Max17048Options {
  readonly sensor: RegisterBusOptions;
  readonly onError?: ErrorListener;
}

/** The driver. */
export class Max17048 implements Startable {
  readonly #bus: RegisterBus;
  readonly #starter: Starter;

  constructor(options: Max17048Options) {
    this.#bus = new options.sensor.io({ address: options.sensor.address ?? ADDRESS, hz: 400_000 });
    this.#starter = new Starter(this, options.onError);
  }

  /** @returns the cell's state, or `undefined` when the gauge is in trouble, which `onError` was told */
  sample(): Charge | undefined {
    return this.#starter.run(() => this.#read());
  }

  close(): void {
    this.#bus.close();
    this.#starter.stop();
  }

  start(): void {
    if ((this.#bus.readUint16(REGISTER.version, true) & VERSION_MASK) !== VERSION) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#bus.writeUint16(REGISTER.status, 0, true);
  }

  recover(): void {
    this.#bus.recover?.();
  }

  #read(): Charge {
    if ((this.#bus.readUint16(REGISTER.status, true) & STATUS_RESET) !== 0) throw new SensorTrouble(SENSOR_FAULT.resetInRun);
    const percent = this.#bus.readUint16(REGISTER.charge, true) / STEPS_PER_PERCENT;
    if (percent > MOST_PERCENT) throw new SensorTrouble(SENSOR_FAULT.badData);
    return {
      millivolts: (this.#bus.readUint16(REGISTER.voltage, true) * MICROVOLTS_PER_STEP) / 1000,
      percent: Math.min(100, percent),
      percentPerHour: ((this.#bus.readUint16(REGISTER.rate, true) << 16) >> 16) * PERCENT_PER_HOUR_PER_STEP,
    };
  }
}
