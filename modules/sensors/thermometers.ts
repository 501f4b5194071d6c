// Skin thermometers: TMP117 (TI SNOSD82D) and MAX30205 (Maxim 19-8692 Rev 0), one-shot: they sleep between readings.
// A reading is asked for by one call and fetched by the next, so that nobody waits for the conversion.

import type { RegisterBus, RegisterBusOptions } from 'lorica/sensors/bus';
import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import { Starter } from 'lorica/sensors/starter';
import type { ErrorListener, Startable } from 'lorica/sensors/starter';

export interface ThermometerOptions {
  readonly sensor: RegisterBusOptions;
  readonly onError?: ErrorListener;
}

/** Calls after which a conversion that is not ready is a fault. */
const MAX_PENDING_CALLS = 3;

/** TMP117 registers (table 7-3) and its device id (7.6.11, low 12 bits). */
const TMP117 = { address: 0x48, result: 0x00, configuration: 0x01, identity: 0x0f, part: 0x117 } as const;
/** One-shot conversion, average of eight: 125 ms (tables 7-5 and 7-7). */
const TMP117_ONE_SHOT = 0x0c20;
const TMP117_SHUTDOWN = 0x0420;
const TMP117_READY = 0x2000;
/** 7.8125 m°C a step; this value stands in the register after a reset (7.6.1). */
const TMP117_STEPS_PER_DEGREE = 128;
const TMP117_NO_RESULT = 0x8000;

/** TMP117. */
export class Tmp117 implements Startable {
  readonly #bus: RegisterBus;
  readonly #starter: Starter;
  #asked = false;
  #pending = 0;

  constructor(options: ThermometerOptions) {
    this.#bus = new options.sensor.io({ address: options.sensor.address ?? TMP117.address, hz: 400_000 });
    this.#starter = new Starter(this, options.onError);
  }

  /** @returns the reading that the last call asked for, in °C, or `undefined`; asks for the next */
  sample(): number | undefined {
    return this.#starter.run(() => this.#read());
  }

  close(): void {
    this.#bus.close();
    this.#starter.stop();
  }

  start(): void {
    if ((this.#bus.readUint16(TMP117.identity, true) & 0x0fff) !== TMP117.part) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#bus.writeUint16(TMP117.configuration, TMP117_SHUTDOWN, true);
    this.#asked = false;
    this.#pending = 0;
  }

  recover(): void {
    this.#bus.recover?.();
  }

  #read(): number | undefined {
    let celsius: number | undefined;
    if (this.#asked) {
      const configuration = this.#bus.readUint16(TMP117.configuration, true);
      // Power-up leaves continuous mode behind, which nobody here asks for (table 7-5).
      if ((configuration & 0x0c00) === 0) throw new SensorTrouble(SENSOR_FAULT.resetInRun);
      if ((configuration & TMP117_READY) === 0) {
        if (++this.#pending > MAX_PENDING_CALLS) throw new SensorTrouble(SENSOR_FAULT.timeout);
        return undefined;
      }
      const raw = this.#bus.readUint16(TMP117.result, true);
      if (raw === TMP117_NO_RESULT) throw new SensorTrouble(SENSOR_FAULT.badData);
      celsius = ((raw << 16) >> 16) / TMP117_STEPS_PER_DEGREE;
    }
    this.#bus.writeUint16(TMP117.configuration, TMP117_ONE_SHOT, true);
    this.#asked = true;
    this.#pending = 0;
    return celsius;
  }
}

/** MAX30205 registers (table 1); it has no identity, so its hysteresis register's power-up value must do (table 2). */
const MAX30205 = { address: 0x48, result: 0x00, configuration: 0x01, hysteresis: 0x02, hysteresisDefault: 0x4b00 } as const;
const MAX30205_SHUTDOWN = 0x01;
const MAX30205_ONE_SHOT = 0x81;
/** 1/256 °C a step; what no body and no room has is corrupt. */
const MAX30205_STEPS_PER_DEGREE = 256;
const LEAST_C = -10;
const MOST_C = 60;

/** MAX30205. */
export class Max30205 implements Startable {
  readonly #bus: RegisterBus;
  readonly #starter: Starter;
  #asked = false;

  constructor(options: ThermometerOptions) {
    this.#bus = new options.sensor.io({ address: options.sensor.address ?? MAX30205.address, hz: 400_000 });
    this.#starter = new Starter(this, options.onError);
  }

  /** @returns the reading that the last call (50 ms ago at least) asked for, in °C, or `undefined`; asks for the next */
  sample(): number | undefined {
    return this.#starter.run(() => this.#read());
  }

  close(): void {
    this.#bus.close();
    this.#starter.stop();
  }

  start(): void {
    if (this.#bus.readUint16(MAX30205.hysteresis, true) !== MAX30205.hysteresisDefault) throw new SensorTrouble(SENSOR_FAULT.wrongPart);
    this.#bus.writeUint8(MAX30205.configuration, MAX30205_SHUTDOWN);
    this.#asked = false;
  }

  recover(): void {
    this.#bus.recover?.();
  }

  #read(): number | undefined {
    let celsius: number | undefined;
    if ((this.#bus.readUint8(MAX30205.configuration) & MAX30205_SHUTDOWN) === 0) throw new SensorTrouble(SENSOR_FAULT.resetInRun);
    if (this.#asked) {
      celsius = ((this.#bus.readUint16(MAX30205.result, true) << 16) >> 16) / MAX30205_STEPS_PER_DEGREE;
      if (celsius < LEAST_C || celsius > MOST_C) throw new SensorTrouble(SENSOR_FAULT.badData);
    }
    this.#bus.writeUint8(MAX30205.configuration, MAX30205_ONE_SHOT);
    this.#asked = true;
    return celsius;
  }
}
