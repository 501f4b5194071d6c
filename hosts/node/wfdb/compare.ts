// Compares what a detector found with a reference: beats in the manner of WFDB's bxb (each reference beat matched to
// the nearest free detection within a window, one to one), and heart rates minute by minute.

/** The window of ANSI/AAMI EC57 is 150 ms wide on each side; half of it is what this project demands. */
export const MATCH_WINDOW_MS = 75;

/** The outcome of a beat-by-beat comparison. */
export interface BeatComparison {
  readonly truePositives: number;
  readonly falseNegatives: number;
  readonly falsePositives: number;
  /** TP / (TP + FN), 0–1; NaN without reference beats. */
  readonly sensitivity: number;
  /** TP / (TP + FP), 0–1; NaN without detections. */
  readonly positivePredictivity: number;
  /** Mean of detection minus reference over the matched pairs, in ms. */
  readonly meanOffsetMs: number;
  /** Reference beats without a detection, and detections without a reference, as sample numbers. */
  readonly missed: readonly number[];
  readonly extra: readonly number[];
}

/**
 * Matches two rising lists of sample numbers.
 * @param rateHz of both lists
 * @throws RangeError when a list does not rise or the rate is not positive
 */
export function compareBeats(
  reference: readonly number[], detected: readonly number[], rateHz: number, windowMs = MATCH_WINDOW_MS,
): BeatComparison {
  if (!(rateHz > 0)) throw new RangeError('rate must be positive');
  requireRising(reference);
  requireRising(detected);
  const window = (windowMs * rateHz) / 1000;
  const missed: number[] = [];
  const extra: number[] = [];
  let matched = 0;
  let offsets = 0;
  let r = 0;
  let d = 0;
  while (r < reference.length && d < detected.length) {
    const distance = Math.abs(detected[d]! - reference[r]!);
    if (distance <= window && nearestFree(reference, detected, r, d, distance)) {
      matched++;
      offsets += detected[d++]! - reference[r++]!;
    } else if (detected[d]! < reference[r]!) extra.push(detected[d++]!);
    else missed.push(reference[r++]!);
  }
  missed.push(...reference.slice(r));
  extra.push(...detected.slice(d));
  return {
    truePositives: matched,
    falseNegatives: missed.length,
    falsePositives: extra.length,
    sensitivity: matched / (matched + missed.length),
    positivePredictivity: matched / (matched + extra.length),
    meanOffsetMs: matched === 0 ? Number.NaN : (offsets / matched / rateHz) * 1000,
    missed,
    extra,
  };
}

/** Give a pair up only when the next on the earlier side is nearer to the same partner. */
function nearestFree(reference: readonly number[], detected: readonly number[], r: number, d: number, distance: number): boolean {
  if (detected[d]! < reference[r]!) {
    const next = detected[d + 1];
    return next === undefined || Math.abs(next - reference[r]!) >= distance;
  }
  const next = reference[r + 1];
  return next === undefined || Math.abs(detected[d]! - next) >= distance;
}

function requireRising(list: readonly number[]): void {
  for (let i = 1; i < list.length; i++) if (list[i]! < list[i - 1]!) throw new RangeError('sample numbers must rise');
}

/** A rate at a time. */
export interface RatePoint {
  /** Seconds from the start of the recording. */
  readonly t: number;
  /** Beats or pulses a minute; `undefined` (or NaN) where it is withheld or unknown. */
  readonly perMinute: number | undefined;
}

export interface RateComparison {
  /** Minutes in which the reference has a value. */
  readonly minutes: number;
  /** Of these, minutes in which the measured rate was withheld throughout. */
  readonly withheldMinutes: number;
  /** Mean over the other minutes of |mean measured − mean reference|; NaN when there are none. */
  readonly meanAbsoluteError: number;
  readonly worstError: number;
}

/** Compares two rates minute by minute; in each minute the known values of either side are averaged. */
export function compareRates(reference: readonly RatePoint[], measured: readonly RatePoint[]): RateComparison {
  const truth = minuteMeans(reference);
  const found = minuteMeans(measured);
  let withheld = 0;
  let sum = 0;
  let worst = 0;
  for (const [minute, rate] of truth) {
    const mine = found.get(minute);
    if (mine === undefined) withheld++;
    else {
      sum += Math.abs(mine - rate);
      worst = Math.max(worst, Math.abs(mine - rate));
    }
  }
  const judged = truth.size - withheld;
  return {
    minutes: truth.size,
    withheldMinutes: withheld,
    meanAbsoluteError: judged === 0 ? Number.NaN : sum / judged,
    worstError: judged === 0 ? Number.NaN : worst,
  };
}

function minuteMeans(points: readonly RatePoint[]): Map<number, number> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const { t, perMinute } of points) {
    if (perMinute === undefined || !Number.isFinite(perMinute)) continue;
    const minute = Math.floor(t / 60);
    const entry = sums.get(minute) ?? { sum: 0, count: 0 };
    entry.sum += perMinute;
    entry.count++;
    sums.set(minute, entry);
  }
  return new Map([...sums].map(([minute, { sum, count }]) => [minute, sum / count]));
}
