// `npm run vitals -- FILE`: runs a recording through the firmware's signal processing, prints a table and draws a
// picture; with --json it prints one JSON object and draws only when asked.

import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { analyse } from './analyse.ts';
import { draw } from './draw.ts';
import { report } from './report.ts';
import { openSource } from './source.ts';
import type { SignalKind } from './source.ts';

interface Options {
  readonly rate?: number;
  readonly column?: string;
  readonly signal?: SignalKind;
  readonly unit?: string;
  readonly svg?: string;
  readonly json?: true;
}

const command = new Command('vitals')
  .description('Runs a recording (WFDB record or CSV file) through the signal processing of the firmware.')
  .argument('<file>', 'WFDB record (with or without .hea) or .csv file')
  .option('--rate <hz>', 'samples a second of a CSV file', positive)
  .option('--column <name>', 'column of a CSV file or signal of a record, by name or number from 1')
  .option('--signal <kind>', 'what it is: ecg or ppg', kind)
  .option('--unit <unit>', 'unit of an ECG: uV, mV, V or counts')
  .option('--svg <file>', 'where to draw (default: vitals-<name>.svg; with --json, nowhere)')
  .option('--json', 'print {rate, beats, heartRate, spo2, alarms} instead of the table')
  .action(run);

// Whoever reads the output may stop reading (`| head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  command.parse();
} catch (error) {
  if (!(error instanceof WfdbError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

function run(file: string, options: Options): void {
  const source = openSource(place(file), options);
  const analysis = analyse(source);
  if (options.json) {
    const { rate, beats, heartRate, spo2, alarms } = analysis;
    process.stdout.write(`${JSON.stringify({ rate, beats, heartRate, spo2, alarms })}\n`);
  } else {
    for (const line of report(source, analysis)) console.log(line);
  }
  const picture = options.svg ?? (options.json ? undefined : `vitals-${source.name}.svg`);
  if (picture === undefined) return;
  const path = resolve(process.env.INIT_CWD ?? '.', picture);
  try {
    writeFileSync(path, draw(source, analysis));
  } catch {
    throw new WfdbError(`The picture cannot be written to ${path}: choose another place with --svg.`);
  }
  if (!options.json) console.log(`picture: ${path}`);
}

/** npm changes to the project's folder and says where the person was. */
function place(file: string): string {
  const from = resolve(process.env.INIT_CWD ?? '.', file);
  return existsSync(from) || existsSync(`${from}.hea`) ? from : resolve(file);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function kind(text: string): SignalKind {
  if (text !== 'ecg' && text !== 'ppg') throw new InvalidArgumentError('It must be ecg or ppg.');
  return text;
}
