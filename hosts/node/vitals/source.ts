// Turns a recording on disk into what the firmware's modules take: integers at a rate they know, in order of time,
// with the gaps marked. WFDB records bring their units; for CSV the unit is told or guessed from the range.

import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { MAX_ECG_RATE_HZ, MIN_ECG_RATE_HZ } from 'lorica/vitals/qrs-detector';
import { MAX_PPG_RATE_HZ, MIN_PPG_RATE_HZ } from 'lorica/vitals/pulse-detector';
import { readCsv } from 'lorica/hosts/node/wfdb/csv';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import type { WfdbRecord, WfdbSignal } from 'lorica/hosts/node/wfdb/record';

export type SignalKind = 'ecg' | 'ppg';

export interface SourceOptions {
  readonly rate?: number | undefined;
  readonly column?: string | undefined;
  readonly signal?: SignalKind | undefined;
  readonly unit?: string | undefined;
}

/** One signal, ready for a monitor. */
export interface Channel {
  readonly name: string;
  /** Rate of the file. */
  readonly fileRateHz: number;
  /** File samples that were averaged to one sample here. */
  readonly decimation: number;
  readonly rateHz: number;
  /** Integers; NaN where the file has none. */
  readonly samples: Float64Array;
  /** Whether all samples are positive, so that a share of the mean makes sense. */
  readonly positive: boolean;
}

/** What is in a recording. */
export interface Source {
  readonly name: string;
  /** The one that was asked for; beats are counted in its samples. */
  readonly kind: SignalKind;
  readonly main: Channel;
  /** A pulse signal beside an ECG, which can contradict it. */
  readonly pulse: Channel | undefined;
  /** Red light, where `main` is infrared. */
  readonly red: Channel | undefined;
  readonly warnings: readonly string[];
}

const PPG_NAME = /pleth|ppg|spo2|bvp|^ir$|infrared|^red$|pulse/i;
const ECG_NAME = /^(ecg|ekg|m?lii?i?|mcl\d?|i{1,3}|v\d?|av[rlf]|[xyz]|v[xyz])\b/i;
/** ECG in microvolts; PPG on about as many counts as an 18-bit converter has. */
const MICROVOLTS: Readonly<Record<string, number>> = { uv: 1, 'µv': 1, mv: 1000, v: 1_000_000, nv: 0.001 };
const PPG_FULL_SCALE = 100_000;
const ECG_RANGE = 3000;

/** @throws WfdbError one sentence for the person at the keyboard */
export function openSource(path: string, options: SourceOptions): Source {
  if (/\.(csv|tsv|txt)$/i.test(path)) return csvSource(path, options);
  const base = path.replace(/\.(hea|dat|mat|atr)$/i, '');
  if (!existsSync(`${base}.hea`) && existsSync(path)) {
    throw new WfdbError(`${path} is neither a CSV file nor beside a WFDB header: rename it to .csv, or name the .hea file.`);
  }
  return wfdbSource(readRecord(base), options, path);
}

function csvSource(path: string, options: SourceOptions): Source {
  const first = readCsv(path, { column: options.column, rate: options.rate });
  const name = basename(path).replace(/\.[^.]*$/, '');
  const red = first.columns.find((column) => /^red$/i.test(column));
  const infrared = first.columns.find((column) => /^(ir|infrared)$/i.test(column));
  const both = options.column === undefined && red !== undefined && infrared !== undefined;
  const kind = options.signal ?? (both || PPG_NAME.test(first.name) ? 'ppg' : 'ecg');
  const read = (column: string | undefined) =>
    column === undefined || column === first.name ? first : readCsv(path, { column, rate: first.rateHz });
  const pair = both && kind === 'ppg';
  const signal = pair ? read(infrared) : first;
  const main = channel(signal.name, signal.rateHz, signal.samples, kind, options.unit, path, pair);
  const redSignal = pair ? read(red) : undefined;
  return {
    name, kind, main, pulse: undefined, warnings: [],
    red: redSignal === undefined ? undefined : channel(redSignal.name, redSignal.rateHz, redSignal.samples, kind, options.unit, path, true),
  };
}

function wfdbSource(record: WfdbRecord, options: SourceOptions, path: string): Source {
  const { signals } = record;
  const pulse = signals.find((signal) => PPG_NAME.test(signal.name));
  const lead = signals.find((signal) => ECG_NAME.test(signal.name) && signal !== pulse) ?? signals.find((signal) => /^[umnµ]?v$/i.test(signal.unit) && signal !== pulse);
  const chosen = options.column === undefined ? undefined : pick(signals, options.column, path);
  const kind = options.signal ?? (chosen !== undefined && PPG_NAME.test(chosen.name) ? 'ppg' : lead === undefined && chosen === undefined && pulse !== undefined ? 'ppg' : 'ecg');
  const main = chosen ?? (kind === 'ppg' ? pulse : (lead ?? signals[0]));
  if (main === undefined) {
    throw new WfdbError(`${path} has no PPG among its signals (${signals.map(({ name }) => name).join(', ')}): choose one with --column.`);
  }
  const open = (signal: WfdbSignal, as: SignalKind) =>
    channel(signal.name, options.rate ?? signal.rateHz, physical(signal), as, options.unit ?? signal.unit, path, false);
  return {
    name: record.name, kind, main: open(main, kind), red: undefined, warnings: record.warnings,
    pulse: kind === 'ecg' && pulse !== undefined && pulse !== main ? open(pulse, 'ppg') : undefined,
  };
}

function pick(signals: readonly WfdbSignal[], column: string, path: string): WfdbSignal {
  const found = signals.find(({ name }) => name.toLowerCase() === column.toLowerCase()) ?? signals[Number(column) - 1];
  if (found !== undefined) return found;
  throw new WfdbError(`${path} has no signal "${column}": choose one of ${signals.map(({ name }) => name).join(', ')}.`);
}

function physical(signal: WfdbSignal): Float64Array {
  return Float64Array.from(signal.samples, (sample) => (sample === signal.missing ? Number.NaN : (sample - signal.baseline) / signal.gain));
}

/** Brings a signal to integers of a useful size and to a rate that the monitors take. */
function channel(name: string, fileRateHz: number, values: Float64Array, kind: SignalKind, unit: string | undefined, path: string, counts: boolean): Channel {
  const [least, most] = kind === 'ecg' ? [MIN_ECG_RATE_HZ, MAX_ECG_RATE_HZ / 2] : [MIN_PPG_RATE_HZ, MAX_PPG_RATE_HZ];
  if (fileRateHz < least) {
    throw new WfdbError(`${path} has ${fileRateHz} samples a second, and ${kind === 'ecg' ? 'an ECG' : 'a PPG'} needs ${least} at least: check --rate and --signal.`);
  }
  const decimation = Math.ceil(fileRateHz / most);
  const averaged = decimate(values, decimation);
  const scale = counts ? 1 : kind === 'ecg' ? ecgScale(averaged, unit, path) : ppgScale(averaged);
  return {
    name, fileRateHz, decimation, rateHz: fileRateHz / decimation,
    samples: averaged.map((value) => Math.round(value * scale)),
    positive: averaged.every((value) => !(value <= 0)),
  };
}

function decimate(values: Float64Array, by: number): Float64Array {
  if (by === 1) return values;
  const out = new Float64Array(Math.floor(values.length / by));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let j = 0; j < by; j++) sum += values[i * by + j]!;
    out[i] = sum / by;
  }
  return out;
}

function ecgScale(values: Float64Array, unit: string | undefined, path: string): number {
  const range = spread(values);
  if (unit !== undefined) {
    const known = MICROVOLTS[unit.toLowerCase()];
    if (known !== undefined) return known;
    if (!/^(adu|counts?|nu|raw)$/i.test(unit)) {
      throw new WfdbError(`The unit "${unit}" of ${path} is not known for an ECG: give uV, mV, V or counts with --unit.`);
    }
    return range > 0 ? ECG_RANGE / range : 1;
  }
  // An ECG spans a few millivolts: smaller numbers are volts or millivolts, larger ones microvolts or counts.
  if (range < 0.05) return 1_000_000;
  return range < 50 ? 1000 : Math.min(1, (10 * ECG_RANGE) / range);
}

function ppgScale(values: Float64Array): number {
  let largest = 0;
  for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest > 0 ? PPG_FULL_SCALE / largest : 1;
}

/** From the first to the last thousandth of the sorted values. */
function spread(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return 0;
  return sorted[Math.floor(0.999 * (sorted.length - 1))]! - sorted[Math.floor(0.001 * (sorted.length - 1))]!;
}
