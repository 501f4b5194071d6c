// WFDB header files (.hea), as header(5) of the WFDB applications guide describes them: one record line, one line a
// signal. Multi-segment records (a record line with "/segments") are recognised and refused, not read.

import { WfdbError } from './error.ts';

/** No known recorder has more; a larger count is a damaged header. */
export const MAX_SIGNALS = 256;
/** Twenty-four hours at 4 kHz and then some; a bound against headers that ask for all memory. */
export const MAX_SAMPLES = 400_000_000;
export const MAX_SAMPLES_PER_FRAME = 1024;

/** Gain that a header without one means (header(5): "200 ADC units per millivolt"). */
const DEFAULT_GAIN = 200;
/** Frames a second where the header names none (header(5)). */
const DEFAULT_RATE_HZ = 250;

/** One signal line. */
export interface SignalHeader {
  readonly file: string;
  readonly format: number;
  readonly samplesPerFrame: number;
  readonly skew: number;
  readonly byteOffset: number;
  /** ADC units per physical unit. */
  readonly gain: number;
  /** ADC value that stands for 0 physical units. */
  readonly baseline: number;
  readonly unit: string;
  readonly checksum: number | undefined;
  readonly name: string;
}

/** A whole header. */
export interface Header {
  readonly name: string;
  /** Frames a second. */
  readonly rateHz: number;
  /** Frames, or `undefined` where the header does not say. */
  readonly length: number | undefined;
  readonly signals: readonly SignalHeader[];
  /** The comment lines, without their "#". */
  readonly comments: readonly string[];
}

/**
 * Parses the text of a header.
 * @param path names the file in messages
 * @throws WfdbError when the text is not a header that this reader can use
 */
export function parseHeader(text: string, path: string): Header {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/).map((line) => line.trim());
  const comments = lines.filter((line) => line.startsWith('#')).map((line) => line.slice(1).trim());
  const content = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const first = content[0];
  if (first === undefined) throw new WfdbError(`${path} is empty: fetch the recording again.`);
  const record = parseRecordLine(first, path);
  const signals: SignalHeader[] = [];
  for (const line of content.slice(1, 1 + record.signalCount)) signals.push(parseSignalLine(line, path, signals.length));
  if (signals.length < record.signalCount) {
    throw new WfdbError(
      `${path} promises ${record.signalCount} signals and describes ${signals.length}: the file is cut off, fetch it again.`,
    );
  }
  return { name: record.name, rateHz: record.rateHz, length: record.length, signals, comments };
}

function parseRecordLine(line: string, path: string) {
  const parts = line.split(/\s+/);
  const name = parts[0] ?? '';
  if (name.includes('/')) {
    throw new WfdbError(`${path} joins several segments, which this reader does not: name one of the segments instead.`);
  }
  const signalCount = Number(parts[1]);
  if (!Number.isInteger(signalCount) || signalCount < 0 || signalCount > MAX_SIGNALS) {
    throw new WfdbError(`${path} is not a WFDB header (its first line has no signal count): check that it is a .hea file.`);
  }
  if (signalCount === 0) throw new WfdbError(`${path} describes no signals: there is nothing to read in this record.`);
  const rateHz = parts[2] === undefined ? DEFAULT_RATE_HZ : Number.parseFloat(parts[2]);
  if (!(rateHz > 0 && rateHz <= 100_000)) {
    throw new WfdbError(`${path} gives the sampling rate as "${parts[2]}": correct it to a number of Hz.`);
  }
  const samples = parts[3] === undefined ? 0 : Number(parts[3]);
  if (!Number.isInteger(samples) || samples < 0 || samples > MAX_SAMPLES) {
    throw new WfdbError(`${path} gives the number of samples as "${parts[3]}": correct it to a whole number.`);
  }
  return { name, signalCount, rateHz, length: samples === 0 ? undefined : samples };
}

const FORMAT_FIELD = /^(\d+)(?:x(\d+))?(?::(\d+))?(?:\+(\d+))?$/;
const GAIN_FIELD = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)(?:\(([+-]?\d+)\))?(?:\/(\S+))?$/;

function parseSignalLine(line: string, path: string, index: number): SignalHeader {
  const parts = line.split(/\s+/);
  const where = `${path}, signal ${index + 1}`;
  const file = parts[0] ?? '';
  if (file.includes('/') || file.includes('\\') || file === '..' || file === '~') {
    throw new WfdbError(`${where} points to "${file}": keep the signal file beside the header and name it without a folder.`);
  }
  const format = FORMAT_FIELD.exec(parts[1] ?? '');
  if (format === null) throw new WfdbError(`${where} has no storage format: the header is damaged, fetch it again.`);
  const samplesPerFrame = Number(format[2] ?? 1);
  if (samplesPerFrame < 1 || samplesPerFrame > MAX_SAMPLES_PER_FRAME) {
    throw new WfdbError(`${where} has ${samplesPerFrame} samples a frame: the header is damaged, fetch it again.`);
  }
  const gain = parts[2] === undefined ? undefined : GAIN_FIELD.exec(parts[2]);
  if (gain === null) throw new WfdbError(`${where} gives its gain as "${parts[2]}": correct it to a number.`);
  const adcZero = integer(parts[4], where) ?? 0;
  const checksum = integer(parts[6], where);
  return {
    file,
    format: Number(format[1]),
    samplesPerFrame,
    skew: Number(format[3] ?? 0),
    byteOffset: Number(format[4] ?? 0),
    gain: Number(gain?.[1] ?? 0) || DEFAULT_GAIN,
    baseline: gain?.[2] === undefined ? adcZero : Number(gain[2]),
    unit: gain?.[3] ?? 'mV',
    checksum,
    name: parts.slice(8).join(' ') || `signal ${index + 1}`,
  };
}

function integer(text: string | undefined, where: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw new WfdbError(`${where} has "${text}" where a whole number belongs: correct the header.`);
  return value;
}
