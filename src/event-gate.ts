// Events, urgent readings: from limits of the plan, from sensors that notice something by themselves, from the button.
// A limit must be passed in several samples running; an event of one kind is told again only after a while, so that
// nothing floods the urgent chain.
import { EVENT, VITAL, type EventCode, type EventReading, type Measurement, type Stamp, type Vital } from 'lorica/reading/reading';
import type { Plan } from 'lorica/wire/command';

/** samples beyond a limit, one after the other, that make an event */
export const SAMPLES_BEYOND_LIMIT = 3;
/** A value that lasts beyond its limit is told again after this. */
export const REPEAT_MS = 300_000;
/** Events of one kind from sensors or button: no sooner after one another than this. */
export const MIN_DISTANCE_MS = 2000;
/** Below this quality a value makes no event. */
export const LEAST_QUALITY = 50;

interface Limit {
  readonly vital: Vital;
  /** 1: too high is beyond; −1: too low */
  readonly sign: 1 | -1;
}

/** the events that come from limits */
const LIMITS: ReadonlyMap<EventCode, Limit> = new Map<EventCode, Limit>([
  [EVENT.heartRateHigh, { vital: VITAL.heartRate, sign: 1 }],
  [EVENT.heartRateLow, { vital: VITAL.heartRate, sign: -1 }],
  [EVENT.oxygenSaturationLow, { vital: VITAL.oxygenSaturation, sign: -1 }],
  [EVENT.temperatureHigh, { vital: VITAL.skinTemperature, sign: 1 }],
  [EVENT.temperatureLow, { vital: VITAL.skinTemperature, sign: -1 }],
  [EVENT.batteryLow, { vital: VITAL.battery, sign: -1 }]
]);

interface Watch {
  beyond: number;
  toldTick: number;
}

export class EventGate {
  #limits: [EventCode, Limit, number][] = [];
  readonly #watches = new Map<EventCode, Watch>();

  setPlan({ limits }: Plan): void {
    this.#limits = [];
    for (const [code, limit] of LIMITS) {
      const value = limits.get(code);
      if (value !== undefined) this.#limits.push([code, limit, value]);
    }
  }

  /** @returns the events that these measurements make; usually none */
  check(stamp: Stamp, measurements: readonly Measurement[]): EventReading[] {
    const events: EventReading[] = [];
    for (const [code, { vital, sign }, limit] of this.#limits) {
      const measured = find(measurements, vital);
      if (measured?.value === undefined || measured.quality < LEAST_QUALITY) continue;
      const watch = this.#watch(code);
      watch.beyond = sign * (measured.value - limit) > 0 ? watch.beyond + 1 : 0;
      if (watch.beyond < SAMPLES_BEYOND_LIMIT) continue;
      if (watch.beyond > SAMPLES_BEYOND_LIMIT && stamp.tick - watch.toldTick < REPEAT_MS) continue;
      watch.toldTick = stamp.tick;
      events.push({ kind: 'event', ...stamp, code, value: measured.value, quality: measured.quality });
    }
    return events;
  }

  /** @returns the event, or `undefined` when it comes too soon after another of its kind */
  pass(stamp: Stamp, code: EventCode, value?: number, quality?: number): EventReading | undefined {
    const watch = this.#watch(code);
    if (stamp.tick - watch.toldTick < MIN_DISTANCE_MS) return undefined;
    watch.toldTick = stamp.tick;
    return { kind: 'event', ...stamp, code, value, quality };
  }

  #watch(code: EventCode): Watch {
    let watch = this.#watches.get(code);
    if (watch === undefined) {
      watch = { beyond: 0, toldTick: -Infinity };
      this.#watches.set(code, watch);
    }
    return watch;
  }
}

function find(measurements: readonly Measurement[], vital: Vital): Measurement | undefined {
  for (const measurement of measurements) if (measurement.vital === vital) return measurement;
  return undefined;
}
