// Holds what came out of the store against the recording that went in: the samples bit for bit, and the heart rate,
// computed from the stored samples alone, against the experts' annotations. Only this file reads annotations.

import { beatSamples, readAnnotations } from 'lorica/hosts/node/wfdb/annotations';
import { compareBeats, compareRates, type BeatComparison, type RateComparison, type RatePoint } from 'lorica/hosts/node/wfdb/compare';
import { CHANNEL } from 'lorica/reading/reading';
import { MAX_ECG_RATE_HZ, MIN_ECG_RATE_HZ, QrsDetector } from 'lorica/vitals/qrs-detector';
import { annotationFile, type RecordedChannel, type Recording } from './recording.ts';
import type { StoredWaveform } from './stored-waveform.ts';

/** The detector gives its last beats when it has seen what follows them. */
const FLUSH_SECONDS = 5;
/** Intervals outside of 20 to 300 beats a minute are no heart rate: a beat was missed, or none was. */
const LONGEST_INTERVAL_SECONDS = 3;
const SHORTEST_INTERVAL_SECONDS = 0.2;

export interface SampleComparison {
  readonly name: string;
  /** in the file */
  readonly expected: number;
  readonly stored: number;
  /** stored samples that are not the file's */
  readonly different: number;
  /** whether rate, resolution and baseline came through */
  readonly sameScale: boolean;
}

export interface HeartComparison {
  readonly beats: number;
  /** per minute, over the whole recording; NaN without beats */
  readonly meanPerMinute: number;
  /** the experts', where the recording has annotations */
  readonly experts?: { readonly beats: number; readonly meanPerMinute: number; readonly byBeat: BeatComparison; readonly byMinute: RateComparison } | undefined;
}

export function compareSamples(file: RecordedChannel, stored: StoredWaveform): SampleComparison {
  let different = 0;
  for (let index = 0; index < stored.end; index++) {
    const sample = stored.at(index);
    if (sample !== undefined && sample !== file.samples[index]) different++;
  }
  const { scale } = stored;
  const sameScale = scale?.rateMilliHertz === file.rateMilliHertz && scale.resolution === file.resolution && scale.baseline === file.baseline;
  return { name: file.name, expected: file.samples.length, stored: stored.count, different, sameScale };
}

/** @returns undefined when the store has no ECG that a detector can use */
export function compareHeart(recording: Recording, stored: StoredWaveform): HeartComparison | undefined {
  const { scale } = stored;
  if (scale === undefined) return undefined;
  const rateHz = scale.rateMilliHertz / 1000;
  if (rateHz < MIN_ECG_RATE_HZ || rateHz > MAX_ECG_RATE_HZ) return undefined;
  const detected = detectBeats(stored, rateHz);
  const rates = ratesOf(detected, rateHz);
  const found = { beats: detected.length, meanPerMinute: meanOf(rates) };
  const file = annotationFile(recording.path);
  if (file === undefined) return found;
  const reference = beatSamples(readAnnotations(file)).filter((sample) => sample < stored.end);
  const truth = ratesOf(reference, rateHz);
  return {
    ...found,
    experts: {
      beats: reference.length, meanPerMinute: meanOf(truth),
      byBeat: compareBeats(reference, detected, rateHz), byMinute: compareRates(truth, rates),
    },
  };
}

/** @returns the ECG channel of a recording that a heart rate can come from */
export function leadOf(recording: Recording): RecordedChannel | undefined {
  return recording.channels.find(({ channel }) => channel === CHANNEL.ecgII) ?? recording.channels.find(({ channel }) => channel === CHANNEL.ecgI);
}

/** Sample numbers of the beats in what is stored; where samples are missing the detector is told so. */
function detectBeats(stored: StoredWaveform, rateHz: number): number[] {
  const beats: number[] = [];
  const detector = new QrsDetector(rateHz, (index) => beats.push(index));
  // The detector wants microvolts, roughly; plain counts will do.
  const microvolts = (stored.scale!.resolution || 1000) / 1000;
  let last = 0;
  let missing = 0;
  for (let index = 0; index < stored.end; index++) {
    const sample = stored.at(index);
    if (sample === undefined) {
      missing++;
      continue;
    }
    if (missing > 0) detector.skip(missing);
    missing = 0;
    last = (sample - stored.scale!.baseline) * microvolts;
    detector.push(last);
  }
  for (let i = 0; i < FLUSH_SECONDS * rateHz; i++) detector.push(last);
  return beats.filter((index) => index >= 0 && index < stored.end).sort((a, b) => a - b);
}

/** The rate of each interval, at its end. */
function ratesOf(beats: readonly number[], rateHz: number): RatePoint[] {
  const rates: RatePoint[] = [];
  for (let i = 1; i < beats.length; i++) {
    const seconds = (beats[i]! - beats[i - 1]!) / rateHz;
    if (seconds >= SHORTEST_INTERVAL_SECONDS && seconds <= LONGEST_INTERVAL_SECONDS) rates.push({ t: beats[i]! / rateHz, perMinute: 60 / seconds });
  }
  return rates;
}

function meanOf(rates: readonly RatePoint[]): number {
  if (rates.length === 0) return Number.NaN;
  return rates.reduce((sum, { perMinute }) => sum + perMinute!, 0) / rates.length;
}
