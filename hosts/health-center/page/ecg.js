// ECG strips on paper: 25 mm a second and 10 mm a millivolt, as on the printed kind, in as many rows as the width needs.
// The marks below the trace are the beats that the health center found in the stored samples.

const SMALL_S = 0.04;
const SMALL_MV = 0.1;
const ROW_MV = 3;
/** the height of a small square, in CSS pixels */
const SQUARE = 5;
const MARK = 5;

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Joins strips that follow each other without a gap, newest last. @returns runs of samples with the time of the first */
export function joinStrips(strips) {
  const runs = [];
  for (const strip of [...strips].filter(({ samples }) => samples !== null).sort((a, b) => a.boot - b.boot || a.firstIndex - b.firstIndex)) {
    const last = runs.at(-1);
    if (last !== undefined && last.boot === strip.boot && last.rateHz === strip.rateHz && last.firstIndex + last.samples.length === strip.firstIndex) {
      last.samples.push(...strip.samples);
      last.quality = Math.min(last.quality, strip.quality);
    } else runs.push({ ...strip, samples: [...strip.samples] });
  }
  return runs.sort((a, b) => a.timeMs - b.timeMs);
}

/**
 * @param run of joined strips
 * @param beats sample indices, as the node counts
 * @param seconds how much of its end is drawn
 */
export function drawStrip(canvas, run, beats, seconds) {
  const width = canvas.parentElement.clientWidth;
  if (width === 0) return;
  const perRow = Math.max(2, Math.floor((width / SQUARE) * SMALL_S * 5) / 5);
  const rows = Math.max(1, Math.ceil(seconds / perRow));
  const rowHeight = (ROW_MV / SMALL_MV) * SQUARE;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(rows * rowHeight * ratio);
  canvas.style.height = `${rows * rowHeight}px`;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.fillStyle = style('--paper');
  context.fillRect(0, 0, width, rows * rowHeight);
  grid(context, width, rows * rowHeight);
  const count = Math.min(run.samples.length, Math.round(seconds * run.rateHz));
  const from = run.samples.length - count;
  const middle = median(run.samples.slice(from));
  for (let row = 0; row < rows; row++) trace(context, { run, beats, from, middle, row, perRow, rowHeight });
}

function grid(context, width, height) {
  for (let i = 0; i * SQUARE <= Math.max(width, height); i++) {
    context.strokeStyle = style(i % 5 === 0 ? '--paper-bold' : '--paper-thin');
    context.lineWidth = 1;
    context.beginPath();
    const at = Math.round(i * SQUARE) + 0.5;
    if (at <= width) {
      context.moveTo(at, 0);
      context.lineTo(at, height);
    }
    if (at <= height) {
      context.moveTo(0, at);
      context.lineTo(width, at);
    }
    context.stroke();
  }
}

function trace(context, { run, beats, from, middle, row, perRow, rowHeight }) {
  const { samples, rateHz, firstIndex } = run;
  const perSample = SQUARE / SMALL_S / rateHz;
  const start = from + Math.round(row * perRow * rateHz);
  const end = Math.min(samples.length, start + Math.round(perRow * rateHz) + 1);
  const base = row * rowHeight + rowHeight * 0.6;
  context.save();
  context.beginPath();
  context.rect(0, row * rowHeight, context.canvas.width, rowHeight);
  context.clip();
  context.strokeStyle = style('--trace');
  context.lineWidth = 1.4;
  context.lineJoin = 'round';
  context.beginPath();
  for (let i = start; i < end; i++) {
    const x = (i - start) * perSample;
    const y = base - ((samples[i] - middle) / SMALL_MV) * SQUARE;
    if (i === start) context.moveTo(x, y);
    else context.lineTo(x, y);
  }
  context.stroke();
  context.fillStyle = style('--heart');
  for (const beat of beats) {
    const at = beat - firstIndex;
    if (at < start || at >= end) continue;
    const x = (at - start) * perSample;
    const y = (row + 1) * rowHeight - 4;
    context.beginPath();
    context.moveTo(x - MARK, y);
    context.lineTo(x + MARK, y);
    context.lineTo(x, y - MARK * 1.6);
    context.fill();
  }
  context.restore();
}

/** The baseline: a strip's middle value, whatever the electrodes' offset. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? 0 : sorted[sorted.length >> 1];
}
