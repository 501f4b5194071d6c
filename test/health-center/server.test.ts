// The HTTP side: nothing without the token, readings with their quality and the certainty of their time, alerts that a
// person can see to, and live events.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestTls } from 'node:https';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { toHex } from 'lorica/bytes/bytes';
import { keepToken } from 'lorica/hosts/health-center/access';
import { LiveFeed } from 'lorica/hosts/health-center/live';
import { startServer } from 'lorica/hosts/health-center/server';
import { isLoopback } from 'lorica/hosts/health-center/settings';
import { WardView } from 'lorica/hosts/health-center/ward-view';
import { CertificateAuthority } from 'lorica/hosts/node/certificates';
import { UserError } from 'lorica/hosts/node/failure';
import { entropy } from 'lorica/primitives/entropy';
import { Bench, temporaryFolder, type BareNode } from './bench.ts';

const TOKEN = 'ab'.repeat(32);

interface Side {
  readonly bench: Bench;
  readonly node: BareNode;
  readonly server: FastifyInstance;
  readonly port: number;
  readonly serial: string;
  get(path: string): Promise<Record<string, unknown>>;
  status(path: string, headers?: Record<string, string>): Promise<number>;
}

async function side(): Promise<Side> {
  const live = new LiveFeed();
  const holder: { view?: WardView } = {};
  const bench = new Bench({ center: { onCommitted: (readings) => { holder.view?.take(readings, bench.now); live.tell(readings); } } });
  holder.view = new WardView(bench.store);
  const node = bench.node({ patient: 'Person One' });
  node.handshake();
  const { server, port } = await startServer({
    store: bench.store, center: bench.center, view: holder.view, live, token: TOKEN, host: '127.0.0.1', port: 0, now: () => bench.now, startedMs: bench.now,
    onError: (error) => { throw error; },
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  return {
    bench, node, server, port, serial: toHex(node.enrolment.serial),
    async get(path) {
      const response = await server.inject({ url: path, headers });
      assert.equal(response.statusCode, 200, response.body);
      return response.json<Record<string, unknown>>();
    },
    status: async (path, own = headers) => (await server.inject({ url: path, headers: own })).statusCode,
  };
}

describe('health center: access', () => {
  let it_: Side;
  before(async () => { it_ = await side(); });
  after(() => it_.server.close());

  it('shows nothing without the token, and takes it from the link once', async () => {
    const { server, status } = it_;
    for (const path of ['/', '/main.js', '/api/nodes', '/api/live', '/api/health', '/charts/uPlot.esm.js', '/api/nothing']) assert.equal(await status(path, {}), 401, path);
    const wrong = TOKEN.replace('a', 'b');
    assert.equal(await status('/api/nodes', { authorization: `Bearer ${wrong}` }), 401);
    assert.equal(await status('/api/nodes', { cookie: `lorica=${wrong}` }), 401);
    const first = await server.inject({ url: `/?token=${TOKEN}` });
    assert.equal(first.statusCode, 303);
    assert.equal(first.headers.location, '/', 'the token leaves the address');
    const cookie = String(first.headers['set-cookie']);
    assert.match(cookie, /HttpOnly/);
    assert.match(cookie, /SameSite=Strict/);
    const page = await server.inject({ url: '/', headers: { cookie: cookie.split(';')[0]! } });
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /<title>Lorica<\/title>/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
  });

  it('lets nobody guess for long', async () => {
    const codes: number[] = [];
    for (let i = 0; i < 20; i++) codes.push(await it_.status('/api/nodes', { authorization: `Bearer ${String(i).padStart(64, '0')}` }));
    assert.equal(codes.at(-1), 429);
    assert.equal(await it_.status('/api/nodes'), 200, 'who has the token is not kept out');
  });

  it('serves no file beside its own', async () => {
    for (const path of ['/../server.ts', '/%2e%2e/server.ts', '/..%2fstore.ts', '/charts/../../../package.json']) assert.notEqual(await it_.status(path), 200, path);
  });

  it('keeps the token in a file that only its owner can read', () => {
    const file = join(temporaryFolder(), 'token');
    const token = keepToken(file, entropy);
    assert.equal(keepToken(file, entropy), token);
    if (process.platform === 'win32') return;
    assert.equal(statSync(file).mode & 0o777, 0o600);
    chmodSync(file, 0o644);
    assert.throws(() => keepToken(file, entropy), UserError);
  });

  it('speaks TLS 1.3 where others could listen, and marks the cookie for it', async () => {
    const authority = await CertificateAuthority.open(join(temporaryFolder(), 'ca'));
    const tls = await authority.issue('health-center', 'health-center', ['127.0.0.1']);
    const { bench } = it_;
    const { server, port } = await startServer({
      store: bench.store, center: bench.center, view: new WardView(bench.store), live: new LiveFeed(), token: TOKEN, tls, host: '127.0.0.1', port: 0,
      now: () => bench.now, startedMs: bench.now, onError: (error) => { throw error; },
    });
    try {
      const [status, cookie] = await new Promise<[number, string]>((resolve, reject) => {
        requestTls({ host: '127.0.0.1', port, path: `/?token=${TOKEN}`, ca: authority.root, minVersion: 'TLSv1.3' }, (response) => { resolve([response.statusCode!, String(response.headers['set-cookie'])]); }).on('error', reject).end();
      });
      assert.equal(status, 303);
      assert.match(cookie, /^__Host-lorica=[0-9a-f]{64}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
    } finally {
      await server.close();
    }
  });

  it('knows which addresses only this machine can reach', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', 'localhost']) assert.ok(isLoopback(host), host);
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org', '::ffff:10.0.0.1']) assert.equal(isLoopback(host), false, host);
  });
});

describe('health center: API', () => {
  let it_: Side;
  before(async () => { it_ = await side(); });
  after(() => it_.server.close());

  it('lists the nodes with newest values, quality and freshness', async () => {
    const { bench, node, get, serial } = it_;
    bench.settle(2000);
    node.send([node.seal(node.vitals(715))]);
    const { nodes } = (await get('/api/nodes')) as { nodes: Record<string, unknown>[] };
    const [first] = nodes;
    assert.deepEqual([first!['serial'], first!['patient'], first!['state']], [serial, 'Person One', 'live']);
    const [heart, oxygen] = first!['vitals'] as Record<string, unknown>[];
    assert.deepEqual([heart!['value'], heart!['unit'], heart!['quality'], heart!['timeSource']], [71.5, '/min', 90, 'mapped']);
    assert.deepEqual([oxygen!['value'], oxygen!['quality']], [null, 10], 'what is withheld is no number');
    bench.settle(3_600_000);
    assert.equal((await get(`/api/nodes/${serial}`))['state'], 'silent');
  });

  it('gives single readings of short spans and minutes of long ones', async () => {
    const { bench, node, get, serial } = it_;
    node.send([node.seal(node.vitals(600)), node.seal(node.vitals(620))]);
    const short = (await get(`/api/nodes/${serial}/vitals?from=${bench.now - 60_000}`)) as { resolution: string; points: { values: Record<string, unknown[]> }[] };
    assert.equal(short.resolution, 'reading');
    assert.deepEqual(short.points.map(({ values }) => values['1']), [[60, 90], [62, 90]]);
    const long = (await get(`/api/nodes/${serial}/vitals?from=${bench.now - 6 * 3_600_000}`)) as typeof short;
    assert.equal(long.resolution, 'minute');
    assert.deepEqual(long.points.at(-1)?.values['1'], [61, 90, 60, 62, 0]);
    const all = (await get(`/api/nodes/${serial}/readings?kind=vitals`)) as { readings: { index: number; kind: string }[] };
    assert.ok(all.readings.length >= 2 && all.readings.every(({ kind }) => kind === 'vitals'));
  });

  it('gives ECG in millivolts, from the stored samples', async () => {
    const { node, get, serial } = it_;
    const samples = new Uint8Array(8);
    new DataView(samples.buffer).setInt16(2, 512, true);
    node.send([node.seal({ kind: 'waveform', boot: 1, tick: Math.round(node.tick), channel: 2, rateMilliHertz: 250_000, resolution: 2000, baseline: 12, encoding: 0, count: 4, samples, firstIndex: 100, quality: 77 })]);
    const { strips } = (await get(`/api/nodes/${serial}/waveform`)) as { strips: Record<string, unknown>[] };
    assert.deepEqual([strips[0]!['samples'], strips[0]!['unit'], strips[0]!['quality'], strips[0]!['rateHz']], [[-0.024, 1, -0.024, -0.024], 'mV', 77, 250]);
  });

  it('lists alarms of bodies and of the system, and lets a person see to the latter', async () => {
    const { node, get, server } = it_;
    node.send([node.seal({ kind: 'event', boot: 1, tick: Math.round(node.tick), code: 1, value: 1420, quality: 88 }), node.seal(Uint8Array.of(0xff))]);
    const { alerts } = (await get('/api/alerts')) as { alerts: Record<string, unknown>[] };
    const body = alerts.find(({ source }) => source === 'body');
    assert.deepEqual([body!['name'], body!['value'], body!['unit'], body!['quality'], body!['patient']], ['Heart rate high', 142, '/min', 88, 'Person One']);
    const system = alerts.find(({ code }) => code === 'record-unreadable')!;
    const seen = (): Promise<number> => server.inject({ method: 'POST', url: `/api/alerts/${String(system['id'])}/seen`, headers: { authorization: `Bearer ${TOKEN}` } }).then(({ statusCode }) => statusCode);
    assert.deepEqual([await seen(), await seen()], [200, 404]);
  });

  it('sends a closer plan to the node, with a version that rises', async () => {
    const { node, server, serial } = it_;
    node.commands();
    for (const close of [true, false]) {
      const response = await server.inject({ method: 'POST', url: `/api/nodes/${serial}/watch`, headers: { authorization: `Bearer ${TOKEN}` }, payload: { close } });
      assert.equal(response.statusCode, 200);
    }
    const plans = node.commands().filter((command) => command.kind === 'plan');
    assert.deepEqual(plans.map(({ version, plan }) => [version, plan.waveforms.get(2)?.everySeconds]), [[1, 10], [2, 300]]);
  });

  it('lists what is missing, and lets a person give it up', async () => {
    const { node, get, server, serial } = it_;
    const records = [1, 2, 3].map((rate) => node.seal(node.vitals(rate)));
    node.send([records[2]!]);
    const missing = (await get(`/api/nodes/${serial}/gaps`)) as { chains: { tag: string; missingFrom: number }[]; gaps: unknown[] };
    assert.equal(missing.chains.length, 1);
    const url = `/api/nodes/${serial}/chains/${missing.chains[0]!.tag}/close`;
    assert.equal((await server.inject({ method: 'POST', url, headers: { authorization: `Bearer ${TOKEN}` } })).statusCode, 200);
    const after_ = (await get(`/api/nodes/${serial}/gaps`)) as { chains: unknown[]; gaps: { first: number; last: number; reason: number }[] };
    assert.equal(after_.chains.length, 0);
    assert.deepEqual(after_.gaps.map(({ last, first, reason }) => [last - first, reason]), [[1, 5]]);
    node.send([records[0]!]);
    assert.equal((await server.inject({ method: 'POST', url, headers: { authorization: `Bearer ${TOKEN}` } })).statusCode, 404);
  });

  it('refuses what makes no sense in one sentence', async () => {
    const { server, serial } = it_;
    for (const [path, code] of [
      ['/api/nodes/00', 404], ['/api/nodes/zz', 404], [`/api/nodes/${serial}/readings?kind=blood`, 400], [`/api/nodes/${serial}/readings?limit=-1`, 400],
      [`/api/nodes/${serial}/vitals?from=5&to=4`, 400], [`/api/nodes/${serial}/vitals?from=0`, 400], [`/api/nodes/${serial}/waveform?channel=9`, 400], ['/api/x', 404],
    ] as const) {
      const response = await server.inject({ url: path, headers: { authorization: `Bearer ${TOKEN}` } });
      assert.equal(response.statusCode, code, path);
      assert.match(response.json<{ error: string }>().error, /^[^\n]+\.$/);
    }
  });

  it('tells viewers what was committed, as it comes', async () => {
    const { bench, node, port, serial } = it_;
    const received = new Promise<string>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, path: '/api/live', headers: { authorization: `Bearer ${TOKEN}` } }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
          if (chunk.startsWith('retry')) node.send([node.seal(node.vitals(666))]);
          if (!text.includes('event: readings')) return;
          resolve(text);
          asked.destroy();
        });
      });
      asked.on('error', reject);
      asked.end();
    });
    const data = JSON.parse(/^data: (.*)$/m.exec(await received)![1]!) as { serial: string; kind: string; measurements: { value: number }[] }[];
    assert.deepEqual(data.map((each) => [each.serial, each.kind, each.measurements[0]?.value]), [[serial, 'vitals', 66.6]]);
    assert.ok(bench.store.readings.count() > 0);
  });

  it('holds the page to itself: no address of elsewhere', () => {
    const folder = new URL('../../hosts/health-center/page/', import.meta.url);
    for (const name of ['index.html', 'style.css', 'main.js', 'detail.js', 'alerts.js', 'series.js', 'ecg.js', 'sparks.js', 'dom.js']) {
      assert.doesNotMatch(readFileSync(new URL(name, folder), 'utf8'), /https?:\/\//, name);
    }
  });
});
