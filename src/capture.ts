// Follows the sampling plan: vital signs at their interval, waveforms in their turns, events as they come. It makes
// readings and hands them to the recorder; it neither seals nor sends.
import { CODE } from 'lorica/node/codes';
import type { Counters } from 'lorica/node/counters';
import { EventGate } from 'lorica/node/event-gate';
import { Periodic } from 'lorica/node/periodic';
import type { Recorder } from 'lorica/node/recorder';
import { WaveformCutter } from 'lorica/node/waveform-cutter';
import { WAVEFORM_READ_MS, type WaveformSensor, type World } from 'lorica/node/world';
import { COUNTER, type EventCode, type Reading, type Stamp } from 'lorica/reading/reading';
import type { Duty, Plan } from 'lorica/wire/command';

export interface CaptureOptions {
  readonly world: Pick<World, 'timer' | 'sensors' | 'log'>;
  readonly boot: number;
  readonly recorder: Recorder;
  readonly counters: Counters;
}

export class Capture {
  readonly #options: CaptureOptions;
  readonly #events = new EventGate();
  readonly #vitals: Periodic;
  readonly #channels: readonly ChannelCapture[];
  #isRunning = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
    const { timer, sensors } = options.world;
    this.#vitals = new Periodic(timer, () => this.#sampleVitals());
    this.#channels = sensors.waveforms.map((sensor) => new ChannelCapture(sensor, options, (reading) => this.#record(reading)));
  }

  /** Begins, or goes on by another plan. */
  start(plan: Plan): void {
    this.#events.setPlan(plan);
    this.#vitals.start(plan.vitalsIntervalMs);
    for (const channel of this.#channels) channel.follow(plan.waveforms.get(channel.sensor.channel));
    this.#isRunning = true;
    const { events } = this.#options.world.sensors;
    if (events !== undefined) events.onEvent = (code, value, quality) => this.event(code, value, quality);
  }

  /** Ends, and records the waveforms that have begun. */
  stop(): void {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#vitals.stop();
    for (const channel of this.#channels) channel.follow(undefined);
    const { events } = this.#options.world.sensors;
    if (events !== undefined) delete events.onEvent;
  }

  /** Records an event, unless it comes too soon after another of its kind. */
  event(code: EventCode, value?: number, quality?: number): void {
    const event = this.#events.pass(this.#stamp(), code, value, quality);
    if (event === undefined) this.#options.world.log(CODE.eventHeldBack, code);
    else this.#record(event);
  }

  #sampleVitals(): void {
    const measurements = attempt(() => this.#options.world.sensors.vitals.sample(), this.#options);
    if (measurements === undefined || measurements.length === 0) return;
    const stamp = this.#stamp();
    this.#record({ kind: 'vitals', boot: stamp.boot, tick: stamp.tick, measurements });
    for (const event of this.#events.check(stamp, measurements)) this.#record(event);
  }

  #record(reading: Reading): void {
    this.#options.counters.add(COUNTER.captured);
    this.#options.recorder.record(reading);
  }

  #stamp(): Stamp {
    return { boot: this.#options.boot, tick: this.#options.world.timer.ticks() };
  }
}

/** A driver that throws, as drivers do when a bus hangs, costs one sample. */
function attempt<T>(action: () => T, { counters, world }: CaptureOptions): T | undefined {
  try {
    return action();
  } catch {
    counters.add(COUNTER.sensorErrors);
    world.log(CODE.sensorFailed, 0);
    return undefined;
  }
}

/** One waveform channel and its turns. */
class ChannelCapture {
  readonly sensor: WaveformSensor;
  readonly #options: CaptureOptions;
  readonly #cutter: WaveformCutter;
  readonly #turns: Periodic;
  readonly #polls: Periodic;
  #pollsLeft = 0;
  #duty: Duty | undefined;
  #isOn = false;

  constructor(sensor: WaveformSensor, options: CaptureOptions, emit: (reading: Reading) => void) {
    const { world, boot } = options;
    this.sensor = sensor;
    this.#options = options;
    this.#cutter = new WaveformCutter(sensor, boot, emit);
    this.#turns = new Periodic(world.timer, () => this.#begin());
    this.#polls = new Periodic(world.timer, () => this.#poll());
  }

  /** Begins with the duty's first turn at once; `undefined` ends. The same duty again changes nothing. */
  follow(duty: Duty | undefined): void {
    if (duty?.seconds === this.#duty?.seconds && duty?.everySeconds === this.#duty?.everySeconds) return;
    this.#duty = duty;
    this.#turns.stop();
    this.#end();
    if (duty === undefined) return;
    if (duty.seconds < duty.everySeconds) this.#turns.start(duty.everySeconds * 1000);
    this.#begin();
  }

  #begin(): void {
    const { seconds, everySeconds } = this.#duty!;
    this.#pollsLeft = seconds === everySeconds ? Infinity : Math.ceil((seconds * 1000) / WAVEFORM_READ_MS);
    if (!this.#isOn) attempt(() => { this.sensor.start(); }, this.#options);
    this.#isOn = true;
    this.#polls.start(WAVEFORM_READ_MS);
  }

  #poll(): void {
    this.#take();
    if (--this.#pollsLeft <= 0) this.#end();
  }

  #end(): void {
    this.#polls.stop();
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#take();
    this.#cutter.flush();
    attempt(() => { this.sensor.stop(); }, this.#options);
  }

  #take(): void {
    const samples = attempt(() => this.sensor.read(), this.#options);
    // A sensor that has fallen silent must not hold back what it gave before.
    if (samples === undefined) this.#cutter.flush();
    else this.#cutter.add(samples);
  }
}
