// The page's entry: fetches the ward, listens for what is committed, and shows either all patients or one of them.
// The address after # says which: #/ or #/node/<serial>.
import { showAlerts } from './alerts.js';
import { Detail } from './detail.js';
import { agoText, el, fetchJson, measured, stateChip } from './dom.js';
import { Sparks } from './sparks.js';

const REFRESH_MS = 10_000;
const CARD_VITALS = [1, 2, 3, 4];
const NAMES = { 1: 'Heart rate', 2: 'Oxygen saturation', 3: 'Respiration', 4: 'Skin temperature' };

/** Who needs a look comes first. */
const STATE_ORDER = ['silent', 'late', 'live', 'never', 'revoked'];
const ORDER = new Intl.Collator(undefined, { numeric: true });
const sparks = new Sparks();

const by = (id) => document.getElementById(id);
const ward = { nodes: [], skewMs: 0 };
let detail;

const now = () => Date.now() + ward.skewMs;

async function refresh() {
  try {
    const { nowMs, nodes } = await fetchJson('/api/nodes');
    ward.skewMs = nowMs - Date.now();
    ward.nodes = nodes.sort((a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state) || ORDER.compare(a.patient ?? a.serial, b.patient ?? b.serial));
    await sparks.begin(nodes, nowMs);
    by('notice').hidden = true;
    draw();
  } catch (error) {
    tellTrouble(error);
  }
  await showAlerts(now(), drawSummary).catch(tellTrouble);
}

function tellTrouble(error) {
  by('notice').hidden = false;
  by('notice').textContent = error.status === 401 ? error.message : 'The health center does not answer. What is shown may be old; the page tries again by itself.';
}

function draw() {
  const wanted = by('find').value.trim().toLowerCase();
  const shown = ward.nodes.filter(({ patient, serial }) => `${patient} ${serial}`.toLowerCase().includes(wanted));
  by('nobody').hidden = ward.nodes.length > 0;
  by('nodes').replaceChildren(...shown.map(card));
  if (!by('ward').hidden) for (const canvas of by('nodes').querySelectorAll('canvas')) sparks.draw(canvas, canvas.dataset.serial, now());
  detail?.update(ward.nodes.find(({ serial }) => serial === detail.serial), now());
  drawSummary();
}

function drawSummary(unseen) {
  if (unseen !== undefined) ward.unseen = unseen;
  const count = (state) => ward.nodes.filter((node) => node.state === state).length;
  const parts = [ward.nodes.length === 1 ? '1 patient' : `${ward.nodes.length} patients`, `${count('live')} live`];
  for (const state of ['late', 'silent']) if (count(state) > 0) parts.push(`${count(state)} ${state}`);
  by('summary').replaceChildren(parts.join(' · '));
  if (ward.unseen > 0) by('summary').append(' · ', el('a', { href: '#alerts', data: { jump: '' } }, ward.unseen === 1 ? '1 alert' : `${ward.unseen} alerts`));
  document.title = ward.unseen > 0 ? `(${ward.unseen}) Lorica` : 'Lorica';
}

function card(node) {
  const list = el('dl', { className: 'vitals' });
  for (const vital of CARD_VITALS) {
    const found = node.vitals.find((each) => each.vital === vital);
    const value = found === undefined ? [el('span', { className: 'number' }, '–')] : measured(found);
    list.append(el('div', { className: `vital${found?.value === null ? ' withheld' : ''}` }, el('dt', {}, NAMES[vital]), el('dd', {}, ...value)));
  }
  const battery = node.vitals.find(({ vital }) => vital === 7);
  const holes = node.holes.length > 0 ? ' · readings missing' : '';
  return el('li', { className: 'card', data: { state: node.state } },
    el('div', { className: 'card-head' }, el('a', { href: `#/node/${node.serial}` }, node.patient ?? node.serial), stateChip(node.state)),
    list,
    el('canvas', { className: 'spark', data: { serial: node.serial }, attrs: { 'aria-hidden': 'true' } }),
    el('div', { className: 'card-foot' },
      el('span', { data: { ago: node.lastRecordMs ?? '' } }, agoText(node.lastRecordMs, now())),
      el('span', {}, `${battery?.value === undefined || battery.value === null ? '' : `battery ${battery.value} %`}${holes}`)));
}

/** The freshness of every card, without drawing it anew. */
function tick() {
  for (const span of document.querySelectorAll('[data-ago]')) span.textContent = agoText(span.dataset.ago === '' ? null : Number(span.dataset.ago), now());
  detail?.tick(now());
}

function takeReadings(readings) {
  for (const reading of readings) {
    const node = ward.nodes.find(({ serial }) => serial === reading.serial);
    if (node === undefined) continue;
    node.lastRecordMs = now();
    if (node.state !== 'revoked') node.state = 'live';
    if (reading.kind !== 'vitals') continue;
    takeVitals(node, reading);
    sparks.take(reading);
  }
  draw();
  detail?.take(readings, now());
  if (readings.some(({ kind }) => kind === 'event' || kind === 'gap')) void showAlerts(now(), drawSummary).catch(tellTrouble);
}

function takeVitals(node, { measurements, timeMs, uncertaintyMs, timeSource }) {
  for (const each of measurements) {
    const at = node.vitals.findIndex(({ vital }) => vital === each.vital);
    const fresh = { ...each, timeMs, uncertaintyMs, timeSource };
    if (at < 0) node.vitals.push(fresh);
    else if (node.vitals[at].timeMs <= timeMs) node.vitals[at] = fresh;
  }
}

function listen() {
  const source = new EventSource('/api/live');
  const say = (state, text) => {
    by('line').dataset.state = state;
    by('line').textContent = text;
  };
  source.addEventListener('open', () => {
    say('live', 'live');
    void refresh();
    void detail?.reload(now());
  });
  source.addEventListener('error', () => { say('lost', 'connection lost, trying again'); });
  source.addEventListener('readings', (event) => { takeReadings(JSON.parse(event.data)); });
}

/** Goes to the alerts, which are at the end in a narrow window, and stays where one is. */
function jump(event) {
  if (event.target.dataset?.jump === undefined) return;
  event.preventDefault();
  by('alerts').scrollIntoView();
  by('alerts-title').focus();
}

function route() {
  const serial = /^#\/node\/([0-9a-f]{16})$/.exec(location.hash)?.[1];
  if (detail?.serial === serial) return;
  detail?.close();
  detail = serial === undefined ? undefined : new Detail(serial, by('detail'));
  by('ward').hidden = detail !== undefined;
  by('detail').hidden = detail === undefined;
  if (detail === undefined) return;
  detail.update(ward.nodes.find((node) => node.serial === serial), now());
  void detail.reload(now());
  window.scrollTo(0, 0);
  by('detail').querySelector('h1')?.focus();
}

by('find').addEventListener('input', draw);
by('summary').addEventListener('click', jump);
window.addEventListener('hashchange', route);
await refresh();
route();
listen();
setInterval(tick, 1000);
setInterval(() => { void refresh(); }, REFRESH_MS);
