import assert from 'node:assert/strict';
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { decodeSamples, encodeSamples, MAX_SAMPLES_PER_BLOCK } from 'lorica/waveform/rice';
import { recording } from '../support/recordings.ts';

const int16 = fc.integer({ min: -32768, max: 32767 });
const wave = Int16Array.from({ length: 500 }, (_, i) => Math.round(300 * Math.sin(i / 7) + (i % 90 === 0 ? 900 : 0) + ((i * 7919) % 5)));

describe('waveform compression', () => {
  it('gives back every sample, whatever they are', () => {
    fc.assert(fc.property(fc.array(int16, { maxLength: 300 }), (list) => {
      const samples = Int16Array.from(list);
      assert.deepEqual(decodeSamples(encodeSamples(samples), samples.length), samples);
    }));
    fc.assert(fc.property(fc.array(fc.integer({ min: -40, max: 40 }), { maxLength: 300 }), int16, (steps, start) => {
      let level = start;
      const samples = Int16Array.from(steps, (step) => (level += step));
      assert.deepEqual(decodeSamples(encodeSamples(samples), samples.length), samples);
    }));
  });

  it('gives back the extremes and jumps between them', () => {
    for (const list of [[], [0], [-32768], [32767, -32768, 32767], new Array<number>(200).fill(-1), Array.from({ length: 99 }, (_, i) => (i % 33 === 0 ? 32767 : -32768))]) {
      const samples = Int16Array.from(list);
      assert.deepEqual(decodeSamples(encodeSamples(samples), samples.length), samples);
    }
  });

  it('is never longer than raw by more than its header byte', () => {
    fc.assert(fc.property(fc.array(int16, { minLength: 1, maxLength: 200 }), (list) => encodeSamples(Int16Array.from(list)).length <= 1 + 2 * list.length));
  });

  it('takes the longest block and refuses one sample more', () => {
    const samples = new Int16Array(MAX_SAMPLES_PER_BLOCK).fill(5);
    assert.deepEqual(decodeSamples(encodeSamples(samples), samples.length), samples);
    assert.throws(() => encodeSamples(new Int16Array(MAX_SAMPLES_PER_BLOCK + 1)), RangeError);
    assert.equal(decodeSamples(new Uint8Array(4000), MAX_SAMPLES_PER_BLOCK + 1), undefined);
  });

  it('refuses every truncation, every appended byte and every wrong count', () => {
    const bytes = encodeSamples(wave);
    for (let cut = 0; cut < bytes.length; cut++) assert.equal(decodeSamples(bytes.subarray(0, cut), wave.length), undefined);
    assert.equal(decodeSamples(Uint8Array.from([...bytes, 0]), wave.length), undefined);
    for (const count of [-1, 0, 0.5, NaN, 1, wave.length - 20, wave.length + 20]) assert.equal(decodeSamples(bytes, count), undefined);
  });

  it('turns every flipped bit behind the header into a refusal or other samples, never into the same', () => {
    const samples = wave.subarray(0, 60);
    const bytes = encodeSamples(samples);
    // Two first parameters can lead to the same codes, so the header byte is not in the loop.
    for (let bit = 8; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 0x80 >> (bit & 7);
      assert.notDeepEqual(decodeSamples(damaged, samples.length), samples);
    }
  });

  it('refuses padding that is not zero', () => {
    const bytes = encodeSamples(Int16Array.from([3, 4, 5, 4, 3]));
    const spare = bytes.slice();
    spare[spare.length - 1]! |= 1;
    assert.equal(decodeSamples(spare, 5), undefined);
  });

  it('ends any bytes in samples of the asked count or a refusal', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(200), (bytes, count) => {
      const samples = decodeSamples(bytes, count);
      assert.ok(samples === undefined || samples.length === count);
    }), { numRuns: 2000 });
  });

  it('halves what deflate leaves of a real ECG, block for block', function () {
    const record = readRecord(recording(this, 'ecg-mitbih/100', 'ecg-mitbih/100.hea'));
    const samples = record.signals[0]!.samples as Int16Array;
    const block = 4 * record.rateHz;
    let mine = 0;
    let deflated = 0;
    for (let at = 0; at + block <= 100_000; at += block) {
      const part = samples.slice(at, at + block);
      const bytes = encodeSamples(part);
      assert.deepEqual(decodeSamples(bytes, block), part);
      mine += bytes.length;
      deflated += deflateRawSync(new Uint8Array(part.buffer), { level: 9 }).length;
    }
    assert.ok(mine < 0.6 * deflated, `${mine} bytes against ${deflated}`);
  });
});
