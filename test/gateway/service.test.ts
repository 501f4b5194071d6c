import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startBroker } from 'lorica/hosts/node/broker';
import type { Broker } from 'lorica/hosts/node/broker';
import { downTopic, UP_FILTER } from 'lorica/hosts/node/bus';
import { CertificateAuthority, writeIdentity } from 'lorica/hosts/node/certificates';
import { systemClock } from 'lorica/hosts/node/clock';
import { writeGatewayNodes } from 'lorica/hosts/node/enrolment-files';
import { serveRadioPipe } from 'lorica/hosts/node/radio-pipe-server';
import type { RadioPipeServer } from 'lorica/hosts/node/radio-pipe-server';
import { Air } from 'lorica/hosts/simulator/radio';
import { Random } from 'lorica/hosts/simulator/random';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import type { Envelope } from 'lorica/wire/envelope';
import { Wearable } from './wearable.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const random = new Random('gateway service');
const NODE = { handle: random.bytes(8), identityKey: random.bytes(32), linkKey: random.bytes(32) };

describe('npm run gateway', function () {
  this.timeout(90_000);
  let folder: string;
  let authority: CertificateAuthority;
  let broker: Broker | undefined;
  let pipe: RadioPipeServer;
  let wearable: Wearable;
  const received: Envelope[] = [];
  const processes: ChildProcess[] = [];

  const run = (environment: Readonly<Record<string, string>> = {}): { readonly process: ChildProcess; readonly ended: Promise<number | null>; errors(): string } => {
    const child = spawn(process.execPath, ['--import', './hosts/node/register.mjs', 'hosts/gateway/main.ts'], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LORICA_DATA: folder, ...environment } });
    processes.push(child);
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
    return { process: child, ended: new Promise((resolve) => { child.on('close', resolve); }), errors: () => errors };
  };
  const openBroker = async (port = 0): Promise<void> => {
    broker = await startBroker({ identity: await authority.keep(folder, 'health-center', 'center', ['127.0.0.1']), host: '127.0.0.1', port });
    broker.bus.subscribe(UP_FILTER, (_topic, payload, done) => {
      received.push(decodeEnvelope(payload)!);
      done();
    });
  };
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => { setTimeout(resolve, 50); });
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lorica-gateway-'));
    authority = await CertificateAuthority.open(join(folder, 'authority'));
    await openBroker();
    writeIdentity(join(folder, 'gateway'), 'gateway-1', await authority.issue('gateway', 'gateway-1'));
    writeGatewayNodes(join(folder, 'gateway', 'nodes.json'), [NODE]);
    const air = new Air({ clock: systemClock, random, advertisingMs: 100 });
    wearable = new Wearable({ air, clock: systemClock, entropy: (length) => random.bytes(length) }, 'one', NODE);
    pipe = await serveRadioPipe(join(folder, 'radio.sock'), () => air.central());
  });
  after(async () => {
    for (const child of processes) child.kill('SIGKILL');
    wearable.radio.close();
    await pipe.close();
    await broker?.close();
    rmSync(folder, { recursive: true });
  });

  it('relays both ways, tells its health, survives the broker\'s restart, and ends cleanly', async () => {
    const port = broker!.port;
    const gateway = run({ LORICA_GATEWAY_BROKER: `mqtts://127.0.0.1:${String(port)}` });
    await until(() => wearable.link?.state === 'open' && gateway.errors().includes('broker is in reach'));
    wearable.send(Uint8Array.of(1, 2, 3));
    await until(() => received.length > 0);
    assert.deepEqual(received[0]!.messages, [Uint8Array.of(1, 2, 3)]);
    assert.deepEqual(received[0]!.handle, NODE.handle);
    broker!.bus.publish(downTopic('gateway-1'), encodeEnvelope({ handle: NODE.handle, messages: [Uint8Array.of(4)] }), () => undefined);
    await until(() => wearable.received.length > 0);
    assert.deepEqual(wearable.received, [Uint8Array.of(4)]);
    const health = /http:\/\/127\.0\.0\.1:\d+\/health/.exec(gateway.errors())![0];
    const state = await fetch(health);
    assert.equal(state.status, 200);
    const { broker: reach, radio, connected, up } = await state.json() as { broker: string; radio: string; connected: number; up: { messages: number } };
    assert.deepEqual([reach, radio, connected, up.messages], ['up', 'up', 1, 1]);
    await broker!.close();
    await until(async () => (await fetch(health)).status === 503);
    await openBroker(port);
    await until(async () => (await fetch(health)).status === 200);
    wearable.send(Uint8Array.of(5));
    await until(() => received.length > 1);
    gateway.process.kill('SIGTERM');
    assert.equal(await gateway.ended, 0);
  });

  it('ends in one sentence without its certificate, its list of nodes, or a name that can be one', async () => {
    for (const [environment, sentence] of [
      [{ LORICA_GATEWAY_NAME: 'gateway-2' }, /^gateway: .*gateway-2-key\.pem cannot be read \(ENOENT\); enrol "gateway-2" .*\.\n$/],
      [{ LORICA_GATEWAY_NAME: 'Gateway' }, /^gateway: the gateway's name "Gateway" must be .*\.\n$/],
    ] as const) {
      const gateway = run(environment);
      assert.equal(await gateway.ended, 1);
      assert.match(gateway.errors(), sentence);
    }
  });
});
