// `npm start`: a health center with store, broker and dashboard, a gateway, and a ward of simulated wearables, each a
// process of its own, on this machine. The first start makes keys, certificates and the enrolment of the wearables; the
// next ones go on with them. Ctrl-C ends all of it cleanly.
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Facts } from 'lorica/hosts/node/child';
import { runMain } from 'lorica/hosts/node/failure';
import { lockInstance } from 'lorica/hosts/node/instance-lock';
import { requireFreePort } from 'lorica/hosts/node/ports';
import { enrolledNodes, firstNode } from 'lorica/hosts/node/start-enrolment';
import { startOptions } from 'lorica/hosts/node/start-options';
import type { StartOptions } from 'lorica/hosts/node/start-options';
import { StatusLine } from 'lorica/hosts/node/status-line';
import { Supervisor } from 'lorica/hosts/node/supervisor';
import type { Launch } from 'lorica/hosts/node/supervisor';

const GATEWAY = 'gateway-1';
const CENTER = 'health center';
const WARD = 'ward';
const COMPARISON = 'comparison';
/** Under this name: what the store held before. */
const STORED_BEFORE = 'stored before';
const PATIENCE_MS = 1_000;
/** A path that every system takes for a local socket. */
const MAX_SOCKET_PATH_BYTES = 100;

/** What the children have told, by name. */
type Told = Map<string, Facts>;

await runMain('npm start', async () => {
  const options = startOptions(process.argv.slice(2));
  mkdirSync(join(options.data, 'log'), { recursive: true, mode: 0o700 });
  await requireFreePort(options.port, '--port');
  await requireFreePort(options.brokerPort, '--broker-port');
  const release = lockInstance(join(options.data, 'lock'));
  process.on('exit', release);
  await live(options);
});

/** From the first child to the last; ends the process. */
async function live(options: StartOptions): Promise<void> {
  const told: Told = new Map();
  const status = new StatusLine(process.stdout, () => describe(told));
  let end: (outcome: Error | undefined) => void;
  const ended = new Promise<Error | undefined>((resolve) => { end = resolve; });
  const supervisor = new Supervisor({
    onProgress: (name, text) => { status.print(`  ${name}: ${text}`); },
    onStatistics: (name, facts) => {
      if (name === CENTER && !told.has(STORED_BEFORE)) told.set(STORED_BEFORE, facts);
      told.set(name, facts);
    },
    onFailure: (error) => { end(error); },
  });
  let askedMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Who asks again does not want to wait; npm hands an interrupt on, so that one key press comes twice.
      if (askedMs !== undefined && performance.now() - askedMs > PATIENCE_MS) supervisor.kill();
      askedMs ??= performance.now();
      end(undefined);
    });
  }
  const started = startAll(options, supervisor, status).then(() => { status.start(); });
  // A failure while starting ends it, too; an interrupt then need not wait for the rest of the start.
  const outcome = await Promise.race([ended, started.then(() => ended, (error: unknown) => error as Error)]);
  status.stop();
  status.print('Stopping.');
  await supervisor.stop();
  if (outcome !== undefined) throw outcome;
  status.print(describe(told));
  status.print(`Stopped cleanly. The next start goes on with what is in ${options.data}.`);
  process.exit(0);
}

async function startAll(options: StartOptions, supervisor: Supervisor, status: StatusLine): Promise<void> {
  const { data } = options;
  const radio = socketPath(data);
  await enrol(options, supervisor, status);
  status.print('Starting the health center …');
  const center = await supervisor.launch(launchOf(options, CENTER, 'hosts/health-center/main.ts', ['serve'], {
    LORICA_HEALTH_CENTER_PORT: String(options.port), LORICA_HEALTH_CENTER_BROKER_PORT: String(options.brokerPort),
  }));
  status.print('Starting the gateway and the ward …');
  await Promise.all([
    supervisor.launch(launchOf(options, 'gateway', 'hosts/gateway/main.ts', [], {
      LORICA_GATEWAY_BROKER: `mqtts://127.0.0.1:${String(center['brokerPort'])}`, LORICA_GATEWAY_NAME: GATEWAY, LORICA_GATEWAY_FOLDER: join(data, 'gateway'), LORICA_GATEWAY_RADIO: radio,
    })),
    supervisor.launch(launchOf(options, WARD, 'hosts/simulator/main.ts', [], {
      LORICA_WARD_NODES: join(data, 'nodes'), LORICA_WARD_RADIO: radio, ...(options.record === undefined ? {} : { LORICA_WARD_RECORD: options.record }),
    })),
  ]);
  if (options.record !== undefined) await compare(options, options.record, String(center['dashboard']), supervisor);
  status.print(`\n  Dashboard  ${String(center['dashboard'])}\n  Data       ${data}\n  Ctrl-C ends it.\n`);
}

/** Makes the ward as large as it is wanted; a second start finds it so. */
async function enrol(options: StartOptions, supervisor: Supervisor, status: StatusLine): Promise<void> {
  const nodes = join(options.data, 'nodes');
  const missing = options.nodes - enrolledNodes(nodes);
  if (missing <= 0) return;
  status.print(`Enrolling ${String(missing)} wearables …`);
  await supervisor.run(launchOf(options, 'enrolment', 'hosts/health-center/main.ts', [
    'enrol', '--gateway', GATEWAY, '--gateway-folder', join(options.data, 'gateway'), '--nodes', String(missing), '--node-folder', nodes,
  ], {}));
}

/** The first wearable plays the recording; what the store has of it is read back through the page's interface. */
async function compare(options: StartOptions, record: string, dashboard: string, supervisor: Supervisor): Promise<void> {
  const { origin, searchParams } = new URL(dashboard);
  await supervisor.launch(launchOf(options, COMPARISON, 'hosts/simulator/compare-live.ts', [], {
    LORICA_COMPARE_RECORD: record, LORICA_COMPARE_URL: origin, LORICA_COMPARE_TOKEN: searchParams.get('token') ?? '', LORICA_COMPARE_SERIAL: firstNode(join(options.data, 'nodes')),
  }));
}

function launchOf({ data }: StartOptions, name: string, script: string, args: readonly string[], environment: Readonly<Record<string, string>>): Launch {
  return { name, script, arguments: args, environment: { LORICA_DATA: data, ...environment }, logFile: join(data, 'log', `${name.replace(' ', '-')}.log`) };
}

/** All four count from this start; the store itself holds more. */
function describe(told: Told): string {
  const of = (name: string, fact: string): number => Number(told.get(name)?.[fact] ?? 0);
  const stored = of(CENTER, 'stored') - of(STORED_BEFORE, 'stored');
  const counts = `captured ${of(WARD, 'captured')} · delivered ${of(CENTER, 'delivered')} · stored ${stored} · acknowledged ${of(WARD, 'acknowledged')}`;
  const comparison = told.get(COMPARISON);
  return comparison?.['samples'] === undefined ? counts : `${counts} · ${describeComparison(comparison)}`;
}

/** What the health center has of the replayed recording, held against the file and the experts' annotations. */
function describeComparison(facts: Facts): string {
  const { lead, samples, different } = facts;
  const rate = (name: string): string => (typeof facts[name] === 'number' && Number.isFinite(facts[name]) ? (facts[name] as number).toFixed(1) : '–');
  const exact = different === 0 ? 'bit-exact' : `${String(different)} different`;
  return `${String(lead)} ${String(samples)} samples ${exact}, ${rate('perMinute')}/min from the store, ${rate('expertPerMinute')}/min by the experts`;
}

/** In the data folder, or where that is too deep for a local socket, in a place of its own. */
function socketPath(data: string): string {
  const path = join(data, 'radio.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES && process.platform !== 'win32') return path;
  const name = `lorica-${createHash('sha256').update(data).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}
