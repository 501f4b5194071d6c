// Puts a waveform together again from the readings of a store, and from nothing else.

import type { Channel, Reading, WaveformReading } from 'lorica/reading/reading';
import { ENCODING } from 'lorica/reading/reading';
import { decodeSamples } from 'lorica/waveform/rice';

/** A day of ECG at 1 kHz; a bound against readings that claim an index far away. */
export const MAX_STORED_SAMPLES = 86_400_000;

/** Samples of one boot of one node's channel, by their index. */
export class StoredWaveform {
  readonly #channel: Channel;
  #samples = new Int16Array(4096);
  #present = new Uint8Array(4096);
  #end = 0;
  #count = 0;
  #scale: Pick<WaveformReading, 'rateMilliHertz' | 'resolution' | 'baseline'> | undefined;
  /** readings that did not unpack, or contradict each other */
  damaged = 0;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  add(reading: Reading): void {
    if (reading.kind !== 'waveform' || reading.channel !== this.#channel) return;
    const samples = unpack(reading);
    if (samples === undefined || !this.#fits(reading)) {
      this.damaged++;
      return;
    }
    const end = reading.firstIndex + samples.length;
    this.#grow(end);
    for (let i = 0; i < samples.length; i++) {
      const at = reading.firstIndex + i;
      if (this.#present[at] === 1 && this.#samples[at] !== samples[i]) this.damaged++;
      if (this.#present[at] === 0) this.#count++;
      this.#present[at] = 1;
      this.#samples[at] = samples[i]!;
    }
    this.#end = Math.max(this.#end, end);
  }

  /** samples that are there */
  get count(): number {
    return this.#count;
  }

  /** one beyond the highest index */
  get end(): number {
    return this.#end;
  }

  get scale(): Pick<WaveformReading, 'rateMilliHertz' | 'resolution' | 'baseline'> | undefined {
    return this.#scale;
  }

  /** @returns the sample, or `undefined` where none is stored */
  at(index: number): number | undefined {
    return this.#present[index] === 1 ? this.#samples[index] : undefined;
  }

  #fits(reading: WaveformReading): boolean {
    const { rateMilliHertz, resolution, baseline } = reading;
    this.#scale ??= { rateMilliHertz, resolution, baseline };
    const scale = this.#scale;
    return scale.rateMilliHertz === rateMilliHertz && scale.resolution === resolution && scale.baseline === baseline
      && reading.firstIndex + reading.count <= MAX_STORED_SAMPLES;
  }

  #grow(end: number): void {
    if (end <= this.#samples.length) return;
    const length = Math.max(end, 2 * this.#samples.length);
    const samples = new Int16Array(length);
    samples.set(this.#samples);
    const present = new Uint8Array(length);
    present.set(this.#present);
    this.#samples = samples;
    this.#present = present;
  }
}

/** @returns the samples of a waveform reading, or `undefined` when they do not unpack */
export function unpack({ encoding, samples, count }: WaveformReading): Int16Array | undefined {
  if (encoding === ENCODING.rice) return decodeSamples(samples, count);
  if (samples.length !== 2 * count) return undefined;
  const view = new DataView(samples.buffer, samples.byteOffset, samples.length);
  return Int16Array.from({ length: count }, (_, i) => view.getInt16(2 * i, true));
}
