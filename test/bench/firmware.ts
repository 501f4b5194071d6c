// What one reading costs the node: time from the sensor to the journal in Node.js, and what is done to the flash, with the
// records being acknowledged ten seconds later as with the default plan.
import { Capture } from 'lorica/node/capture';
import { Counters } from 'lorica/node/counters';
import { Keyring } from 'lorica/node/keyring';
import { Recorder } from 'lorica/node/recorder';
import { OFFLINE_SLOT } from 'lorica/node/slots';
import { encodeOffline } from 'lorica/node/secrets';
import { DEFAULT_PLAN } from 'lorica/node/settings';
import { Journal } from 'lorica/journal/journal';
import { Vault, VAULT_SECTORS } from 'lorica/journal/vault';
import { VITAL, type Measurement } from 'lorica/reading/reading';
import { NorFlash, Power } from '../support/nor-flash.ts';
import { PoweredStorage } from '../support/node-world.ts';
import { VirtualClock, VirtualTimer } from '../support/virtual-timer.ts';
import type { Figure } from './harness.ts';

const READINGS = 20_000;
const BATCH = 10;
const JOURNAL_SECTORS = 256;

const MEASUREMENTS: readonly Measurement[] = [
  { vital: VITAL.heartRate, value: 723, quality: 97 }, { vital: VITAL.oxygenSaturation, value: 974, quality: 95 },
  { vital: VITAL.respirationRate, value: 152, quality: 90 }, { vital: VITAL.skinTemperature, value: 3341, quality: 99 },
  { vital: VITAL.perfusionIndex, value: 240, quality: 95 }, { vital: VITAL.activity, value: 40, quality: 100 },
  { vital: VITAL.battery, value: 83, quality: 90 }, { vital: VITAL.steps, value: 4120, quality: 95 }
];

export const FIRMWARE_STEPS = 1;

export function firmwareFigures(onStep: () => void): Figure[] {
  const power = new Power();
  const journalFlash = new NorFlash(JOURNAL_SECTORS, power);
  const vaultFlash = new NorFlash(VAULT_SECTORS, power);
  const vault = new Vault(vaultFlash);
  vault.put(OFFLINE_SLOT, encodeOffline({ step: 0, secret: new Uint8Array(32).fill(7) }));
  const clock = new VirtualClock();
  const timer = new VirtualTimer(clock);
  const counters = new Counters();
  const log = (): void => undefined;
  const journal = new Journal({ flash: journalFlash });
  const keyring = new Keyring({ vault, storage: new PoweredStorage(power), log });
  const recorder = new Recorder({ keyring, journal, counters, log, onRecord: () => undefined });
  const sensors = { vitals: { sample: () => MEASUREMENTS }, waveforms: [] };
  new Capture({ world: { timer, sensors, log }, boot: 1, recorder, counters }).start({ ...DEFAULT_PLAN, limits: new Map() });
  clock.runTo(2000 * 1000);
  freeAll(journal);
  const before = { ...tally(journalFlash), vault: vaultFlash.writes };
  const startedMs = performance.now();
  let freeingMs = 0;
  for (let i = 0; i < READINGS; i += BATCH) {
    clock.runTo(clock.nowMs + BATCH * 1000);
    const freed = performance.now();
    freeAll(journal);
    freeingMs += performance.now() - freed;
  }
  const capturingMs = performance.now() - startedMs - freeingMs;
  const after = tally(journalFlash);
  onStep();
  return [
    { name: 'node: reading, sealed and at rest', value: (1000 * capturingMs) / READINGS, unit: 'µs' },
    { name: 'node: reading, found again and freed', value: (1000 * freeingMs) / READINGS, unit: 'µs' },
    { name: 'node: journal writes a reading', value: (after.writes - before.writes) / READINGS, unit: '' },
    { name: 'node: journal bytes written a reading', value: (after.bytes - before.bytes) / READINGS, unit: 'B' },
    { name: 'node: journal erases in 1000 readings', value: (1000 * (after.erases - before.erases)) / READINGS, unit: '' },
    { name: 'node: vault writes in 1000 readings', value: (1000 * (vaultFlash.writes - before.vault)) / READINGS, unit: '' }
  ];
}

function tally({ writes, bytesWritten, erases }: NorFlash): { writes: number; bytes: number; erases: number } {
  return { writes, bytes: bytesWritten, erases: erases.reduce((sum, count) => sum + count, 0) };
}

function freeAll(journal: Journal): void {
  for (let entry = journal.next(undefined, false); entry !== undefined; entry = journal.next(entry.position, false)) journal.free(entry);
}
