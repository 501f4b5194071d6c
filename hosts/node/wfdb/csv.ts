// Reads one column of numbers out of a CSV file: with or without a line of names, comma, semicolon or tab between
// the fields. Quoted fields may not hold separators or line ends: recordings have none.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readOrExplain, WfdbError } from './error.ts';

/** More rows than a day at 2 kHz; a bound against files that are no recording. */
export const MAX_ROWS = 200_000_000;

export interface CsvOptions {
  /** Name from the first line, or number counted from 1; without it the last column (a time column comes first). */
  readonly column?: string | number | undefined;
  /** Samples a second; without it the rate comes from a time column, if there is one. */
  readonly rate?: number | undefined;
}

/** One column of a CSV file. */
export interface CsvSignal {
  readonly name: string;
  readonly rateHz: number;
  /** Missing or non-numeric fields (at most a tenth of the rows) are NaN. */
  readonly samples: Float64Array;
  /** The names of the first line; empty where there is none. */
  readonly columns: readonly string[];
}

/**
 * Reads a column.
 * @throws WfdbError one sentence that says what is wrong and what to do
 */
export function readCsv(path: string, options: CsvOptions = {}): CsvSignal {
  return parseCsv(readOrExplain(path, (name) => readFileSync(name, 'utf8')), path, options);
}

/** Parses the text of a CSV file; see `readCsv`. */
export function parseCsv(text: string, path: string, options: CsvOptions = {}): CsvSignal {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  while (lines.length > 0 && lines[lines.length - 1]!.trim() === '') lines.pop();
  const first = lines[0];
  if (first === undefined) throw new WfdbError(`${path} is empty: name a file with one row a sample.`);
  if (lines.length > MAX_ROWS) throw new WfdbError(`${path} has more than ${MAX_ROWS} rows: cut it into parts.`);
  const separator = [';', '\t', ','].find((candidate) => first.includes(candidate)) ?? ',';
  const fields = split(first, separator);
  const columns = fields.every((field) => !isNumber(field)) ? fields : [];
  const index = columnIndex(options.column, columns, fields.length, path);
  const samples = numbers(lines, columns.length > 0 ? 1 : 0, separator, index, path);
  const rateHz = options.rate ?? rateFromTime(lines, columns, separator, path);
  if (!(Number.isFinite(rateHz) && rateHz > 0)) {
    throw new WfdbError(`The sampling rate of ${path} must be a number of Hz above 0: give it with --rate.`);
  }
  return { name: columns[index] ?? basename(path), rateHz, samples, columns };
}

function split(line: string, separator: string): string[] {
  return line.split(separator).map((field) => field.trim().replace(/^"(.*)"$/, '$1').trim());
}

function isNumber(field: string): boolean {
  return field !== '' && Number.isFinite(Number(field));
}

function columnIndex(column: string | number | undefined, columns: readonly string[], count: number, path: string): number {
  if (column === undefined) return count - 1;
  const named = columns.findIndex((name) => name.toLowerCase() === String(column).toLowerCase());
  if (named >= 0) return named;
  const number = Number(column);
  if (Number.isInteger(number) && number >= 1 && number <= count) return number - 1;
  const choice = columns.length > 0 ? `one of ${columns.join(', ')}` : `a number from 1 to ${count}`;
  throw new WfdbError(`${path} has no column "${column}": choose ${choice}.`);
}

function numbers(lines: readonly string[], from: number, separator: string, index: number, path: string): Float64Array {
  const samples = new Float64Array(lines.length - from);
  let bad = 0;
  let firstBad = 0;
  for (let i = 0; i < samples.length; i++) {
    const field = split(lines[from + i]!, separator)[index];
    const good = field !== undefined && isNumber(field);
    samples[i] = good ? Number(field) : Number.NaN;
    if (good) continue;
    if (bad === 0) firstBad = from + i + 1;
    bad++;
  }
  if (samples.length === 0) throw new WfdbError(`${path} has names but no rows: name a file with one row a sample.`);
  if (bad * 10 > samples.length) {
    throw new WfdbError(`${path} has no number in ${bad} of ${samples.length} rows of that column (first in line ${firstBad}): choose another --column or mend the file.`);
  }
  return samples;
}

const TIME_NAME = /^(timer?|t|seconds?|secs?|s|ms|millis(econds)?|timestamp)([\W_].*)?$/i;

/** A column called time, in seconds or (by name, or by steps of half a unit and more) milliseconds. */
function rateFromTime(lines: readonly string[], columns: readonly string[], separator: string, path: string): number {
  const index = columns.findIndex((name) => TIME_NAME.test(name));
  const rows = lines.length - 1;
  if (index >= 0 && rows >= 2) {
    const start = Number(split(lines[1]!, separator)[index]);
    const end = Number(split(lines[rows]!, separator)[index]);
    const step = (end - start) / (rows - 1);
    if (Number.isFinite(step) && step > 0) return 1 / (step >= 0.5 || /ms|milli/i.test(columns[index]!) ? step / 1000 : step);
  }
  throw new WfdbError(`${path} does not say how fast it was sampled: give the samples a second with --rate.`);
}
