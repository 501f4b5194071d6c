// All that the firmware needs of the machine it runs on, as one record of small interfaces; hosts make it. Everything
// is synchronous or calls back; nothing here is a promise, and no wall clock is among it.
import type { Flash } from 'lorica/journal/flash';
import type { Radio } from 'lorica/link/radio';
import type { Timer } from 'lorica/link/timer';
import type { Entropy } from 'lorica/primitives/entropy';
import type { Channel, EventCode, Measurement } from 'lorica/reading/reading';

export interface World {
  readonly timer: Timer;
  readonly entropy: Entropy;
  readonly radio: Radio;
  /** for sealed records; 1 MB holds 48 hours of the default plan */
  readonly journalFlash: Flash;
  /** for keys that must be forgotten; VAULT_SECTORS sectors (lorica/journal/vault), never a part of `storage` */
  readonly vaultFlash: Flash;
  readonly storage: KeyValue;
  readonly sensors: Sensors;
  readonly button?: Button;
  readonly indicator?: Indicator;
  /** Tells of trouble or of a change, by code (lorica/node/codes). Never a secret, never a reading. */
  log(code: number, detail?: number): void;
  /** why the machine started, as it says itself, 0..255; goes into the status record */
  readonly resetReason: number;
  /** at most 32 octets of UTF-8 */
  readonly firmwareVersion: string;
}

/** Small values that outlive a reset, NVS on the ESP32. What is deleted or replaced may stay readable in the chip. */
export interface KeyValue {
  /** @returns a copy, or `undefined` */
  get(key: string): Uint8Array | undefined;
  /** Atomic: after a power cut the old or the new value is there. Keys have at most 15 characters (NVS). */
  set(key: string, value: Uint8Array): void;
  delete(key: string): void;
}

export interface Sensors {
  readonly vitals: VitalsSensor;
  /** each channel at most once; may be empty */
  readonly waveforms: readonly WaveformSensor[];
  readonly events?: EventSensor;
}

export interface VitalsSensor {
  /** What is known of the body now; called at the plan's interval. Empty when nothing is attached. */
  sample(): readonly Measurement[];
}

/** Samples of one channel. They gather between reads; the firmware reads at least every WAVEFORM_READ_MS. */
export interface WaveformSensor {
  readonly channel: Channel;
  readonly rateMilliHertz: number;
  /** nV (ECG) or µg (acceleration) a step; 0: plain counts */
  readonly resolution: number;
  /** the converter's value of zero */
  readonly baseline: number;
  start(): void;
  stop(): void;
  /** @returns what has gathered since the last read or `start`, at most MAX_READ_SAMPLES, or `undefined` for nothing */
  read(): Samples | undefined;
}

export interface Samples {
  /** of the first sample in the channel's stream since boot; samples while stopped need not be counted */
  readonly firstIndex: number;
  /** when the first sample was taken */
  readonly tick: number;
  readonly samples: Int16Array;
  /** 0..100; 100 when missing */
  readonly quality?: number;
}

/** What a sensor notices by itself, such as a fall or a lead that is off. */
export interface EventSensor {
  onEvent?: (code: EventCode, value?: number, quality?: number) => void;
}

export interface Button {
  onPress?: () => void;
}

export interface Indicator {
  show(pattern: IndicatorPattern): void;
}

export type IndicatorPattern = 'off' | 'unpaired' | 'pairing' | 'capturing' | 'delivering' | 'trouble';

/** the longest time between two reads of a running waveform sensor */
export const WAVEFORM_READ_MS = 1000;
/** samples that one read may return */
export const MAX_READ_SAMPLES = 4096;
