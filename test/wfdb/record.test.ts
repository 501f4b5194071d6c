import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { MAX_SAMPLES, MAX_SAMPLES_PER_FRAME, MAX_SIGNALS, parseHeader } from 'lorica/hosts/node/wfdb/header';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { recording } from '../support/recordings.ts';

describe('WFDB records', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'lorica-wfdb-'))));
  after(() => rmSync(folder, { recursive: true }));

  function write(header: string, bytes: readonly number[] = [], file = 'r.dat'): string {
    writeFileSync(join(folder, 'r.hea'), header);
    writeFileSync(join(folder, file), Uint8Array.from(bytes));
    return join(folder, 'r');
  }

  function refuses(path: string, words: RegExp): void {
    assert.throws(() => readRecord(path), (error: unknown) => {
      assert.ok(error instanceof WfdbError, String(error));
      assert.match(error.message, words);
      assert.match(error.message, /^[^\n]+\.$/, 'one sentence, one line');
      return true;
    });
  }

  it('unpacks format 212 with both nibbles and both signs', () => {
    const record = readRecord(write('r 1 360 4\nr.dat 212 200(10)/mV 12 0 0 0 0 MLII\n', [0xff, 0x78, 0x01, 0x00, 0x0f + 0x80, 0xff]));
    assert.deepEqual([...record.signals[0]!.samples], [-1793, 1793, -256, -1793]);
    assert.equal(record.signals[0]!.missing, -2048);
  });

  it('unpacks format 16 of a MAT-4 file behind its byte offset, interleaved', () => {
    const record = readRecord(write('r 2 250 2\nr.dat 16+2 100/mV 16 0 0 0 0 II\nr.dat 16+2 50/NU 16 0 0 0 0 PLETH\n', [9, 9, 1, 0, 255, 255, 2, 0, 0, 128]));
    assert.deepEqual(record.signals.map((signal) => [...signal.samples]), [[1, 2], [-1, -32768]]);
    assert.deepEqual(record.signals.map(({ name, unit, gain }) => [name, unit, gain]), [['II', 'mV', 100], ['PLETH', 'NU', 50]]);
  });

  for (const { format, bytes, expected } of [
    { format: 61, bytes: [0xff, 0xfe, 0, 5], expected: [-2, 5] },
    { format: 160, bytes: [0, 128, 1, 128], expected: [0, 1] },
    { format: 80, bytes: [128, 0, 255], expected: [0, -128, 127] },
    { format: 24, bytes: [0xff, 0xff, 0xff, 0, 0, 0x80], expected: [-1, -0x80_0000] },
    { format: 32, bytes: [0xfe, 0xff, 0xff, 0xff], expected: [-2] },
    { format: 310, bytes: [0xfe, 0x0f, 0x02, 0xf8], expected: [-1, 1, -31] },
    { format: 311, bytes: [0xff, 0x07, 0x20, 0x00], expected: [-1, 1, 2] },
  ]) {
    it(`unpacks format ${format}`, () => {
      assert.deepEqual([...readRecord(write(`r 1 100\nr.dat ${format}\n`, bytes)).signals[0]!.samples], expected);
    });
  }

  it('gives a signal with several samples a frame its own rate and order', () => {
    const record = readRecord(write('r 2 100 2\nr.dat 80x2\nr.dat 80\n', [129, 130, 131, 132, 133, 134]));
    assert.deepEqual(record.signals.map(({ rateHz, samples }) => [rateHz, [...samples]]), [[200, [1, 2, 4, 5]], [100, [3, 6]]]);
  });

  it('takes the standard defaults for what a header leaves out', () => {
    const signal = readRecord(write('r 1\nr.dat 80\n', [128])).signals[0]!;
    assert.deepEqual([signal.rateHz, signal.gain, signal.baseline, signal.unit], [250, 200, 0, 'mV']);
  });

  it('warns of a wrong checksum and reads on', () => {
    assert.match(readRecord(write('r 1 100 2\nr.dat 80 1 8 0 0 7 0 x\n', [129, 130])).warnings[0] ?? '', /checksum/);
    assert.deepEqual(readRecord(write('r 1 100 2\nr.dat 80 1 8 0 0 3 0 x\n', [129, 130])).warnings, []);
  });

  it('says in one sentence what is wrong with a bad record', () => {
    refuses(join(folder, 'absent'), /does not exist/);
    refuses(write(''), /empty/);
    refuses(write('hello there'), /signal count/);
    refuses(write('r 0 100 10'), /no signals/);
    refuses(write('r 2 100 10\nr.dat 16\n'), /promises 2 signals/);
    refuses(write('r/3 1 100 10\nr.dat 16\n'), /segments/);
    refuses(write('r 1 fast 10\nr.dat 16\n'), /rate/);
    refuses(write('r 1 100 -4\nr.dat 16\n'), /number of samples/);
    refuses(write('r 1 100 2\nr.dat twelve\n'), /storage format/);
    refuses(write('r 1 100 2\n../r.dat 16\n'), /without a folder/);
    refuses(write('r 1 100 2\nr.dat 16 much\n'), /gain/);
    refuses(write('r 1 100 2\nr.dat 16 200 x\nr.dat 16 200 12 y\n'.replace(' x', ' 12 zero')), /whole number/);
    refuses(write('r 1 100 2\nr.dat 516\n', [1, 2, 3, 4]), /format 516/);
    refuses(write('r 2 100 2\nr.dat 16\nr.dat 212\n', [1, 2, 3, 4]), /several formats/);
    refuses(write('r 1 100 3\nr.dat 16\n', [1, 2, 3, 4]), /cut off \(it holds 2 of the 3/);
    refuses(write('r 1 100\nr.dat 16\n', [1]), /no samples/);
  });

  it('bounds signals, samples and samples a frame', () => {
    assert.throws(() => parseHeader(`r ${MAX_SIGNALS + 1} 100`, 'r.hea'), WfdbError);
    assert.throws(() => parseHeader(`r 1 100 ${MAX_SAMPLES + 1}`, 'r.hea'), WfdbError);
    assert.throws(() => parseHeader(`r 1 100 1\nr.dat 16x${MAX_SAMPLES_PER_FRAME + 1}`, 'r.hea'), WfdbError);
    assert.equal(parseHeader(`r 1 100 ${MAX_SAMPLES}\nr.dat 16x${MAX_SAMPLES_PER_FRAME}`, 'r.hea').length, MAX_SAMPLES);
  });

  it('ends every cut and every flipped bit of a header in a record or a clear error', () => {
    const header = 'r 2 250 2\nr.dat 16+2 100/mV 16 0 0 0 0 II\nr.dat 16+2 50(3)/NU 16 0 0 0 0 PLETH\n# false\n';
    const bytes = [9, 9, 1, 0, 255, 255, 2, 0, 0, 128];
    const tryOne = (text: string) => {
      try {
        readRecord(write(text, bytes));
      } catch (error) {
        assert.ok(error instanceof WfdbError, `${JSON.stringify(text)}: ${String(error)}`);
      }
    };
    for (let cut = 0; cut < header.length; cut++) tryOne(header.slice(0, cut));
    for (let bit = 0; bit < header.length * 8; bit++) {
      const codes = [...header].map((character) => character.charCodeAt(0));
      codes[bit >> 3]! ^= 1 << (bit & 7);
      tryOne(String.fromCharCode(...codes));
    }
  });

  it('reads MIT-BIH 100 and a103l with the checksums of their headers', function () {
    const record = readRecord(recording(this, 'ecg-mitbih/100', 'ecg-mitbih/100.hea'));
    assert.deepEqual(record.warnings, []);
    assert.deepEqual(record.signals.map(({ name, rateHz, gain, baseline, samples }) => [name, rateHz, gain, baseline, samples.length]),
      [['MLII', 360, 200, 1024, 650_000], ['V5', 360, 200, 1024, 650_000]]);
    const alarm = readRecord(recording(this, 'ecg-mitbih/a103l', 'ecg-mitbih/a103l.hea'));
    assert.deepEqual(alarm.warnings, []);
    assert.deepEqual(alarm.comments, ['Asystole', 'False alarm']);
    assert.equal(alarm.signals[2]!.samples.length, 82_500);
  });
});
