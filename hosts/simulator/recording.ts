// Recordings in the place of a body: what a file holds goes in at the sensor's end, sample for sample in the units of
// its converter, and nothing that it does not hold: no vital signs of a hub, no annotations. WFDB records and CSV files.

import { existsSync } from 'node:fs';
import { UserError } from 'lorica/hosts/node/failure';
import { readCsv, type CsvOptions } from 'lorica/hosts/node/wfdb/csv';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { readRecord, type WfdbSignal } from 'lorica/hosts/node/wfdb/record';
import type { Timer } from 'lorica/link/timer';
import { MAX_READ_SAMPLES, type Samples, type Sensors, type WaveformSensor } from 'lorica/node/world';
import { CHANNEL, MAX_RATE_MILLIHERTZ, type Channel } from 'lorica/reading/reading';

/** One signal of a recording, as a node's sensor gives it. */
export interface RecordedChannel {
  readonly name: string;
  readonly channel: Channel;
  readonly rateMilliHertz: number;
  /** nV a step (ECG); 0: plain counts */
  readonly resolution: number;
  readonly baseline: number;
  readonly samples: Int16Array;
}

export interface Recording {
  readonly path: string;
  readonly channels: readonly RecordedChannel[];
  /** of the longest channel */
  readonly seconds: number;
  /** Sentences about doubtful but readable things. */
  readonly warnings: readonly string[];
}

const NANOVOLTS: Readonly<Record<string, number>> = { mv: 1e6, uv: 1e3, µv: 1e3, v: 1e9, nv: 1 };
/** A step of whole nanovolts may be off by this share; beyond it the samples are plain counts. */
const RESOLUTION_TOLERANCE = 0.005;
/** Counts a millivolt for files that hold millivolts and not counts. */
const CSV_COUNTS_PER_MILLIVOLT = 250;

/**
 * Reads a WFDB record (path without extension, or its .hea) or a CSV file (.csv, .tsv, .txt).
 * @param options of a CSV file, where it does not say so itself
 * @throws UserError one sentence that says what is wrong and what to do
 */
export function openRecording(path: string, options: CsvOptions = {}): Recording {
  try {
    return /\.(csv|tsv|txt)$/i.test(path) ? fromCsv(path, options) : fromWfdb(path);
  } catch (error) {
    if (error instanceof WfdbError) throw new UserError(error.message);
    throw error;
  }
}

/** The annotations' file of a WFDB record, if it has one. Only who compares may read it, never a node. */
export function annotationFile(path: string): string | undefined {
  const file = `${path.replace(/\.hea$/, '')}.atr`;
  return existsSync(file) ? file : undefined;
}

function fromWfdb(path: string): Recording {
  const record = readRecord(path);
  const channels: RecordedChannel[] = [];
  for (const signal of record.signals) {
    const channel = channelOf(signal);
    if (channel === undefined || channels.some((taken) => taken.channel === channel)) continue;
    channels.push(recorded(signal, channel, path));
  }
  if (channels.length === 0) {
    const names = record.signals.map(({ name }) => name).join(', ');
    throw new UserError(`${path} holds ${names} and neither an ECG lead I or II nor a pulse wave: choose a record that does.`);
  }
  const seconds = Math.max(...channels.map(({ samples, rateMilliHertz }) => (1000 * samples.length) / rateMilliHertz));
  return { path, channels, seconds, warnings: record.warnings };
}

/** By the names that PhysioNet's records use. */
function channelOf({ name }: WfdbSignal): Channel | undefined {
  if (/^(ECG\s*)?(lead\s*)?(M?L?II|ECG)$/i.test(name)) return CHANNEL.ecgII;
  if (/^(ECG\s*)?(lead\s*)?(M?L?I)$/i.test(name)) return CHANNEL.ecgI;
  if (/^(pleth|ppg)/i.test(name)) return CHANNEL.ppgInfrared;
  return undefined;
}

function recorded(signal: WfdbSignal, channel: Channel, path: string): RecordedChannel {
  const rateMilliHertz = Math.round(signal.rateHz * 1000);
  if (rateMilliHertz < 1 || rateMilliHertz > MAX_RATE_MILLIHERTZ) throw new UserError(`${signal.name} in ${path} has ${String(signal.rateHz)} samples a second, which no sensor of ours has: choose another record.`);
  return { name: signal.name, channel, rateMilliHertz, resolution: resolution(signal, channel), baseline: signal.baseline, samples: narrow(signal, path) };
}

function resolution({ unit, gain }: WfdbSignal, channel: Channel): number {
  if (channel !== CHANNEL.ecgI && channel !== CHANNEL.ecgII) return 0;
  const exact = (NANOVOLTS[unit.toLowerCase()] ?? 0) / gain;
  const whole = Math.round(exact);
  return whole > 0 && Math.abs(whole - exact) <= RESOLUTION_TOLERANCE * exact ? whole : 0;
}

function narrow({ name, samples }: WfdbSignal, path: string): Int16Array {
  if (samples instanceof Int16Array) return samples;
  const out = Int16Array.from(samples);
  const wide = samples.findIndex((sample, index) => sample !== out[index]);
  if (wide >= 0) throw new UserError(`${name} in ${path} has samples of more than 16 bits (${String(samples[wide])} at ${String(wide)}), which a waveform reading cannot hold: choose another record.`);
  return out;
}

/** CSV holds physical units: whole numbers within 16 bits are taken as counts, others as millivolts of lead II. */
function fromCsv(path: string, options: CsvOptions): Recording {
  const { name, rateHz, samples } = readCsv(path, options);
  const gap = samples.findIndex((sample) => Number.isNaN(sample));
  if (gap >= 0) throw new UserError(`${path} has no number in sample ${String(gap + 1)}, and a converter always gives one: cut the recording there.`);
  const counts = samples.every((sample) => Number.isInteger(sample) && sample >= -0x8000 && sample <= 0x7fff);
  const scale = counts ? 1 : CSV_COUNTS_PER_MILLIVOLT;
  const out = Int16Array.from(samples, (sample) => Math.round(sample * scale));
  const wide = samples.findIndex((sample, index) => Math.abs(sample * scale - out[index]!) > 1);
  if (wide >= 0) throw new UserError(`${path} has ${String(samples[wide])} in sample ${String(wide + 1)}, too large for millivolts: convert the file to millivolts or to whole counts of 16 bits.`);
  const channel: RecordedChannel = {
    name, channel: CHANNEL.ecgII, rateMilliHertz: Math.round(rateHz * 1000), resolution: counts ? 0 : 1e6 / CSV_COUNTS_PER_MILLIVOLT, baseline: 0, samples: out,
  };
  return { path, channels: [channel], seconds: out.length / rateHz, warnings: [] };
}

/** Sensors that play a recording from its start; the first start of a channel starts it, a stop holds it. */
export function recordingSensors(recording: Recording, timer: Timer): Sensors {
  return {
    vitals: { sample: () => [] },
    waveforms: recording.channels.map((channel) => new RecordedWaveform(channel, timer)),
  };
}

class RecordedWaveform implements WaveformSensor {
  readonly channel: Channel;
  readonly rateMilliHertz: number;
  readonly resolution: number;
  readonly baseline: number;
  readonly #samples: Int16Array;
  readonly #timer: Timer;
  /** next sample to be read, and the tick at which sample 0 would have been taken had it never been held */
  #next = 0;
  #zeroTick: number | undefined;

  constructor(recorded: RecordedChannel, timer: Timer) {
    this.channel = recorded.channel;
    this.rateMilliHertz = recorded.rateMilliHertz;
    this.resolution = recorded.resolution;
    this.baseline = recorded.baseline;
    this.#samples = recorded.samples;
    this.#timer = timer;
  }

  start(): void {
    this.#zeroTick ??= this.#timer.ticks() - (this.#next * 1e6) / this.rateMilliHertz;
  }

  stop(): void {
    this.#zeroTick = undefined;
  }

  read(): Samples | undefined {
    if (this.#zeroTick === undefined) return undefined;
    const due = Math.min(this.#samples.length, Math.floor(((this.#timer.ticks() - this.#zeroTick) * this.rateMilliHertz) / 1e6 + 1e-6));
    const count = Math.min(due - this.#next, MAX_READ_SAMPLES);
    if (count <= 0) return undefined;
    const firstIndex = this.#next;
    const tick = Math.max(0, Math.round(this.#zeroTick + (firstIndex * 1e6) / this.rateMilliHertz));
    this.#next += count;
    return { firstIndex, tick, samples: this.#samples.slice(firstIndex, firstIndex + count), quality: 100 };
  }
}
