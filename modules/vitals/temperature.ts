// Skin temperature: the middle of the last readings, once the sensor has settled on the skin. Skin is not core
// temperature, and it is not called fever here; limits and trends are the ward's business.

import { Ring } from 'lorica/vitals/ring';
import { ramp, WITHHELD_BELOW } from 'lorica/vitals/scale';

/** Outside these the sensor is not on living skin. */
export const MIN_SKIN_C = 20;
export const MAX_SKIN_C = 45;
const READINGS = 5;
/** Change over the kept readings, in hundredths of a degree, at which the quality is 100 and 0: it is still settling. */
const STEADY = 20;
const SETTLING = 150;

/** One sensor. */
export class TemperatureMonitor {
  readonly #hundredths = new Ring(READINGS);

  /** Signal quality, 0–100. */
  get quality(): number {
    if (!this.#hundredths.full) return 0;
    return Math.round(100 * ramp(this.#hundredths.quantile(1) - this.#hundredths.quantile(0), SETTLING, STEADY));
  }

  /** Degrees Celsius, withheld while the sensor settles or is off the skin. */
  get celsius(): number | undefined {
    return this.quality < WITHHELD_BELOW ? undefined : this.#hundredths.quantile(0.5) / 100;
  }

  /** Takes a reading in degrees Celsius; one that no living skin has empties what was kept. */
  push(celsius: number): void {
    if (!(celsius >= MIN_SKIN_C && celsius <= MAX_SKIN_C)) this.#hundredths.clear();
    else this.#hundredths.push(Math.round(100 * celsius));
  }
}
