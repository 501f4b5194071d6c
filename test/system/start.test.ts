import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../support/processes.ts';
import { nodesOf, Running, storedReadings } from './running.ts';

const NODES = 2;

describe('npm start', function () {
  this.timeout(240_000);
  let data: string;
  const all: Running[] = [];
  const start = (...args: readonly string[]): Running => {
    const running = new Running(data, '--nodes', String(NODES), ...args);
    all.push(running);
    return running;
  };
  const delivering = async (running: Running): Promise<number> => {
    await running.until('something is acknowledged', () => (running.counts?.acknowledged ?? 0) > 0);
    return running.counts!.acknowledged;
  };

  before(function () {
    if (!existsSync('/proc/self/task')) {
      console.log('    skipped: needs /proc to find the services\' processes');
      this.skip();
    }
    data = mkdtempSync(join(tmpdir(), 'lorica-start-'));
  });
  after(async () => {
    for (const { process } of all) process.kill('SIGKILL');
    await Promise.all(all.map(({ ended }) => ended));
    if (data !== undefined) rmSync(data, { recursive: true, maxRetries: 10, retryDelay: 200 });
  });

  let nodes: readonly string[] = [];
  let known: readonly string[] = [];

  it('brings a ward up in an empty folder, tells where to look, and ends cleanly with Ctrl-C', async () => {
    const running = start();
    const acknowledged = await delivering(running);
    assert.match(running.output, /Dashboard +http:\/\/127\.0\.0\.1:\d+/);
    const children = running.children();
    assert.equal(children.length, 3);
    const { status, output, errors } = await running.interrupt();
    assert.equal(status, 0, errors);
    assert.match(output, /Stopped cleanly/);
    assert.deepEqual(children.filter(isAlive), []);
    nodes = nodesOf(data);
    known = storedReadings(data);
    assert.equal(nodes.length, NODES);
    assert.ok(known.length >= acknowledged);
    assert.ok(running.counts!.captured >= running.counts!.acknowledged);
    assert.deepEqual(new Set(known.map((line) => line.slice(0, 16))), new Set(nodes));
  });

  it('goes on with the same nodes at the second start, has no reading twice, and lets nobody start beside it', async () => {
    const running = start();
    await delivering(running);
    const { status, errors } = await start().ended;
    assert.equal(status, 1);
    assert.match(errors, /^npm start: process \d+ already runs with this data folder; stop it, or choose another folder with --data\.\n$/);
    assert.equal((await running.interrupt()).status, 0);
    assert.deepEqual(nodesOf(data), nodes);
    const after = storedReadings(data);
    assert.ok(after.length > known.length);
    assert.equal(new Set(after).size, after.length);
    const kept = new Set(after);
    assert.deepEqual(known.filter((reading) => !kept.has(reading)), []);
    known = after;
  });

  for (const [name, script] of [['gateway', 'hosts/gateway/main.ts'], ['health center', 'hosts/health-center/main.ts']] as const) {
    it(`ends with a sentence when the ${name} is killed, and nothing acknowledged is lost`, async () => {
      const running = start();
      await delivering(running);
      const children = running.children();
      process.kill(running.child(script), 'SIGKILL');
      const { status, errors } = await running.ended;
      assert.equal(status, 1);
      assert.match(errors, new RegExp(`^npm start: the ${name} has ended unexpectedly \\(SIGKILL\\).*\\n$`));
      assert.deepEqual(children.filter(isAlive), []);
      // What the nodes took for acknowledged is at rest, and all of it once.
      const { acknowledged } = running.counts!;
      const after = storedReadings(data);
      assert.ok(after.length >= known.length + acknowledged, `${String(after.length)} stored, ${String(known.length)} before and ${String(acknowledged)} acknowledged`);
      assert.equal(new Set(after).size, after.length);
      known = after;
    });
  }

  it('leaves no orphan when it is killed itself, and the next start goes on', async () => {
    const running = start();
    await delivering(running);
    const children = running.children();
    running.process.kill('SIGKILL');
    const deadline = Date.now() + 20_000;
    while (children.some(isAlive) && Date.now() < deadline) await new Promise((resolve) => { setTimeout(resolve, 100); });
    assert.deepEqual(children.filter(isAlive), []);
    const next = start();
    await delivering(next);
    assert.equal((await next.interrupt()).status, 0);
    const after = storedReadings(data);
    assert.equal(new Set(after).size, after.length);
    assert.deepEqual(nodesOf(data), nodes);
  });

  it('refuses a port that is in use, by whichever option it was chosen', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    const port = String((server.address() as AddressInfo).port);
    for (const option of ['--port', '--broker-port']) {
      const { status, errors } = await start(option, port).ended;
      assert.equal(status, 1);
      assert.equal(errors, `npm start: port ${port} is in use by another program; choose another one with ${option}, or leave it out for a free one.\n`);
    }
    await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  });
});
