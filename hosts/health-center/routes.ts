// The readable side of the health center: GET for what is known, POST for the little that a person may do here.
// Everything is behind access.ts; times are ms since 1970.
import type { FastifyInstance } from 'fastify';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { decodeReading } from 'lorica/reading/decode';
import { CHANNEL, EVENT, READING_KIND } from 'lorica/reading/reading';
import type { HealthCenter } from './center.ts';
import { EVENT_CODES } from './chronicle.ts';
import { heartRateOf } from './heart-rate.ts';
import type { LiveFeed } from './live.ts';
import { readingJson, storedJson, stripJson, timeJson, vitalJson } from './presentation.ts';
import { DAY_MS, type StoredReading } from './reading-store.ts';
import type { NodeRow } from './registry.ts';
import { MINUTE_MS } from './roll-ups.ts';
import type { Store } from './store.ts';
import type { WardView } from './ward-view.ts';
import { VITALS } from 'lorica/reading/reading';

export interface RouteOptions {
  readonly store: Store;
  readonly center: HealthCenter;
  readonly view: WardView;
  readonly live: LiveFeed;
  readonly now: () => number;
  readonly startedMs: number;
}

const MAX_ROWS = 5_000;
const DEFAULT_ROWS = 500;
/** Up to this span a series has single readings; beyond, minutes. */
const READINGS_SPAN_MS = 30 * MINUTE_MS;
const MAX_SPAN_MS = 31 * DAY_MS;
const MAX_STRIPS = 120;
const MAX_ALERTS = 200;
const ALERT_SPAN_MS = 7 * DAY_MS;
const KINDS: Readonly<Record<string, number>> = { unreadable: 0, ...READING_KIND };

/** Ends a request with a sentence. */
class RequestError extends Error {
  readonly statusCode: number;

  constructor(statusCode: number, sentence: string) {
    super(sentence);
    this.statusCode = statusCode;
  }
}

export function addRoutes(server: FastifyInstance, options: RouteOptions): void {
  const { store, view, now } = options;
  const nodeOf = (params: unknown): NodeRow => {
    const serial = fromHex((params as { serial: string }).serial);
    const node = serial?.length === 8 ? store.registry.nodeBySerial(serial) : undefined;
    if (node === undefined) throw new RequestError(404, 'There is no node with this serial.');
    return node;
  };
  server.get('/api/health', async () => health(options));
  server.get('/api/nodes', async () => ({ nowMs: now(), nodes: view.nodes(now()) }));
  server.get('/api/nodes/:serial', async (request) => view.node(nodeOf(request.params), now()));
  server.get('/api/nodes/:serial/readings', async (request) => readings(store, nodeOf(request.params), spanOf(request.query, now())));
  server.get('/api/nodes/:serial/vitals', async (request) => vitals(store, nodeOf(request.params), spanOf(request.query, now())));
  server.get('/api/nodes/:serial/waveform', async (request) => waveform(store, nodeOf(request.params), spanOf(request.query, now())));
  server.get('/api/nodes/:serial/gaps', async (request) => gaps(store, nodeOf(request.params)));
  server.get('/api/alerts', async () => ({ alerts: alerts(store, now()) }));
  server.post('/api/alerts/:id/seen', async (request) => {
    const id = Number((request.params as { id: string }).id);
    if (!Number.isSafeInteger(id) || !store.transaction(() => store.chronicle.markSeen(id, now()))) throw new RequestError(404, 'There is no such alert, or somebody has seen it already.');
    return { seenMs: now() };
  });
  server.post('/api/nodes/:serial/watch', async (request) => watch(options, nodeOf(request.params), request.body));
  server.post('/api/nodes/:serial/chains/:tag/close', async (request) => closeChain(options, nodeOf(request.params), (request.params as { tag: string }).tag));
  server.get('/api/live', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
    if (!options.live.join(reply.raw)) reply.raw.end();
  });
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
  readonly kind: number | undefined;
  readonly channel: number;
}

function spanOf(query: unknown, nowMs: number): Span {
  const given = query as Record<string, string | undefined>;
  const whole = (name: string, otherwise: number, least: number, most: number): number => {
    const text = given[name];
    const value = text === undefined ? otherwise : /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new RequestError(400, `"${name}" must be a whole number from ${least} to ${most}.`);
    return value;
  };
  const toMs = whole('to', nowMs + 1, 0, 2 ** 48);
  const fromMs = whole('from', Math.max(0, toMs - 15 * MINUTE_MS), 0, 2 ** 48);
  if (fromMs > toMs || toMs - fromMs > MAX_SPAN_MS) throw new RequestError(400, '"from" must lie before "to", by at most 31 days.');
  const { kind } = given;
  if (kind !== undefined && !Object.hasOwn(KINDS, kind)) throw new RequestError(400, `"kind" must be one of ${Object.keys(KINDS).join(', ')}.`);
  return { fromMs, toMs, limit: whole('limit', DEFAULT_ROWS, 1, MAX_ROWS), kind: kind === undefined ? undefined : KINDS[kind]!, channel: whole('channel', CHANNEL.ecgII, CHANNEL.ecgI, CHANNEL.accelerationZ) };
}

function health({ store, center, live, now, startedMs }: RouteOptions): unknown {
  return {
    status: 'up', nowMs: now(), upMs: now() - startedMs, ...center.load, viewers: live.viewers, ...center.statistics, stored: store.readings.count(),
    refused: store.chronicle.counters().map(({ gateway, code, count }) => ({ gateway: store.registry.gateways().find(({ id }) => id === gateway)?.name ?? null, code, count })),
  };
}

function readings(store: Store, node: NodeRow, { fromMs, toMs, limit, kind }: Span): unknown {
  const kinds = kind === undefined ? Object.values(KINDS) : [kind];
  const rows = kinds.flatMap((each) => store.readings.between(node.id, each, fromMs, toMs, limit)).sort((a, b) => a.timeMs - b.timeMs).slice(-limit);
  return { fromMs, toMs, readings: rows.map(storedJson) };
}

/** [value or null, quality] of each reading, or [mean or null, quality, minimum, maximum, withheld] of each minute. */
function vitals(store: Store, node: NodeRow, { fromMs, toMs }: Span): unknown {
  const names = Object.fromEntries(VITALS.flatMap((info, vital) => (info === undefined ? [] : [[vital, { name: info.name, unit: info.unit }]])));
  if (toMs - fromMs <= READINGS_SPAN_MS) {
    const points = store.readings.between(node.id, READING_KIND.vitals, fromMs, toMs, MAX_ROWS).map((stored) => {
      const reading = decodeReading(stored.plaintext);
      const measured = reading?.kind === 'vitals' ? reading.measurements.map(vitalJson) : [];
      return { ...timeJson(stored), values: Object.fromEntries(measured.map(({ vital, value, quality }) => [vital, [value, quality]])) };
    });
    return { resolution: 'reading', vitals: names, points };
  }
  const points = store.rollUps.between(node.id, fromMs, toMs).map(({ minuteMs, vitals: sums }) => ({
    timeMs: minuteMs,
    values: Object.fromEntries(sums.map(({ vital, count, withheld, minimum, maximum, sum, qualitySum }) => {
      const scale = VITALS[vital]!.perUnit;
      return [vital, [count === 0 ? null : sum / count / scale, Math.round(qualitySum / (count + withheld)), minimum / scale, maximum / scale, withheld]];
    })),
  }));
  return { resolution: 'minute', vitals: names, points };
}

function waveform(store: Store, node: NodeRow, { fromMs, toMs, channel, limit }: Span): unknown {
  const stored = store.readings.between(node.id, READING_KIND.waveform, fromMs, toMs, Math.min(limit, MAX_STRIPS), channel);
  const strips = stored.map((row) => ({ row, reading: decodeReading(row.plaintext) }));
  const newestBoot = stored.at(-1)?.boot;
  const sameBoot = strips.map(({ reading }) => reading).filter((r) => r?.kind === 'waveform').filter((r) => r.boot === newestBoot);
  return {
    channel, strips: strips.flatMap(({ row, reading }) => (reading?.kind === 'waveform' ? [stripJson(reading, row)] : [])),
    beats: channel <= CHANNEL.ecgII ? (heartRateOf(sameBoot)?.beats ?? []) : [],
  };
}

function gaps(store: Store, node: NodeRow): unknown {
  return {
    gaps: store.readings.gapsOf(node.id, DEFAULT_ROWS).map(({ tag, first, last, reason, createdMs }) => ({ tag: toHex(tag), first, last, reason, createdMs })),
    chains: store.sessions.openChainsOf(node.id).filter(({ holeSinceMs }) => holeSinceMs !== undefined).map((chain) => ({ tag: toHex(chain.tag), holeSinceMs: chain.holeSinceMs, missingFrom: store.sessions.opening(chain).acknowledgement().next })),
  };
}

/** Alarms of bodies (readings) and of the system (events), newest first. */
function alerts(store: Store, nowMs: number): unknown[] {
  const serials = new Map(store.registry.nodes().map((node) => [node.id, node]));
  const who = (node: number | undefined): Record<string, unknown> => {
    const row = node === undefined ? undefined : serials.get(node);
    return { serial: row === undefined ? null : toHex(row.serial), patient: row === undefined ? null : store.registry.patientLabel(row.patient) };
  };
  const system = store.chronicle.events({ alertsOnly: true, limit: MAX_ALERTS }).map(({ id, timeMs, code, node, detail, seenMs }) => ({ source: 'system', id, timeMs, code, text: EVENT_CODES[code], detail, seenMs: seenMs ?? null, ...who(node) }));
  const bodies = [...serials.keys()].flatMap((node) => store.readings.between(node, READING_KIND.event, nowMs - ALERT_SPAN_MS, nowMs + DAY_MS, MAX_ALERTS).map((stored) => bodyAlert(stored, who(node))));
  return [...system, ...bodies].sort((a, b) => b.timeMs - a.timeMs).slice(0, MAX_ALERTS);
}

function bodyAlert(stored: StoredReading, who: Record<string, unknown>): Record<string, unknown> & { timeMs: number } {
  const reading = decodeReading(stored.plaintext);
  return { source: 'body', ...(reading === undefined ? timeJson(stored) : readingJson(reading, stored)), timeMs: stored.timeMs, ...who };
}

/** Watching closely: ECG without a break and a batch every two seconds; or as the node does by itself. */
function watch({ center, store, now }: RouteOptions, node: NodeRow, body: unknown): unknown {
  const { close } = (body ?? {}) as { close?: unknown };
  if (typeof close !== 'boolean') throw new RequestError(400, 'The body must be {"close": true} or {"close": false}.');
  const ecg = close ? { seconds: 10, everySeconds: 10 } : { seconds: 10, everySeconds: 300 };
  const known = store.registry.plan(node)?.plan;
  const limits = known?.limits ?? new Map([[EVENT.heartRateHigh, 1300], [EVENT.heartRateLow, 400], [EVENT.oxygenSaturationLow, 880], [EVENT.temperatureHigh, 3850], [EVENT.batteryLow, 10]] as const);
  const plan = { vitalsIntervalMs: known?.vitalsIntervalMs ?? 1000, waveforms: new Map([[CHANNEL.ecgII, ecg]]), deliveryIntervalMs: close ? 2000 : 10_000, limits };
  if (!center.setPlan(node.serial, plan)) throw new RequestError(409, 'The node is revoked.');
  return { close, sinceMs: now() };
}

/** A person gives up what is missing of a chain. */
function closeChain({ center, now }: RouteOptions, node: NodeRow, tagText: string): unknown {
  const tag = fromHex(tagText);
  if (tag?.length !== 8 || !center.closeChain(node.serial, tag)) throw new RequestError(404, 'The node has no such chain with anything missing.');
  return { closedMs: now() };
}
