// Cuts the samples of one channel into readings that fit into records: in Rice code, as many samples as fit, or plain
// where that is smaller. Each reading stands alone, so a lost record costs its own samples only.
import type { Samples, WaveformSensor } from 'lorica/node/world';
import { ENCODING, MAX_TICK, MAX_WAVEFORM_BYTES, MAX_WAVEFORM_SAMPLES, type Stamp, type WaveformReading } from 'lorica/reading/reading';
import { encodeSamples } from 'lorica/waveform/rice';

/** samples that always fit, as they are */
export const PLAIN_SAMPLES = MAX_WAVEFORM_BYTES / 2;
/** a little below the limit, so that the next block of the same signal fits too */
const AIM_BYTES = MAX_WAVEFORM_BYTES - 64;
/** what is gathered before it is cut: most signals need a quarter to a half of 16 bits */
export const MAX_GATHERED = 2048;

export class WaveformCutter {
  readonly #sensor: WaveformSensor;
  readonly #boot: number;
  readonly #emit: (reading: WaveformReading) => void;
  readonly #gathered = new Int16Array(MAX_GATHERED);
  #count = 0;
  #firstIndex = 0;
  #firstTick = 0;
  #quality = 100;
  /** samples to cut at: follows how well the last blocks could be packed */
  #aim = PLAIN_SAMPLES;

  /** @param emit takes each reading */
  constructor(sensor: WaveformSensor, boot: number, emit: (reading: WaveformReading) => void) {
    this.#sensor = sensor;
    this.#boot = boot;
    this.#emit = emit;
  }

  /** Takes what the sensor has gathered, and cuts off what is enough for a record. Across a jump nothing is joined. */
  add({ firstIndex, tick, samples, quality = 100 }: Samples): void {
    if (this.#count > 0 && firstIndex !== this.#firstIndex + this.#count) this.flush();
    for (let taken = 0; taken < samples.length; ) {
      if (this.#count === 0) this.#begin(firstIndex + taken, tick, taken);
      const some = samples.subarray(taken, taken + MAX_GATHERED - this.#count);
      this.#gathered.set(some, this.#count);
      this.#count += some.length;
      taken += some.length;
      this.#quality = Math.min(this.#quality, quality);
      while (this.#count >= this.#aim) this.#cut(this.#aim);
    }
  }

  /** Emits what is left. */
  flush(): void {
    while (this.#count > 0) this.#cut(Math.min(this.#count, this.#aim));
  }

  #begin(index: number, tick: number, offset: number): void {
    this.#firstIndex = index;
    this.#firstTick = tick + this.#duration(offset);
    this.#quality = 100;
  }

  /** ms of so many samples */
  #duration(samples: number): number {
    return Math.round((samples * 1_000_000) / this.#sensor.rateMilliHertz);
  }

  #cut(most: number): void {
    let count = Math.min(most, MAX_WAVEFORM_SAMPLES);
    let bytes = encodeSamples(this.#gathered.subarray(0, count));
    while (bytes.length > MAX_WAVEFORM_BYTES && count > PLAIN_SAMPLES) {
      count = Math.max(PLAIN_SAMPLES, Math.floor((count * AIM_BYTES) / bytes.length));
      bytes = encodeSamples(this.#gathered.subarray(0, count));
    }
    const fitting = Math.floor((count * AIM_BYTES) / bytes.length);
    this.#aim = Math.min(MAX_GATHERED, Math.max(PLAIN_SAMPLES, fitting));
    this.#emit(this.#reading(count, bytes));
    this.#gathered.copyWithin(0, count, this.#count);
    this.#count -= count;
    this.#firstIndex += count;
    this.#firstTick += this.#duration(count);
  }

  #reading(count: number, rice: Uint8Array): WaveformReading {
    const { channel, rateMilliHertz, resolution, baseline } = this.#sensor;
    const stamp: Stamp = { boot: this.#boot, tick: Math.max(0, Math.min(MAX_TICK, this.#firstTick)) };
    const isPacked = rice.length < 2 * count;
    const samples = isPacked ? rice : plain(this.#gathered, count);
    const encoding = isPacked ? ENCODING.rice : ENCODING.int16;
    const firstIndex = this.#firstIndex;
    return { kind: 'waveform', ...stamp, channel, rateMilliHertz, resolution, baseline, encoding, count, samples, firstIndex, quality: this.#quality };
  }
}

/** int16, little-endian */
function plain(samples: Int16Array, count: number): Uint8Array {
  const bytes = new Uint8Array(2 * count);
  for (let i = 0; i < count; i++) {
    bytes[2 * i] = samples[i]!;
    bytes[2 * i + 1] = samples[i]! >> 8;
  }
  return bytes;
}
