// `npm run bench`: figures on this machine, side by side with peers; `--json` for one JSON object a line.
import { cpus } from 'node:os';
import { Command } from 'commander';
import { runMain } from 'lorica/hosts/node/failure';
import { CENTER_STEPS, centerFigures } from './center.ts';
import { FIRMWARE_STEPS, firmwareFigures } from './firmware.ts';
import { print, progress } from './harness.ts';
import { MAP_STEPS, mapFigures } from './map.ts';

await runMain('bench', async () => {
  const command = new Command('bench').description('Figures on this machine: the map beside its peers, a reading on the node, and the health center under load.').option('--json', 'one JSON object a line');
  const { json = false } = command.parse().opts<{ json?: boolean }>();
  const bar = progress(MAP_STEPS + FIRMWARE_STEPS + CENTER_STEPS, 'bench');
  const figures = [...mapFigures(bar.step), ...firmwareFigures(bar.step), ...(await centerFigures(bar.step))];
  bar.stop();
  if (!json) console.log(`Node.js ${process.versions.node} on ${cpus()[0]?.model ?? 'an unknown processor'}`);
  print(figures, json);
});
