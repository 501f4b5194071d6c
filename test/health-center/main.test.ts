// The program as a person meets it: enrolment into files, one sentence and a status for what is wrong.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdentity } from 'lorica/hosts/node/certificates';
import { readGatewayNodes, readNodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { keyIdentifier } from 'lorica/session/keys';
import { temporaryFolder } from './bench.ts';

const MAIN = fileURLToPath(new URL('../../hosts/health-center/main.ts', import.meta.url));
const REGISTER = fileURLToPath(new URL('../../hosts/node/register.mjs', import.meta.url));

const environment = (data: string, more: Record<string, string> = {}): NodeJS.ProcessEnv => ({ ...process.env, LORICA_DATA: data, LORICA_HEALTH_CENTER_PORT: '0', LORICA_HEALTH_CENTER_BROKER_PORT: '0', ...more });

function run(data: string, args: readonly string[], more: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['--import', REGISTER, MAIN, ...args], { encoding: 'utf8', env: environment(data, more), timeout: 60_000 });
}

function failsWith(result: SpawnSyncReturns<string>, pattern: RegExp): void {
  assert.equal(result.status, 1, result.stdout + result.stderr);
  const lines = result.stderr.trim().split('\n').filter((line) => !line.startsWith('{'));
  assert.equal(lines.length, 1, result.stderr);
  assert.match(lines[0]!, pattern);
  assert.match(lines[0]!, /\.$/);
}

describe('health center: program', function () {
  this.timeout(180_000);
  const data = temporaryFolder();

  it('enrols a gateway and a node into files that only their owner can read', () => {
    const gateway = join(data, 'out', 'gateway');
    const node = join(data, 'out', 'node');
    assert.equal(run(data, ['enrol-gateway', 'ward-1', '--out', gateway]).status, 0);
    assert.equal(readGatewayNodes(join(gateway, 'nodes.json')).length, 0);
    const made = run(data, ['enrol-node', '--gateway', 'ward-1', '--patient', 'Ann Example', '--suite', '2', '--out', node]);
    assert.equal(made.status, 0, made.stderr);
    assert.equal(run(data, ['enrol-gateway', 'ward-1', '--out', gateway]).status, 0, 'again, for its new list');
    const [entry] = readGatewayNodes(join(gateway, 'nodes.json'));
    const enrolment = readNodeEnrolment(join(node, 'enrolment.json'));
    assert.deepEqual(entry?.linkKey, enrolment.gateways[0]?.linkKey);
    assert.deepEqual(entry?.identityKey, enrolment.identityKey);
    assert.equal(keyIdentifier(enrolment.healthCenterKey).length, 8);
    assert.match(readIdentity(gateway, 'ward-1').certificate, /BEGIN CERTIFICATE/);
    if (process.platform !== 'win32') {
      for (const file of [join(node, 'enrolment.json'), join(gateway, 'ward-1-key.pem'), join(gateway, 'nodes.json'), join(data, 'health-center', 'unsealing-key')]) {
        assert.equal(statSync(file).mode & 0o077, 0, file);
      }
    }
    assert.match(run(data, ['list']).stdout, /gateway ward-1\nnode [0-9a-f]{16} {2}suite 2 {2}Ann Example/);
    failsWith(run(data, ['enrol-node', '--gateway', 'ward-1', '--out', node]), /holds the enrolment of a node already/);
    failsWith(run(data, ['enrol-node', '--gateway', 'nowhere', '--out', join(data, 'x')]), /there is no gateway "nowhere"/);
  });

  it('serves, keeps the database to itself meanwhile, and ends cleanly', async () => {
    const child = spawn(process.execPath, ['--import', REGISTER, MAIN], { env: environment(data), stdio: ['ignore', 'pipe', 'pipe'] });
    try {
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
      child.stderr.resume();
      while (!output.includes('Ctrl-C')) await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => { throw new Error(output); })]);
      const [link, token] = /http:\/\/127\.0\.0\.1:\d+\/\?token=([0-9a-f]{64})/.exec(output) as unknown as [string, string];
      const answer = await fetch(new URL('/api/nodes', link), { headers: { authorization: `Bearer ${token}` } });
      const { nodes } = (await answer.json()) as { nodes: { patient: string; state: string }[] };
      assert.deepEqual(nodes.map(({ patient, state }) => [patient, state]), [['Ann Example', 'never']]);
      failsWith(run(data, ['list']), /in use by another process/);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('ends in one sentence when a port is occupied', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const { port } = server.address() as { port: number };
    try {
      failsWith(run(data, ['serve'], { LORICA_HEALTH_CENTER_PORT: String(port) }), /port \d+ .*in use/);
      failsWith(run(data, ['serve'], { LORICA_HEALTH_CENTER_BROKER_PORT: String(port) }), /port \d+ .*in use/);
    } finally {
      server.close();
    }
  });

  it('ends in one sentence when a setting, the key file, or the database is wrong', () => {
    failsWith(run(data, ['serve'], { LORICA_HEALTH_CENTER_HOST: 'everywhere' }), /must be an IP address/);
    failsWith(run(data, ['revoke-node', '0011223344556677']), /no node with the serial/);
    const keyFile = join(data, 'health-center', 'unsealing-key');
    const key = readFileSync(keyFile, 'utf8');
    writeFileSync(keyFile, key.replace(/[0-9a-f]{8}\n$/, '00000000\n'), { mode: 0o600 });
    failsWith(run(data, ['serve']), /does not belong to the database/);
    writeFileSync(keyFile, key, { mode: 0o600 });
    writeFileSync(join(data, 'health-center', 'store.db'), Buffer.alloc(20_000, 3));
    failsWith(run(data, ['serve']), /is damaged/);
  });
});
