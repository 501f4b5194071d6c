// What the firmware sees of a simulated body: a hub of vital signs with noise and quality, waveform channels, and events
// that a sensor notices by itself. Quality falls with motion, and a value whose quality is too low is withheld.

import type { HostClock } from 'lorica/hosts/node/clock';
import type { EventSensor, Samples, Sensors, VitalsSensor, WaveformSensor } from 'lorica/node/world';
import { MAX_READ_SAMPLES } from 'lorica/node/world';
import { CHANNEL, EVENT, VITAL, type Channel, type Measurement, type Vital } from 'lorica/reading/reading';
import type { Timer } from 'lorica/link/timer';
import { type Body, HISTORY_SECONDS } from './bodies/body.ts';
import type { BodyState } from './bodies/body-state.ts';
import { ECG_BASELINE, ECG_RATE_HZ, ECG_RESOLUTION_NANOVOLT, EcgGenerator } from './bodies/ecg.ts';
import { MOTION_RATE_HZ, MOTION_RESOLUTION_MICROGRAVITY, MotionGenerator } from './bodies/motion.ts';
import { clamp } from './bodies/person.ts';
import { PPG_RATE_HZ, PpgGenerator } from './bodies/ppg.ts';
import type { Random } from './random.ts';

/** Below this a value is withheld. */
export const LEAST_QUALITY = 40;
/** The hub averages the heart rate over this. */
const AVERAGE_SECONDS = 8;
/** mg of motion at which half of the quality that motion can take is gone */
const HALF_MOTION = 250;
/** What a waveform sensor's buffer holds; the body remembers some seconds more. */
export const BUFFER_SECONDS = HISTORY_SECONDS - 4;
/** A full battery lasts a week. */
const BATTERY_SECONDS = 7 * 86_400;

/** How one vital sign is measured: noise at rest and in motion (in wire units), quality at rest, what motion takes. */
interface Channeling {
  readonly noise: number;
  readonly motionNoise: number;
  readonly quality: number;
  readonly motionLoss: number;
}

const HEART: Channeling = { noise: 6, motionNoise: 80, quality: 98, motionLoss: 60 };
const OXYGEN: Channeling = { noise: 4, motionNoise: 25, quality: 96, motionLoss: 75 };
const BREATH: Channeling = { noise: 6, motionNoise: 50, quality: 92, motionLoss: 70 };
const SKIN: Channeling = { noise: 3, motionNoise: 4, quality: 99, motionLoss: 5 };
const PERFUSION: Channeling = { noise: 5, motionNoise: 40, quality: 95, motionLoss: 70 };

export interface BodySensorsOptions {
  readonly body: Body;
  /** the body's time 0 on the clock, ms */
  readonly bornMs: number;
  readonly clock: HostClock;
  /** of the boot that these sensors belong to */
  readonly timer: Timer;
  readonly random: Random;
}

/** Sensors of one boot of a node that a simulated body wears. */
export function bodySensors(options: BodySensorsOptions): Sensors {
  const { body, random } = options;
  return {
    vitals: new Hub(options),
    waveforms: [
      new BodyWaveform(options, CHANNEL.ecgII, ECG_RATE_HZ, ECG_RESOLUTION_NANOVOLT, ECG_BASELINE, new EcgGenerator(body, random.stream('ecg'))),
      new BodyWaveform(options, CHANNEL.ppgRed, PPG_RATE_HZ, 0, 0, new PpgGenerator(body, random.stream('red'), 'red')),
      new BodyWaveform(options, CHANNEL.ppgInfrared, PPG_RATE_HZ, 0, 0, new PpgGenerator(body, random.stream('infrared'), 'infrared')),
      ...(['x', 'y', 'z'] as const).map((axis, index) => new BodyWaveform(
        options, (CHANNEL.accelerationX + index) as Channel, MOTION_RATE_HZ, MOTION_RESOLUTION_MICROGRAVITY, 0,
        new MotionGenerator(body, random.stream(axis), axis),
      )),
    ],
    events: new BodyEvents(options),
  };
}

/** Seconds since the body's start. */
function bodySeconds({ clock, bornMs }: BodySensorsOptions): number {
  return (clock.now() - bornMs) / 1000;
}

class Hub implements VitalsSensor {
  readonly #options: BodySensorsOptions;
  readonly #random: Random;
  readonly #battery: number;
  readonly #startSeconds: number;

  constructor(options: BodySensorsOptions) {
    this.#options = options;
    this.#random = options.random.stream('hub');
    this.#battery = this.#random.between(40, 100);
    this.#startSeconds = bodySeconds(options);
  }

  sample(): readonly Measurement[] {
    const { body } = this.#options;
    const now = bodySeconds(this.#options);
    const state = body.state(Math.floor(now));
    const motion = state.motion / (state.motion + HALF_MOTION);
    const heart = state.leadOff ? undefined : this.#heartRate(now);
    return [
      // In fibrillation the average of eight seconds says less.
      this.#measure(VITAL.heartRate, heart, HEART, motion, 20 * state.irregularity),
      this.#measure(VITAL.oxygenSaturation, 10 * state.oxygenSaturation, OXYGEN, motion, lowPerfusion(state)),
      this.#measure(VITAL.respirationRate, 10 * state.respirationRate, BREATH, motion, 0),
      this.#measure(VITAL.skinTemperature, 100 * state.skinTemperature, SKIN, motion, 0),
      this.#measure(VITAL.perfusionIndex, 100 * state.perfusionIndex, PERFUSION, motion, 0),
      { vital: VITAL.activity, value: Math.round(state.motion), quality: 100 },
      { vital: VITAL.battery, value: this.#batteryPercent(now), quality: 90 },
      { vital: VITAL.steps, value: Math.floor(state.steps), quality: 95 },
    ];
  }

  /** In tenths, over the last seconds, or as many as there are. */
  #heartRate(now: number): number | undefined {
    const seconds = Math.min(AVERAGE_SECONDS, now);
    if (seconds < 2) return undefined;
    const { body } = this.#options;
    return (600 * (body.cardiacPhase(now) - body.cardiacPhase(now - seconds))) / seconds;
  }

  #measure(vital: Vital, truth: number | undefined, { noise, motionNoise, quality, motionLoss }: Channeling, motion: number, loss: number): Measurement {
    const error = (noise + motionNoise * motion) * this.#random.normal();
    const known = clamp(Math.round(quality - motionLoss * motion - loss - 2 * Math.abs(this.#random.normal())), 0, 100);
    if (truth === undefined) return { vital, quality: 0 };
    if (known < LEAST_QUALITY) return { vital, quality: known };
    return { vital, value: clamp(Math.round(truth + error), 0, vital === VITAL.oxygenSaturation ? 1000 : 60_000), quality: known };
  }

  #batteryPercent(now: number): number {
    return Math.max(0, Math.round(this.#battery - (100 * (now - this.#startSeconds)) / BATTERY_SECONDS));
  }
}

/** A weak pulse makes SpO2 doubtful: below one percent of perfusion. */
function lowPerfusion(state: BodyState): number {
  return state.perfusionIndex < 1 ? 30 * (1 - state.perfusionIndex) : 0;
}

interface Generator {
  samples(first: number, count: number): Int16Array;
}

/** A channel of a body. Its stream counts the samples that were taken while it ran. */
class BodyWaveform implements WaveformSensor {
  readonly channel: Channel;
  readonly rateMilliHertz: number;
  readonly resolution: number;
  readonly baseline: number;
  readonly #options: BodySensorsOptions;
  readonly #rateHz: number;
  readonly #generator: Generator;
  #running = false;
  /** next sample of the body's own time, and of the stream */
  #next = 0;
  #index = 0;

  constructor(options: BodySensorsOptions, channel: Channel, rateHz: number, resolution: number, baseline: number, generator: Generator) {
    this.#options = options;
    this.channel = channel;
    this.#rateHz = rateHz;
    this.rateMilliHertz = rateHz * 1000;
    this.resolution = resolution;
    this.baseline = baseline;
    this.#generator = generator;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#next = this.#due();
  }

  stop(): void {
    this.#running = false;
  }

  read(): Samples | undefined {
    if (!this.#running) return undefined;
    const due = this.#due();
    // A reader that was away for longer finds the newest, as with a sensor's own buffer that ran over.
    const lost = due - this.#next - Math.min(MAX_READ_SAMPLES, BUFFER_SECONDS * this.#rateHz);
    if (lost > 0) {
      this.#index += lost;
      this.#next += lost;
    }
    const count = due - this.#next;
    if (count <= 0) return undefined;
    const { body, bornMs, clock, timer } = this.#options;
    const bootMs = clock.now() - timer.ticks();
    const tick = Math.max(0, Math.round(bornMs + (1000 * this.#next) / this.#rateHz - bootMs));
    const state = body.state(Math.floor(this.#next / this.#rateHz));
    const samples = this.#generator.samples(this.#next, count);
    const firstIndex = this.#index;
    this.#next = due;
    this.#index += count;
    return { firstIndex, tick, samples, quality: waveformQuality(state, this.channel) };
  }

  /** How many samples the body has given since its start. */
  #due(): number {
    return Math.floor(bodySeconds(this.#options) * this.#rateHz + 1e-6);
  }
}

function waveformQuality(state: BodyState, channel: Channel): number {
  if (channel >= CHANNEL.accelerationX) return 100;
  if (channel === CHANNEL.ecgII && state.leadOff) return 0;
  return Math.round(98 - (65 * state.motion) / (state.motion + HALF_MOTION));
}

/** Looks at the body once a second, as long as somebody listens. */
class BodyEvents implements EventSensor {
  readonly #options: BodySensorsOptions;
  #onEvent: EventSensor['onEvent'];
  #leadOff = false;
  #watching = false;

  constructor(options: BodySensorsOptions) {
    this.#options = options;
  }

  get onEvent(): NonNullable<EventSensor['onEvent']> {
    return this.#onEvent ?? (() => undefined);
  }

  set onEvent(callback: NonNullable<EventSensor['onEvent']>) {
    this.#onEvent = callback;
    if (!this.#watching) this.#watch();
    this.#watching = true;
  }

  #watch(): void {
    const { timer, body } = this.#options;
    timer.set(() => {
      const state = body.state(Math.floor(bodySeconds(this.#options)));
      if (state.leadOff && !this.#leadOff) this.#onEvent?.(EVENT.leadOff, undefined, 100);
      this.#leadOff = state.leadOff;
      if (state.impact) this.#onEvent?.(EVENT.fall, Math.round(state.motion), 80);
      this.#watch();
    }, 1000);
  }
}
