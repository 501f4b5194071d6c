import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyse } from 'lorica/hosts/node/vitals/analyse';
import { openSource } from 'lorica/hosts/node/vitals/source';
import type { SourceOptions } from 'lorica/hosts/node/vitals/source';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { compareBeats } from 'lorica/hosts/node/wfdb/compare';
import { makeFinger } from '../support/vitals/beer-lambert.ts';
import { beatIndices, makeEcg, makePulse, steadyBeats } from '../support/vitals/heart.ts';
import { recording } from '../support/recordings.ts';

const ROOT = new URL('../../', import.meta.url).pathname;

function vitals(folder: string, ...args: string[]) {
  return spawnSync(process.execPath, ['--import', join(ROOT, 'hosts/node/register.mjs'), join(ROOT, 'hosts/node/vitals/main.ts'), ...args], {
    cwd: ROOT, env: { ...process.env, INIT_CWD: folder }, encoding: 'utf8', maxBuffer: 1 << 26,
  });
}

describe('npm run vitals', function () {
  this.timeout(60_000);
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lorica-vitals-'))));
  after(() => rmSync(folder, { recursive: true }));

  const beats = steadyBeats(40, 70, 0.02, 1);
  const open = (name: string, options: SourceOptions = {}) => analyse(openSource(join(folder, name), options));
  const file = (name: string, content: string) => writeFileSync(join(folder, name), content);

  it('prints exactly the promised object', () => {
    file('e.csv', `${[...makeEcg(beats, 40, 250)].map((value) => (value / 1000).toFixed(4)).join('\n')}\n`);
    const result = vitals(folder, 'e.csv', '--rate', '250', '--signal', 'ecg', '--unit', 'mV', '--json');
    assert.equal(result.status, 0, result.stderr);
    assert.equal(result.stdout.trim().split('\n').length, 1, 'one line');
    const out = JSON.parse(result.stdout) as ReturnType<typeof analyse>;
    assert.deepEqual(Object.keys(out), ['rate', 'beats', 'heartRate', 'spo2', 'alarms']);
    assert.deepEqual(Object.keys(out.heartRate[0]!), ['t', 'perMinute', 'quality']);
    assert.deepEqual([out.rate, out.spo2, out.alarms], [250, [], []]);
    assert.equal(out.heartRate.length, 40);
    assert.equal(out.heartRate[0]!.perMinute, null, 'withheld is null, not absent');
    assert.equal(compareBeats(beatIndices(beats, 250), out.beats, 250).sensitivity, 1);
  });

  it('takes an ECG in any unit, told or guessed', () => {
    const microvolts = makeEcg(beats, 40, 250);
    for (const [unit, scale] of [['uV', 1], ['mV', 0.001], ['V', 1e-6], ['counts', 40]] as const) {
      file('u.csv', `${[...microvolts].map((value) => (value * scale).toPrecision(6)).join('\n')}\n`);
      for (const options of [{ unit }, {}]) {
        const out = open('u.csv', { rate: 250, signal: 'ecg', ...options });
        const { sensitivity, positivePredictivity } = compareBeats(beatIndices(beats, 250), out.beats, 250);
        assert.deepEqual([sensitivity, positivePredictivity], [1, 1]);
      }
    }
  });

  it('counts beats in the samples of the file, also when it has to average them', () => {
    file('fast.csv', [...makeEcg(beats, 40, 2000)].map((value) => value.toFixed(1)).join('\n'));
    const out = open('fast.csv', { rate: 2000, unit: 'uV' });
    const { sensitivity, meanOffsetMs } = compareBeats(beatIndices(beats, 2000), out.beats, 2000);
    assert.equal(sensitivity, 1);
    assert.ok(Math.abs(meanOffsetMs) < 5);
  });

  it('withholds with null and tells quality', () => {
    const noise = makeEcg([], 40, 250, 1, 500);
    file('noise.csv', [...noise].map((value) => value.toFixed(1)).join('\n'));
    const out = open('noise.csv', { rate: 250 });
    assert.ok(out.heartRate.filter(({ perMinute }) => perMinute !== null).length <= 2);
  });

  it('raises an asystole from an ECG that stops', () => {
    file('stop.csv', [...makeEcg(beats.filter(({ atS }) => atS < 25), 40, 250)].map((value) => value.toFixed(1)).join('\n'));
    const alarm = open('stop.csv', { rate: 250 }).alarms.find(({ kind }) => kind === 'asystole');
    assert.ok(alarm !== undefined && alarm.t >= 28 && alarm.t <= 31 && alarm.until === null);
  });

  it('takes red and infrared together and labels the saturation uncalibrated', () => {
    const pulse = makePulse(beats, 40, 100);
    const { red, infrared } = makeFinger({ saturation: () => 0.9, pulse, rateHz: 100 });
    file('finger.csv', `Sample,RED,IR\n${[...red].map((value, i) => `${i},${value},${infrared[i]}`).join('\n')}\n`);
    const out = open('finger.csv', { rate: 100 });
    const last = out.spo2.at(-1)!;
    assert.equal(last.calibrated, false);
    assert.ok(last.percent !== null && last.quality > 80);
    assert.ok(Math.abs((out.heartRate.at(-1)!.perMinute ?? 0) - 70) < 3);
  });

  it('passes over missing samples', () => {
    const rows = [...makeEcg(beats, 40, 250)].map((value, i) => (i >= 5000 && i < 5100 ? '' : value.toFixed(1)));
    file('gap.csv', `ecg\n${rows.map((row) => `"${row}"`).join('\n')}\n`);
    const out = open('gap.csv', { rate: 250 });
    const truth = beatIndices(beats, 250).filter((beat) => beat < 4900 || beat > 5400);
    assert.deepEqual(compareBeats(truth, out.beats, 250).missed, []);
  });

  it('draws a picture and prints a table', () => {
    const result = vitals(folder, 'e.csv', '--rate', '250', '--svg', 'picture.svg');
    assert.equal(result.status, 0, result.stderr);
    assert.match(result.stdout, new RegExp(`${beats.length} beats; rate shown in \\d+ % of the time`));
    assert.match(result.stdout, /no alarms/);
    const picture = readFileSync(join(folder, 'picture.svg'), 'utf8');
    assert.match(picture, /^<svg [^]*<\/svg>\n$/);
    assert.ok((picture.match(/stroke-dasharray/g) ?? []).length >= 40, 'beats are marked');
  });

  it('says in one sentence what is wrong, and ends with 1', () => {
    file('short.hea', 'short 1 360 1000\nshort.dat 212 200 11 1024 0 0 0 MLII\n');
    file('short.dat', 'abc');
    file('words.csv', 'a\nb\nc\nd\n');
    file('slow.csv', '1\n2\n3\n');
    for (const [name, options, words] of [
      ['absent', {}, /does not exist/], ['short', {}, /cut off/], ['words.csv', { rate: 5 }, /no rows|no number/],
      ['slow.csv', {}, /--rate/], ['slow.csv', { rate: 5 }, /ECG needs 100/], ['slow.csv', { rate: 250, unit: 'bananas' }, /unit "bananas"/],
      ['slow.csv', { rate: 250, column: 'x' }, /no column "x"/],
    ] as const) {
      assert.throws(() => open(name, options), (error: unknown) => error instanceof WfdbError && words.test(error.message) && /^[^\n]+\.$/.test(error.message));
    }
    for (const args of [['short'], ['e.csv', '--rate', '250', '--svg', 'no/such/folder.svg']]) {
      const result = vitals(folder, ...args);
      assert.equal(result.status, 1, result.stdout);
      assert.match(result.stderr, /^[^\n]+\.\n$/);
    }
    assert.equal(vitals(folder, 'e.csv', '--rate', 'fast').status, 1);
  });

  it('reads MIT-BIH 100 and the false alarm a103l', function () {
    const out = analyse(openSource(recording(this, 'ecg-mitbih/100', 'ecg-mitbih/100.hea'), {}));
    assert.deepEqual([out.rate, out.alarms], [360, []]);
    assert.ok(out.beats.length >= 2271 && out.beats.length <= 2275);
    const path = recording(this, 'ecg-mitbih/a103l', 'ecg-mitbih/a103l.hea');
    const alarm = analyse(openSource(path, {}));
    assert.deepEqual(alarm.alarms.filter(({ kind }) => kind === 'asystole'), []);
    const pleth = analyse(openSource(path, { signal: 'ppg' }));
    assert.ok(pleth.heartRate.some(({ perMinute }) => perMinute !== null && Math.abs(perMinute - 126) < 5));
  });
});
