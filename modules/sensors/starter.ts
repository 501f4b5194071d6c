// Keeps a chip running: starts it when it is asked for samples, and after any trouble starts it anew, at first at
// once, then less often, for ever. The part that all drivers share; it knows no chip.

import { SENSOR_FAULT, SensorTrouble } from 'lorica/sensors/fault';
import type { SensorFault } from 'lorica/sensors/fault';

/** After so many failed starts in a row, only each so-many-th call tries again: a dead chip costs little. */
const QUICK_ATTEMPTS = 3;
export const SLOW_ATTEMPT_CALLS = 16;

export type ErrorListener = (fault: SensorFault) => void;

/** The chip's side of it; both methods may throw. */
export interface Startable {
  /** Checks the part and writes all settings. */
  start(): void;
  /** Frees a bus that hangs, if the host can. */
  recover(): void;
}

export class Starter {
  readonly #chip: Startable;
  readonly #onError: ErrorListener | undefined;
  #running = false;
  #failures = 0;
  #waiting = 0;

  constructor(chip: Startable, onError: ErrorListener | undefined) {
    this.#chip = chip;
    this.#onError = onError;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The chip must be started before the next reading. */
  stop(): void {
    this.#running = false;
  }

  /** Tells of a fault that the driver has dealt with itself. */
  report(fault: SensorFault): void {
    this.#onError?.(fault);
  }

  /** Runs `work` on a running chip. @returns what it returns, or `undefined` after a fault, which was told */
  run<T>(work: () => T): T | undefined {
    if (!this.#running && !this.#mayTry()) return undefined;
    try {
      if (!this.#running) {
        this.#chip.start();
        this.#running = true;
      }
      const result = work();
      this.#failures = 0;
      return result;
    } catch (error) {
      this.#fail(error instanceof SensorTrouble ? error.fault : SENSOR_FAULT.bus);
      return undefined;
    }
  }

  #mayTry(): boolean {
    if (this.#failures < QUICK_ATTEMPTS) return true;
    if (++this.#waiting < SLOW_ATTEMPT_CALLS) return false;
    this.#waiting = 0;
    return true;
  }

  #fail(fault: SensorFault): void {
    this.#running = false;
    this.#failures++;
    if (fault === SENSOR_FAULT.bus) {
      try {
        this.#chip.recover();
      } catch {
        // The bus still hangs; the next start finds out.
      }
    }
    this.#onError?.(fault);
  }
}
