// When a value has been beyond its limit long enough to call for someone, and when it is over. Limits and times are
// data. A withheld value neither raises nor ends an alarm about a body; that it is withheld for long is an alarm of
// its own. It sends nothing: the caller does, ahead of everything else.

/** What can be wrong. */
export type AlarmKind =
  | 'asystole' | 'bradycardia' | 'tachycardia' | 'irregular' | 'low-spo2' | 'high-temperature' | 'low-temperature'
  | 'lead-off' | 'no-signal' | 'fall' | 'no-motion' | 'low-battery';

/** One limit: beyond it for `holdS` seconds and the alarm is on; within it for `clearS` and it is off. */
export interface Limit {
  readonly kind: AlarmKind;
  readonly above?: number;
  readonly below?: number;
  readonly holdS: number;
  readonly clearS: number;
}

/** Adults at rest, wide enough for a quiet ward; each ward sets its own by command. */
export const DEFAULT_LIMITS = {
  heartRate: [
    { kind: 'bradycardia', below: 40, holdS: 10, clearS: 10 },
    { kind: 'tachycardia', above: 140, holdS: 10, clearS: 10 },
  ],
  spo2: [{ kind: 'low-spo2', below: 90, holdS: 15, clearS: 15 }],
  temperature: [
    { kind: 'high-temperature', above: 39, holdS: 60, clearS: 60 },
    { kind: 'low-temperature', below: 30, holdS: 60, clearS: 60 },
  ],
  battery: [{ kind: 'low-battery', below: 15, holdS: 60, clearS: 600 }],
} as const satisfies Readonly<Record<string, readonly Limit[]>>;

/** Limits for conditions that are either there or not, told to the alarm as 1 and 0. */
export const CONDITION_LIMITS = {
  asystole: { kind: 'asystole', above: 0.5, holdS: 0, clearS: 3 },
  irregular: { kind: 'irregular', above: 0.5, holdS: 30, clearS: 60 },
  leadOff: { kind: 'lead-off', above: 0.5, holdS: 3, clearS: 3 },
  noSignal: { kind: 'no-signal', above: 0.5, holdS: 60, clearS: 10 },
  fall: { kind: 'fall', above: 0.5, holdS: 0, clearS: 60 },
  noMotion: { kind: 'no-motion', above: 0.5, holdS: 0, clearS: 5 },
} as const satisfies Readonly<Record<string, Limit>>;

/** One limit's state. */
export class Alarm {
  readonly limit: Limit;
  #since = -1;
  #active = false;

  /** @throws RangeError for a limit that limits nothing */
  constructor(limit: Limit) {
    if (limit.above === undefined && limit.below === undefined) throw new RangeError('a limit needs above or below');
    if (!(limit.holdS >= 0 && limit.clearS >= 0)) throw new RangeError('times must not be negative');
    this.limit = limit;
  }

  get active(): boolean {
    return this.#active;
  }

  /**
   * Takes the value at a time in seconds; `undefined` is a withheld one and changes nothing.
   * @returns 'raised' or 'cleared' when this value did that
   */
  update(value: number | undefined, atS: number): 'raised' | 'cleared' | undefined {
    if (value === undefined) {
      this.#since = -1;
      return undefined;
    }
    const { above, below, holdS, clearS } = this.limit;
    const beyond = (above !== undefined && value > above) || (below !== undefined && value < below);
    if (beyond === this.#active) {
      this.#since = -1;
      return undefined;
    }
    if (this.#since < 0) this.#since = atS;
    if (atS - this.#since < (beyond ? holdS : clearS)) return undefined;
    this.#active = beyond;
    this.#since = -1;
    return beyond ? 'raised' : 'cleared';
  }
}
