// Three axes of acceleration in mg: gravity by posture, the swing of steps, restlessness, and the blow of a fall.

import type { Random } from '../random.ts';
import type { Body } from './body.ts';

export const MOTION_RATE_HZ = 25;
/** 1 mg a step */
export const MOTION_RESOLUTION_MICROGRAVITY = 1000;
export type Axis = 'x' | 'y' | 'z';
/** A sensor of ±16 g. */
export const MOTION_MAXIMUM = 16_000;

const GRAVITY = 1000;
/** Share of the motion that steps put on each axis, and their phase. */
const SWING: Readonly<Record<Axis, readonly [number, number]>> = { x: [0.5, 0], y: [0.3, 1.6], z: [1, 0.8] };
const FALL_PEAK: Readonly<Record<Axis, number>> = { x: 1800, y: -900, z: -2600 };
/** Mean of |x| for a normal x, and of |sin|: motion is a mean of absolute values. */
const NORMAL_MEAN = Math.sqrt(2 / Math.PI);
const SINE_MEAN = 2 / Math.PI;

export class MotionGenerator {
  readonly #body: Body;
  readonly #random: Random;
  readonly #axis: Axis;

  constructor(body: Body, random: Random, axis: Axis) {
    this.#body = body;
    this.#random = random;
    this.#axis = axis;
  }

  /** @returns `count` samples from the body's time on which sample `first` falls */
  samples(first: number, count: number): Int16Array {
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++) out[i] = this.#sample((first + i) / MOTION_RATE_HZ);
    return out;
  }

  #sample(time: number): number {
    const second = Math.floor(time);
    const state = this.#body.state(second);
    const within = time - second;
    const gravity = posture(this.#axis, state.cadence > 0 || state.motion > 60);
    const noise = this.#random.normal();
    if (state.impact) return clip(gravity + (within < 0.3 ? FALL_PEAK[this.#axis] : 0) + 60 * noise);
    const [share, lead] = SWING[this.#axis];
    if (state.cadence === 0) return clip(gravity + (state.motion / NORMAL_MEAN) * noise * share);
    const steps = state.steps + state.cadence * (within - 1);
    return clip(gravity + (state.motion / SINE_MEAN) * share * Math.sin(2 * Math.PI * steps + lead) + 0.2 * state.motion * noise);
  }
}

/** Upright, gravity is on z; at rest, mostly on x. */
function posture(axis: Axis, upright: boolean): number {
  if (axis === 'y') return 0.1 * GRAVITY;
  return Math.round(GRAVITY * (axis === 'z' === upright ? 0.97 : 0.2));
}

function clip(value: number): number {
  return Math.max(-MOTION_MAXIMUM, Math.min(MOTION_MAXIMUM, Math.round(value)));
}
