// Heart rate at the health center: from stored ECG samples and nothing else, so that the page can show it beside what
// the node's own hub says. One lead of one boot at a time; where samples are missing the detector is told so.
// It names no rhythm and is no diagnosis.
import { ENCODING, type WaveformReading } from 'lorica/reading/reading';
import { EcgMonitor } from 'lorica/vitals/ecg-monitor';
import { MAX_ECG_RATE_HZ, MIN_ECG_RATE_HZ, QrsDetector } from 'lorica/vitals/qrs-detector';
import { decodeSamples } from 'lorica/waveform/rice';

/** The detector gives its last beats only after it has seen what follows them. */
const FLUSH_SECONDS = 5;
/** Intervals of 20 to 300 beats a minute are a heart's. */
const LONGEST_INTERVAL_MS = 3000;
const SHORTEST_INTERVAL_MS = 200;
const LEAST_INTERVALS = 3;
const WITHHELD_BELOW = 50;

export interface EcgHeartRate {
  /** of the median interval; `undefined`: withheld */
  readonly perMinute: number | undefined;
  /** signal quality, 0–100 */
  readonly quality: number;
  /** sample indices of the beats, as the node counts them */
  readonly beats: readonly number[];
  /** samples that it was computed from */
  readonly samples: number;
}

/**
 * @param strips waveform readings of one channel and one boot
 * @returns `undefined` if there is nothing that a detector can use
 */
export function heartRateOf(strips: readonly WaveformReading[]): EcgHeartRate | undefined {
  const ordered = [...strips].sort((a, b) => a.firstIndex - b.firstIndex);
  const [first] = ordered;
  if (first === undefined) return undefined;
  const rateHz = first.rateMilliHertz / 1000;
  if (rateHz < MIN_ECG_RATE_HZ || rateHz > MAX_ECG_RATE_HZ) return undefined;
  const found: number[] = [];
  const detector = new QrsDetector(rateHz, (index) => found.push(index));
  const monitor = new EcgMonitor({ rateHz });
  let next = first.firstIndex;
  let quality = 0;
  let samples = 0;
  let last = 0;
  for (const strip of ordered) {
    const values = microvoltsOf(strip);
    if (values === undefined || strip.firstIndex < next || strip.rateMilliHertz !== first.rateMilliHertz) continue;
    if (strip.firstIndex > next) {
      detector.skip(strip.firstIndex - next);
      monitor.skip(strip.firstIndex - next);
    }
    for (const value of values) {
      detector.push(value);
      monitor.push(value);
    }
    last = values.at(-1) ?? last;
    next = strip.firstIndex + values.length;
    samples += values.length;
    quality = monitor.quality;
  }
  for (let i = 0; i < FLUSH_SECONDS * rateHz; i++) detector.push(last);
  const beats = found.map((index) => index + first.firstIndex).filter((index) => index >= first.firstIndex && index < next).sort((a, b) => a - b);
  return { perMinute: quality < WITHHELD_BELOW ? undefined : medianRate(beats, rateHz), quality, beats, samples };
}

/** @returns the samples about zero in microvolts (plain counts where the resolution is not known), or `undefined` when they do not unpack */
export function microvoltsOf(strip: WaveformReading): Float64Array | undefined {
  const counts = strip.encoding === ENCODING.rice ? decodeSamples(strip.samples, strip.count) : plainSamples(strip);
  if (counts === undefined) return undefined;
  const scale = strip.resolution === 0 ? 1 : strip.resolution / 1000;
  return Float64Array.from(counts, (count) => (count - strip.baseline) * scale);
}

function plainSamples({ samples, count }: WaveformReading): Int16Array | undefined {
  if (samples.length !== 2 * count) return undefined;
  const view = new DataView(samples.buffer, samples.byteOffset, samples.length);
  return Int16Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true));
}

function medianRate(beats: readonly number[], rateHz: number): number | undefined {
  const intervals: number[] = [];
  for (let i = 1; i < beats.length; i++) {
    const ms = ((beats[i]! - beats[i - 1]!) * 1000) / rateHz;
    if (ms >= SHORTEST_INTERVAL_MS && ms <= LONGEST_INTERVAL_MS) intervals.push(ms);
  }
  if (intervals.length < LEAST_INTERVALS) return undefined;
  intervals.sort((a, b) => a - b);
  const middle = intervals.length >> 1;
  const median = intervals.length % 2 === 1 ? intervals[middle]! : (intervals[middle - 1]! + intervals[middle]!) / 2;
  return 60_000 / median;
}
