// Curves of vital signs over time (uPlot): one chart a sign, with gaps where values were withheld or are missing, the
// spread of a minute as a band, and the quality with each number in the legend.
import uPlot from '/charts/uPlot.esm.js';
import { clockText, numberText, shortText, unitText } from './dom.js';

export const SIGNS = [
  { vital: 1, title: 'Heart rate', colour: '--heart', floor: [50, 110] },
  { vital: 2, title: 'Oxygen saturation', colour: '--oxygen', floor: [90, 100] },
  { vital: 3, title: 'Respiration', colour: '--breath', floor: [8, 24] },
  { vital: 4, title: 'Skin temperature', colour: '--warmth', floor: [30, 38] },
];
const HEIGHT = 150;
/** Points further apart than this are not joined. */
const BREAK_FACTOR = 4;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Series {
  #sign;
  #holder;
  #words;
  #plot;
  #observer;
  #times = [];
  #values = [];
  #qualities = [];
  #low = [];
  #high = [];
  #stepS = 1;

  /** @param holder for the plot. @param words for the value under the cursor, or the newest one */
  constructor(sign, holder, words) {
    this.#sign = sign;
    this.#holder = holder;
    this.#words = words;
    this.#observer = new ResizeObserver(() => { this.#plot?.setSize({ width: holder.clientWidth, height: HEIGHT }); });
    this.#observer.observe(holder);
  }

  /** @param points as /api/nodes/…/vitals gives them */
  set({ resolution, points, vitals }, fromMs, toMs) {
    this.#stepS = resolution === 'minute' ? 60 : 1;
    this.unit = unitText(vitals[this.#sign.vital].unit);
    this.#clear();
    for (const { timeMs, values } of points) this.#push(timeMs, values[this.#sign.vital]);
    this.#draw(fromMs, toMs);
  }

  /** A live reading; minutes are fetched anew instead. */
  add(timeMs, value, quality, fromMs) {
    if (this.#stepS !== 1 || timeMs / 1000 <= (this.#times.at(-1) ?? 0)) return;
    this.#push(timeMs, [value, quality]);
    while (this.#times.length > 0 && this.#times[0] * 1000 < fromMs) for (const list of [this.#times, this.#values, this.#qualities, this.#low, this.#high]) list.shift();
    this.#draw(fromMs, timeMs);
  }

  close() {
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  #clear() {
    for (const list of [this.#times, this.#values, this.#qualities, this.#low, this.#high]) list.length = 0;
  }

  #push(timeMs, found) {
    if (found === undefined) return;
    const time = timeMs / 1000;
    const last = this.#times.at(-1);
    if (last !== undefined && time - last > this.#stepS * BREAK_FACTOR) this.#row(last + this.#stepS, null, null, null, null);
    const [value, quality, low = value, high = value] = found;
    this.#row(time, value, quality, value === null ? null : low, value === null ? null : high);
  }

  #row(time, value, quality, low, high) {
    this.#times.push(time);
    this.#values.push(value);
    this.#qualities.push(quality);
    this.#low.push(low);
    this.#high.push(high);
  }

  #draw(fromMs, toMs) {
    const data = [this.#times, this.#values, this.#low, this.#high];
    if (this.#plot === undefined) this.#plot = new uPlot(this.#options(), data, this.#holder);
    else this.#plot.setData(data, false);
    this.#plot.setScale('x', { min: fromMs / 1000, max: toMs / 1000 });
    this.#say(null);
  }

  /** The value at `index`, or the newest one, with its quality. */
  #say(index) {
    const at = index ?? this.#times.length - 1;
    const value = this.#values[at];
    const quality = this.#qualities[at];
    if (at < 0 || quality === null || quality === undefined) this.#words.textContent = '';
    else this.#words.textContent = `${clockText(this.#times[at] * 1000)}  ${value === null ? 'withheld' : `${numberText(this.#sign.vital, value)} ${this.unit}`}, quality ${quality}`;
  }

  #options() {
    const { colour: name, floor } = this.#sign;
    const axis = { stroke: () => colour('--soft'), grid: { stroke: () => colour('--faint'), width: 1 }, ticks: { show: false }, font: '11px system-ui' };
    const hidden = { stroke: 'transparent', points: { show: false } };
    return {
      width: this.#holder.clientWidth || 320, height: HEIGHT, cursor: { y: false, drag: { x: false, y: false } }, legend: { show: false },
      scales: { x: { time: true }, y: { range: (_plot, low, high) => [Math.min(low ?? floor[0], floor[0]), Math.max(high ?? floor[1], floor[1])] } },
      axes: [{ ...axis, space: 70, size: 26, values: (_plot, splits) => splits.map((second) => shortText(second * 1000)) }, { ...axis, size: 38 }],
      series: [{}, { stroke: () => colour(name), width: 1.8, spanGaps: false, points: { show: false } }, hidden, hidden],
      bands: [{ series: [3, 2], fill: () => `color-mix(in srgb, ${colour(name)} 22%, transparent)` }],
      hooks: { setCursor: [(plot) => { this.#say(plot.cursor.idx); }] },
    };
  }
}
