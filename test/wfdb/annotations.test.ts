import assert from 'node:assert/strict';
import fc from 'fast-check';
import { beatSamples, parseAnnotations, readAnnotations } from 'lorica/hosts/node/wfdb/annotations';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { recording } from '../support/recordings.ts';

const word = (code: number, value: number) => [value & 0xff, (code << 2) | (value >> 8)];

describe('annotation files', () => {
  it('adds up intervals, follows skips and passes over modifiers and text', () => {
    const bytes = Uint8Array.from([
      ...word(28, 18), ...word(63, 3), 40, 78, 0, 0, // rhythm "(N", three bytes padded to four
      ...word(1, 59), ...word(61, 2), ...word(60, 1), ...word(62, 0),
      ...word(59, 0), 1, 0, 0x10, 0, ...word(5, 2), // a skip of 0x10010
      0, 0,
    ]);
    assert.deepEqual(parseAnnotations(bytes, 'x.atr'), [
      { sample: 18, symbol: '+' }, { sample: 77, symbol: 'N' }, { sample: 77 + 0x1_0010 + 2, symbol: 'V' },
    ]);
  });

  it('passes over the notes about the file that come first and step back', () => {
    const note = [...word(22, 0), ...word(63, 2), 35, 35, ...word(59, 0), 255, 255, 255, 255, ...word(0, 1)];
    assert.deepEqual(parseAnnotations(Uint8Array.from([...note, ...word(1, 9), 0, 0]), 'x.atr'), [{ sample: 0, symbol: '"' }, { sample: 9, symbol: 'N' }]);
  });

  it('counts beats only', () => {
    assert.deepEqual(beatSamples([{ sample: 1, symbol: '+' }, { sample: 2, symbol: 'N' }, { sample: 3, symbol: '~' }, { sample: 4, symbol: 'V' }]), [2, 4]);
  });

  it('refuses a file without its end mark, with or with unknown codes', () => {
    assert.throws(() => parseAnnotations(Uint8Array.from(word(1, 4)), 'x.atr'), /cut off/);
    assert.throws(() => parseAnnotations(new Uint8Array(0), 'x.atr'), /cut off/);
    assert.throws(() => parseAnnotations(Uint8Array.from([...word(58, 4), 0, 0]), 'x.atr'), /unknown annotation code 58/);
  });

  it('ends any bytes in annotations or a clear error', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        parseAnnotations(bytes, 'x.atr');
      } catch (error) {
        assert.ok(error instanceof WfdbError);
      }
    }));
  });

  it('reads the 2273 beats of MIT-BIH 100 (2239 N, 33 A, 1 V)', function () {
    const annotations = readAnnotations(recording(this, 'ecg-mitbih/100.atr'));
    const count = (symbol: string) => annotations.filter((one) => one.symbol === symbol).length;
    assert.deepEqual([count('N'), count('A'), count('V'), beatSamples(annotations).length], [2239, 33, 1, 2273]);
    assert.equal(annotations.at(-1)!.sample, 649_991);
  });
});
