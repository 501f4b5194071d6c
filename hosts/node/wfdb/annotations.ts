// Reads MIT-format annotation files (.atr and kin), as annot(5) describes them. Of each annotation it keeps the
// sample number and the symbol; sub-types, channels and auxiliary text are skipped. The AHA format is not read.

import { readFileSync } from 'node:fs';
import { readOrExplain, WfdbError } from './error.ts';

/** One annotation. */
export interface Annotation {
  /** Index into the record's frames. */
  readonly sample: number;
  /** The standard one-character (or two) symbol: "N", "V", "+", … */
  readonly symbol: string;
}

/** Codes of ecgcodes.h in order; an empty place is a code that the standard leaves undefined. */
const SYMBOLS = [
  ' ', 'N', 'L', 'R', 'a', 'V', 'F', 'J', 'A', 'S', 'E', 'j', '/', 'Q', '~', '', '|', '', 's', 'T', '*', 'D', '"', '=',
  'p', 'B', '^', 't', '+', 'u', '?', '!', '[', ']', 'e', 'n', '@', 'x', 'f', '(', ')', 'r',
] as const;

const SKIP = 59;
const NUM = 60;
const SUB = 61;
const CHN = 62;
const AUX = 63;

/** The symbols that mark a heart beat (annot(5), "isqrs"). */
export const BEAT_SYMBOLS: ReadonlySet<string> = new Set(['N', 'L', 'R', 'a', 'V', 'F', 'J', 'A', 'S', 'E', 'j', '/', 'Q', 'B', '?', 'e', 'n', 'f', 'r']);

/**
 * Reads a whole annotation file.
 * @param path with its extension
 * @throws WfdbError when the file is missing or cut off
 */
export function readAnnotations(path: string): Annotation[] {
  return parseAnnotations(readOrExplain(path, (name) => readFileSync(name)), path);
}

/** Parses the bytes of an annotation file. @throws WfdbError when they end before the end mark */
export function parseAnnotations(bytes: Uint8Array, path: string): Annotation[] {
  const annotations: Annotation[] = [];
  let sample = 0;
  let at = 0;
  for (;;) {
    const word = wordAt(bytes, at, path);
    at += 2;
    if (word === 0) return annotations;
    const code = word >> 10;
    const value = word & 0x3ff;
    if (code === SKIP) {
      // The interval of a skip is a PDP-11 long: its high word comes first.
      sample += (wordAt(bytes, at, path) << 16) | wordAt(bytes, at + 2, path);
      at += 4;
    } else if (code === AUX) {
      at += value + (value & 1);
    } else if (code !== NUM && code !== SUB && code !== CHN) {
      sample += value;
      // Code 0 with an interval only moves on: it ends the notes about the file itself, which may step back by one.
      if (code !== 0) annotations.push({ sample, symbol: symbolOf(code, path) });
    }
  }
}

/** @returns the sample numbers of the beats among the annotations */
export function beatSamples(annotations: readonly Annotation[]): number[] {
  return annotations.filter((annotation) => BEAT_SYMBOLS.has(annotation.symbol)).map((annotation) => annotation.sample);
}

function wordAt(bytes: Uint8Array, at: number, path: string): number {
  const low = bytes[at];
  const high = bytes[at + 1];
  if (low === undefined || high === undefined) {
    throw new WfdbError(`${path} ends without its end mark: the file is cut off or no annotation file, fetch it again.`);
  }
  return low | (high << 8);
}

function symbolOf(code: number, path: string): string {
  const symbol = SYMBOLS[code];
  if (symbol === undefined || symbol === '') {
    // 42 to 49 are free for users; below and above there is nothing.
    if (code >= SYMBOLS.length && code <= 49) return `[${code}]`;
    throw new WfdbError(`${path} has the unknown annotation code ${code}: the file is damaged or no annotation file, check it.`);
  }
  return symbol;
}
