// What this heart's QRS complex looks like: a slowly learned shape of the filtered signal around the R wave, and how
// like it a candidate is. Only the shape counts, not the height. Ectopic beats differ from it and are still beats;
// the detector asks for likeness where noise makes height alone worthless.

import type { QrsEnvelope } from 'lorica/vitals/qrs-envelope';

/** The shape is sampled this often, to this far on each side of the R wave. */
const STEP_MS = 8;
const POINTS_EACH_SIDE = 9;
const POINTS = 2 * POINTS_EACH_SIDE + 1;
/** Learned shapes are scaled so that their largest point is this. */
const SCALE = 1024;
/** A new beat's share in the shape, as a shift: an eighth. */
const LEARN_SHIFT = 3;
/** After so many beats the shape is worth comparing with. */
const LEARNED_BEATS = 6;

/** One lead's QRS shape. */
export class QrsTemplate {
  readonly #shape = new Int32Array(POINTS);
  readonly #probe = new Int32Array(POINTS);
  readonly #step: number;
  #beats = 0;

  constructor(rateHz: number) {
    this.#step = (STEP_MS * rateHz) / 1000;
  }

  /** Whether enough beats were learned for `likeness` to mean something. */
  get learned(): boolean {
    return this.#beats >= LEARNED_BEATS;
  }

  forget(): void {
    this.#beats = 0;
    this.#shape.fill(0);
  }

  /** @returns the correlation of the candidate with the shape, −100 to 100 (best of three alignments) */
  likeness(envelope: QrsEnvelope, index: number): number {
    const shift = Math.max(1, Math.round(this.#step));
    const here = this.#correlate(envelope, index);
    const early = this.#correlate(envelope, index - shift);
    const late = this.#correlate(envelope, index + shift);
    return Math.max(here, early, late);
  }

  /** Takes the beat at `index` into the shape, unless it is too long ago for its signal to be kept. */
  learn(envelope: QrsEnvelope, index: number): void {
    if (!envelope.keeps(index - Math.round(POINTS_EACH_SIDE * this.#step))) return;
    const largest = this.#fetch(envelope, index);
    if (largest === 0) return;
    const shift = this.#beats < LEARNED_BEATS ? 1 : LEARN_SHIFT;
    for (let i = 0; i < POINTS; i++) {
      const scaled = (this.#probe[i]! * SCALE) / largest;
      this.#shape[i]! += (scaled - this.#shape[i]!) / (1 << shift);
    }
    if (this.#beats < LEARNED_BEATS) this.#beats++;
  }

  #correlate(envelope: QrsEnvelope, index: number): number {
    const largest = this.#fetch(envelope, index);
    if (largest === 0) return 0;
    let cross = 0;
    let own = 0;
    let other = 0;
    for (let i = 0; i < POINTS; i++) {
      // Twelve bits of each are enough, and keep the sums of squares in 32 bits.
      const value = Math.trunc((this.#probe[i]! * SCALE) / largest);
      const shape = this.#shape[i]!;
      cross += value * shape;
      own += value * value;
      other += shape * shape;
    }
    return own === 0 || other === 0 ? 0 : Math.round((100 * cross) / Math.sqrt(own * other));
  }

  /** Copies the signal around `index` to the probe. @returns its largest magnitude */
  #fetch(envelope: QrsEnvelope, index: number): number {
    let largest = 0;
    for (let i = 0; i < POINTS; i++) {
      const value = envelope.filteredAt(index + Math.round((i - POINTS_EACH_SIDE) * this.#step));
      this.#probe[i] = value;
      const magnitude = value < 0 ? -value : value;
      if (magnitude > largest) largest = magnitude;
    }
    return largest;
  }
}
