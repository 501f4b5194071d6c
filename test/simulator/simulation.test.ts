// The whole way in one process: from a body to the store and back to the node as an acknowledgement, from one seed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareSamples } from 'lorica/hosts/simulator/comparison';
import { deleteRow } from 'lorica/hosts/simulator/delete-row';
import { RowDigest } from 'lorica/hosts/simulator/digest';
import { LocalField } from 'lorica/hosts/simulator/field-runner';
import { openRecording } from 'lorica/hosts/simulator/recording';
import { RESET_REASON } from 'lorica/hosts/simulator/node';
import { Simulation, type SimulationOptions } from 'lorica/hosts/simulator/simulation';
import { StoredWaveform } from 'lorica/hosts/simulator/stored-waveform';
import { decodeReading } from 'lorica/reading/decode';
import type { Reading } from 'lorica/reading/reading';

const MINUTE_MS = 60_000;

describe('a simulated hospital', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-world-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  const open = (options: Partial<SimulationOptions> = {}): Simulation => new Simulation({ nodes: 3, seed: 7, folder: mkdtempSync(join(folder, 'run-')), ...options });

  function digestOf(world: Simulation): string {
    const digest = new RowDigest();
    for (const row of world.rows()) digest.add(row);
    return digest.finish();
  }

  async function digestOfRun(options: Partial<SimulationOptions>): Promise<string> {
    const world = open(options);
    await world.run(4 * MINUTE_MS);
    assert.ok(await world.settle());
    const digest = digestOf(world);
    await world.close();
    assert.equal(digestOf(world), digest, 'the file holds what the running store had');
    return digest;
  }

  const readings = (world: Simulation): Reading[] => [...world.rows()].map(({ plaintext }) => decodeReading(plaintext)!);

  it('delivers every reading that was captured, once, and frees it by acknowledgement only', async () => {
    const world = open();
    await world.run(6 * MINUTE_MS);
    assert.ok(await world.settle());
    const counts = await world.counts();
    assert.ok(counts.captured >= 3 * 5 * 60, String(counts.captured));
    assert.equal(counts.stored, counts.captured);
    assert.equal(counts.acknowledged, counts.captured);
    assert.ok(counts.delivered >= counts.stored);
    assert.ok(counts.handshakes >= 3);
    const all = readings(world);
    assert.ok(all.every((reading) => reading !== undefined));
    assert.ok(all.filter(({ kind }) => kind === 'vitals').length >= 3 * 5 * 60);
    assert.ok(all.some(({ kind }) => kind === 'waveform'));
    await world.close();
  });

  it('is the same for the same seed, and another for another seed or with one row dropped', async () => {
    const first = await digestOfRun({});
    assert.equal(await digestOfRun({}), first);
    assert.notEqual(await digestOfRun({ seed: 8 }), first);
    const world = open();
    await world.run(4 * MINUTE_MS);
    assert.ok(await world.settle());
    await world.close();
    assert.equal(digestOf(world), first);
    deleteRow(world.center.path, 100);
    assert.notEqual(digestOf(world), first);
  });

  it('comes to the same in two threads as in one', async () => {
    assert.equal(await digestOfRun({ threads: true }), await digestOfRun({}));
  });

  it('ends with the failure of the thread of the field', async () => {
    const world = open({ radio: { mtu: 5 }, threads: true });
    await assert.rejects(world.run(MINUTE_MS), /MTU/);
    world.center.close();
  });

  it('loses nothing to a radio that loses packets and connections, with two gateways', async () => {
    const world = open({ gateways: 2, radio: { loss: 0.05, dropEveryMs: 30_000 } });
    await world.run(6 * MINUTE_MS);
    assert.ok(await world.settle());
    const counts = await world.counts();
    assert.equal(counts.stored, counts.captured);
    const { gateways } = await world.close();
    assert.ok(gateways.every(({ links }) => links > 0));
  });

  it('goes on after a node lost its power: gaps are told, nothing acknowledged is missing', async () => {
    const world = open({ nodes: 1 });
    assert.ok(world.field instanceof LocalField);
    const [node] = world.field.side.ward.nodes;
    await world.run(3 * MINUTE_MS);
    assert.ok((await world.counts()).acknowledged > 100);
    node!.cutPower();
    await world.run(4 * MINUTE_MS);
    node!.switchOn(RESET_REASON.brownOut);
    await world.run(7 * MINUTE_MS);
    assert.ok(await world.settle());
    const counts = await world.counts();
    assert.equal(counts.stored, counts.captured);
    const all = readings(world);
    assert.equal(new Set(all.map(({ boot }) => boot)).size, 2);
    const perBoot = [...new Set(all.map(({ boot }) => boot))].map((boot) => all.filter((reading) => reading.boot === boot && reading.kind === 'vitals').length);
    assert.ok(perBoot.every((count) => count > 100), String(perBoot));
    await world.close();
  });

  it('carries a recording from the sensor to the store bit for bit', async () => {
    const samples = Array.from({ length: 250 * 150 }, (_, i) => Math.round(900 * Math.sin(i / 7) + 300 * Math.sin(i / 3.1)) % 2048);
    const bytes = Buffer.alloc(2 * samples.length);
    samples.forEach((sample, i) => bytes.writeInt16LE(sample, 2 * i));
    writeFileSync(join(folder, 'r.dat'), bytes);
    writeFileSync(join(folder, 'r.hea'), `r 1 250 ${String(samples.length)}\nr.dat 16 200(17)/mV 12 0 ${String(samples[0])} 0 0 II\n`);
    const recording = openRecording(join(folder, 'r'));
    const world = open({ nodes: 2, recording });
    await world.run(8 * MINUTE_MS);
    assert.ok(await world.settle());
    const stored = new StoredWaveform(recording.channels[0]!.channel);
    for (const row of world.rows()) {
      if (Buffer.from(row.serial).equals(Buffer.from(world.serials[0]!))) stored.add(decodeReading(row.plaintext)!);
    }
    await world.close();
    assert.equal(stored.damaged, 0);
    assert.deepEqual(compareSamples(recording.channels[0]!, stored), { name: 'II', expected: samples.length, stored: samples.length, different: 0, sameScale: true });
  });
});

describe('npm run simulate', function () {
  this.timeout(60_000);
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const simulate = (...options: string[]) => spawnSync(process.execPath, ['--import', './hosts/node/register.mjs', 'hosts/simulator/simulate.ts', ...options], { cwd: root, encoding: 'utf8' });

  it('prints counts and a digest', () => {
    const { status, stdout, stderr } = simulate('--nodes', '2', '--hours', '0.05', '--seed', '3');
    assert.equal(status, 0, stderr);
    for (const line of [/^captured \d+$/m, /^delivered \d+$/m, /^stored \d+$/m, /^acknowledged \d+$/m, /^digest [0-9a-f]{64}$/m]) assert.match(stdout, line);
  });

  it('says in one sentence what it cannot do', () => {
    const cases: [string[], number, RegExp][] = [
      [['--engine', 'xs'], 2, /not there yet/],
      [['--record', '/nowhere/record'], 1, /does not exist/],
      [['--nodes', '0'], 1, /whole number/],
      [['--hours', '-1'], 1, /above 0/],
      [['--nodes', '1', '--hours', '0.01', '--drop-record', '999999999'], 1, /no row/],
    ];
    for (const [options, code, pattern] of cases) {
      const { status, stderr, stdout } = simulate(...options);
      assert.equal(status, code, stderr);
      assert.match(stderr, pattern);
      assert.equal(stdout, '');
      assert.ok(!/\n\s+at /.test(stderr), 'no stack');
    }
  });
});
