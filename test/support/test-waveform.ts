// A waveform sensor whose samples tell their place in the stream.
import type { WaveformSensor } from 'lorica/node/world';
import { CHANNEL } from 'lorica/reading/reading';
import type { VirtualTimer } from './virtual-timer.ts';

/** ECG-like samples at 250 Hz whose values tell their index. */
export class TestWaveform implements WaveformSensor {
  readonly channel = CHANNEL.ecgII;
  readonly rateMilliHertz = 250_000;
  readonly resolution = 5000;
  readonly baseline = 0;
  readonly #timer: VirtualTimer;
  readonly #isWorn: () => boolean;
  #read: number | undefined;

  constructor(timer: VirtualTimer, isWorn: () => boolean) {
    this.#timer = timer;
    this.#isWorn = isWorn;
  }

  start(): void {
    this.#read = this.#now();
  }

  stop(): void {
    this.#read = undefined;
  }

  read(): ReturnType<WaveformSensor['read']> {
    const first = this.#read;
    const now = this.#now();
    if (first === undefined || now <= first || !this.#isWorn()) return undefined;
    this.#read = now;
    return { firstIndex: first, tick: 4 * first, samples: Int16Array.from({ length: now - first }, (_, i) => sampleAt(first + i)) };
  }

  #now(): number {
    return Math.floor(this.#timer.ticks() / 4);
  }
}

/** what the test's waveform has at an index of its stream */
export function sampleAt(index: number): number {
  return Math.round(400 * Math.sin(index / 12)) + ((index * 7919) % 31);
}
