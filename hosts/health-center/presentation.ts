// Readings as the page and other programs get them: JSON with names, units and values in those units, a quality with
// each number, and how well its time is known. What is withheld is null, never a guess.
import { toHex } from 'lorica/bytes/bytes';
import { decodeReading } from 'lorica/reading/decode';
import { CHANNEL, EVENT, VITALS, type Measurement, type Reading, type WaveformReading } from 'lorica/reading/reading';
import type { PlacedTime, StoredReading } from './reading-store.ts';
import { microvoltsOf } from './heart-rate.ts';

export const TIME_SOURCE_NAMES = ['mapped', 'placed', 'arrival'] as const;

export interface VitalJson {
  readonly vital: number;
  readonly name: string;
  readonly unit: string;
  /** null: withheld */
  readonly value: number | null;
  readonly quality: number;
}

export interface TimeJson {
  /** ms since 1970 */
  readonly timeMs: number;
  readonly uncertaintyMs: number;
  /** mapped from an exchange, placed between neighbours, or the time of arrival */
  readonly timeSource: (typeof TIME_SOURCE_NAMES)[number];
}

const CHANNEL_NAMES: ReadonlyMap<number, string> = new Map([
  [CHANNEL.ecgI, 'ECG I'], [CHANNEL.ecgII, 'ECG II'], [CHANNEL.ppgRed, 'PPG red'], [CHANNEL.ppgInfrared, 'PPG infrared'],
  [CHANNEL.accelerationX, 'acceleration x'], [CHANNEL.accelerationY, 'acceleration y'], [CHANNEL.accelerationZ, 'acceleration z'],
]);

export const EVENT_NAMES: ReadonlyMap<number, string> = new Map([
  [EVENT.heartRateHigh, 'Heart rate high'], [EVENT.heartRateLow, 'Heart rate low'], [EVENT.oxygenSaturationLow, 'Oxygen saturation low'],
  [EVENT.temperatureHigh, 'Skin temperature high'], [EVENT.temperatureLow, 'Skin temperature low'], [EVENT.leadOff, 'Electrode off'],
  [EVENT.fall, 'Fall'], [EVENT.noMotion, 'No motion'], [EVENT.batteryLow, 'Battery low'], [EVENT.button, 'Button pressed'],
  [EVENT.irregularRhythm, 'Irregular rhythm'], [EVENT.collaborationRefused, 'Assistants did not help'],
]);

/** The vital sign that an event's value is about. */
const EVENT_VITALS: ReadonlyMap<number, number> = new Map([
  [EVENT.heartRateHigh, 1], [EVENT.heartRateLow, 1], [EVENT.oxygenSaturationLow, 2], [EVENT.temperatureHigh, 4], [EVENT.temperatureLow, 4], [EVENT.batteryLow, 7],
]);

export const timeJson = ({ timeMs, uncertaintyMs, source }: PlacedTime): TimeJson => ({ timeMs, uncertaintyMs, timeSource: TIME_SOURCE_NAMES[source] });

export function vitalJson({ vital, value, quality }: Measurement): VitalJson {
  const info = VITALS[vital]!;
  return { vital, name: info.name, unit: info.unit, value: value === undefined ? null : value / info.perUnit, quality };
}

/** A strip with its samples in mV (ECG), thousandths of g (acceleration) or counts. */
export function stripJson(strip: WaveformReading, placed: PlacedTime): Record<string, unknown> {
  const isEcg = strip.channel <= CHANNEL.ecgII;
  const values = microvoltsOf(strip);
  const isPlain = strip.resolution === 0;
  const perUnit = isEcg && !isPlain ? 1000 : 1;
  return {
    ...timeJson(placed), channel: strip.channel, name: CHANNEL_NAMES.get(strip.channel), boot: strip.boot, firstIndex: strip.firstIndex,
    rateHz: strip.rateMilliHertz / 1000, unit: isPlain ? 'counts' : isEcg ? 'mV' : 'mg', quality: strip.quality,
    samples: values === undefined ? null : Array.from(values, (value) => Math.round((value / perUnit) * 10_000) / 10_000),
  };
}

/** The body of any reading. */
export function readingJson(reading: Reading, placed: PlacedTime): Record<string, unknown> {
  const common = { kind: reading.kind, boot: reading.boot, tick: reading.tick, ...timeJson(placed) };
  switch (reading.kind) {
    case 'vitals':
      return { ...common, measurements: reading.measurements.map(vitalJson) };
    case 'waveform':
      return { ...common, ...stripJson(reading, placed) };
    case 'event': {
      const { code, value, quality } = reading;
      const info = VITALS[EVENT_VITALS.get(code) ?? 0];
      return { ...common, code, name: EVENT_NAMES.get(code), value: value === undefined ? null : value / (info?.perUnit ?? 1), unit: info?.unit ?? null, quality: quality ?? null };
    }
    case 'gap':
      return { ...common, tag: toHex(reading.tag), first: reading.first, last: reading.last, reason: reading.reason };
    case 'status':
      return { ...common, firmware: reading.firmware, resetReason: reading.resetReason, counters: Object.fromEntries(reading.counters), chains: reading.chains.map(({ tag, next }) => ({ tag: toHex(tag), next })) };
    case 'sync':
      return { ...common, sentTick: reading.sentTick, receivedTick: reading.receivedTick, exchangeTimeMs: reading.timeMs };
  }
}

/** A row of the store, with where it came from. */
export function storedJson(stored: StoredReading): Record<string, unknown> {
  const reading = stored.kind === 0 ? undefined : decodeReading(stored.plaintext);
  const origin = { tag: toHex(stored.tag), index: stored.index };
  return reading === undefined ? { ...origin, kind: 'unreadable', ...timeJson(stored), plaintext: toHex(stored.plaintext) } : { ...origin, ...readingJson(reading, stored) };
}
