import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseCsv, readCsv } from 'lorica/hosts/node/wfdb/csv';
import { WfdbError } from 'lorica/hosts/node/wfdb/error';
import { recording } from '../support/recordings.ts';

describe('CSV recordings', () => {
  it('takes a column by name or number, and the last by default', () => {
    const text = '\uFEFFt,R,G\n0,1,2\n1,3,4\n';
    assert.deepEqual([...parseCsv(text, 'x', { column: 'r', rate: 10 }).samples], [1, 3]);
    assert.deepEqual([...parseCsv(text, 'x', { column: 1, rate: 10 }).samples], [0, 1]);
    assert.deepEqual([...parseCsv(text, 'x', { rate: 10 }).samples], [2, 4]);
    assert.deepEqual([...parseCsv('5\n6\r\n\n', 'x', { rate: 10 }).samples], [5, 6]);
    assert.deepEqual([...parseCsv('5;1\n6;2\n', 'x', { rate: 10, column: 2 }).samples], [1, 2]);
  });

  it('finds the rate in a time column of seconds or milliseconds', () => {
    assert.equal(parseCsv('time,v\n0,1\n0.01,1\n0.02,1\n', 'x').rateHz, 100);
    assert.equal(parseCsv('timer,v\n0,1\n10,1\n20,1\n', 'x').rateHz, 100);
    assert.equal(parseCsv('time_ms,v\n0,1\n0.4,1\n', 'x').rateHz, 2500);
  });

  it('marks a missing field as no number, and refuses a column of them', () => {
    const rows = Array.from({ length: 20 }, (_, i) => (i === 7 ? '1,' : '1,2')).join('\n');
    assert.deepEqual([...parseCsv(rows, 'x', { rate: 1 }).samples].map(Number.isNaN).indexOf(true), 7);
    assert.throws(() => parseCsv('1,a\n2,b\n3,c', 'x', { rate: 1 }), /no number in 3 of 3 rows/);
  });

  it('says in one sentence what is wrong', () => {
    const refuses = (text: string, options: object, words: RegExp) =>
      assert.throws(() => parseCsv(text, 'x.csv', options), (error: unknown) => error instanceof WfdbError && words.test(error.message) && /^[^\n]+\.$/.test(error.message));
    refuses('', { rate: 1 }, /empty/);
    refuses('a,b\n', { rate: 1 }, /no rows/);
    refuses('a,b\n1,2', { rate: 1, column: 'c' }, /choose one of a, b/);
    refuses('1,2\n1,2', { rate: 1, column: 3 }, /from 1 to 2/);
    refuses('1\n2\n', {}, /--rate/);
    refuses('1\n2\n', { rate: 0 }, /--rate/);
    assert.throws(() => readCsv('/nowhere/at/all.csv'), /does not exist/);
    assert.throws(() => readCsv('/'), /folder/);
  });

  it('ends any text in a signal or a clear error', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('1', '.', '-', ',', ';', '\n', 'a', '"', 'e', '\t') }), (text) => {
      try {
        parseCsv(text, 'x', { rate: 5 });
      } catch (error) {
        assert.ok(error instanceof WfdbError);
      }
    }));
  });

  it('reads finger-ppg at the rate of its timer', function () {
    const signal = readCsv(recording(this, 'finger-ppg/data2.csv'));
    assert.ok(Math.abs(signal.rateHz - 117) < 0.1);
    assert.equal(signal.samples.length, 15_000);
  });
});
