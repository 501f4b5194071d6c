// The picture that a person looks at, as SVG: rate and quality over the whole recording, and below it strips of the
// signal with each beat marked, the first one, the worst ones and some in between.

import type { Analysis } from './analyse.ts';
import { clock } from './report.ts';
import type { Channel, Source } from './source.ts';

const WIDTH = 1200;
const LEFT = 60;
const PLOT = WIDTH - LEFT - 20;
const OVERVIEW = 180;
const STRIP = 120;
const STRIP_S = 12;
const STRIPS = 10;

/** @returns a complete SVG document */
export function draw(source: Source, analysis: Analysis): string {
  const seconds = Math.max(1, source.main.samples.length / source.main.rateHz);
  const starts = chooseStrips(analysis, seconds);
  const height = 60 + OVERVIEW + starts.length * (STRIP + 24);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${height}" fill="white"/>`,
    text(LEFT, 20, `${source.name}: ${source.main.name}, ${analysis.beats.length} beats. Black: rate a minute; grey: quality 0 to 100; red: alarms`),
    overview(analysis, seconds),
    ...starts.map((start, row) => strip(source.main, analysis, start, 60 + OVERVIEW + row * (STRIP + 24))),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function overview(analysis: Analysis, seconds: number): string {
  const x = (t: number) => LEFT + (PLOT * t) / seconds;
  const top = 30;
  const rates = analysis.heartRate.filter(({ perMinute }) => perMinute !== null).map(({ perMinute }) => perMinute ?? 0);
  const high = Math.max(100, ...rates);
  const y = (value: number) => top + OVERVIEW - (OVERVIEW * value) / high;
  const every = Math.max(1, Math.floor(analysis.heartRate.length / (2 * PLOT)));
  const points = analysis.heartRate.filter((_, i) => i % every === 0);
  const quality = points.map(({ t, quality: value }) => `${x(t).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
  const dots = points.filter(({ perMinute }) => perMinute !== null)
    .map(({ t, perMinute }) => `<circle cx="${x(t).toFixed(1)}" cy="${y(perMinute ?? 0).toFixed(1)}" r="1.3"/>`).join('');
  const alarms = analysis.alarms.map(({ t, until, kind }) =>
    `<rect x="${x(t).toFixed(1)}" y="${top}" width="${Math.max(1, x(until ?? seconds) - x(t)).toFixed(1)}" height="${OVERVIEW}" fill="red" opacity="0.15"><title>${kind}</title></rect>`);
  const axis = [0, high / 2, high].map((value) => text(8, y(value) + 4, value.toFixed(0)));
  return [`<polyline points="${quality}" fill="none" stroke="#aaa"/>`, dots, ...alarms, ...axis, text(LEFT, top + OVERVIEW + 18, '0:00'), text(WIDTH - 60, top + OVERVIEW + 18, clock(seconds))].join('\n');
}

function strip(channel: Channel, analysis: Analysis, start: number, top: number): string {
  const from = Math.round(start * channel.rateHz);
  const part = channel.samples.subarray(from, from + Math.round(STRIP_S * channel.rateHz));
  const known = part.filter((value) => !Number.isNaN(value)).sort();
  const low = known[Math.floor(0.002 * known.length)] ?? 0;
  const high = known[Math.ceil(0.998 * known.length) - 1] ?? 1;
  const x = (sample: number) => LEFT + (PLOT * sample) / (STRIP_S * channel.rateHz);
  const y = (value: number) => top + STRIP - (STRIP * Math.max(0, Math.min(1, (value - low) / Math.max(1, high - low))));
  let path = '';
  let pen = 'M';
  part.forEach((value, i) => {
    if (Number.isNaN(value)) pen = 'M';
    else {
      path += `${pen}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
      pen = 'L';
    }
  });
  const marks = analysis.beats.map((beat) => beat / channel.decimation - from).filter((at) => at >= 0 && at < part.length)
    .map((at) => `<line x1="${x(at).toFixed(1)}" x2="${x(at).toFixed(1)}" y1="${top}" y2="${top + STRIP}" stroke="#39c" stroke-dasharray="2 3"/>`);
  const reading = analysis.heartRate[Math.min(analysis.heartRate.length - 1, Math.floor(start + STRIP_S) - 1)];
  const label = reading === undefined ? '' : `, then ${reading.perMinute ?? 'withheld'} at quality ${reading.quality}`;
  return [...marks, `<path d="${path}" fill="none" stroke="black" stroke-width="0.8"/>`, text(LEFT, top - 4, `${clock(start)}, ${STRIP_S} s${label}`)].join('\n');
}

/** The start, evenly spaced places, and where the quality is lowest. */
function chooseStrips(analysis: Analysis, seconds: number): number[] {
  const starts = new Set<number>();
  const last = Math.max(0, Math.floor((seconds - STRIP_S) / STRIP_S));
  for (let i = 0; i < STRIPS / 2; i++) starts.add(Math.round((last * i) / (STRIPS / 2)) * STRIP_S);
  const blocks = Array.from({ length: last + 1 }, (_, block) => {
    const part = analysis.heartRate.slice(block * STRIP_S, (block + 1) * STRIP_S);
    return { start: block * STRIP_S, quality: part.reduce((sum, one) => sum + one.quality, 0) / Math.max(1, part.length) };
  }).filter(({ start }) => start > 0).sort((a, b) => a.quality - b.quality);
  for (const { start } of blocks) if (starts.size < STRIPS) starts.add(start);
  return [...starts].sort((a, b) => a - b);
}

function text(x: number, y: number, content: string): string {
  const escaped = content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return `<text x="${x.toFixed(0)}" y="${y.toFixed(0)}">${escaped}</text>`;
}
