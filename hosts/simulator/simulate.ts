// `npm run simulate`: a ward in virtual time, all of it in this process; at the end what was captured, delivered, stored
// and acknowledged, and one digest over the store. The same seed gives the same digest.

import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { runMain } from 'lorica/hosts/node/failure';
import { decodeReading } from 'lorica/reading/decode';
import { compareHeart, compareSamples, leadOf } from './comparison.ts';
import { deleteRow } from './delete-row.ts';
import { RowDigest } from './digest.ts';
import { openRecording, type Recording } from './recording.ts';
import { describe, type Report } from './report.ts';
import { Simulation } from './simulation.ts';
import { StoredWaveform } from './stored-waveform.ts';

/** hours (a year), and samples a second */
const MOST = 10_000;
const HOUR_MS = 3_600_000;
/** A node that plays a recording starts late, and its plan reaches it later. */
const RECORDING_SLACK_MS = 5 * 60_000;

interface Arguments {
  readonly nodes: number;
  readonly hours: number | undefined;
  readonly seed: number;
  readonly gateways: number | undefined;
  readonly loss: number;
  readonly record: string | undefined;
  readonly rate: number | undefined;
  readonly column: string | undefined;
  readonly dropRecord: number | undefined;
  readonly engine: 'node' | 'xs';
  readonly json: boolean;
}

await runMain('simulate', async () => {
  const options = readArguments();
  if (options.engine === 'xs') {
    process.stderr.write('simulate: nodes on the XS engine are not there yet; run it with --engine node.\n');
    process.exit(2);
  }
  const recording = options.record === undefined ? undefined : openRecording(options.record, { column: options.column, rate: options.rate });
  for (const warning of recording?.warnings ?? []) process.stderr.write(`simulate: ${warning}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'lorica-simulate-'));
  process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => { process.exit(130); });
  const report = await simulate(options, recording, folder);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : describe(report));
  if (!report.settled) process.exitCode = 1;
});

function readArguments(): Arguments {
  const program = new Command('simulate')
    .description('A ward of wearables, gateways and a health center in virtual time.')
    .option('--nodes <count>', 'wearables (default 10, with --record 1)', whole(1, 1024))
    .option('--hours <hours>', 'virtual time (default 1, with --record as long as the recording)', positive)
    .option('--seed <seed>', 'from which all chance comes', whole(0, Number.MAX_SAFE_INTEGER), 1)
    .option('--gateways <count>', 'default: one for 64 wearables', whole(1, 64))
    .option('--loss <share>', 'of radio packets that are lost, 0 to 0.5', share, 0)
    .option('--record <path>', 'a WFDB record (without extension) or CSV file, which the first wearable plays through its sensors')
    .option('--rate <hz>', 'samples a second of a CSV file that does not say so', positive)
    .option('--column <name>', 'of a CSV file: name or number, default the last')
    .option('--drop-record <number>', 'delete the row of this number from the store before it is read back', whole(1, Number.MAX_SAFE_INTEGER))
    .addOption(new Option('--engine <engine>', 'what runs the firmware').choices(['node', 'xs']).default('node'))
    .option('--json', 'one line of JSON instead of text', false)
    .parse();
  const given = program.opts<Omit<Arguments, 'nodes'> & { nodes: number | undefined }>();
  return { ...given, nodes: given.nodes ?? (given.record === undefined ? 10 : 1) };
}

async function simulate(options: Arguments, recording: Recording | undefined, folder: string): Promise<Report> {
  const started = process.hrtime.bigint();
  const { nodes, seed, gateways, loss } = options;
  const hours = options.hours ?? (recording === undefined ? 1 : (recording.seconds * 1000 + RECORDING_SLACK_MS) / HOUR_MS);
  const progress = progressBar(Math.round(hours * 3600));
  const world = new Simulation({ nodes, seed, folder, recording, radio: { loss }, threads: availableParallelism() > 1, ...(gateways === undefined ? {} : { gateways }) });
  await world.run(hours * HOUR_MS, (elapsedMs) => { progress.update(Math.floor(elapsedMs / 1000)); });
  const settled = await world.settle();
  progress.stop();
  const counts = await world.counts();
  const parts = await world.close();
  if (options.dropRecord !== undefined) deleteRow(world.center.path, options.dropRecord);
  const lead = recording && leadOf(recording);
  const stored = recording?.channels.map(({ channel }) => new StoredWaveform(channel)) ?? [];
  const digest = readBack(world, stored);
  return {
    nodes, hours, seed, gateways: parts.gateways.length, settled, counts, rows: digest.rows, digest: digest.hex,
    notes: Object.fromEntries([...parts.notes].sort(([a], [b]) => (a < b ? -1 : 1))),
    seconds: Number(process.hrtime.bigint() - started) / 1e9,
    ...(recording === undefined ? {} : {
      samples: recording.channels.map((channel, i) => compareSamples(channel, stored[i]!)),
      heart: lead && compareHeart(recording, stored[recording.channels.indexOf(lead)]!),
    }),
  };
}

/** One walk over the store: the digest of all, and the waveforms of the first node. */
function readBack(world: Simulation, stored: readonly StoredWaveform[]): { hex: string; rows: number } {
  const digest = new RowDigest();
  const player = Buffer.from(world.serials[0]!);
  for (const row of world.rows()) {
    digest.add(row);
    if (stored.length === 0 || !player.equals(row.serial)) continue;
    const reading = decodeReading(row.plaintext);
    if (reading !== undefined) for (const waveform of stored) waveform.add(reading);
  }
  return { rows: digest.count, hex: digest.finish() };
}

function progressBar(total: number): SingleBar {
  const bar = new SingleBar({ format: 'simulating {bar} {value}/{total} s', stream: process.stderr, clearOnComplete: true, hideCursor: true });
  bar.start(total, 0);
  return bar;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) throw new InvalidArgumentError(`It must be a whole number from ${String(least)} to ${String(most)}.`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= MOST)) throw new InvalidArgumentError(`It must be a number above 0, at most ${String(MOST)}.`);
  return value;
}

function share(text: string): number {
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= 0.5)) throw new InvalidArgumentError('It must be a number from 0 to 0.5.');
  return value;
}
