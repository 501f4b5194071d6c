// Runs whole signals through the monitors, as tests and benches need it.

import { EcgMonitor } from 'lorica/vitals/ecg-monitor';
import { compareBeats } from 'lorica/hosts/node/wfdb/compare';
import type { BeatComparison } from 'lorica/hosts/node/wfdb/compare';

/** What a lead's monitor said, second by second. */
export interface EcgRun {
  readonly beats: number[];
  readonly rates: (number | undefined)[];
  readonly qualities: number[];
  readonly irregularS: number;
  readonly asystoleS: number[];
}

/** Runs an ECG in microvolts. */
export function runEcg(samples: ArrayLike<number>, rateHz: number): EcgRun {
  const beats: number[] = [];
  const monitor = new EcgMonitor({ rateHz, onBeat: (index) => beats.push(index) });
  const rates: (number | undefined)[] = [];
  const qualities: number[] = [];
  const asystoleS: number[] = [];
  let irregularS = 0;
  for (let i = 0; i < samples.length; i++) {
    monitor.push(Math.round(samples[i]!));
    if ((i + 1) % rateHz !== 0) continue;
    rates.push(monitor.perMinute);
    qualities.push(monitor.quality);
    if (monitor.irregular === true) irregularS++;
    if (monitor.asystole === true) asystoleS.push((i + 1) / rateHz);
  }
  const last = Math.round(samples[samples.length - 1] ?? 0);
  for (let i = 0; i < monitor.latencySamples; i++) monitor.push(last);
  return { beats: beats.filter((beat) => beat < samples.length), rates, qualities, irregularS, asystoleS };
}

/** Runs an ECG and compares its beats with the true ones. */
export function compareRun(samples: ArrayLike<number>, truth: readonly number[], rateHz: number): EcgRun & { readonly comparison: BeatComparison } {
  const run = runEcg(samples, rateHz);
  return { ...run, comparison: compareBeats(truth, run.beats, rateHz) };
}

/** Mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
