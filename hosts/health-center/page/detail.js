// One patient: the newest values, curves over a chosen span, the ECG with the heart rate found in it, and what is
// missing. Live readings are added as they come; longer spans are fetched anew now and then.
import { agoText, certaintyText, clockText, dateText, el, fetchJson, measured, numberText, post, stateChip, unitText } from './dom.js';
import { drawStrip, joinStrips } from './ecg.js';
import { Series, SIGNS } from './series.js';

const SPANS = [['5 min', 300_000], ['30 min', 1_800_000], ['6 h', 21_600_000], ['24 h', 86_400_000]];
const TILES = [1, 2, 3, 4, 5, 6, 7, 8];
const ECG_SECONDS = 10;
const ECG_SPAN_MS = 7 * 86_400_000;
const RELOAD_MS = 30_000;
const TABLE_ROWS = 20;
const REASONS = { 1: 'left out after a reset', 2: 'journal full, thinned', 3: 'journal damaged', 4: 'lost by a restored backup', 5: 'given up by a person' };

export class Detail {
  serial;
  #root;
  #parts;
  #series;
  #spanMs = SPANS[0][1];
  #node;
  #ecg = { runs: [], beats: [], at: -1 };
  #reloadedMs = 0;
  #isEcgDue = false;
  #resize = new ResizeObserver(() => { this.#drawEcg(); });

  constructor(serial, root) {
    this.serial = serial;
    this.#root = root;
    this.#parts = build(this);
    root.replaceChildren(this.#parts.back, this.#parts.head, this.#parts.tiles, this.#parts.ecg.panel, this.#parts.curves, this.#parts.gaps);
    this.#series = SIGNS.map((sign) => new Series(sign, this.#parts.plots.get(sign.vital), this.#parts.words.get(sign.vital)));
    this.#resize.observe(this.#parts.ecg.holder);
  }

  close() {
    for (const series of this.#series) series.close();
    this.#resize.disconnect();
    this.#root.replaceChildren();
  }

  /** @param node as /api/nodes has it */
  update(node, nowMs) {
    if (node === undefined) return;
    this.#node = node;
    const { title, state, meta, watch } = this.#parts;
    title.textContent = node.patient ?? node.serial;
    state.replaceChildren(stateChip(node.state));
    meta.textContent = [`node ${node.serial}`, node.firmware, `last record ${agoText(node.lastRecordMs, nowMs)}`, node.lastHandshakeMs === null ? 'no session yet' : `keys agreed ${agoText(node.lastHandshakeMs, nowMs)}`].filter(Boolean).join(' · ');
    watch.setAttribute('aria-pressed', String(node.ecgIsContinuous));
    watch.disabled = node.state === 'revoked';
    const tiles = TILES.map((vital) => node.vitals.find((each) => each.vital === vital)).filter((each) => each !== undefined);
    const fromEcg = node.ecgHeartRate === null ? [] : [ecgTile(node.ecgHeartRate, nowMs)];
    const [heart, ...others] = tiles.map(tile);
    this.#parts.tiles.replaceChildren(...(heart === undefined ? [] : [heart]), ...fromEcg, ...others);
  }

  tick(nowMs) {
    if (this.#node !== undefined && nowMs - this.#reloadedMs > RELOAD_MS) void this.reload(nowMs);
    if (this.#isEcgDue) void this.#loadEcg(nowMs);
  }

  take(readings, nowMs) {
    for (const reading of readings) {
      if (reading.serial !== this.serial) continue;
      if (reading.kind === 'waveform' && reading.channel <= 2) this.#isEcgDue = true;
      if (reading.kind !== 'vitals' || nowMs - reading.timeMs > this.#spanMs) continue;
      for (const { vital, value, quality } of reading.measurements) {
        const at = SIGNS.findIndex((sign) => sign.vital === vital);
        if (at >= 0) this.#series[at].add(reading.timeMs, value, quality, nowMs - this.#spanMs);
      }
    }
  }

  async reload(nowMs) {
    this.#reloadedMs = nowMs;
    const from = Math.round(nowMs - this.#spanMs);
    const [vitals, gaps] = await Promise.all([
      fetchJson(`/api/nodes/${this.serial}/vitals?from=${from}&to=${Math.round(nowMs) + 1}`),
      fetchJson(`/api/nodes/${this.serial}/gaps`),
    ]).catch(() => []);
    if (vitals === undefined || !this.#root.contains(this.#parts.head)) return;
    for (const series of this.#series) series.set(vitals, from, nowMs);
    this.#parts.table.replaceChildren(tableOf(vitals));
    this.#drawGaps(gaps);
    await this.#loadEcg(nowMs);
  }

  setSpan(spanMs) {
    this.#spanMs = spanMs;
    for (const button of this.#parts.spans.children) button.setAttribute('aria-pressed', String(Number(button.value) === spanMs));
    void this.reload(Date.now());
  }

  async watch(close) {
    this.#parts.watch.disabled = true;
    await post(`/api/nodes/${this.serial}/watch`, { close }).catch(() => undefined);
    this.#parts.watch.setAttribute('aria-pressed', String(close));
    this.#parts.watch.disabled = false;
  }

  step(by) {
    this.#ecg.at = Math.min(this.#ecg.runs.length - 1, Math.max(0, this.#ecg.at + by));
    this.#drawEcg();
  }

  async #loadEcg(nowMs) {
    this.#isEcgDue = false;
    for (const channel of [2, 1]) {
      const found = await fetchJson(`/api/nodes/${this.serial}/waveform?channel=${channel}&from=${Math.round(nowMs - ECG_SPAN_MS)}&limit=60`).catch(() => undefined);
      if (found === undefined || found.strips.length === 0) continue;
      const wasNewest = this.#ecg.at === this.#ecg.runs.length - 1;
      const runs = joinStrips(found.strips);
      this.#ecg = { runs, beats: found.beats, at: wasNewest ? runs.length - 1 : Math.min(this.#ecg.at, runs.length - 1) };
      break;
    }
    if (this.#root.contains(this.#parts.head)) this.#drawEcg();
  }

  #drawEcg() {
    const { canvas, meta, earlier, later, none } = this.#parts.ecg;
    const run = this.#ecg.runs[this.#ecg.at];
    none.hidden = run !== undefined;
    canvas.hidden = run === undefined;
    earlier.disabled = this.#ecg.at <= 0;
    later.disabled = this.#ecg.at >= this.#ecg.runs.length - 1;
    if (run === undefined) return;
    const seconds = Math.min(ECG_SECONDS, run.samples.length / run.rateHz);
    const endMs = run.timeMs + (run.samples.length / run.rateHz) * 1000;
    meta.textContent = `${run.name} · ${dateText(endMs - seconds * 1000)} · ${seconds.toFixed(0)} s · quality ${run.quality} · 25 mm/s, 10 mm/mV${certaintyText(run) === '' ? '' : ` · ${certaintyText(run)}`}`;
    canvas.setAttribute('aria-label', `${run.name}, ${seconds.toFixed(0)} seconds up to ${clockText(endMs)}, quality ${run.quality}`);
    drawStrip(canvas, run, this.#ecg.beats, seconds);
  }

  #drawGaps(found) {
    const { gaps } = this.#parts;
    const missing = found.chains.map(({ tag, holeSinceMs, missingFrom }) => {
      const button = el('button', { type: 'button' }, 'Give up what is missing');
      button.addEventListener('click', () => {
        if (window.confirm('Give up the missing readings of this chain? They are then listed as a gap, and the node is told to forget them.')) void post(`/api/nodes/${this.serial}/chains/${tag}/close`).then(() => this.reload(Date.now()));
      });
      return el('tr', {}, el('td', {}, 'missing'), el('td', {}, `from ${missingFrom}`), el('td', {}, `since ${dateText(holeSinceMs)}`), el('td', {}, el('code', {}, tag)), el('td', {}, button));
    });
    const known = found.gaps.slice(0, TABLE_ROWS).map(({ tag, first, last, reason, createdMs }) => el('tr', {}, el('td', {}, REASONS[reason]), el('td', {}, `${first}–${last}`), el('td', {}, dateText(createdMs)), el('td', {}, el('code', {}, tag)), el('td', {})));
    gaps.replaceChildren(el('div', { className: 'panel-head' }, el('h2', {}, 'Gaps'), el('span', { className: 'meta' }, 'records that are missing or will not come')),
      missing.length + known.length === 0 ? el('p', { className: 'empty' }, 'Nothing is missing.') : el('div', { className: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, ...['What', 'Records', 'When', 'Chain', ''].map((text) => el('th', { scope: 'col' }, text)))), el('tbody', {}, ...missing, ...known))));
  }
}

function tile(each) {
  const name = each.vital === 1 ? 'heart rate, by the node' : each.name;
  return el('article', { className: `tile${each.value === null ? ' withheld' : ''}`, data: { vital: each.vital } },
    el('h3', {}, name[0].toUpperCase() + name.slice(1)), ...measured(each),
    el('span', { className: 'when' }, [clockText(each.timeMs), certaintyText(each)].filter(Boolean).join(' · ')));
}

/** What the health center found in the stored ECG itself. */
function ecgTile({ perMinute, quality, beats, seconds, timeMs }, nowMs) {
  return el('article', { className: `tile${perMinute === null ? ' withheld' : ''}`, data: { vital: 1 } },
    el('h3', {}, 'Heart rate, from stored ECG'), ...measured({ vital: 1, value: perMinute, unit: '/min', quality }),
    el('span', { className: 'when' }, `${beats} beats in ${seconds} s · ${agoText(timeMs, nowMs)}`));
}

function build(detail) {
  const title = el('h1', { id: 'detail-title', tabIndex: -1 }, '…');
  const state = el('span');
  const meta = el('p', { className: 'meta' });
  const watch = el('button', { type: 'button', title: 'ECG without a break and a delivery every two seconds; costs battery', attrs: { 'aria-pressed': 'false' } }, 'Watch closely');
  watch.addEventListener('click', () => { void detail.watch(watch.getAttribute('aria-pressed') !== 'true'); });
  const head = el('header', { className: 'detail-head' }, el('div', {}, el('div', { className: 'title' }, title, state), meta), el('div', { className: 'actions' }, watch));
  const spans = el('div', { className: 'spans', attrs: { role: 'group', 'aria-label': 'Span of the curves' } }, ...SPANS.map(([text, ms], i) => {
    const button = el('button', { type: 'button', value: String(ms), attrs: { 'aria-pressed': String(i === 0) } }, text);
    button.addEventListener('click', () => { detail.setSpan(ms); });
    return button;
  }));
  const plots = new Map(SIGNS.map(({ vital }) => [vital, el('div', { className: 'plot' })]));
  const words = new Map(SIGNS.map(({ vital }) => [vital, el('span', { className: 'words' })]));
  const table = el('div', { className: 'scroll' });
  const curves = el('section', { className: 'panel', attrs: { 'aria-label': 'Curves' } }, el('div', { className: 'panel-head' }, el('h2', {}, 'Curves'), spans),
    el('div', { className: 'charts' }, ...SIGNS.map(({ vital, title: name }) => el('figure', { className: 'chart', attrs: { 'aria-label': `${name} over time; the same as a table below` } },
      el('figcaption', {}, el('strong', {}, name), words.get(vital)), plots.get(vital)))),
    el('details', {}, el('summary', {}, 'The newest of them as a table'), table));
  const back = el('a', { className: 'back', href: '#/' }, '← All patients');
  return { title, state, meta, watch, head, spans, plots, words, table, curves, back, tiles: el('div', { className: 'tiles' }), gaps: el('section', { className: 'panel' }), ecg: buildEcg(detail) };
}

function buildEcg(detail) {
  const canvas = el('canvas', { className: 'strip', attrs: { role: 'img' } });
  const holder = el('div', {}, canvas);
  const none = el('p', { className: 'empty' }, 'No ECG has come yet.');
  const meta = el('span', { className: 'meta' });
  const earlier = el('button', { type: 'button' }, '← Earlier');
  const later = el('button', { type: 'button' }, 'Later →');
  earlier.addEventListener('click', () => { detail.step(-1); });
  later.addEventListener('click', () => { detail.step(1); });
  const panel = el('section', { className: 'panel', attrs: { 'aria-label': 'ECG' } }, el('div', { className: 'panel-head' }, el('h2', {}, 'ECG'), meta, el('div', { className: 'spans' }, earlier, later)), holder, none);
  return { panel, canvas, holder, none, meta, earlier, later };
}

function tableOf({ points, vitals, resolution }) {
  const shown = SIGNS.filter(({ vital }) => points.some(({ values }) => values[vital] !== undefined));
  const cell = (vital, found) => (found === undefined ? '–' : `${found[0] === null ? 'withheld' : `${numberText(vital, found[0])} ${unitText(vitals[vital].unit)}`} (${found[1]})`);
  return el('table', {}, el('caption', { className: 'visually-hidden' }, resolution === 'minute' ? 'Means of minutes, quality in brackets' : 'Readings, quality in brackets'),
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Time'), ...shown.map(({ title }) => el('th', { scope: 'col' }, title)))),
    el('tbody', {}, ...points.slice(-TABLE_ROWS).reverse().map(({ timeMs, values }) => el('tr', {}, el('td', {}, clockText(timeMs)), ...shown.map(({ vital }) => el('td', {}, cell(vital, values[vital])))))));
}
