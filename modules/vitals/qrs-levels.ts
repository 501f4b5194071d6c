// How high beats are and how high everything else is: the last few heights of each kind, from which thresholds and
// quality follow. All heights are of the QRS envelope.

import { Ring } from 'lorica/vitals/ring';

/** Heights of each kind whose middle is the level. */
export const LEVEL_PEAKS = 8;

/** The levels of one lead. */
export class QrsLevels {
  readonly #beats = new Ring(LEVEL_PEAKS);
  readonly #noise = new Ring(LEVEL_PEAKS);
  readonly #foreign = new Ring(LEVEL_PEAKS);
  readonly #troughs = new Ring(LEVEL_PEAKS);
  #trough = Infinity;
  #highestSince = 0;
  #others = 0;
  #foreigners = 0;

  /** Middle height of the last beats; 0 before the first. */
  get beat(): number {
    return this.#beats.middleMean();
  }

  /** Middle height of the last peaks that were no beats. */
  get noise(): number {
    return this.#noise.middleMean();
  }

  /** The same without T waves: what is foreign to the heart. */
  get foreign(): number {
    return this.#foreign.middleMean();
  }

  /** The lowest that the envelope falls to between beats, as a share of their height (middle of the last). */
  get trough(): number {
    return this.#troughs.quantile(0.5) / Math.max(1, this.beat);
  }

  /** The lower quarter of the last beats' heights as a share of the upper: near 1 for beats of one heart. */
  get evenness(): number {
    const high = this.#beats.quantile(0.75);
    return high === 0 ? 0 : this.#beats.quantile(0.25) / high;
  }

  /** Highest peak since the last beat that was none. */
  get highestSinceBeat(): number {
    return this.#highestSince;
  }

  /** Whether enough beats were seen since `restart`. */
  get settled(): boolean {
    return this.#beats.full;
  }

  /** Starts anew with one height that a beat may have. */
  restart(height: number): void {
    this.#beats.clear();
    this.#noise.clear();
    this.#foreign.clear();
    this.#beats.push(height);
  }

  /** Takes the envelope, each sample. */
  envelope(level: number): void {
    if (level < this.#trough) this.#trough = level;
  }

  /** Takes a peak that was too high to say anything about noise. */
  artefact(height: number): void {
    if (height > this.#highestSince) this.#highestSince = height;
  }

  /** Takes a peak that was no beat. T waves belong to the heart: they raise the threshold, but cast no doubt. */
  other(height: number, isTWave: boolean): void {
    this.artefact(height);
    this.#noise.push(height);
    this.#others++;
    if (isTWave) return;
    this.#foreign.push(height);
    this.#foreigners++;
  }

  /** Takes a beat. A stretch without any other peak was quiet, and lowers the noise levels. */
  beatOf(height: number): void {
    this.#beats.push(height);
    if (this.#trough < Infinity) {
      this.#troughs.push(this.#trough);
      if (this.#others === 0) this.#noise.push(this.#trough);
      if (this.#foreigners === 0) this.#foreign.push(this.#trough);
    }
    this.#trough = Infinity;
    this.#highestSince = 0;
    this.#others = 0;
    this.#foreigners = 0;
  }
}
