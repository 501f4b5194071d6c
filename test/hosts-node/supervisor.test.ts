import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Facts } from 'lorica/hosts/node/child';
import { UserError } from 'lorica/hosts/node/failure';
import { Supervisor } from 'lorica/hosts/node/supervisor';
import { isAlive } from '../support/processes.ts';

const SERVICE = 'test/hosts-node/small-service.ts';
const root = new URL('../../', import.meta.url);

describe('supervisor and its children', () => {
  let folder: string;
  const failures: Error[] = [];
  const statistics: Facts[] = [];
  const progress: string[] = [];
  const supervisors: Supervisor[] = [];
  const supervisor = (): Supervisor => {
    const made = new Supervisor({
      onProgress: (name, text) => { progress.push(`${name}: ${text}`); },
      onStatistics: (_name, facts) => { statistics.push(facts); },
      onFailure: (error) => { failures.push(error); },
    });
    supervisors.push(made);
    return made;
  };
  const launch = (on: Supervisor, name: string, ...args: string[]): Promise<Facts> =>
    on.launch({ name, script: SERVICE, arguments: args, environment: {}, logFile: join(folder, `${name}.log`) });

  before(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-supervisor-')); });
  beforeEach(() => { for (const list of [failures, statistics, progress]) list.length = 0; });
  after(async () => {
    await Promise.all(supervisors.map((each) => each.stop()));
    rmSync(folder, { recursive: true });
  });

  it('hears that a child is ready, what it does, and ends it cleanly, keeping what it printed', async () => {
    const on = supervisor();
    assert.deepEqual(await launch(on, 'one', 'serve'), { port: 1234 });
    assert.deepEqual(progress, ['one: beginning']);
    const pid = on.processes.get('one')!;
    await on.stop();
    assert.equal(isAlive(pid), false);
    assert.deepEqual(statistics.at(-1), { stored: 7 });
    assert.match(readFileSync(join(folder, 'one.log'), 'utf8'), /stopped cleanly/);
    assert.deepEqual(failures, []);
  });

  it('hands on the sentence of a child that cannot start', async () => {
    await assert.rejects(launch(supervisor(), 'two', 'refuse'), (error) => error instanceof UserError && error.message === 'small: the moon is full; wait.');
  });

  it('tells when a child that was ready is killed', async () => {
    const on = supervisor();
    await launch(on, 'three', 'serve');
    process.kill(on.processes.get('three')!, 'SIGKILL');
    while (failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    assert.match(failures[0]!.message, /three has ended unexpectedly \(SIGKILL\).*three\.log/);
  });

  it('leaves no orphan when the parent itself is killed', async () => {
    const parent = fork(fileURLToPath(new URL('test/hosts-node/small-parent.ts', root)), [join(folder, 'four.log')], { execArgv: ['--import', new URL('hosts/node/register.mjs', root).href] });
    const pid = await new Promise<number>((resolve) => { parent.on('message', (message) => { resolve(message as number); }); });
    process.kill(pid, 0);
    parent.kill('SIGKILL');
    const deadline = Date.now() + 5_000;
    while (isAlive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isAlive(pid), false);
  });
});
