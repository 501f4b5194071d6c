// The table that a person reads: what was found in a recording, minute by minute.

import type { Analysis } from './analyse.ts';
import type { Source } from './source.ts';

/** Rows of the table; longer recordings have longer rows. */
const MAX_ROWS = 40;

/** @returns lines of text, ready to print */
export function report(source: Source, analysis: Analysis): string[] {
  const { main } = source;
  const seconds = analysis.heartRate.length;
  const shown = analysis.heartRate.filter(({ perMinute }) => perMinute !== null);
  const lines = [
    `${source.name}: ${source.kind === 'ecg' ? 'ECG' : 'PPG'} ${main.name}, ${round(main.fileRateHz)} Hz, ${clock(main.samples.length / main.rateHz)}`,
    `${analysis.beats.length} ${source.kind === 'ecg' ? 'beats' : 'pulses'}; rate shown in ${percent(shown.length, seconds)} of the time, withheld in ${percent(seconds - shown.length, seconds)}`,
  ];
  if (source.pulse !== undefined) lines.push(`${source.pulse.name} is used beside it, to contradict an asystole`);
  if (analysis.irregularSeconds > 0) lines.push(`rhythm called irregular for ${clock(analysis.irregularSeconds)}`);
  if (analysis.perfusionPercent !== undefined) lines.push(`perfusion index ${analysis.perfusionPercent.toFixed(2)} %`);
  if (analysis.spo2.length > 0) {
    const label = analysis.spo2[0]!.calibrated ? '' : ' (uncalibrated)';
    lines.push(`SpO2${label}: ${middle(analysis.spo2.map((one) => one.percent))} %`);
  }
  lines.push('', '   time      rate  quality  breaths', ...rows(analysis, seconds), '');
  if (analysis.alarms.length === 0) lines.push('no alarms');
  for (const { t, kind, until } of analysis.alarms) lines.push(`alarm ${kind} at ${clock(t)}${until === null ? ', lasting to the end' : `, over at ${clock(until)}`}`);
  return [...lines, ...source.warnings.map((warning) => `note: ${warning}`)];
}

function rows(analysis: Analysis, seconds: number): string[] {
  const step = Math.max(1, Math.ceil(seconds / 60 / MAX_ROWS)) * 60;
  const lines: string[] = [];
  for (let from = 0; from < seconds; from += step) {
    const part = analysis.heartRate.slice(from, from + step);
    const breaths = analysis.breathing.slice(from, from + step).map((one) => one.perMinute);
    const quality = part.reduce((sum, one) => sum + one.quality, 0) / part.length;
    lines.push(`${clock(from).padStart(7)}  ${middle(part.map((one) => one.perMinute)).padStart(8)}  ${quality.toFixed(0).padStart(7)}  ${middle(breaths).padStart(7)}`);
  }
  return lines;
}

/** The middle of the values that were not withheld, or a dash. */
function middle(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const value = known[known.length >> 1];
  return value === undefined ? '-' : value.toFixed(1);
}

export function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${Math.round((100 * part) / whole)} %`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
