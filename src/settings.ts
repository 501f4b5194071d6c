// What is in `storage` beside the enrolment: the boot id, the sampling plan, what is to be sent again, the chains that
// ended. Each value is written whole, so that a power cut leaves the old or the new one; none of it is secret.
import { readUint32, writeUint32 } from 'lorica/bytes/bytes';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import type { KeyValue } from 'lorica/node/world';
import { readChains } from 'lorica/reading/decode';
import { writeChains } from 'lorica/reading/encode';
import { CHANNEL, EVENT, MAX_UINT32, type ChainEnd } from 'lorica/reading/reading';
import { decodeCommand, encodeCommand, type Plan, type PlanCommand, type ResendCommand } from 'lorica/wire/command';

const KEY = { boot: 'boot', plan: 'plan', resend: 'resend', resent: 'resent', chains: 'chains' } as const;

/** Vital signs every second, ten seconds of ECG every five minutes, a batch every ten seconds. */
export const DEFAULT_PLAN: Plan = {
  vitalsIntervalMs: 1000,
  waveforms: new Map([[CHANNEL.ecgII, { seconds: 10, everySeconds: 300 }]]),
  deliveryIntervalMs: 10_000,
  limits: new Map([
    [EVENT.heartRateHigh, 1300],
    [EVENT.heartRateLow, 400],
    [EVENT.oxygenSaturationLow, 880],
    [EVENT.temperatureHigh, 3850],
    [EVENT.batteryLow, 10]
  ])
};

/** Takes the next boot id; it is at rest before anything bears it. @throws RangeError after 2^32 boots */
export function nextBoot(storage: KeyValue): number {
  const boot = readNumber(storage, KEY.boot) + 1;
  if (boot > MAX_UINT32) throw new RangeError('boot ids are used up');
  writeNumber(storage, KEY.boot, boot);
  return boot;
}

/** The plan in force: version 0 is the default. */
export function loadPlan(storage: KeyValue): { version: number; plan: Plan } {
  const bytes = storage.get(KEY.plan);
  const command = bytes === undefined ? undefined : decodeCommand(bytes);
  return command?.kind === 'plan' ? command : { version: 0, plan: DEFAULT_PLAN };
}

/** The plan with the version that it came with, in one write. */
export function storePlan(storage: KeyValue, command: PlanCommand): void {
  storage.set(KEY.plan, encodeCommand(command));
}

/** What is still to be sent again, and the version of the last command that asked. */
export function loadResend(storage: KeyValue): { version: number; command: ResendCommand | undefined } {
  const bytes = storage.get(KEY.resend);
  const command = bytes === undefined ? undefined : decodeCommand(bytes);
  if (command?.kind !== 'resend') return { version: 0, command: undefined };
  const isDone = readNumber(storage, KEY.resent) === command.version;
  return { version: command.version, command: isDone ? undefined : command };
}

export function storeResend(storage: KeyValue, command: ResendCommand): void {
  storage.set(KEY.resend, encodeCommand(command));
}

export function storeResent(storage: KeyValue, version: number): void {
  writeNumber(storage, KEY.resent, version);
}

/** Chains that are no longer sealed under and not delivered wholly, oldest first. */
export function loadEndedChains(storage: KeyValue): ChainEnd[] {
  const bytes = storage.get(KEY.chains);
  if (bytes === undefined) return [];
  const reader = new Reader(bytes);
  const chains = readChains(reader);
  return reader.done ? chains : [];
}

export function storeEndedChains(storage: KeyValue, chains: readonly ChainEnd[]): void {
  const writer = new Writer(512);
  writeChains(writer, chains);
  storage.set(KEY.chains, writer.finish());
}

/** All but the boot id, which rises for ever: what belongs to one enrolment. */
export function forgetSettings(storage: KeyValue): void {
  for (const key of [KEY.plan, KEY.resend, KEY.resent, KEY.chains]) storage.delete(key);
}

function readNumber(storage: KeyValue, key: string): number {
  const bytes = storage.get(key);
  return bytes?.length === 4 ? readUint32(bytes, 0) : 0;
}

function writeNumber(storage: KeyValue, key: string, value: number): void {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  storage.set(key, bytes);
}
