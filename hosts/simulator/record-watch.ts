// Reads back through the health center's interface what its store holds of a replayed recording, and holds it against
// the file: samples one by one, and the heart rate, computed from the stored samples alone, against the experts'
// annotations. A health center that does not answer is asked again at the next look.
import { UserError } from 'lorica/hosts/node/failure';
import { ENCODING, type Channel, type WaveformReading } from 'lorica/reading/reading';
import { compareHeart, compareSamples } from './comparison.ts';
import type { RecordedChannel, Recording } from './recording.ts';
import { StoredWaveform } from './stored-waveform.ts';

/** Readings that came late are found again. */
const OVERLAP_MS = 60_000;
const ROWS = 5_000;

/** What the interface gives of a waveform reading. */
interface Strip {
  readonly timeMs: number;
  readonly boot: number;
  readonly tick: number;
  readonly channel: Channel;
  readonly firstIndex: number;
  readonly rateHz: number;
  readonly unit: string;
  /** in mV, or counts about the baseline */
  readonly samples: readonly number[] | null;
}

export class RecordWatch {
  readonly #recording: Recording;
  readonly #lead: RecordedChannel;
  readonly #base: string;
  readonly #headers: Readonly<Record<string, string>>;
  #stored: StoredWaveform;
  #boot = 0;
  #fromMs = Date.now();
  #looking = false;
  facts: Readonly<Record<string, string | number>> = {};

  constructor(recording: Recording, lead: RecordedChannel, base: string, token: string) {
    this.#recording = recording;
    this.#lead = lead;
    this.#base = base;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    this.#stored = new StoredWaveform(lead.channel);
  }

  /** Asks for the ECG without a break. */
  async close(): Promise<void> {
    const answer = await fetch(`${this.#base}watch`, { method: 'POST', headers: this.#headers, body: '{"close": true}' });
    if (!answer.ok) throw new UserError(`the health center does not let the recording be watched (HTTP ${String(answer.status)}); start again.`);
  }

  /** One look at a time; a health center that does not answer is looked at again later. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const answer = await fetch(`${this.#base}readings?kind=waveform&limit=${String(ROWS)}&from=${String(this.#fromMs - OVERLAP_MS)}`, { headers: this.#headers });
      if (answer.ok) this.#take((await answer.json() as { readings: readonly Strip[] }).readings);
    } catch {
    } finally {
      this.#looking = false;
    }
  }

  #take(strips: readonly Strip[]): void {
    for (const strip of strips) {
      if (strip.channel !== this.#lead.channel || strip.boot < this.#boot || strip.samples === null) continue;
      if (strip.boot > this.#boot) this.#stored = new StoredWaveform(this.#lead.channel);
      this.#boot = strip.boot;
      this.#fromMs = Math.max(this.#fromMs, strip.timeMs);
      this.#stored.add(readingOf(strip, strip.samples, this.#lead));
    }
    if (this.#stored.count > 0) this.facts = this.#compare();
  }

  #compare(): Readonly<Record<string, string | number>> {
    const samples = compareSamples(this.#lead, this.#stored);
    const heart = compareHeart(this.#recording, this.#stored);
    return {
      lead: samples.name, samples: samples.stored, different: samples.different + this.#stored.damaged, seconds: (samples.stored * 1000) / this.#lead.rateMilliHertz,
      ...(heart === undefined ? {} : { beats: heart.beats, perMinute: heart.meanPerMinute }),
      ...(heart?.experts === undefined ? {} : { expertBeats: heart.experts.beats, expertPerMinute: heart.experts.meanPerMinute }),
    };
  }
}

/** The counts of the converter again: the interface gives a ten-thousandth of a millivolt, a step is more. */
function readingOf(strip: Strip, values: readonly number[], lead: RecordedChannel): WaveformReading {
  const step = strip.unit === 'mV' ? lead.resolution / 1e6 : 1;
  const counts = Int16Array.from(values, (value) => Math.round(value / step) + lead.baseline);
  return {
    kind: 'waveform', boot: strip.boot, tick: strip.tick, channel: strip.channel, rateMilliHertz: Math.round(strip.rateHz * 1000),
    resolution: lead.resolution, baseline: lead.baseline, encoding: ENCODING.int16, count: counts.length,
    samples: new Uint8Array(counts.buffer), firstIndex: strip.firstIndex, quality: 100,
  };
}
