// Alerts of bodies and of the system, newest first. What a person has seen is dimmed; new ones are spoken once.
import { dateText, el, fetchJson, numberText, post, unitText } from './dom.js';

const BODY_MINUTES = 15;
const EVENT_VITALS = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 9: 7 };
const spoken = new Set();
let isFirst = true;

/** @param onCount gets the number of alerts that nobody has seen */
export async function showAlerts(nowMs, onCount) {
  const { alerts } = await fetchJson('/api/alerts');
  const list = document.getElementById('alert-list');
  const open = alerts.filter((alert) => isOpen(alert, nowMs));
  list.replaceChildren(...alerts.slice(0, 60).map((alert) => item(alert, nowMs, onCount)));
  document.getElementById('no-alerts').hidden = alerts.length > 0;
  document.getElementById('alert-count').textContent = open.length > 0 ? `${open.length} to see to` : '';
  speak(alerts);
  onCount(open.length);
}

/** Alarms of a body are readings: they are open for a while, and then history. */
function isOpen({ source, seenMs, timeMs }, nowMs) {
  return source === 'system' ? seenMs === null : nowMs - timeMs < BODY_MINUTES * 60_000;
}

function item(alert, nowMs, onCount) {
  const isSeen = !isOpen(alert, nowMs);
  const who = alert.patient === null ? null : el('a', { href: `#/node/${alert.serial}` }, alert.patient);
  const button = alert.source === 'system' && !isSeen ? el('button', { type: 'button' }, 'Mark as seen') : null;
  button?.addEventListener('click', () => {
    button.disabled = true;
    void post(`/api/alerts/${alert.id}/seen`).then(() => showAlerts(nowMs, onCount), () => { button.disabled = false; });
  });
  const entry = el('li', { className: 'alert', data: { source: alert.source } },
    el('strong', {}, textOf(alert)), who, alert.detail ? el('span', {}, alert.detail) : null,
    el('span', { className: 'when' }, `${dateText(alert.timeMs)}${alert.quality === undefined || alert.quality === null ? '' : ` · quality ${alert.quality}`}`), button);
  if (isSeen) entry.dataset.seen = '';
  return entry;
}

function textOf({ source, text, name, code, value, unit }) {
  if (source === 'system') return text;
  if (value === null || value === undefined) return name ?? 'Event';
  const vital = EVENT_VITALS[code];
  return `${name}: ${vital === undefined ? value : numberText(vital, value)} ${unit === null ? '' : unitText(unit)}`.trim();
}

/** At the first load there is too much to say. */
function speak(alerts) {
  const fresh = alerts.filter((alert) => !spoken.has(nameOf(alert)));
  for (const alert of fresh) spoken.add(nameOf(alert));
  if (!isFirst && fresh.length > 0) document.getElementById('alert-voice').textContent = fresh.slice(0, 3).map((alert) => `${alert.patient ?? ''} ${textOf(alert)}`).join('. ');
  isFirst = false;
}

const nameOf = ({ source, id, serial, tick, boot, code }) => `${source} ${id ?? `${serial} ${boot} ${tick} ${code}`}`;
