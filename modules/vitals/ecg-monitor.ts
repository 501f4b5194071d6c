// One ECG lead, from samples to vital signs: beats, heart rate, irregularity, asystole and breathing, each with a
// signal quality of 0 to 100 and withheld (undefined) below 50. Quality falls with noise between the beats, with
// complexes unlike the learned one in such noise, and to nothing with artefacts, clipping or a flat line.

import { Contact } from 'lorica/vitals/contact';
import { HeartRhythm } from 'lorica/vitals/heart-rhythm';
import { QrsDetector } from 'lorica/vitals/qrs-detector';
import { Respiration, RESPIRATION_RATE_HZ } from 'lorica/vitals/respiration';
import { Ring } from 'lorica/vitals/ring';
import { ramp, WITHHELD_BELOW } from 'lorica/vitals/scale';

/** Time without a beat that is called asystole (PhysioNet/CinC Challenge 2015). */
export const ASYSTOLE_MS = 4000;

/** Height of noise peaks as a share of the beats': quality 100 at the first, 0 at the second. */
const CLEAR_RATIO = 0.2;
const BURIED_RATIO = 0.6;
/** A peak that might hide a beat is this share as high. */
const HIDING_RATIO = 0.3;
/** From where to where likeness counts, as in the detector, and what it is worth. */
const NOISE_BEGINS = 0.12;
const NOISE_RULES = 0.3;
const ALIKE = 95;
const UNLIKE = 60;
const LIKENESS_BEATS = 8;
/** The same for noise so dense that all of it passes for beats: what is left between them, as a share of them. */
const STILL = 0.04;
const RESTLESS = 0.15;
/** Beats of one heart are about as high: quality 0 and 100. */
const UNEVEN = 0.15;
const EVEN = 0.4;
/** In noise, intervals this far apart (middle half, share of the middle one) are none of a heart. */
const STEADY = 0.08;
const SCATTERED = 0.3;
/** Quality falls at once and comes back by so much a quarter of a second. */
const RECOVERY = 3;
/** An artefact spoils what is measured for so long. */
const ARTEFACT_MS = 4000;
const UPDATE_RESPIRATION_S = 4;

export interface EcgMonitorOptions {
  readonly rateHz: number;
  /** Called for each beat with its sample index. */
  readonly onBeat?: (index: number) => void;
}

/** One lead. Samples in microvolts, roughly: only flat lines depend on the unit. */
export class EcgMonitor {
  readonly #rateHz: number;
  readonly #detector: QrsDetector;
  readonly #rhythm = new HeartRhythm();
  readonly #contact: Contact;
  readonly #likeness = new Ring(LIKENESS_BEATS);
  readonly #respiration = new Respiration();
  readonly #onBeat: ((index: number) => void) | undefined;
  #quality = 0;
  #asystole: boolean | undefined = undefined;
  #lastBeatMs = -1;
  #levelBefore = 0;
  #index = 0;
  #height = 0;
  #nextReading = 0;
  #readings = 0;
  #goodUntilMs = -Infinity;
  #spoiltUntilMs = -Infinity;

  constructor(options: EcgMonitorOptions) {
    this.#rateHz = options.rateHz;
    this.#onBeat = options.onBeat;
    this.#detector = new QrsDetector(options.rateHz, (index, height, likeness) => this.#beat(index, height, likeness));
    this.#contact = new Contact(options.rateHz);
  }

  /** Time of the next sample, in ms of the signal. */
  get nowMs(): number {
    return (1000 * this.#index) / this.#rateHz;
  }

  get latencySamples(): number {
    return this.#detector.latencySamples;
  }

  push(sample: number): void {
    this.#contact.push(sample);
    this.#detector.push(sample);
    this.#index++;
    if (this.#index < this.#nextReading) return;
    this.#nextReading += this.#rateHz / RESPIRATION_RATE_HZ;
    this.#read();
  }

  /** Passes over `count` samples that nobody has; everything starts anew behind them. */
  skip(count: number): void {
    this.#detector.skip(count);
    this.#contact.restart();
    this.#rhythm.forget();
    this.#respiration.forget();
    this.#index += count;
    this.#nextReading = this.#index;
    this.#goodUntilMs = -Infinity;
    this.#quality = 0;
    this.#asystole = undefined;
  }

  /** Signal quality of heart rate and rhythm now, 0–100. */
  get quality(): number {
    return this.#quality;
  }

  /** Beats a minute, withheld when the quality is low. */
  get perMinute(): number | undefined {
    return this.quality < WITHHELD_BELOW ? undefined : this.#rhythm.perMinute(this.nowMs);
  }

  /** The last RR interval in ms, withheld when the quality is low. */
  get intervalMs(): number | undefined {
    return this.quality < WITHHELD_BELOW ? undefined : this.#rhythm.lastIntervalMs;
  }

  /** Whether the rhythm is irregular, withheld when the quality is low or the beats too few. */
  get irregular(): boolean | undefined {
    return this.quality < WITHHELD_BELOW ? undefined : this.#rhythm.irregular;
  }

  /** Whether the lead is off or the converter hangs: a flat line of two seconds. */
  get leadOff(): boolean {
    return this.#contact.flatSeconds >= 2;
  }

  /**
   * Whether the heart has stopped, as far as this lead can tell: a good signal with beats, then four seconds with
   * neither beats nor anything that might hide them. `undefined` when it cannot tell. Once true it stays so until
   * good beats come back or the lead comes off.
   */
  get asystole(): boolean | undefined {
    return this.#asystole;
  }

  /** Breaths a minute from the height of the QRS complexes, withheld when its own quality is low. */
  get breathsPerMinute(): number | undefined {
    return this.quality < WITHHELD_BELOW ? undefined : this.#respiration.perMinute;
  }

  get breathQuality(): number {
    return Math.min(this.quality, this.#respiration.quality);
  }

  #beat(index: number, height: number, likeness: number): void {
    this.#likeness.push(likeness);
    this.#rhythm.beat(this.#toMs(index));
    this.#height = height;
    this.#lastBeatMs = this.#toMs(index);
    this.#onBeat?.(index);
    if (this.quality < WITHHELD_BELOW) return;
    this.#goodUntilMs = this.#lastBeatMs;
    this.#levelBefore = this.#detector.levels.beat;
  }

  /** Four times a second: artefacts, and the breathing series. */
  #read(): void {
    const artefact = this.#detector.lastArtefact;
    if (artefact >= 0) this.#spoiltUntilMs = Math.max(this.#spoiltUntilMs, this.#toMs(artefact) + ARTEFACT_MS);
    if (this.#contact.disturbed || this.#contact.clipped || this.#contact.flatSeconds > 0) this.#spoiltUntilMs = Math.max(this.#spoiltUntilMs, this.nowMs + ARTEFACT_MS / 2);
    this.#quality = Math.min(this.#judge(), this.#quality + RECOVERY);
    this.#asystole = this.#judgeAsystole();
    this.#respiration.push(this.#height);
    if (++this.#readings % (UPDATE_RESPIRATION_S * RESPIRATION_RATE_HZ) === 0) this.#respiration.update();
  }

  #judgeAsystole(): boolean | undefined {
    const now = this.nowMs;
    const last = this.#lastBeatMs;
    const beating = last >= 0 && now - last < ASYSTOLE_MS;
    if (this.leadOff || now < this.#spoiltUntilMs) return undefined;
    if (this.#asystole === true) return !(beating && this.#quality >= WITHHELD_BELOW);
    if (beating) return false;
    // What came since the last beat must be low, and the beats before it must have been trustworthy.
    if (this.#goodUntilMs < last - 2000) return undefined;
    return this.#detector.levels.highestSinceBeat > HIDING_RATIO * this.#levelBefore ? undefined : true;
  }

  #judge(): number {
    const beats = this.#detector.levels.beat;
    if (beats === 0 || this.#contact.flatSeconds > 0 || this.nowMs < this.#spoiltUntilMs) return 0;
    const ratio = this.#detector.levels.foreign / beats;
    const alike = ramp(this.#likeness.quantile(0.5), UNLIKE, ALIKE) * ramp(this.#rhythm.spread, SCATTERED, STEADY);
    const weight = Math.max(ramp(ratio, NOISE_BEGINS, NOISE_RULES), ramp(this.#detector.levels.trough, STILL, RESTLESS));
    return Math.round(100 * ramp(ratio, BURIED_RATIO, CLEAR_RATIO) * ramp(this.#detector.levels.evenness, UNEVEN, EVEN) * (1 - weight * (1 - alike)));
  }

  #toMs(index: number): number {
    return (1000 * index) / this.#rateHz;
  }
}
