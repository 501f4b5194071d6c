// Oxygen saturation by the ratio of ratios: how much redder light pulses than infrared, each relative to its own slow
// part. The ratio is the slope of red on infrared over four seconds of band-passed signal, so noise that the two do
// not share counts little, and their correlation says how much there is of it. Percent come from a calibration table
// that is data. Withheld when pulse quality, correlation or motion say so; it claims no clinical accuracy.

import { BandFilter } from 'lorica/vitals/band-filter';
import { checkCalibration, saturation, TEXTBOOK_CALIBRATION } from 'lorica/vitals/calibration';
import type { Spo2Calibration } from 'lorica/vitals/calibration';
import { PpgMonitor } from 'lorica/vitals/ppg-monitor';
import { Ring } from 'lorica/vitals/ring';
import { ramp, WITHHELD_BELOW } from 'lorica/vitals/scale';

/** Seconds whose sums make one ratio. */
const WINDOW_S = 4;
/** Correlation of red with infrared for quality 0 and 100. */
const UNRELATED = 0.8;
const RELATED = 0.97;
/** Ratios whose middle is shown, and how far apart they may be (half width over middle) for quality 100 and 0. */
const RATIOS = 8;
const STEADY = 0.04;
const UNSTEADY = 0.2;
/** After a disturbance so many ratios must have come before the quality leaves 0. */
const MIN_RATIOS = 2;
/** The ratio is kept in thousandths. */
const RATIO_SCALE = 1000;
/** As in the PPG monitor, so that both channels are filtered alike. */
const SMOOTH_MS = 80;
const BOX_MS = 200;

export interface Spo2MonitorOptions {
  readonly rateHz: number;
  readonly calibration?: Spo2Calibration;
  readonly onPulse?: (index: number) => void;
}

/** Red and infrared of one sensor; samples as the converter counts received light. */
export class Spo2Monitor {
  /** The infrared channel's own vital signs. */
  readonly infrared: PpgMonitor;
  readonly #calibration: Spo2Calibration;
  readonly #red: BandFilter;
  readonly #every: number;
  readonly #ratios = new Ring(RATIOS);
  readonly #redPower = new Float64Array(WINDOW_S);
  readonly #infraredPower = new Float64Array(WINDOW_S);
  readonly #cross = new Float64Array(WINDOW_S);
  #slowRed = 0;
  #samples = 0;
  #second = 0;
  #seconds = 0;
  #correlation = 0;
  #quality = 0;

  /** @throws RangeError for a calibration that is none */
  constructor(options: Spo2MonitorOptions) {
    this.#calibration = options.calibration ?? TEXTBOOK_CALIBRATION;
    checkCalibration(this.#calibration);
    const { rateHz, onPulse } = options;
    this.infrared = new PpgMonitor({ rateHz, inverted: true, ...(onPulse === undefined ? {} : { onPulse }) });
    this.#red = new BandFilter(rateHz, SMOOTH_MS, BOX_MS);
    this.#every = Math.round(rateHz);
  }

  /** Signal quality, 0–100. */
  get quality(): number {
    return this.#quality;
  }

  /** Whether the percent come from a curve that was fitted to this hardware. */
  get calibrated(): boolean {
    return this.#calibration.calibrated;
  }

  /** The ratio of ratios, withheld when the quality is low. */
  get ratio(): number | undefined {
    return this.#quality < WITHHELD_BELOW || this.#ratios.length === 0 ? undefined : this.#ratios.middleMean() / RATIO_SCALE;
  }

  /** Oxygen saturation in percent, withheld when the quality is low or the ratio is outside the calibration. */
  get percent(): number | undefined {
    const ratio = this.ratio;
    return ratio === undefined ? undefined : saturation(this.#calibration, ratio);
  }

  /** Takes the activity now, in milli-g. */
  motion(activityMg: number): void {
    this.infrared.motion(activityMg);
  }

  push(red: number, infrared: number): void {
    if (this.#seconds === 0 && this.#samples === 0) this.#slowRed = red;
    this.#slowRed += (red - this.#slowRed) / this.#every;
    this.infrared.push(infrared);
    const a = -this.#red.push(red);
    const b = this.infrared.filtered;
    this.#redPower[this.#second]! += a * a;
    this.#infraredPower[this.#second]! += b * b;
    this.#cross[this.#second]! += a * b;
    if (++this.#samples < this.#every) return;
    this.#samples = 0;
    this.#judge();
    this.#second = (this.#second + 1) % WINDOW_S;
    this.#redPower[this.#second] = 0;
    this.#infraredPower[this.#second] = 0;
    this.#cross[this.#second] = 0;
  }

  /** Passes over `count` samples that nobody has. */
  skip(count: number): void {
    this.infrared.skip(count);
    this.#red.restart();
    this.#redPower.fill(0);
    this.#infraredPower.fill(0);
    this.#cross.fill(0);
    this.#ratios.clear();
    this.#samples = 0;
    this.#seconds = 0;
    this.#second = 0;
    this.#quality = 0;
  }

  /** Once a second. */
  #judge(): void {
    if (this.#seconds < WINDOW_S) this.#seconds++;
    const red = sum(this.#redPower);
    const infrared = sum(this.#infraredPower);
    const cross = sum(this.#cross);
    this.#correlation = red > 0 && infrared > 0 ? cross / Math.sqrt(red * infrared) : 0;
    const slow = this.infrared.slow;
    const usable = this.#seconds === WINDOW_S && this.#correlation > UNRELATED && slow > 0 && this.#slowRed > 0;
    if (usable && this.infrared.quality >= WITHHELD_BELOW) {
      this.#ratios.push(Math.round((RATIO_SCALE * cross * slow) / (infrared * this.#slowRed)));
    } else this.#ratios.clear();
    const middle = Math.max(1, this.#ratios.quantile(0.5));
    const apart = (this.#ratios.quantile(0.75) - this.#ratios.quantile(0.25)) / 2 / middle;
    const shared = ramp(this.#correlation, UNRELATED, RELATED) * ramp(apart, UNSTEADY, STEADY) * ramp(this.#ratios.length, MIN_RATIOS, RATIOS - 2);
    this.#quality = Math.round(Math.min(this.infrared.quality, 100 * shared));
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
