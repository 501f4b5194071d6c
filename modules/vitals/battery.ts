// Charge of a lithium cell from its voltage, for boards without a fuel gauge. The table is of a small polymer cell at
// rest and 25 °C; under load and cold it reads low. With a gauge use the gauge.

import { Ring } from 'lorica/vitals/ring';

/** Millivolts at rest and percent of charge, rising; typical discharge curves of 3.7 V lithium polymer cells. */
export const LITHIUM_POLYMER: readonly (readonly [millivolts: number, percent: number])[] = [
  [3270, 0], [3610, 5], [3690, 10], [3710, 15], [3730, 20], [3750, 25], [3770, 30], [3790, 35], [3800, 40], [3820, 45],
  [3840, 50], [3850, 55], [3870, 60], [3910, 65], [3950, 70], [3980, 75], [4020, 80], [4080, 85], [4110, 90], [4150, 95], [4200, 100],
];

/** A single cell is never outside these: the divider or the converter is broken. */
const MIN_MILLIVOLTS = 2500;
const MAX_MILLIVOLTS = 4400;
const READINGS = 5;

/** One cell. */
export class BatteryMonitor {
  readonly #millivolts = new Ring(READINGS);

  /** Percent of charge, or `undefined` before the first plausible reading. */
  get percent(): number | undefined {
    if (this.#millivolts.length === 0) return undefined;
    const now = this.#millivolts.quantile(0.5);
    const table = LITHIUM_POLYMER;
    if (now <= table[0]![0]) return 0;
    for (let i = 1; i < table.length; i++) {
      const [high, percentHigh] = table[i]!;
      if (now > high) continue;
      const [low, percentLow] = table[i - 1]!;
      return percentLow + ((now - low) / (high - low)) * (percentHigh - percentLow);
    }
    return 100;
  }

  /** Takes the cell's voltage; implausible ones are dropped. */
  push(millivolts: number): void {
    if (millivolts >= MIN_MILLIVOLTS && millivolts <= MAX_MILLIVOLTS) this.#millivolts.push(Math.round(millivolts));
  }
}
