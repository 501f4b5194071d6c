import assert from 'node:assert/strict';
import fc from 'fast-check';
import { compareBeats, compareRates } from 'lorica/hosts/node/wfdb/compare';

describe('comparison with a reference', () => {
  it('matches one to one within the window, edges included', () => {
    const result = compareBeats([100, 200, 300], [25, 175, 201, 375], 1000);
    assert.deepEqual([result.truePositives, result.falseNegatives, result.falsePositives], [3, 0, 1]);
    assert.deepEqual(result.extra, [175]);
    assert.equal(compareBeats([100], [176], 1000).truePositives, 0);
    assert.equal(compareBeats([100], [175], 1000).truePositives, 1);
  });

  it('reports figures that follow from the counts', () => {
    const result = compareBeats([100, 500, 900], [110, 890, 1300, 1700], 1000);
    assert.equal(result.sensitivity, 2 / 3);
    assert.equal(result.positivePredictivity, 0.5);
    assert.equal(result.meanOffsetMs, 0);
    assert.deepEqual([result.missed, result.extra], [[500], [1300, 1700]]);
    assert.ok(Number.isNaN(compareBeats([], [], 1000).sensitivity));
  });

  it('never matches a beat twice and never loses one', () => {
    const rising = fc.array(fc.nat(5000), { maxLength: 60 }).map((list) => [...list].sort((a, b) => a - b));
    fc.assert(fc.property(rising, rising, (reference, detected) => {
      const result = compareBeats(reference, detected, 1000);
      assert.equal(result.truePositives + result.falseNegatives, reference.length);
      assert.equal(result.truePositives + result.falsePositives, detected.length);
      assert.equal(result.missed.length, result.falseNegatives);
      assert.equal(result.extra.length, result.falsePositives);
      const far = reference.filter((beat) => detected.every((other) => Math.abs(other - beat) > 75));
      assert.ok(result.falseNegatives >= far.length);
    }));
  });

  it('refuses lists that do not rise', () => {
    assert.throws(() => compareBeats([2, 1], [], 1000), RangeError);
    assert.throws(() => compareBeats([], [], 0), RangeError);
  });

  it('compares rates minute by minute and counts withheld minutes', () => {
    const at = (t: number, perMinute: number | undefined) => ({ t, perMinute });
    const result = compareRates([at(0, 60), at(30, 62), at(61, 70), at(130, 80)], [at(10, 63), at(70, undefined), at(150, 79)]);
    assert.deepEqual(result, { minutes: 3, withheldMinutes: 1, meanAbsoluteError: 1.5, worstError: 2 });
  });
});
