// Small helpers for building the page: elements, numbers, times. Text goes in as text, never as markup.

/** @returns an element with properties, dataset, attributes and children */
export function el(name, { data, attrs, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  Object.assign(element.dataset, data);
  for (const [key, value] of Object.entries(attrs ?? {})) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const DIGITS = { 1: 0, 2: 1, 3: 0, 4: 1, 5: 1, 6: 0, 7: 0, 8: 0 };
const UNITS = { '/min': '/min', Cel: '°C', 'm[g]': 'mg', 1: '' };

export const unitText = (unit) => UNITS[unit] ?? unit;
export const numberText = (vital, value) => value.toFixed(DIGITS[vital] ?? 1);

/** A value with its unit, and below it its quality; what is withheld says so. */
export function measured({ vital, value, unit, quality }) {
  return [
    el('span', { className: 'amount' }, el('span', { className: 'number' }, value === null ? 'withheld' : numberText(vital, value)), ' ', value === null ? null : el('span', { className: 'unit' }, unitText(unit))),
    qualityBar(quality),
  ];
}

export function qualityBar(quality) {
  const level = quality >= 80 ? 'good' : quality >= 50 ? 'fair' : 'poor';
  const fill = el('b');
  fill.style.width = `${quality}%`;
  return el('span', { className: 'quality', title: `signal quality ${quality} of 100`, data: { level } },
    el('i', { attrs: { 'aria-hidden': 'true' } }, fill), el('span', { className: 'visually-hidden' }, 'quality '), String(quality));
}

/** "12 s ago" */
export function agoText(timeMs, nowMs) {
  if (timeMs === null || timeMs === undefined) return 'never';
  const seconds = Math.max(0, Math.round((nowMs - timeMs) / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86_400)} days ago`;
}

// A ward's clock has 24 hours.
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const SHORT = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DATE = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
export const clockText = (timeMs) => CLOCK.format(timeMs);
export const shortText = (timeMs) => SHORT.format(timeMs);
export const dateText = (timeMs) => DATE.format(timeMs);

/** How well a time is known, in words; nothing where it is known to a second. */
export function certaintyText({ uncertaintyMs, timeSource }) {
  if (timeSource === 'arrival') return 'time of arrival';
  const seconds = uncertaintyMs / 1000;
  const span = seconds < 90 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${Math.round(seconds / 60)} min`;
  if (timeSource === 'placed') return `about, ± ${span}`;
  return seconds >= 1 ? `± ${span}` : '';
}

const STATES = { live: 'live', late: 'late', silent: 'silent', never: 'not heard yet', revoked: 'revoked' };
export const stateChip = (state) => el('span', { className: 'state', data: { state } }, STATES[state]);

export async function fetchJson(path, options) {
  const response = await fetch(path, options);
  const body = response.headers.get('content-type')?.includes('json') ? await response.json() : { error: await response.text() };
  if (!response.ok) throw Object.assign(new Error(body.error), { status: response.status });
  return body;
}

export const post = (path, body) => fetchJson(path, body === undefined ? { method: 'POST' } : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
