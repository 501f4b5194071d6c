// The ward of npm start: a process of its own whose nodes deliver through the radio pipe, end cleanly and go on later.
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toHex } from 'lorica/bytes/bytes';
import { Gateway } from 'lorica/hosts/gateway/gateway';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { gatewayNodes, registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { Store } from 'lorica/hosts/health-center/store';
import { downTopic, gatewayOf, UP_FILTER } from 'lorica/hosts/node/bus';
import type { ChildMessage, Facts } from 'lorica/hosts/node/child';
import { systemClock } from 'lorica/hosts/node/clock';
import { writeNodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { openRadioPipe } from 'lorica/hosts/node/radio-pipe';
import { MemoryBroker } from 'lorica/hosts/simulator/bus';
import { JOURNAL_LENGTH } from 'lorica/hosts/simulator/flash';
import { Random } from 'lorica/hosts/simulator/random';
import { decodeReading } from 'lorica/reading/decode';

const root = fileURLToPath(new URL('../../', import.meta.url));
const until = async (condition: () => boolean, what: string, deadlineMs = 30_000): Promise<void> => {
  for (const end = Date.now() + deadlineMs; !condition();) {
    if (Date.now() > end) assert.fail(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

describe('the ward as a process', function () {
  this.timeout(90_000);
  let data: string;
  let children: ChildProcess[];
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'lorica-ward-'));
    children = [];
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  });

  interface Running { readonly child: ChildProcess; ready: Facts | undefined; statistics: Facts | undefined; code: number | null | undefined; errors: string }

  function launch(environment: Record<string, string> = {}): Running {
    const child = fork('hosts/simulator/main.ts', [], {
      cwd: root, execArgv: ['--import', './hosts/node/register.mjs'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, LORICA_DATA: data, ...environment },
    });
    children.push(child);
    const running: Running = { child, ready: undefined, statistics: undefined, code: undefined, errors: '' };
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready') running.ready = message.facts;
      if (message.kind === 'statistics') running.statistics = message.facts;
    });
    child.stderr!.on('data', (chunk: Buffer) => { running.errors += chunk.toString(); });
    child.on('exit', (code) => { running.code = code; });
    return running;
  }

  /** A health center and a gateway in this process, and two nodes whose enrolment lies in files. */
  function hospital() {
    const random = new Random(1);
    const keys = Keystore.inMemory(random.stream('keys').entropy);
    const store = Store.open({ path: ':memory:', keys, nowMs: Date.now(), durable: false });
    registerGateway(store, 'gateway-1', Date.now());
    for (let i = 0; i < 2; i++) {
      const enrolment = registerNode(store, keys, { nowMs: Date.now(), gateways: ['gateway-1'], patient: `bed ${String(i)}` });
      const folder = join(data, 'nodes', toHex(enrolment.serial));
      mkdirSync(folder, { recursive: true });
      writeNodeEnrolment(join(folder, 'enrolment.json'), enrolment);
    }
    const broker = new MemoryBroker({ clock: systemClock });
    const bus = broker.connect();
    const center = new HealthCenter({ store, keys, clock: systemClock, entropy: random.entropy, send: (gateway, payload) => { bus.publish(downTopic(gateway), payload, () => undefined); } });
    bus.subscribe(UP_FILTER, (topic, payload, done) => { center.receive(gatewayOf(topic)!, payload, done); });
    const connect = (): Gateway => new Gateway({
      central: openRadioPipe({ address: join(data, 'radio.sock'), clock: systemClock }), bus: broker.connect(), clock: systemClock, entropy: random.entropy,
      id: 'gateway-1', nodes: gatewayNodes(store, store.registry.gatewayNamed('gateway-1')!), log: { note: () => undefined },
    });
    const boots = (): Map<string, Set<number>> => {
      const found = new Map<string, Set<number>>();
      for (const { serial, plaintext } of store.readings.rows()) {
        const reading = decodeReading(plaintext)!;
        found.set(toHex(serial), (found.get(toHex(serial)) ?? new Set()).add(reading.boot));
      }
      return found;
    };
    return { store, center, connect, boots };
  }

  it('delivers, ends cleanly when asked, and goes on with the same nodes at the next start', async () => {
    const { store, center, connect, boots } = hospital();
    const gateway = connect();
    const first = launch();
    await until(() => first.ready !== undefined || first.code !== undefined, 'the first start');
    assert.equal(first.ready?.['nodes'], 2, first.errors);
    await until(() => store.readings.count() >= 10 && boots().size === 2, 'readings of both nodes');
    await until(() => Number(first.statistics?.['acknowledged'] ?? 0) > 0, 'acknowledgements');
    first.child.send('stop');
    await until(() => first.code !== undefined, 'the end');
    assert.equal(first.code, 0, first.errors);
    const before = store.readings.count();
    const second = launch();
    await until(() => second.ready !== undefined || second.code !== undefined, 'the second start');
    await until(() => store.readings.count() >= before + 10 && [...boots().values()].every((each) => each.size === 2), 'readings of both nodes from their second boot');
    second.child.kill('SIGTERM');
    await until(() => second.code !== undefined, 'the end');
    assert.equal(second.code, 0, second.errors);
    await new Promise<void>((resolve) => { gateway.close(resolve); });
    center.close();
    assert.ok(!existsSync(join(data, 'radio.sock')));
    store.close();
  });

  it('says in one sentence that there are no nodes, that a place is taken, that an image was cut off', async () => {
    const refused = async (pattern: RegExp, environment: Record<string, string> = {}): Promise<void> => {
      const running = launch(environment);
      await until(() => running.code !== undefined || running.ready !== undefined, 'the end');
      assert.equal(running.code, 1, running.errors);
      assert.match(running.errors, pattern);
      assert.ok(!/\n\s+at /.test(running.errors), 'no stack');
    };
    await refused(/no enrolled nodes/);
    hospital().center.close();
    await refused(/does not exist/, { LORICA_WARD_RECORD: join(data, 'none') });
    const running = launch();
    await until(() => running.ready !== undefined || running.code !== undefined, 'a ward');
    await refused(/in use/);
    running.child.kill('SIGKILL');
    await until(() => running.code !== undefined, 'its end');
    const [node] = readdirSync(join(data, 'nodes'));
    truncateSync(join(data, 'nodes', node!, 'state', 'journal.flash'), JOURNAL_LENGTH - 1);
    await refused(/flash image/);
  });
});
