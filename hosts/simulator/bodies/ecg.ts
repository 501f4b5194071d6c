// Lead II of a body's electrocardiogram, as counts of a 12-bit converter. The model is that of McSharry, Clifford,
// Tarassenko, Smith, IEEE Trans. Biomed. Eng. 50(3):289–294, 2003, equation (1) with the angles and widths of its
// table I and the scaling by heart rate of its authors' program ECGSYN: on the limit cycle x and y are an angle alone,
// which the body's cardiac phase gives, so z is what is left to integrate (fourth-order Runge-Kutta).

import type { Random } from '../random.ts';
import type { Body } from './body.ts';

export const ECG_RATE_HZ = 250;
/** 250 counts a millivolt */
export const ECG_RESOLUTION_NANOVOLT = 4000;
export const ECG_BASELINE = 2048;
export const ECG_MAXIMUM = 4095;

/** P, Q, R, S, T */
const ANGLES = [-Math.PI / 3, -Math.PI / 12, 0, Math.PI / 12, Math.PI / 2] as const;
const HEIGHTS = [1.2, -5, 30, -7.5, 0.75] as const;
const WIDTHS = [0.25, 0.1, 0.1, 0.1, 0.4] as const;
const WAVES = 5;
const P = 0;
const T = 4;
/** Q, R and S move by the rate's square root, P and T by its fourth (ECGSYN); R itself stays. */
const SLOW = [0, 4] as const;
const FAST = [1, 3] as const;
/** z at the top of R for a person of 1 mV, found by running the model at 60 beats a minute. */
const R_HEIGHT = 0.0402;
/** Beyond four widths a Gaussian is below a thousandth. */
const REACH = 4;
/** Baseline wander with the breath, as a share of R (the paper: 0.15 mV before the filter that z itself is). */
const WANDER = 0.15;
/** The phase is a smooth curve: between points this far apart a straight line will do. */
const PHASE_STEP = 25;
/** Seconds that z needs to forget where it began. */
const RUN_IN_SECONDS = 1;
const MAINS_HZ = 50;

/** Noise in mV: what every amplifier has, and what a moving body adds. */
const NOISE_MILLIVOLT = 0.008;
const MOTION_NOISE_MILLIVOLT = 0.12;
const MOTION_DRIFT_MILLIVOLT = 0.25;
const MAINS_MILLIVOLT = 0.004;
/** motion at which half of the worst noise is there, mg */
const HALF_MOTION = 400;

export class EcgGenerator {
  readonly #body: Body;
  readonly #random: Random;
  readonly #angles = new Float64Array(ANGLES);
  readonly #widths = new Float64Array(WIDTHS);
  readonly #heights = new Float64Array(HEIGHTS);
  #z = 0;
  #force = 0;
  #drift = 0;
  #next = -1;

  /** @param random for noise alone: what is captured when never changes the body */
  constructor(body: Body, random: Random) {
    this.#body = body;
    this.#random = random;
  }

  /** @returns `count` samples from the body's time on which sample `first` falls. A gap before `first` is skipped. */
  samples(first: number, count: number): Int16Array {
    if (first !== this.#next) this.#runIn(first);
    const out = new Int16Array(count);
    this.#integrate(first, count, out);
    this.#next = first + count;
    return out;
  }

  #runIn(first: number): void {
    const count = Math.min(first, RUN_IN_SECONDS * ECG_RATE_HZ);
    this.#z = 0;
    this.#force = 0;
    this.#drift = 0;
    this.#integrate(first - count, count, undefined);
  }

  #integrate(first: number, count: number, out: Int16Array | undefined): void {
    for (let done = 0; done < count; done += PHASE_STEP) {
      const stretch = Math.min(PHASE_STEP, count - done);
      const start = (first + done) / ECG_RATE_HZ;
      const end = start + stretch / ECG_RATE_HZ;
      const phase = this.#body.cardiacPhase(start);
      const slope = (this.#body.cardiacPhase(end) - phase) / stretch;
      this.#adapt(slope * ECG_RATE_HZ * 60);
      this.#stretch(first + done, stretch, phase, slope, done, out);
    }
  }

  /** Angles and widths at a heart rate. */
  #adapt(perMinute: number): void {
    const fast = Math.sqrt(Math.max(20, perMinute) / 60);
    const slow = Math.sqrt(fast);
    for (const wave of SLOW) this.#angles[wave] = ANGLES[wave]! * slow;
    for (const wave of FAST) this.#angles[wave] = ANGLES[wave]! * fast;
    for (let wave = 0; wave < WAVES; wave++) this.#widths[wave] = WIDTHS[wave]! * fast;
  }

  #stretch(first: number, count: number, phase: number, slope: number, at: number, out: Int16Array | undefined): void {
    const body = this.#body;
    const time = first / ECG_RATE_HZ;
    const state = body.state(Math.floor(time));
    // Fibrillating atria make no P wave.
    this.#heights[P] = HEIGHTS[P] * body.person.pFactor * (1 - state.irregularity);
    this.#heights[T] = HEIGHTS[T] * body.person.tFactor;
    const breath = WANDER * R_HEIGHT * Math.sin(2 * Math.PI * body.respiratoryPhase(time));
    const motion = state.motion / (state.motion + HALF_MOTION);
    const h = 1 / ECG_RATE_HZ;
    for (let i = 0; i < count; i++) {
      const here = phase + slope * i;
      // z' = f(t) − (z − z0): the four Runge-Kutta slopes need f at three places, one of them known from before.
      const f0 = this.#force + breath;
      const f1 = this.#pull(here + 0.5 * slope) + breath;
      this.#force = this.#pull(here + slope);
      const f2 = this.#force + breath;
      const k1 = f0 - this.#z;
      const k2 = f1 - (this.#z + 0.5 * h * k1);
      const k3 = f1 - (this.#z + 0.5 * h * k2);
      const k4 = f2 - (this.#z + h * k3);
      if (out !== undefined) out[at + i] = this.#convert(first + i, motion, state.leadOff);
      this.#z += (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4);
    }
  }

  /** −Σ a Δθ exp(−Δθ²/2b²), at a phase in beats. */
  #pull(phase: number): number {
    const angle = 2 * Math.PI * (phase - Math.round(phase));
    let sum = 0;
    for (let wave = 0; wave < WAVES; wave++) {
      let delta = angle - this.#angles[wave]!;
      if (delta > Math.PI) delta -= 2 * Math.PI;
      else if (delta < -Math.PI) delta += 2 * Math.PI;
      const width = this.#widths[wave]!;
      if (delta > REACH * width || delta < -REACH * width) continue;
      sum -= this.#heights[wave]! * delta * Math.exp(-(delta * delta) / (2 * width * width));
    }
    return sum;
  }

  #convert(index: number, motion: number, leadOff: boolean): number {
    const noise = this.#random.normal();
    // An open input is pulled to the rail.
    if (leadOff) return ECG_MAXIMUM - Math.min(3, Math.abs(Math.round(noise)));
    this.#drift = 0.995 * this.#drift + 0.02 * motion * MOTION_DRIFT_MILLIVOLT * this.#random.normal();
    const millivolt = (this.#z / R_HEIGHT) * this.#body.person.rAmplitude
      + (NOISE_MILLIVOLT + motion * MOTION_NOISE_MILLIVOLT) * noise + this.#drift
      + MAINS_MILLIVOLT * Math.sin((2 * Math.PI * MAINS_HZ * (index % ECG_RATE_HZ)) / ECG_RATE_HZ);
    const counts = ECG_BASELINE + Math.round((millivolt * 1e6) / ECG_RESOLUTION_NANOVOLT);
    return counts < 0 ? 0 : counts > ECG_MAXIMUM ? ECG_MAXIMUM : counts;
  }
}
