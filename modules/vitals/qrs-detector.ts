// Tells heart beats from everything else among the candidates of the envelope: adaptive levels of beats and of noise
// with a threshold between them, T-wave rejection and search-back (Pan and Tompkins 1985; Hamilton and Tompkins 1986),
// and likeness to the learned QRS shape where noise is high. Works in samples of the input; beats come out in order,
// late by `latencySamples` and in the first seconds by the learning time. It does not name rhythms or beat types.

import { QrsEnvelope } from 'lorica/vitals/qrs-envelope';
import { QrsLevels } from 'lorica/vitals/qrs-levels';
import { QrsTemplate } from 'lorica/vitals/qrs-template';
import { Ring } from 'lorica/vitals/ring';
import { WaitingList } from 'lorica/vitals/waiting-list';

/** Sampling rates for which the filters make sense. */
export const MIN_ECG_RATE_HZ = 100;
export const MAX_ECG_RATE_HZ = 1000;

/** Candidates are only collected for so long at the start, to learn the levels from. */
const LEARN_MS = 3000;
/** RR intervals whose middle is the expected one. */
const RR_INTERVALS = 8;
/** Where the threshold lies between noise level and beat level. */
const THRESHOLD = 0.3;
/** Below this share of the beat level nothing is a beat: residual noise of a flat line is not one. */
const FLOOR = 0.18;
/** Search back when no beat came for this multiple of the expected RR interval, above half the threshold. */
const SEARCH_BACK_RR = 1.66;
const SEARCH_BACK_THRESHOLD = 0.5;
/** T waves follow within this time, and are less than this share as high as the QRS before them. */
const T_WAVE_MS = 360;
const T_WAVE_HEIGHT = 0.5;
/** Without a beat for so long the levels are learned anew from what there is. */
const RELEARN_MS = 4000;
/** From the first share of noise to beats on, likeness and timing count; from the second on, fully. */
const NOISE_BEGINS = 0.12;
const NOISE_RULES = 0.3;
/** The likeness that leaves a peak its height in full noise. */
const FULL_LIKENESS = 85;
/** In noise, a peak earlier than this share of the expected interval loses this share of its height. */
const EARLY_RR = 0.6;
const EARLY_LOSS = 0.4;
/** A peak so many times higher than the beats, and unlike them, comes from outside the heart. */
const ARTEFACT_HEIGHT = 4;
const ARTEFACT_LIKENESS = 75;
/** A peak as like the known QRS as this, and of about its height, is a beat whatever the present levels say. */
const KNOWN_LIKENESS = 92;
const KNOWN_LOW = 0.4;
const KNOWN_HIGH = 2.5;
/** Beats less like than this do not change the shape, until so many in a row show that it has changed. */
const LEARN_LIKENESS = 70;
const UNLIKE_BEATS = 12;
/** Beats as like as this, in little noise, tell the height that is trusted. */
const TRUST_LIKENESS = 85;
/** The trusted height follows only beats that are not far above or below it, and caps what counts as the level. */
const TRUST_LOW = 0.5;
const TRUST_HIGH = 1.7;
/** So many attempts to learn the levels without a beat between, and the known QRS is given up. */
const MAX_RELEARNS = 4;
/** The height that beats must reach after the levels were learned anew: this share of what it was before. */
const EXPECTED_FADE = 0.8;

/** Called for each beat, in order: its sample index, envelope height and likeness (−100 to 100). */
export type BeatListener = (index: number, height: number, likeness: number) => void;

/** One ECG lead's beat detector. */
export class QrsDetector {
  readonly #rateHz: number;
  readonly #onBeat: BeatListener;
  readonly #envelope: QrsEnvelope;
  readonly #template: QrsTemplate;
  /** Heights of beats and of everything else. */
  readonly levels = new QrsLevels();
  readonly #intervals = new Ring(RR_INTERVALS);
  readonly #waiting = new WaitingList();
  #learningUntil: number;
  #lastBeat = -1;
  #lastHeight = 0;
  #lastArtefact = -1;
  #expected = 0;
  #trusted = 0;
  #unlike = 0;
  #relearns = 0;
  #quietSince = 0;

  /** @throws RangeError for a rate outside MIN_ECG_RATE_HZ to MAX_ECG_RATE_HZ */
  constructor(rateHz: number, onBeat: BeatListener) {
    if (!(rateHz >= MIN_ECG_RATE_HZ && rateHz <= MAX_ECG_RATE_HZ)) throw new RangeError(`ECG rate must be ${MIN_ECG_RATE_HZ} to ${MAX_ECG_RATE_HZ} Hz`);
    this.#rateHz = rateHz;
    this.#onBeat = onBeat;
    this.#envelope = new QrsEnvelope(rateHz);
    this.#template = new QrsTemplate(rateHz);
    this.#learningUntil = this.#samples(LEARN_MS);
  }

  /** Samples by which a beat is reported late, once the levels are learned. */
  get latencySamples(): number {
    return this.#envelope.latencySamples;
  }

  /** Index of the last beat, or −1. */
  get lastBeat(): number {
    return this.#lastBeat;
  }

  /** Index of the last peak that was too high for a beat, or −1. */
  get lastArtefact(): number {
    return this.#lastArtefact;
  }

  /** Takes one sample: about a microvolt a unit, within 17 bits. */
  push(sample: number): void {
    const found = this.#envelope.push(sample);
    const now = this.#envelope.nextIndex - 1;
    this.levels.envelope(this.#envelope.level);
    if (this.#learningUntil >= 0) {
      if (found) this.#wait(this.#template.learned ? this.#template.likeness(this.#envelope, this.#envelope.candidate) : 0);
      if (now >= this.#learningUntil) this.#learn();
      return;
    }
    if (found) this.#judge();
    else if (this.#waiting.length > 0 && this.#overdue(now - this.#envelope.latencySamples)) this.#searchBack();
    if (now - this.#quietSince > this.#samples(RELEARN_MS)) this.#relearn(now);
  }

  /** Passes over `count` samples that nobody has. */
  skip(count: number): void {
    if (!Number.isInteger(count) || count < 1) throw new RangeError('skip at least one sample');
    this.#envelope.skip(count);
    this.#waiting.clear();
    this.#lastBeat = -1;
    this.#quietSince = this.#envelope.nextIndex;
    if (this.#learningUntil >= 0) this.#learningUntil += count;
  }

  #judge(): void {
    const index = this.#envelope.candidate;
    const height = this.#envelope.height;
    const likeness = this.#template.learned ? this.#template.likeness(this.#envelope, index) : 0;
    if (this.#waiting.length > 0 && this.#overdue(index)) this.#searchBack();
    const usual = this.#trusted > 0 ? this.#trusted : this.levels.beat;
    if (height > ARTEFACT_HEIGHT * usual && likeness < ARTEFACT_LIKENESS) {
      this.#lastArtefact = index;
      this.levels.artefact(height);
      return;
    }
    if (this.#isBeat(index, height, likeness, 1)) {
      this.#accept(index, height, likeness);
      return;
    }
    this.levels.other(height, this.#isTWave(index, height));
    this.#wait(likeness);
  }

  /** @param ease 1, or less for search-back */
  #isBeat(index: number, height: number, likeness: number, ease: number): boolean {
    const beats = this.levels.beat;
    const noise = this.levels.noise;
    if (this.#isTWave(index, height)) return false;
    if (likeness >= KNOWN_LIKENESS && height > KNOWN_LOW * this.#trusted && height < KNOWN_HIGH * this.#trusted) return true;
    const threshold = Math.max(noise + THRESHOLD * (beats - noise), FLOOR * Math.max(beats, this.#expected));
    return this.#weigh(index, height, likeness) > ease * threshold;
  }

  #isTWave(index: number, height: number): boolean {
    return this.#lastBeat >= 0 && index - this.#lastBeat < this.#samples(T_WAVE_MS) && height < T_WAVE_HEIGHT * this.#lastHeight;
  }

  /** In noise a peak unlike the QRS, or too early, counts for less than its height. */
  #weigh(index: number, height: number, likeness: number): number {
    if (!this.#template.learned) return height;
    const ratio = this.levels.noise / Math.max(1, this.levels.beat);
    const weight = Math.max(0, Math.min(1, (ratio - NOISE_BEGINS) / (NOISE_RULES - NOISE_BEGINS)));
    if (weight === 0) return height;
    const likely = Math.max(0, Math.min(1, likeness / FULL_LIKENESS));
    const early = this.#intervals.full && index - this.#lastBeat < EARLY_RR * this.#intervals.middleMean();
    return height * (1 - weight * (1 - likely * likely)) * (early ? 1 - weight * EARLY_LOSS : 1);
  }

  #accept(index: number, height: number, likeness: number): void {
    if (this.#lastBeat >= 0) this.#intervals.push(index - this.#lastBeat);
    this.#lastBeat = index;
    this.#lastHeight = height;
    this.#quietSince = index;
    this.levels.beatOf(this.#trusted > 0 ? Math.min(height, TRUST_HIGH * this.#trusted) : height);
    this.#waiting.clear();
    this.#relearns = 0;
    if (this.levels.settled) this.#expected = 0;
    this.#learnShape(index, height, likeness);
    this.#onBeat(index, height, likeness);
  }

  #learnShape(index: number, height: number, likeness: number): void {
    const known = !this.#template.learned || likeness >= LEARN_LIKENESS;
    const fits = this.#trusted === 0 || (height > TRUST_LOW * this.#trusted && height < TRUST_HIGH * this.#trusted);
    this.#unlike = known && fits ? 0 : this.#unlike + 1;
    if (this.#unlike > UNLIKE_BEATS) {
      this.#template.forget();
      this.#trusted = 0;
      this.#unlike = 0;
    }
    if (known) this.#template.learn(this.#envelope, index);
    if (!fits || likeness < TRUST_LIKENESS || this.levels.noise > NOISE_RULES * this.levels.beat) return;
    this.#trusted += this.#trusted === 0 ? height : (height - this.#trusted) / 8;
  }

  #wait(likeness: number): void {
    this.#waiting.push(this.#envelope.candidate, this.#envelope.height, likeness);
  }

  #overdue(index: number): boolean {
    if (this.#lastBeat < 0 || this.#intervals.length < 2) return false;
    return index - this.#lastBeat > SEARCH_BACK_RR * this.#intervals.middleMean();
  }

  /** The weightiest of the waiting candidates becomes a beat if it clears the lower threshold. */
  #searchBack(): void {
    let best = -1;
    let weight = 0;
    for (let i = 0; i < this.#waiting.length; i++) {
      const own = this.#weigh(this.#waiting.index(i), this.#waiting.height(i), this.#waiting.likeness(i));
      if (own <= weight || !this.#isBeat(this.#waiting.index(i), this.#waiting.height(i), this.#waiting.likeness(i), SEARCH_BACK_THRESHOLD)) continue;
      weight = own;
      best = i;
    }
    if (best >= 0) this.#accept(this.#waiting.index(best), this.#waiting.height(best), this.#waiting.likeness(best));
    else this.#waiting.clear();
  }

  /** Ends the learning time. Three seconds hold two beats at least, so the second highest candidate is one of them. */
  #learn(): void {
    this.#learningUntil = -1;
    this.#quietSince = this.#envelope.nextIndex;
    this.levels.restart(this.#waiting.secondHighest());
    // Accepting a beat empties the list, but its places keep their values until the next candidate comes.
    const count = this.#waiting.length;
    for (let i = 0; i < count; i++) {
      const index = this.#waiting.index(i);
      const height = this.#waiting.height(i);
      const likeness = this.#waiting.likeness(i);
      if (this.#isBeat(index, height, likeness, 1)) this.#accept(index, height, likeness);
      else this.levels.other(height, this.#isTWave(index, height));
    }
    this.#waiting.clear();
  }

  #relearn(now: number): void {
    this.#expected = Math.max(this.#expected, this.levels.beat) * EXPECTED_FADE;
    this.#waiting.clear();
    if (++this.#relearns >= MAX_RELEARNS) {
      this.#template.forget();
      this.#trusted = 0;
    }
    this.#intervals.clear();
    this.#lastBeat = -1;
    this.#learningUntil = now + this.#samples(LEARN_MS);
  }

  #samples(ms: number): number {
    return Math.round((ms * this.#rateHz) / 1000);
  }
}
