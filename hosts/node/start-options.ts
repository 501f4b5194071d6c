// The options of `npm start`, checked.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { UserError } from 'lorica/hosts/node/failure';

export const MAX_START_NODES = 64;

export interface StartOptions {
  /** missing ones are enrolled; none is ever taken away */
  readonly nodes: number;
  /** a WFDB record (without extension) or a CSV file, replayed in one more node */
  readonly record: string | undefined;
  /** of the dashboard; 0: the system chooses */
  readonly port: number;
  readonly brokerPort: number;
  readonly data: string;
}

export function startOptions(argv: readonly string[], environment: NodeJS.ProcessEnv = process.env): StartOptions {
  const command = new Command('npm start --')
    .description('Health center with store, broker and dashboard, a gateway, and a small ward of simulated wearables.')
    .option('--nodes <count>', `wearables that the ward has at least, 1 to ${String(MAX_START_NODES)}`, whole('--nodes', 1, MAX_START_NODES), 8)
    .option('--record <path>', 'a WFDB record or a CSV file, replayed by one of them')
    .option('--port <port>', 'of the dashboard; without it a free one', whole('--port', 1, 65535), 0)
    .option('--broker-port <port>', 'of the MQTT broker; without it a free one', whole('--broker-port', 1, 65535), 0)
    .option('--data <folder>', 'where everything is kept; LORICA_DATA, or .lorica');
  command.parse([...argv], { from: 'user' });
  const given = command.opts<{ nodes: number; record?: string; port: number; brokerPort: number; data?: string }>();
  return { ...given, record: given.record === undefined ? undefined : recording(given.record), data: resolve(given.data ?? environment['LORICA_DATA'] ?? '.lorica') };
}

/** What is wrong inside the file the ward says; a path that leads nowhere is said at once. */
function recording(path: string): string {
  const absolute = resolve(path);
  if (!existsSync(absolute) && !existsSync(`${absolute}.hea`)) throw new UserError(`there is no recording ${absolute} (nor ${absolute}.hea); name a WFDB record without its extension, or a CSV file.`);
  return absolute;
}

function whole(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new InvalidArgumentError(`${name} must be a whole number from ${String(least)} to ${String(most)}.`);
    return value;
  };
}
