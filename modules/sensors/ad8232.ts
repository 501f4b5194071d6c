// AD8232 heart-rate front end on an analog input, with its two lead-off outputs. Analog Devices Rev D. The chip has no
// registers: whoever owns the timer calls `sample` at the sampling rate and says when a call was missed.

import type { AnalogInput, DigitalInput } from 'lorica/sensors/bus';
import { SENSOR_FAULT } from 'lorica/sensors/fault';
import type { ErrorListener } from 'lorica/sensors/starter';

/** Gain of the usual cardiac monitor circuit: 100 in the instrumentation amplifier, 11 in the filter (figure 66). */
const GAIN = 1100;
/** The same reading so often in a row comes from no amplifier: the converter hangs. */
const STUCK_READINGS = 1000;

export interface Ad8232Options {
  readonly input: AnalogInput;
  readonly leadOffPlus: DigitalInput;
  readonly leadOffMinus: DigitalInput;
  /** Full scale of the converter in millivolts; the chip's output rests at half of its supply. */
  readonly fullScaleMv: number;
  readonly onError?: ErrorListener;
}

/** The driver. */
export class Ad8232 {
  readonly #options: Ad8232Options;
  readonly #microvoltsPerStep: number;
  readonly #middle: number;
  #last = -1;
  #repeats = 0;

  constructor(options: Ad8232Options) {
    this.#options = options;
    const steps = 2 ** options.input.resolution;
    this.#microvoltsPerStep = (options.fullScaleMv * 1000) / steps / GAIN;
    this.#middle = steps / 2;
  }

  /** @returns microvolts at the skin; `undefined` while a lead is off (page 11) or the converter fails */
  sample(): number | undefined {
    const { input, leadOffPlus, leadOffMinus, onError } = this.#options;
    try {
      if (leadOffPlus.read() !== 0 || leadOffMinus.read() !== 0) return undefined;
      const raw = input.read();
      this.#repeats = raw === this.#last ? this.#repeats + 1 : 0;
      this.#last = raw;
      if (this.#repeats < STUCK_READINGS) return Math.round((raw - this.#middle) * this.#microvoltsPerStep);
      if (this.#repeats === STUCK_READINGS) onError?.(SENSOR_FAULT.timeout);
      return undefined;
    } catch {
      onError?.(SENSOR_FAULT.bus);
      return undefined;
    }
  }

  /** Whether a lead is off. */
  get leadOff(): boolean {
    return this.#options.leadOffPlus.read() !== 0 || this.#options.leadOffMinus.read() !== 0;
  }

  close(): void {
    this.#options.input.close();
    this.#options.leadOffPlus.close();
    this.#options.leadOffMinus.close();
  }
}
