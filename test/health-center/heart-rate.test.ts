// Heart rate from stored samples alone: right on a clean signal, across strips and gaps, and withheld where there is none.
import assert from 'node:assert/strict';
import { heartRateOf } from 'lorica/hosts/health-center/heart-rate';
import type { WaveformReading } from 'lorica/reading/reading';
import { encodeSamples } from 'lorica/waveform/rice';

const RATE_HZ = 250;

/** A crude ECG: a sharp QRS and a round T wave at each beat, in counts of 5 µV, with a little noise, as a body has. */
function ecg(seconds: number, perMinute: number, noise = 6): Int16Array {
  const period = (60 / perMinute) * RATE_HZ;
  let state = 1;
  return Int16Array.from({ length: seconds * RATE_HZ }, (_, i) => {
    const phase = ((i % period) / RATE_HZ) * 1000;
    state = (state * 48271) % 0x7fffffff;
    const qrs = 240 * Math.exp(-(((phase - 300) / 12) ** 2)) - 60 * Math.exp(-(((phase - 325) / 10) ** 2));
    return Math.round(qrs + 50 * Math.exp(-(((phase - 540) / 45) ** 2)) + noise * (state / 0x7fffffff - 0.5));
  });
}

function strips(samples: Int16Array, size = 500, boot = 1): WaveformReading[] {
  const cut: WaveformReading[] = [];
  for (let from = 0; from < samples.length; from += size) {
    const part = samples.slice(from, from + size);
    cut.push({ kind: 'waveform', boot, tick: from * 4, channel: 2, rateMilliHertz: RATE_HZ * 1000, resolution: 5000, baseline: 0, encoding: 1, count: part.length, samples: encodeSamples(part), firstIndex: 1000 + from, quality: 90 });
  }
  return cut;
}

describe('health center: heart rate from stored ECG', () => {
  for (const perMinute of [48, 72, 118]) {
    it(`finds ${perMinute} a minute in ten seconds`, () => {
      const found = heartRateOf(strips(ecg(10, perMinute)))!;
      assert.ok(found.perMinute !== undefined && Math.abs(found.perMinute - perMinute) < 1, String(found.perMinute));
      assert.equal(found.samples, 2500);
      assert.ok(found.beats.every((beat) => beat >= 1000 && beat < 3500), 'beats are indices of the node');
    });
  }

  it('does not mind the order of the strips, nor one that is missing or comes twice', () => {
    const all = strips(ecg(30, 60));
    const shuffled = [...all].reverse().filter((_, i) => i !== 7);
    const found = heartRateOf([...shuffled, all[0]!])!;
    assert.ok(Math.abs(found.perMinute! - 60) < 1, String(found.perMinute));
    assert.equal(found.samples, 30 * RATE_HZ - 500);
  });

  it('withholds a rate where there is no heart beat', () => {
    assert.equal(heartRateOf(strips(ecg(10, 72).fill(0)))?.perMinute, undefined);
    assert.equal(heartRateOf(strips(ecg(20, 72).fill(0).map((_, i) => ((i * 7919) % 613) - 306)))?.perMinute, undefined);
  });

  it('has nothing to say without samples, or of rates that no detector takes', () => {
    assert.equal(heartRateOf([]), undefined);
    assert.equal(heartRateOf(strips(ecg(10, 72)).map((strip) => ({ ...strip, rateMilliHertz: 10_000 }))), undefined);
    const damaged = strips(ecg(10, 72)).map((strip) => ({ ...strip, samples: Uint8Array.of(9) }));
    assert.deepEqual(heartRateOf(damaged), { perMinute: undefined, quality: 0, beats: [], samples: 0 });
  });
});
