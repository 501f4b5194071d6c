// What a node reports: the kinds of reading, their codes, units and bounds. All numbers are integers. The wire form is
// in modules/wire/lorica.cddl; `encode` and `decode` beside this file hold to it. Commands that come down are in
// lorica/wire/command. This file computes nothing.

/** key 0 of every reading */
export const READING_KIND = { vitals: 1, waveform: 2, event: 3, gap: 4, status: 5, sync: 6 } as const;
export type ReadingKind = keyof typeof READING_KIND;

export const VITAL = {
  heartRate: 1,
  oxygenSaturation: 2,
  respirationRate: 3,
  skinTemperature: 4,
  perfusionIndex: 5,
  activity: 6,
  battery: 7,
  steps: 8
} as const;
export type Vital = (typeof VITAL)[keyof typeof VITAL];

export interface VitalInfo {
  readonly name: string;
  /** UCUM, of the value after division by `perUnit` */
  readonly unit: string;
  readonly perUnit: number;
  /** least and greatest value on the wire; not what is healthy, but what a sensor can mean */
  readonly minimum: number;
  readonly maximum: number;
}

/** by code; entry 0 is not used */
export const VITALS: readonly (VitalInfo | undefined)[] = [
  undefined,
  { name: 'heart rate', unit: '/min', perUnit: 10, minimum: 0, maximum: 4000 },
  { name: 'oxygen saturation', unit: '%', perUnit: 10, minimum: 0, maximum: 1000 },
  { name: 'respiration rate', unit: '/min', perUnit: 10, minimum: 0, maximum: 2000 },
  { name: 'skin temperature', unit: 'Cel', perUnit: 100, minimum: -5500, maximum: 15000 },
  { name: 'perfusion index', unit: '%', perUnit: 100, minimum: 0, maximum: 10000 },
  { name: 'activity', unit: 'm[g]', perUnit: 1, minimum: 0, maximum: 65535 },
  { name: 'battery', unit: '%', perUnit: 1, minimum: 0, maximum: 100 },
  { name: 'steps', unit: '1', perUnit: 1, minimum: 0, maximum: 0xffffffff }
];

export const CHANNEL = {
  ecgI: 1,
  ecgII: 2,
  ppgRed: 3,
  ppgInfrared: 4,
  accelerationX: 5,
  accelerationY: 6,
  accelerationZ: 7
} as const;
export type Channel = (typeof CHANNEL)[keyof typeof CHANNEL];

export const ENCODING = { int16: 0, rice: 1 } as const;
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING];

export const EVENT = {
  heartRateHigh: 1,
  heartRateLow: 2,
  oxygenSaturationLow: 3,
  temperatureHigh: 4,
  temperatureLow: 5,
  leadOff: 6,
  fall: 7,
  noMotion: 8,
  batteryLow: 9,
  button: 10,
  irregularRhythm: 11,
  collaborationRefused: 12
} as const;
export type EventCode = (typeof EVENT)[keyof typeof EVENT];

export const GAP_REASON = { reset: 1, thinned: 2, journalDamaged: 3 } as const;
export type GapReason = (typeof GAP_REASON)[keyof typeof GAP_REASON];

/** What a node counts. A decoder also takes codes that it does not know, up to MAX_COUNTER_CODE. */
export const COUNTER = {
  captured: 1,
  sealed: 2,
  acknowledged: 3,
  sent: 4,
  thinned: 5,
  connections: 6,
  handshakes: 7,
  handshakesFailed: 8,
  resumptions: 9,
  framesRefused: 10,
  recordsRefused: 11,
  sensorErrors: 12,
  journalErrors: 13,
  linkErrors: 14
} as const;

export const MAX_UINT32 = 0xffffffff;
/** ticks, indices of samples and times: 2^48 ms are 8 900 years */
export const MAX_TICK = 2 ** 48;
export const MAX_QUALITY = 100;
/** two octets a sample in 960 octets; Rice may pack more of them */
export const MAX_WAVEFORM_BYTES = 960;
export const MAX_WAVEFORM_SAMPLES = 4096;
/** 10 kHz */
export const MAX_RATE_MILLIHERTZ = 10_000_000;
/** octets of UTF-8 */
export const MAX_FIRMWARE_LENGTH = 32;
export const MAX_COUNTERS = 32;
export const MAX_COUNTER_CODE = 255;
export const MAX_RESET_REASON = 255;
/** chains that a node may have at rest, not yet wholly delivered */
export const MAX_CHAINS = 32;

/** what all kinds have: where in the node's time it belongs */
export interface Stamp {
  /** rises with every start of the node, uint32 */
  readonly boot: number;
  /** ms since that start, ≤ 2^48 */
  readonly tick: number;
}

export interface Measurement {
  readonly vital: Vital;
  /** scaled as VITALS says; `undefined`: withheld, since it could not be believed */
  readonly value?: number | undefined;
  /** 0 (worthless) … 100 */
  readonly quality: number;
}

export interface VitalsReading extends Stamp {
  readonly kind: 'vitals';
  /** at least one, each vital at most once; the wire has them in ascending order */
  readonly measurements: readonly Measurement[];
}

export interface WaveformReading extends Stamp {
  readonly kind: 'waveform';
  /** `tick` is that of the first sample */
  readonly channel: Channel;
  readonly rateMilliHertz: number;
  /** nV a step (ECG), µg a step (acceleration); 0: plain counts */
  readonly resolution: number;
  /** the converter's value of zero, int32 */
  readonly baseline: number;
  readonly encoding: Encoding;
  /** number of samples, ≥ 1 */
  readonly count: number;
  /** int16 little-endian (count × 2 bytes), or lorica/waveform/rice */
  readonly samples: Uint8Array;
  /** index of the first sample in its stream since boot */
  readonly firstIndex: number;
  readonly quality: number;
}

export interface EventReading extends Stamp {
  readonly kind: 'event';
  readonly code: EventCode;
  /** scaled as the vital that it is about, int32 */
  readonly value?: number | undefined;
  readonly quality?: number | undefined;
}

/** Records of a chain that will never come. */
export interface GapReading extends Stamp {
  readonly kind: 'gap';
  /** 8 bytes */
  readonly tag: Uint8Array;
  readonly first: number;
  /** inclusive, ≥ first */
  readonly last: number;
  readonly reason: GapReason;
}

export interface ChainEnd {
  /** 8 bytes */
  readonly tag: Uint8Array;
  /** the next index not used yet: where an old chain ends */
  readonly next: number;
}

export interface StatusReading extends Stamp {
  readonly kind: 'status';
  /** at most 32 octets of UTF-8 */
  readonly firmware: string;
  readonly resetReason: number;
  /** code → count (uint32); the wire has them in ascending order */
  readonly counters: ReadonlyMap<number, number>;
  /** undelivered chains, at most MAX_CHAINS */
  readonly chains: readonly ChainEnd[];
}

/** One exchange with the health center that took less than 10 s in node ticks. */
export interface SyncReading extends Stamp {
  readonly kind: 'sync';
  readonly sentTick: number;
  readonly receivedTick: number;
  /** the health center's time in between, ms since 1970-01-01T00:00Z */
  readonly timeMs: number;
}

export type Reading = VitalsReading | WaveformReading | EventReading | GapReading | StatusReading | SyncReading;

/** Events go on the chain for urgent records, all others on the normal one. */
export function isUrgent(reading: Reading): boolean {
  return reading.kind === 'event';
}
