// What a three-axis accelerometer tells: how active the wearer is, steps, a fall, and a stillness that lasts. Works
// at 25 Hz or near it, in milli-g. A fall is weightlessness, then an impact, then lying still the other way up than
// before; each alone is daily life. It names no activities.

import { Ring } from 'lorica/vitals/ring';
import { ramp } from 'lorica/vitals/scale';

export const MIN_MOTION_RATE_HZ = 10;
export const MAX_MOTION_RATE_HZ = 100;

/** Time constant of what is taken for gravity. */
const GRAVITY_S = 1.5;
/** Steps: the magnitude rises so far above gravity, at least and at most so long after the last one. */
const STEP_MG = 90;
const MIN_STEP_MS = 260;
const MAX_STEP_MS = 1500;
/** Steps count from the fourth in a row on, then all of them: a single jolt is no walk. */
const STEPS_IN_A_ROW = 4;
/** A fall's three parts (compare Bourke et al. 2007): thresholds in milli-g, times in ms. */
const FREE_FALL_MG = 500;
const IMPACT_MG = 2500;
const FALL_TO_IMPACT_MS = 700;
const SETTLE_MS = 1500;
const LIE_STILL_MS = 2500;
/** Change from sample to sample: gravity itself is still being learned anew after the turn. */
const STILL_MG = 150;
/** Cosine of 45 degrees: the body lies differently than it stood. */
const TURNED = 0.7;
/** Below this activity nothing moves but the heart; the wearer sleeps, or is not there, or is not well. */
const NO_MOTION_MG = 8;
export const DEFAULT_NO_MOTION_S = 1800;
/** A sensor that measures no gravity, or thrice of it, is broken or loose. */
const LEAST_GRAVITY_MG = 800;
const MOST_GRAVITY_MG = 1250;

export interface MotionMonitorOptions {
  readonly rateHz: number;
  /** Seconds of stillness that count as no motion. */
  readonly noMotionS?: number;
  /** Called once for each fall, some seconds after the impact. */
  readonly onFall?: () => void;
}

/** One accelerometer. */
export class MotionMonitor {
  readonly #rateHz: number;
  readonly #noMotion: number;
  readonly #onFall: (() => void) | undefined;
  readonly #seconds = new Ring(4);
  #x = 0;
  #y = 0;
  #z = 0;
  #lastX = 0;
  #lastY = 0;
  #lastZ = 0;
  #index = 0;
  #sum = 0;
  #count = 0;
  #still = 0;
  #steps = 0;
  #row = 0;
  #above = false;
  #lastStep = -Infinity;
  #fallingAt = -Infinity;
  #impactAt = -1;
  #stillSinceImpact = 0;
  #uprightX = 0;
  #uprightY = 0;
  #uprightZ = 0;

  constructor(options: MotionMonitorOptions) {
    if (!(options.rateHz >= MIN_MOTION_RATE_HZ && options.rateHz <= MAX_MOTION_RATE_HZ)) {
      throw new RangeError(`motion rate must be ${MIN_MOTION_RATE_HZ} to ${MAX_MOTION_RATE_HZ} Hz`);
    }
    this.#rateHz = options.rateHz;
    this.#noMotion = (options.noMotionS ?? DEFAULT_NO_MOTION_S) * options.rateHz;
    this.#onFall = options.onFall;
  }

  /** Mean deviation from gravity over the last seconds, in milli-g. */
  get activityMg(): number {
    return this.#seconds.mean();
  }

  /** Steps since the start. */
  get steps(): number {
    return this.#steps;
  }

  /** Whether nothing has moved for the time that was asked for. */
  get noMotion(): boolean {
    return this.#still >= this.#noMotion;
  }

  /** Signal quality, 0–100: whether what it holds for gravity is about one g. */
  get quality(): number {
    if (this.#index < 3 * GRAVITY_S * this.#rateHz) return 0;
    const gravity = Math.sqrt(this.#x ** 2 + this.#y ** 2 + this.#z ** 2);
    return Math.round(100 * Math.min(ramp(gravity, LEAST_GRAVITY_MG - 200, LEAST_GRAVITY_MG), ramp(gravity, MOST_GRAVITY_MG + 200, MOST_GRAVITY_MG)));
  }

  /** Takes one sample, in milli-g. */
  push(x: number, y: number, z: number): void {
    if (this.#index === 0) {
      this.#x = x;
      this.#y = y;
      this.#z = z;
    }
    const share = 1 / (GRAVITY_S * this.#rateHz);
    this.#x += (x - this.#x) * share;
    this.#y += (y - this.#y) * share;
    this.#z += (z - this.#z) * share;
    const deviation = Math.abs(x - this.#x) + Math.abs(y - this.#y) + Math.abs(z - this.#z);
    const magnitude = Math.sqrt(x * x + y * y + z * z);
    const change = Math.abs(x - this.#lastX) + Math.abs(y - this.#lastY) + Math.abs(z - this.#lastZ);
    this.#lastX = x;
    this.#lastY = y;
    this.#lastZ = z;
    this.#index++;
    this.#rest(deviation);
    this.#step(magnitude);
    this.#fall(magnitude, change);
  }

  /** Passes over `count` samples that nobody has: time goes on, a walk or a fall in the gap is not seen. */
  skip(count: number): void {
    this.#index += count;
    this.#row = 0;
    this.#above = false;
    this.#fallingAt = -Infinity;
    this.#impactAt = -1;
  }

  #rest(deviation: number): void {
    this.#still = deviation > 4 * NO_MOTION_MG ? 0 : this.#still + 1;
    this.#sum += deviation;
    if (++this.#count < this.#rateHz) return;
    this.#seconds.push(Math.round(this.#sum / this.#count));
    this.#sum = 0;
    this.#count = 0;
  }

  #step(magnitude: number): void {
    const above = magnitude > 1000 + STEP_MG;
    const rising = above && !this.#above;
    this.#above = above || (this.#above && magnitude > 1000);
    if (!rising) return;
    const sinceMs = (1000 * (this.#index - this.#lastStep)) / this.#rateHz;
    if (sinceMs < MIN_STEP_MS) return;
    this.#lastStep = this.#index;
    this.#row = sinceMs > MAX_STEP_MS ? 1 : this.#row + 1;
    if (this.#row === STEPS_IN_A_ROW) this.#steps += STEPS_IN_A_ROW;
    else if (this.#row > STEPS_IN_A_ROW) this.#steps++;
  }

  #fall(magnitude: number, change: number): void {
    if (this.#impactAt < 0) {
      if (magnitude < FREE_FALL_MG) {
        if (this.#since(this.#fallingAt) > FALL_TO_IMPACT_MS) this.#rememberPosture();
        this.#fallingAt = this.#index;
      } else if (magnitude > IMPACT_MG && this.#since(this.#fallingAt) <= FALL_TO_IMPACT_MS) {
        this.#impactAt = this.#index;
        this.#stillSinceImpact = 0;
      }
      return;
    }
    const since = this.#since(this.#impactAt);
    if (since < SETTLE_MS) return;
    if (change < STILL_MG) this.#stillSinceImpact++;
    if (since < SETTLE_MS + LIE_STILL_MS) return;
    const watched = (LIE_STILL_MS * this.#rateHz) / 1000;
    const fell = this.#stillSinceImpact > 0.8 * watched && this.#turned();
    this.#impactAt = -1;
    this.#fallingAt = -Infinity;
    if (fell) this.#onFall?.();
  }

  #rememberPosture(): void {
    this.#uprightX = this.#x;
    this.#uprightY = this.#y;
    this.#uprightZ = this.#z;
  }

  #turned(): boolean {
    const dot = this.#x * this.#uprightX + this.#y * this.#uprightY + this.#z * this.#uprightZ;
    const now = Math.sqrt(this.#x ** 2 + this.#y ** 2 + this.#z ** 2);
    const before = Math.sqrt(this.#uprightX ** 2 + this.#uprightY ** 2 + this.#uprightZ ** 2);
    return dot < TURNED * now * before;
  }

  #since(index: number): number {
    return (1000 * (this.#index - index)) / this.#rateHz;
  }
}
