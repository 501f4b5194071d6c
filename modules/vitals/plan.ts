// The sampling plan as data: what is sampled how fast and how much of the time, which waveform is kept when, and the
// limits. A sealed command brings a new one, with a version that rises; checkPlan refuses one that the node could not
// follow. It starts and stops nothing itself.

import { CONDITION_LIMITS, DEFAULT_LIMITS } from 'lorica/vitals/alarms';
import type { Limit } from 'lorica/vitals/alarms';

export type Sensor = 'ecg' | 'ppg' | 'motion' | 'temperature' | 'battery';

/** When a waveform goes into the journal beside the values: never, around alarms, or always. */
export type Keep = 'never' | 'alarm' | 'always';

/** One sensor's part. */
export interface SensorPlan {
  readonly sensor: Sensor;
  /** Samples a second while it is on; for temperature and battery the inverse of the seconds between readings. */
  readonly rateHz: number;
  /** On for so many seconds … */
  readonly onS: number;
  /** … out of so many; equal to `onS`: always on. */
  readonly everyS: number;
  readonly keep: Keep;
  /** Seconds of waveform that are kept around an alarm, before it and after it. */
  readonly aroundAlarmS: number;
}

/** A whole plan. */
export interface SamplingPlan {
  /** Rises with each change; a command with a lower one is refused. */
  readonly version: number;
  readonly sensors: readonly SensorPlan[];
  /** Seconds between the readings of values. */
  readonly reportS: number;
  /** Seconds between connections that carry what is not urgent. */
  readonly deliverS: number;
  readonly limits: readonly Limit[];
}

export const MAX_PLAN_SENSORS = 8;
export const MAX_PLAN_LIMITS = 16;
/** The slowest and fastest that drivers and signal processing know. */
const RATES: Readonly<Record<Sensor, readonly [least: number, most: number]>> = {
  ecg: [100, 512], ppg: [25, 200], motion: [10, 100], temperature: [0.001, 1], battery: [0.0001, 1],
};
/** A duty cycle shorter than this gives the signal processing no time to settle. */
export const MIN_ON_S: Readonly<Record<Sensor, number>> = { ecg: 15, ppg: 20, motion: 10, temperature: 1, battery: 1 };

/** The plan that lasts a week on 150 mAh: see test/bench/energy.ts. */
export const DEFAULT_PLAN: SamplingPlan = {
  version: 0,
  sensors: [
    { sensor: 'ecg', rateHz: 250, onS: 30, everyS: 300, keep: 'alarm', aroundAlarmS: 10 },
    { sensor: 'ppg', rateHz: 50, onS: 30, everyS: 600, keep: 'never', aroundAlarmS: 0 },
    { sensor: 'motion', rateHz: 25, onS: 60, everyS: 60, keep: 'never', aroundAlarmS: 0 },
    { sensor: 'temperature', rateHz: 1 / 60, onS: 1, everyS: 60, keep: 'never', aroundAlarmS: 0 },
    { sensor: 'battery', rateHz: 1 / 600, onS: 1, everyS: 600, keep: 'never', aroundAlarmS: 0 },
  ],
  reportS: 60,
  deliverS: 300,
  limits: [...DEFAULT_LIMITS.heartRate, ...DEFAULT_LIMITS.spo2, ...DEFAULT_LIMITS.temperature, ...DEFAULT_LIMITS.battery, ...Object.values(CONDITION_LIMITS)],
};

/** Everything, all the time: for a monitored bed with a charger. */
export const CONTINUOUS_PLAN: SamplingPlan = {
  ...DEFAULT_PLAN,
  sensors: [
    { sensor: 'ecg', rateHz: 250, onS: 60, everyS: 60, keep: 'always', aroundAlarmS: 10 },
    { sensor: 'ppg', rateHz: 100, onS: 60, everyS: 60, keep: 'always', aroundAlarmS: 10 },
    { sensor: 'motion', rateHz: 25, onS: 60, everyS: 60, keep: 'alarm', aroundAlarmS: 10 },
    { sensor: 'temperature', rateHz: 1 / 10, onS: 1, everyS: 10, keep: 'never', aroundAlarmS: 0 },
    { sensor: 'battery', rateHz: 1 / 600, onS: 1, everyS: 600, keep: 'never', aroundAlarmS: 0 },
  ],
  reportS: 10,
  deliverS: 10,
};

/**
 * Whether a plan that came from elsewhere can be followed.
 * @returns true, or false without a reason, as for all foreign data
 */
export function checkPlan(plan: SamplingPlan): boolean {
  if (!Number.isInteger(plan.version) || plan.version < 0 || plan.version > 0xffff_ffff) return false;
  if (plan.sensors.length > MAX_PLAN_SENSORS || plan.limits.length > MAX_PLAN_LIMITS) return false;
  if (!within(plan.reportS, 1, 86_400) || !within(plan.deliverS, 1, 86_400)) return false;
  for (let i = 0; i < plan.sensors.length; i++) {
    const entry = plan.sensors[i]!;
    const [least, most] = RATES[entry.sensor];
    if (!within(entry.rateHz, least, most) || !within(entry.onS, MIN_ON_S[entry.sensor], 86_400)) return false;
    if (!within(entry.everyS, entry.onS, 86_400) || !within(entry.aroundAlarmS, 0, 60)) return false;
    for (let j = 0; j < i; j++) if (plan.sensors[j]!.sensor === entry.sensor) return false;
  }
  return plan.limits.every((limit) => (limit.above !== undefined || limit.below !== undefined) && within(limit.holdS, 0, 86_400) && within(limit.clearS, 0, 86_400));
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
