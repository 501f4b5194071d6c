// The ward of `npm start`: simulated nodes in real time, whose state lies in files and goes on at the next start, and
// whose radio is reached through a local pipe (lorica/hosts/node/radio-pipe). Settings: <LORICA_DATA>/ward.json or
// LORICA_WARD_<SETTING>. It makes no secrets: a node is what its enrolment file says.

import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { runService, tellProgress, type Service } from 'lorica/hosts/node/child';
import { steadyClock } from 'lorica/hosts/node/clock';
import { dataFolder, readSettings, text } from 'lorica/hosts/node/config';
import { readNodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { runMain, UserError } from 'lorica/hosts/node/failure';
import { serveRadioPipe } from 'lorica/hosts/node/radio-pipe-server';
import type { Timer } from 'lorica/link/timer';
import type { Sensors } from 'lorica/node/world';
import { entropy } from 'lorica/primitives/entropy';
import { toHex } from 'lorica/bytes/bytes';
import { Body } from './bodies/body.ts';
import { FileFlash, JOURNAL_LENGTH } from './flash.ts';
import { SimulatedNode, VAULT_LENGTH } from './node.ts';
import { Air } from './radio.ts';
import { Random } from './random.ts';
import { openRecording, recordingSensors, type Recording } from './recording.ts';
import { bodySensors } from './sensors.ts';
import { FileStorage } from './storage.ts';
import { Ward } from './ward.ts';

/** A body lives through the time since the last such mark at a start, so that it is the same after a short stop. */
const LIFE_MS = 6 * 3_600_000;
/** Nodes are switched on within this time. */
const START_SPREAD_MS = 2_000;
export const ENROLMENT_FILE = 'enrolment.json';

await runMain('ward', async () => {
  new Command('ward')
    .description('Simulated wearables in real time. Settings: <LORICA_DATA>/ward.json or LORICA_WARD_<SETTING>: '
      + `nodes (a folder with one folder a node, in it ${ENROLMENT_FILE}), radio (path of a socket, or a port), record (played by the first node).`)
    .parse();
  await runService(start);
});

async function start(): Promise<Service> {
  const data = dataFolder();
  const settings = readSettings('ward', { nodes: text(join(data, 'nodes')), radio: text(join(data, 'radio.sock')), record: text('') });
  const recording = settings.record === '' ? undefined : openRecording(settings.record);
  const folders = nodeFolders(settings.nodes);
  const chance = new Random(toHex(entropy(16)));
  const air = new Air({ clock: steadyClock, random: chance.stream('air') });
  const ward = new Ward(folders.map((folder, index) => {
    tellProgress(`node ${String(index + 1)} of ${String(folders.length)}`);
    return openNode(folder, air, chance, index === 0 ? recording : undefined);
  }));
  const pipe = await serveRadioPipe(/^\d+$/.test(settings.radio) ? Number(settings.radio) : settings.radio, () => air.central());
  ward.switchOn(steadyClock, (node) => chance.stream(node.name).between(0, START_SPREAD_MS));
  return {
    facts: { nodes: folders.length, radio: pipe.address },
    statistics: () => ({ ...ward.counts() }),
    async stop() {
      ward.stop();
      await pipe.close();
    },
  };
}

function nodeFolders(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, ENROLMENT_FILE))).sort() : [];
  if (names.length === 0) throw new UserError(`there are no enrolled nodes in ${folder}; run npm start, which enrols some, or name their folder with LORICA_WARD_NODES.`);
  return names.map((name) => join(folder, name));
}

function openNode(folder: string, air: Air, chance: Random, recording: Recording | undefined): SimulatedNode {
  const provisioning = readNodeEnrolment(join(folder, ENROLMENT_FILE));
  const name = toHex(provisioning.serial);
  const state = join(folder, 'state');
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return new SimulatedNode({
    clock: steadyClock, air, name, provisioning, entropy, random: chance.stream(name),
    sensors: recording === undefined ? wornBy(name) : (timer) => recordingSensors(recording, timer),
    parts: {
      journalFlash: new FileFlash(join(state, 'journal.flash'), JOURNAL_LENGTH),
      vaultFlash: new FileFlash(join(state, 'vault.flash'), VAULT_LENGTH),
      storage: new FileStorage(join(state, 'storage')),
    },
  });
}

/** The person is the serial's for ever; what they live through changes with the hours. */
function wornBy(name: string): (timer: Timer) => Sensors {
  const random = new Random(`worn by ${name}`);
  const bornMs = Math.floor(steadyClock.now() / LIFE_MS) * LIFE_MS;
  const body = new Body(random, random.stream(`life ${String(bornMs)}`));
  return (timer) => bodySensors({ body, bornMs, clock: steadyClock, timer, random: random.stream(`sensors ${String(steadyClock.now())}`) });
}
