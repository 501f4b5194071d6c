// One PPG channel, from samples to vital signs: pulses, pulse rate, irregularity, perfusion index and breathing, with
// a signal quality of 0 to 100 and withheld below 50. A rate is believed when the pulses and the autocorrelation of
// the whole signal agree on it. Motion, told by whoever has an accelerometer, lowers the quality.

import { Contact } from 'lorica/vitals/contact';
import { HeartRhythm } from 'lorica/vitals/heart-rhythm';
import { PulseDetector } from 'lorica/vitals/pulse-detector';
import { PulseQuality } from 'lorica/vitals/pulse-quality';
import { Respiration, RESPIRATION_RATE_HZ } from 'lorica/vitals/respiration';
import { Ring } from 'lorica/vitals/ring';
import { ramp, WITHHELD_BELOW } from 'lorica/vitals/scale';

/** Disagreement between pulses and autocorrelation for quality 100 and 0, as a share of the interval. */
const AGREE = 0.06;
const DISAGREE = 0.2;
/** Pulses of one finger are about as high: quality 0 and 100. */
const UNEVEN = 0.2;
const EVEN = 0.45;
/** Activity in milli-g that spoils a PPG: from the first it costs quality, at the second nothing is left. */
export const MOTION_BEGINS_MG = 40;
export const MOTION_SPOILS_MG = 200;
/** Perfusion below which a pulse is not told from noise (percent, in hundredths). */
const MIN_PERFUSION = 2;
const PERFUSION_PULSES = 8;
/** Quality falls at once and comes back by so much a second. */
const RECOVERY = 12;
const UPDATE_RESPIRATION_S = 4;
/** A disturbance spoils what is measured for so many seconds. */
const SPOILT_S = 3;

export interface PpgMonitorOptions {
  readonly rateHz: number;
  /** Whether systole points down, as in received light. */
  readonly inverted?: boolean;
  /** Called for each pulse with the sample index of its peak. */
  readonly onPulse?: (index: number) => void;
}

/** One channel; samples are integers within 18 bits, best scaled to use many of them. */
export class PpgMonitor {
  readonly #rateHz: number;
  readonly #sign: number;
  readonly #onPulse: ((index: number) => void) | undefined;
  readonly #detector: PulseDetector;
  readonly #periodic: PulseQuality;
  readonly #rhythm = new HeartRhythm();
  readonly #contact: Contact;
  readonly #respiration = new Respiration();
  readonly #perfusion = new Ring(PERFUSION_PULSES);
  #index = 0;
  #nextReading = 0;
  #readings = 0;
  #slow = 0;
  #low = Infinity;
  #high = -Infinity;
  #motionMg = 0;
  #spoilt = 0;
  #quality = 0;

  constructor(options: PpgMonitorOptions) {
    this.#rateHz = options.rateHz;
    this.#sign = options.inverted === true ? -1 : 1;
    this.#onPulse = options.onPulse;
    this.#detector = new PulseDetector(options.rateHz, (index) => this.#pulse(index));
    this.#periodic = new PulseQuality(options.rateHz);
    this.#contact = new Contact(options.rateHz);
  }

  /** Time of the next sample, in ms of the signal. */
  get nowMs(): number {
    return (1000 * this.#index) / this.#rateHz;
  }

  /** The band-passed signal, systole up. */
  get filtered(): number {
    return this.#detector.filtered;
  }

  /** The slow part of the signal as it came in: received light, or the sensor's offset. */
  get slow(): number {
    return this.#slow;
  }

  /** Signal quality, 0–100. */
  get quality(): number {
    return this.#quality;
  }

  /** Pulses a minute, withheld when the quality is low. */
  get perMinute(): number | undefined {
    return this.#quality < WITHHELD_BELOW ? undefined : this.#rhythm.perMinute(this.nowMs);
  }

  /** Whether the pulse is irregular, withheld when the quality is low or the pulses too few. */
  get irregular(): boolean | undefined {
    return this.#quality < WITHHELD_BELOW ? undefined : this.#rhythm.irregular;
  }

  /** Time of the last pulse in ms, or −1; of whatever quality. */
  get lastPulseMs(): number {
    return this.#rhythm.lastBeatMs;
  }

  /** Pulse height as a share of the slow part, in percent; withheld when the quality is low or there is no offset. */
  get perfusionPercent(): number | undefined {
    return this.#quality < WITHHELD_BELOW || this.#perfusion.length === 0 ? undefined : this.#perfusion.quantile(0.5) / 100;
  }

  /** Breaths a minute from the slow part, withheld when its own quality is low. */
  get breathsPerMinute(): number | undefined {
    return this.#quality < WITHHELD_BELOW ? undefined : this.#respiration.perMinute;
  }

  get breathQuality(): number {
    return Math.min(this.#quality, this.#respiration.quality);
  }

  /** Whether the sensor is off the skin: a flat line of two seconds. */
  get off(): boolean {
    return this.#contact.flatSeconds >= 2;
  }

  /** Takes the activity now, in milli-g. */
  motion(activityMg: number): void {
    this.#motionMg = activityMg;
  }

  push(sample: number): void {
    if (this.#index === 0) this.#slow = sample;
    this.#slow += (sample - this.#slow) / this.#rateHz;
    if (sample < this.#low) this.#low = sample;
    if (sample > this.#high) this.#high = sample;
    this.#contact.push(sample);
    this.#detector.push(this.#sign * sample);
    this.#periodic.push(this.#detector.filtered);
    this.#index++;
    if (this.#index < this.#nextReading) return;
    this.#nextReading += this.#rateHz / RESPIRATION_RATE_HZ;
    this.#read();
  }

  /** Passes over `count` samples that nobody has; everything starts anew behind them. */
  skip(count: number): void {
    if (!Number.isInteger(count) || count < 1) throw new RangeError('skip at least one sample');
    this.#detector.skip(count);
    this.#periodic.forget();
    this.#rhythm.forget();
    this.#contact.restart();
    this.#respiration.forget();
    this.#perfusion.clear();
    this.#index += count;
    this.#nextReading = this.#index;
    this.#quality = 0;
    this.#low = Infinity;
    this.#high = -Infinity;
  }

  #pulse(index: number): void {
    this.#rhythm.beat((1000 * index) / this.#rateHz);
    this.#detector.expect(this.#periodic.periodMs || this.#rhythm.intervalMs);
    if (this.#slow > 0 && this.#high > this.#low) this.#perfusion.push(Math.min(1e6, (10_000 * (this.#high - this.#low)) / this.#slow));
    this.#low = Infinity;
    this.#high = -Infinity;
    this.#onPulse?.(index);
  }

  /** Four times a second the breathing series, once a second the quality. */
  #read(): void {
    this.#respiration.push(this.#slow);
    this.#readings++;
    if (this.#readings % (UPDATE_RESPIRATION_S * RESPIRATION_RATE_HZ) === 0) this.#respiration.update();
    if (this.#readings % RESPIRATION_RATE_HZ !== 0) return;
    this.#periodic.update();
    const disturbed = this.#contact.disturbed || this.#contact.clipped || this.#contact.flatSeconds > 0;
    this.#spoilt = disturbed ? SPOILT_S : Math.max(0, this.#spoilt - 1);
    this.#quality = Math.min(this.#judge(), this.#quality + RECOVERY);
  }

  #judge(): number {
    if (this.#spoilt > 0 || this.#periodic.periodMs === 0) return 0;
    if (this.#perfusion.length > 0 && this.#perfusion.quantile(0.5) < MIN_PERFUSION) return 0;
    const interval = this.#rhythm.intervalMs;
    if (interval === 0) return 0;
    const apart = Math.abs(interval - this.#periodic.periodMs) / interval;
    const still = ramp(this.#motionMg, MOTION_SPOILS_MG, MOTION_BEGINS_MG);
    return Math.round(this.#periodic.regularity * ramp(apart, DISAGREE, AGREE) * ramp(this.#detector.evenness, UNEVEN, EVEN) * still);
  }
}
