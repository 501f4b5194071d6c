import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Running } from './running.ts';
import type { Ended } from './running.ts';

/** One sentence, and no stack. */
function isSentence({ status, errors }: Ended, pattern: RegExp): void {
  assert.equal(status, 1, errors);
  assert.match(errors, pattern);
  assert.equal(errors.trimEnd().split('\n').length, 1, errors);
  assert.match(errors, /[;:] .*\.\n$/, 'it says what to do');
}

describe('npm start with bad input', function () {
  this.timeout(240_000);
  let whole: string;
  let data: string;
  const running: Running[] = [];
  const start = (...args: readonly string[]): Promise<Ended> => {
    const started = new Running(data, '--nodes', '1', ...args);
    running.push(started);
    return started.ended;
  };
  const file = (name: string): string => join(data, 'health-center', name);

  before(async () => {
    whole = mkdtempSync(join(tmpdir(), 'lorica-whole-'));
    const first = new Running(whole, '--nodes', '1');
    running.push(first);
    await first.until('the start', () => first.output.includes('Dashboard'));
    assert.equal((await first.interrupt()).status, 0);
  });
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'lorica-bad-'));
    cpSync(whole, data, { recursive: true, filter: (source) => !source.endsWith('.sock') });
  });
  afterEach(() => { rmSync(data, { recursive: true, maxRetries: 10, retryDelay: 200 }); });
  after(async () => {
    for (const { process } of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ ended }) => ended));
    rmSync(whole, { recursive: true, maxRetries: 10, retryDelay: 200 });
  });

  it('tells of a key file that belongs to another database', async () => {
    const key = readFileSync(file('unsealing-key'), 'utf8');
    const digit = key.at(-2) === '0' ? '1' : '0';
    writeFileSync(file('unsealing-key'), `${key.slice(0, -2)}${digit}\n`);
    isSentence(await start(), /key file .* does not belong to the database .*; put the key file/);
  });

  it('tells of a key file that is none, and of one that is missing', async () => {
    writeFileSync(file('unsealing-key'), 'my password\n');
    isSentence(await start(), /is not a key file of this program; bring the right one back/);
    rmSync(file('unsealing-key'));
    isSentence(await start(), /is missing and the database cannot be read without it; bring it back/);
  });

  it('tells of a corrupt database', async () => {
    const database = readFileSync(file('store.db'));
    for (let i = 4096; i < database.length; i++) database[i]! ^= 0x55;
    writeFileSync(file('store.db'), database);
    isSentence(await start(), /database .* is damaged .*; move it away .* put your latest backup/);
    writeFileSync(file('store.db'), 'no database at all, but long enough to be taken for one at first sight'.repeat(100));
    isSentence(await start(), /database .*; /);
  });

  it('tells of a certificate authority whose parts do not belong together', async () => {
    writeFileSync(file('ca/ca-key.pem'), 'nothing\n');
    isSentence(await start(), /certificate authority in .* cannot be used .*; restore/);
  });

  it('tells of a truncated recording, of a damaged header and of a path that leads nowhere', async () => {
    const record = join(data, 'short');
    writeFileSync(`${record}.hea`, 'short 1 360 3600\nshort.dat 212 200(0)/mV 11 1024 0 0 0 MLII\n');
    writeFileSync(`${record}.dat`, new Uint8Array(3 * 100));
    isSentence(await start('--record', record), /short/);
    writeFileSync(`${record}.hea`, 'short one 360\n');
    isSentence(await start('--record', record), /short/);
    isSentence(await start('--record', join(data, 'nothing')), /there is no recording .*nothing.*; name a WFDB record/);
  });

  it('leaves what it found as it was', () => {
    assert.ok(existsSync(file('store.db')));
    assert.deepEqual(readFileSync(file('unsealing-key')), readFileSync(join(whole, 'health-center', 'unsealing-key')));
  });
});
