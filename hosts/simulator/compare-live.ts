// Beside `npm start -- --record`: watches the replayed recording come out of the store (record-watch.ts). A child of
// `npm start`; tells its parent numbers and prints nothing.
import { Command } from 'commander';
import { runService, type Service } from 'lorica/hosts/node/child';
import { readSettings, text } from 'lorica/hosts/node/config';
import { runMain, UserError } from 'lorica/hosts/node/failure';
import { leadOf } from './comparison.ts';
import { openRecording } from './recording.ts';
import { RecordWatch } from './record-watch.ts';

const INTERVAL_MS = 5_000;

await runMain('compare', async () => {
  new Command('compare').description('Compares a replayed recording with what the health center has stored of it; started by npm start -- --record.').parse();
  await runService(start);
});

async function start(): Promise<Service> {
  const { record, url, token, serial } = readSettings('compare', { record: text(''), url: text(''), token: text(''), serial: text('') });
  const recording = openRecording(record);
  const lead = leadOf(recording);
  if (lead === undefined) throw new UserError(`${record} has no ECG lead I or II to compare; choose a record that has one.`);
  const watch = new RecordWatch(recording, lead, `${url}/api/nodes/${serial}/`, token);
  await watch.close();
  const timer = setInterval(() => { void watch.look(); }, INTERVAL_MS);
  return {
    facts: { name: lead.name },
    statistics: () => watch.facts,
    async stop() {
      clearInterval(timer);
      await watch.look();
    },
  };
}
