// Reads a WFDB record: its header and its signal files, in raw ADC units. The whole record is held in memory, as
// suits a desktop tool; a node never reads files.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readOrExplain, WfdbError } from './error.ts';
import { parseHeader } from './header.ts';
import type { Header, SignalHeader } from './header.ts';
import { sampleFormat } from './samples.ts';

/** One signal of a record. */
export interface WfdbSignal {
  readonly name: string;
  readonly unit: string;
  /** ADC units per physical unit. */
  readonly gain: number;
  /** ADC value of 0 physical units. */
  readonly baseline: number;
  /** Raw ADC units. */
  readonly samples: Int16Array | Int32Array;
  readonly samplesPerFrame: number;
  readonly rateHz: number;
  /** The ADC value that stands for "no sample", if the format has one. */
  readonly missing: number | undefined;
}

/** A record, with what a careful reader should know about it. */
export interface WfdbRecord {
  readonly name: string;
  /** Frames a second; a signal's own rate is in the signal. */
  readonly rateHz: number;
  readonly signals: readonly WfdbSignal[];
  readonly comments: readonly string[];
  /** Sentences about doubtful but readable things, such as a wrong checksum. */
  readonly warnings: readonly string[];
}

/**
 * Reads `<path>.hea` and the signal files that it names, which lie beside it.
 * @param path without the extension (one of .hea is tolerated)
 * @throws WfdbError one sentence that says what is wrong and what to do
 */
export function readRecord(path: string): WfdbRecord {
  const base = path.replace(/\.hea$/, '');
  const headerPath = `${base}.hea`;
  const header = parseHeader(readOrExplain(headerPath, (name) => readFileSync(name, 'latin1')), headerPath);
  const warnings: string[] = [];
  const signals = new Array<WfdbSignal>(header.signals.length);
  for (const file of new Set(header.signals.map((signal) => signal.file))) {
    const bytes = readOrExplain(join(dirname(base), file), (name) => readFileSync(name));
    unpackFile(header, file, bytes, signals, warnings);
  }
  return { name: header.name, rateHz: header.rateHz, signals, comments: header.comments, warnings };
}

/** All signals of one file share a format and are interleaved, frame by frame. */
function unpackFile(header: Header, file: string, bytes: Uint8Array, signals: WfdbSignal[], warnings: string[]): void {
  const members = header.signals.map((signal, index) => ({ signal, index })).filter(({ signal }) => signal.file === file);
  const lead = members[0]!.signal;
  const format = sampleFormat(lead.format);
  if (format === undefined) {
    throw new WfdbError(`${file} is stored in format ${lead.format}, which is not read here: convert it to format 16 (WFDB's xform -o).`);
  }
  if (members.some(({ signal }) => signal.format !== lead.format || signal.byteOffset !== lead.byteOffset)) {
    throw new WfdbError(`${file} has signals of several formats in one file: the header is damaged, fetch it again.`);
  }
  const frameSize = members.reduce((sum, { signal }) => sum + signal.samplesPerFrame, 0);
  const available = Math.floor(format.count(Math.max(0, bytes.length - lead.byteOffset)) / frameSize);
  const frames = header.length ?? available;
  if (frames > available) {
    throw new WfdbError(
      `${file} is cut off (it holds ${available} of the ${frames} samples that its header promises): fetch it again.`,
    );
  }
  if (frames === 0) throw new WfdbError(`${file} holds no samples: fetch it again.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let place = 0;
  for (const { signal, index } of members) {
    const length = frames * signal.samplesPerFrame;
    const samples = format.wide ? new Int32Array(length) : new Int16Array(length);
    for (let i = 0; i < length; i++) {
      const frame = Math.floor(i / signal.samplesPerFrame);
      samples[i] = format.unpack(view, lead.byteOffset, frame * frameSize + place + (i % signal.samplesPerFrame));
    }
    place += signal.samplesPerFrame;
    note(signal, samples, file, header, warnings);
    signals[index] = {
      name: signal.name, unit: signal.unit, gain: signal.gain, baseline: signal.baseline, samples,
      samplesPerFrame: signal.samplesPerFrame, rateHz: header.rateHz * signal.samplesPerFrame, missing: format.missing,
    };
  }
}

/** Doubts that do not stop the reading: checksum (the low 16 bits of the sum of all samples) and skew. */
function note(signal: SignalHeader, samples: Int16Array | Int32Array, file: string, header: Header, warnings: string[]): void {
  if (signal.skew !== 0) warnings.push(`${signal.name} in ${file} has a skew of ${signal.skew} frames, which is not corrected.`);
  if (signal.checksum === undefined || header.length === undefined) return;
  let sum = 0;
  for (const sample of samples) sum = (sum + sample) | 0;
  if (((sum - signal.checksum) & 0xffff) !== 0) {
    warnings.push(`${signal.name} in ${file} does not match the checksum of its header; the file may be damaged.`);
  }
}
