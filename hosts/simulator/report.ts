// What a simulation tells at its end, as text for people; --json prints the same object.

import type { HeartComparison, SampleComparison } from './comparison.ts';
import type { Counts } from './simulation.ts';

export interface Report {
  readonly nodes: number;
  readonly hours: number;
  readonly seed: number;
  readonly gateways: number;
  /** all that was captured was acknowledged in the end */
  readonly settled: boolean;
  readonly counts: Counts;
  /** read back from the store */
  readonly rows: number;
  readonly digest: string;
  /** what parts of the world noted, and how often */
  readonly notes: Readonly<Record<string, number>>;
  /** real time */
  readonly seconds: number;
  readonly samples?: readonly SampleComparison[];
  readonly heart?: HeartComparison | undefined;
}

/** @returns lines, the last with its line end */
export function describe(report: Report): string {
  const { nodes, hours, seed, gateways, counts, seconds } = report;
  const lines = [
    `${many(nodes, 'node')}, ${many(gateways, 'gateway')}, ${hours.toFixed(2)} h, seed ${String(seed)}, in ${seconds.toFixed(1)} s`,
    `captured ${String(counts.captured)}`,
    `delivered ${String(counts.delivered)}`,
    `stored ${String(counts.stored)}`,
    `acknowledged ${String(counts.acknowledged)}`,
    `handshakes ${String(counts.handshakes)}`,
  ];
  if (!report.settled) lines.push('NOT all that was captured was acknowledged in time');
  if (report.rows !== counts.stored) lines.push(`read back ${String(report.rows)} of ${String(counts.stored)} rows`);
  for (const samples of report.samples ?? []) lines.push(describeSamples(samples));
  if (report.heart !== undefined) lines.push(...describeHeart(report.heart));
  lines.push(`digest ${report.digest}`);
  return `${lines.join('\n')}\n`;
}

function describeSamples({ name, expected, stored, different, sameScale }: SampleComparison): string {
  const verdict = different === 0 && sameScale ? 'bit-exact' : `${String(different)} DIFFERENT${sameScale ? '' : ', scale LOST'}`;
  return `${name}: ${String(stored)} of ${String(expected)} samples in the store, ${verdict}`;
}

function describeHeart({ beats, meanPerMinute, experts }: HeartComparison): string[] {
  const lines = [`heart rate from the stored samples: ${meanPerMinute.toFixed(2)} beats per minute (${String(beats)} beats)`];
  if (experts === undefined) return [...lines, 'no expert annotations to compare with'];
  const { byBeat, byMinute } = experts;
  return [
    ...lines,
    `the experts': ${experts.meanPerMinute.toFixed(2)} beats per minute (${String(experts.beats)} beats); error ${(meanPerMinute - experts.meanPerMinute).toFixed(2)}`,
    `minute by minute (${String(byMinute.minutes)}): mean absolute error ${byMinute.meanAbsoluteError.toFixed(2)}, worst ${byMinute.worstError.toFixed(2)} beats per minute`,
    `beat by beat: sensitivity ${(100 * byBeat.sensitivity).toFixed(2)} %, positive predictivity ${(100 * byBeat.positivePredictivity).toFixed(2)} %`,
  ];
}

function many(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}
