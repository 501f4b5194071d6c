// The comparer finds what is wrong: in samples, in scales, in heart rates; and a digest tells any two stores apart.
import assert from 'node:assert/strict';
import { compareHeart, compareSamples, leadOf } from 'lorica/hosts/simulator/comparison';
import { RowDigest, type DigestRow } from 'lorica/hosts/simulator/digest';
import { openRecording, type RecordedChannel, type Recording } from 'lorica/hosts/simulator/recording';
import { MAX_STORED_SAMPLES, StoredWaveform } from 'lorica/hosts/simulator/stored-waveform';
import { CHANNEL, ENCODING, type WaveformReading } from 'lorica/reading/reading';
import { encodeSamples } from 'lorica/waveform/rice';
import { recording } from '../support/recordings.ts';

const file: RecordedChannel = { name: 'II', channel: CHANNEL.ecgII, rateMilliHertz: 250_000, resolution: 4000, baseline: 0, samples: Int16Array.from({ length: 1000 }, (_, i) => (i * 37) % 500) };

function reading(from: number, samples: Int16Array, change: Partial<WaveformReading> = {}): WaveformReading {
  return {
    kind: 'waveform', boot: 1, tick: from, channel: CHANNEL.ecgII, rateMilliHertz: 250_000, resolution: 4000, baseline: 0,
    encoding: ENCODING.rice, count: samples.length, samples: encodeSamples(samples), firstIndex: from, quality: 100, ...change,
  };
}

function storedOf(source: RecordedChannel, block = 250): StoredWaveform {
  const stored = new StoredWaveform(source.channel);
  for (let at = 0; at < source.samples.length; at += block) {
    const { rateMilliHertz, resolution, baseline } = source;
    stored.add(reading(at, source.samples.slice(at, at + block), { channel: source.channel, rateMilliHertz, resolution, baseline }));
  }
  return stored;
}

describe('comparison of a store with a recording', () => {
  it('finds the same samples in any order, in both encodings, and counts each once', () => {
    const stored = new StoredWaveform(CHANNEL.ecgII);
    const plain = new Uint8Array(file.samples.slice(500, 1000).buffer);
    stored.add(reading(500, file.samples.slice(500, 1000), { encoding: ENCODING.int16, samples: plain }));
    stored.add(reading(0, file.samples.slice(0, 500)));
    stored.add(reading(0, file.samples.slice(0, 500)));
    stored.add(reading(0, file.samples.slice(0, 10), { channel: CHANNEL.ppgRed }));
    assert.deepEqual(compareSamples(file, stored), { name: 'II', expected: 1000, stored: 1000, different: 0, sameScale: true });
    assert.equal(stored.damaged, 0);
  });

  it('finds one sample that differs, samples that are missing, and a scale that was lost', () => {
    const samples = file.samples.slice();
    samples[777]! += 1;
    const stored = storedOf({ ...file, samples });
    assert.equal(compareSamples(file, stored).different, 1);
    const part = new StoredWaveform(CHANNEL.ecgII);
    part.add(reading(600, file.samples.slice(600, 700)));
    assert.deepEqual([part.count, part.end, part.at(599), part.at(600)], [100, 700, undefined, file.samples[600]]);
    assert.deepEqual(compareSamples(file, part), { name: 'II', expected: 1000, stored: 100, different: 0, sameScale: true });
    assert.equal(compareSamples(file, storedOf({ ...file, resolution: 5000 })).sameScale, false);
    assert.equal(compareSamples(file, new StoredWaveform(CHANNEL.ecgII)).sameScale, false);
  });

  it('counts readings that contradict each other, do not unpack or lie beyond the bound', () => {
    const stored = new StoredWaveform(CHANNEL.ecgII);
    stored.add(reading(0, file.samples.slice(0, 100)));
    stored.add(reading(50, file.samples.slice(0, 10)));
    assert.ok(stored.damaged > 0);
    for (const bad of [{ samples: Uint8Array.of(1, 2, 3) }, { encoding: ENCODING.int16 }, { resolution: 1 }, { firstIndex: MAX_STORED_SAMPLES - 99 }]) {
      const before = stored.damaged;
      stored.add(reading(0, file.samples.slice(0, 100), bad));
      assert.equal(stored.damaged, before + 1);
    }
  });

  it('computes the heart rate of MIT-BIH 100 within a tenth of a beat per minute of the experts', function () {
    const opened = openRecording(recording(this, 'ecg-mitbih/100', 'ecg-mitbih/100.hea'));
    const heart = compareHeart(opened, storedOf(leadOf(opened)!, 360))!;
    assert.equal(heart.experts!.beats, 2273);
    assert.ok(Math.abs(heart.meanPerMinute - heart.experts!.meanPerMinute) < 0.1, JSON.stringify(heart.experts));
    assert.ok(heart.experts!.byBeat.sensitivity > 0.99 && heart.experts!.byBeat.positivePredictivity > 0.99);
    assert.ok(heart.experts!.byMinute.worstError < 2);
  });

  it('compares nothing where the store has no ECG, and has no experts where there is no annotation', () => {
    const plain: Recording = { path: 'nowhere/none', channels: [file], seconds: 4, warnings: [] };
    assert.equal(compareHeart(plain, new StoredWaveform(CHANNEL.ecgII)), undefined);
    assert.equal(compareHeart(plain, storedOf(file))!.experts, undefined);
    assert.equal(leadOf({ ...plain, channels: [{ ...file, channel: CHANNEL.ppgRed }] }), undefined);
  });
});

describe('digest over the rows of a store', () => {
  it('changes with every field, with the order and with what is missing', () => {
    const row: DigestRow = { serial: new Uint8Array(8), tag: new Uint8Array(8), index: 3, kind: 1, timeMs: 1000, uncertaintyMs: 10, source: 0, plaintext: Uint8Array.of(1, 2) };
    const digest = (...rows: DigestRow[]): string => {
      const all = new RowDigest();
      for (const each of rows) all.add(each);
      assert.equal(all.count, rows.length);
      return all.finish();
    };
    const other = (change: Partial<DigestRow>): DigestRow => ({ ...row, ...change });
    const digests = [
      digest(), digest(row), digest(row, row), digest(row, other({ index: 4 })), digest(other({ index: 4 }), row),
      digest(other({ serial: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1) })), digest(other({ tag: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) })),
      digest(other({ kind: 2 })), digest(other({ timeMs: 1001 })), digest(other({ uncertaintyMs: 11 })), digest(other({ source: 1 })),
      digest(other({ plaintext: Uint8Array.of(1, 3) })), digest(other({ plaintext: Uint8Array.of(1) })),
    ];
    assert.equal(new Set(digests).size, digests.length);
    assert.equal(digest(row), digests[1]);
  });
});
