// The heart rate of the last minutes on each card: a line without numbers, broken where values were withheld.
import { fetchJson } from './dom.js';

const SPAN_MS = 300_000;
/** Cards whose past is fetched; further ones begin with what comes live. */
const MAX_FETCHED = 24;
const BREAK_MS = 5_000;
/** a line's least range, beats a minute */
const LEAST_RANGE = 30;

export class Sparks {
  #points = new Map();

  /** Fetches the past of cards that have none yet. */
  async begin(nodes, nowMs) {
    const missing = nodes.filter(({ serial }) => !this.#points.has(serial)).slice(0, MAX_FETCHED);
    await Promise.all(missing.map(async ({ serial }) => {
      this.#points.set(serial, []);
      const { points } = await fetchJson(`/api/nodes/${serial}/vitals?from=${nowMs - SPAN_MS}&to=${nowMs + 1}`);
      for (const { timeMs, values } of points) this.#push(serial, timeMs, values[1]?.[0] ?? null);
    }));
  }

  take({ serial, timeMs, measurements }) {
    const heart = measurements.find(({ vital }) => vital === 1);
    if (heart !== undefined) this.#push(serial, timeMs, heart.value);
  }

  draw(canvas, serial, nowMs) {
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    const points = (this.#points.get(serial) ?? []).filter(({ timeMs }) => timeMs > nowMs - SPAN_MS);
    const values = points.map(({ value }) => value).filter((value) => value !== null);
    if (values.length < 2) return;
    const low = Math.min(...values);
    const range = Math.max(LEAST_RANGE, Math.max(...values) - low);
    const middle = (low + Math.max(...values)) / 2;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue('--heart');
    context.lineWidth = 1.5;
    context.lineJoin = 'round';
    context.beginPath();
    let last;
    for (const { timeMs, value } of points) {
      if (value !== null) {
        const x = width * (1 - (nowMs - timeMs) / SPAN_MS);
        const y = height / 2 - ((value - middle) / range) * (height - 6);
        if (last === undefined || timeMs - last > BREAK_MS) context.moveTo(x, y);
        else context.lineTo(x, y);
      }
      last = value === null ? undefined : timeMs;
    }
    context.stroke();
  }

  #push(serial, timeMs, value) {
    const points = this.#points.get(serial) ?? [];
    this.#points.set(serial, points);
    // Late ones are for the curves of the patient's own page.
    if (timeMs > (points.at(-1)?.timeMs ?? 0)) points.push({ timeMs, value });
    while (points.length > 0 && points[0].timeMs < timeMs - SPAN_MS) points.shift();
  }
}
