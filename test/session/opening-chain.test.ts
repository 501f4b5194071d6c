// The receiving end: any order, loss and duplicates, forgeries that change nothing, gaps, the end of a chain, and its
// whole state saved and restored at any point.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, toHex } from 'lorica/bytes/bytes';
import { isAcknowledged } from 'lorica/session/acknowledgement';
import { MAX_BLOCKS_AHEAD, MAX_INDICES, OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';
import { plaintext, reborn, seal, sealBlockStarts, sealNext, seed } from './chain-support.ts';
import { recordReference } from './reference.ts';

const RECORDS = seal(seed(), 700);

describe('opening chain, records', () => {
  it('opens what the reference sealed', () => {
    const chain = OpeningChain.start(seed());
    for (const index of [0, 5, 255, 256, 1]) {
      assert.deepEqual(chain.open(recordReference(seed(), index, plaintext(index))), { index, plaintext: plaintext(index) });
    }
  });

  it('property: any order, duplicates, forgeries and restarts: each record opens exactly once', () => {
    const index = fc.integer({ min: 0, max: RECORDS.length - 1 });
    const step = fc.record({ index, bit: fc.option(fc.nat(), { freq: 4 }), restart: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let chain = OpeningChain.start(seed());
      const model = new Set<number>();
      for (const { index, bit, restart } of steps) {
        if (restart) chain = reborn(chain);
        if (bit === null) {
          assert.deepEqual(chain.open(RECORDS[index]!), model.has(index) ? 'duplicate' : { index, plaintext: plaintext(index) });
          model.add(index);
        } else {
          const before = chain.save();
          assert(typeof chain.open(flip(RECORDS[index]!, bit)) !== 'object');
          assert.deepEqual(chain.save(), before);
        }
        agreesWith(chain, model);
      }
    }), { numRuns: 80 });
  });

  for (const [name, order] of Object.entries({ forwards: RECORDS, backwards: [...RECORDS].reverse(), 'every third first': [...RECORDS].sort((a, b) => RECORDS.indexOf(a) % 3 - RECORDS.indexOf(b) % 3) })) {
    it(`all of 700 records, ${name}, leave one key of a block to come`, () => {
      const chain = OpeningChain.start(seed());
      for (const record of order) assert(typeof chain.open(record) === 'object');
      for (const record of order) assert.equal(chain.open(record), 'duplicate');
      assert.deepEqual(chain.acknowledgement(), { tag: seed().tag, next: 700, bitmap: new Uint8Array(0) });
      const straight = OpeningChain.start(seed());
      for (const record of RECORDS) straight.open(record);
      assert.deepEqual(chain.save(), straight.save());
    });
  }

  it('one flipped bit anywhere in a record, any truncation, any octet more: refused, nothing changes, the true one opens', () => {
    const chain = OpeningChain.start(seed());
    chain.open(RECORDS[0]!);
    const before = chain.save();
    const record = RECORDS[1]!;
    for (let bit = 0; bit < record.length * 8; bit++) {
      const answer = chain.open(flip(record, bit));
      // A flip that makes index 1 into 0 finds a settled index: known already, and unread.
      assert(answer === undefined || (answer === 'duplicate' && bit === 12 * 8));
    }
    for (let length = 0; length < record.length; length++) assert.equal(chain.open(record.subarray(0, length)), undefined);
    assert.equal(chain.open(concat(record, Uint8Array.of(0))), undefined);
    assert.deepEqual(chain.save(), before);
    assert.deepEqual(chain.open(record), { index: 1, plaintext: plaintext(1) });
  });

  it('records of another chain, or under another index, do not open', () => {
    const chain = OpeningChain.start(seed());
    assert.equal(chain.open(seal(seed('another'), 1)[0]!), undefined);
    const sameTag = SealingChain.start({ tag: seed().tag, root: seed('another').root });
    assert.equal(chain.open(sealNext(sameTag)), undefined);
    const moved = RECORDS[3]!.slice();
    moved.set(RECORDS[4]!.subarray(9, 13), 9);
    assert.equal(chain.open(moved), undefined);
    assert.equal(chain.acknowledgement().next, 0);
  });

  it('random bytes do not open', () => {
    const chain = OpeningChain.start(seed());
    const before = chain.save();
    const forged = fc.tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ maxLength: 60 }));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => chain.open(bytes) === undefined));
    fc.assert(fc.property(forged, ([index, rest]) => chain.open(concat(Uint8Array.of(1), seed().tag, index, rest)) === undefined), { numRuns: 50 });
    assert.deepEqual(chain.save(), before);
    assert.equal(chain.open(new Uint8Array(1054).fill(1)), undefined, 'longer than any record');
  });
});

describe('opening chain, the window', () => {
  it('goes 1024 blocks ahead of the lowest block that misses something, and no further', function () {
    this.timeout(60_000);
    const starts = sealBlockStarts(seed(), MAX_BLOCKS_AHEAD + 2);
    const chain = OpeningChain.start(seed());
    chain.open(starts[0]!);
    const before = chain.save();
    assert.equal(chain.open(starts[MAX_BLOCKS_AHEAD + 1]!), undefined);
    assert.deepEqual(chain.save(), before);
    assert(typeof chain.open(starts[MAX_BLOCKS_AHEAD]!) === 'object');
    assert(typeof reborn(chain).open(starts[1]!) === 'object', 'a full window is saved and restored');
    assert.equal(chain.open(starts[MAX_BLOCKS_AHEAD + 1]!), undefined);
    assert.equal(chain.skip(0, (MAX_BLOCKS_AHEAD + 1) * 256), false);
    assert(chain.skip(1, 255), 'with block 0 settled the window moves by one');
    assert(typeof chain.open(starts[MAX_BLOCKS_AHEAD + 1]!) === 'object');
    assert.equal(chain.open(starts[MAX_BLOCKS_AHEAD + 2]!), undefined);
    for (const start of starts.slice(1, -2)) {
      const answer = chain.open(start);
      assert(answer === 'duplicate' || answer?.plaintext !== undefined);
    }
  });

  it('the last index of a chain opens, the block after it is none', () => {
    const atRest = { tag: seed().tag, block: MAX_INDICES / 256 - 1, blockKey: seed().root };
    const sealing = SealingChain.restore(atRest);
    const saved = OpeningChain.start(seed()).save();
    new DataView(saved.buffer).setUint32(14, atRest.block);
    const chain = OpeningChain.restore(saved)!;
    for (let i = 0; i < 256; i++) assert(typeof chain.open(sealNext(sealing)) === 'object');
    assert.equal(chain.acknowledgement().next, MAX_INDICES);
    const beyond = RECORDS[0]!.slice();
    beyond.set([0xff, 0xff, 0xff, 0x00], 9);
    assert.equal(chain.open(beyond), undefined);
    assert(typeof reborn(chain).finish(MAX_INDICES) === 'boolean');
  });
});

describe('opening chain, gaps and ends', () => {
  it('property: skipped and received in any order, with restarts: acknowledgement and state follow the model', () => {
    const index = fc.integer({ min: 0, max: RECORDS.length - 1 });
    const skip = fc.tuple(index, fc.integer({ min: 0, max: 300 })).map(([first, more]) => [first, Math.min(first + more, RECORDS.length - 1)] as const);
    const step = fc.oneof({ weight: 4, arbitrary: index }, { weight: 1, arbitrary: skip }, { weight: 1, arbitrary: fc.constant('restart' as const) });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let chain = OpeningChain.start(seed());
      const model = new Set<number>();
      for (const what of steps) {
        if (what === 'restart') chain = reborn(chain);
        else if (typeof what === 'number') {
          assert.deepEqual(chain.open(RECORDS[what]!), model.has(what) ? 'duplicate' : { index: what, plaintext: plaintext(what) });
          model.add(what);
        } else {
          assert(chain.skip(...what));
          const once = chain.save();
          assert(chain.skip(...what), 'idempotent');
          assert.deepEqual(chain.save(), once);
          for (let i = what[0]; i <= what[1]; i++) model.add(i);
        }
        agreesWith(chain, model);
      }
    }), { numRuns: 80 });
  });

  it('property: an end that is told at any time holds: nothing beyond opens, and complete means all below is settled', () => {
    const order = fc.shuffledSubarray(RECORDS.map((_, i) => i), { minLength: 0, maxLength: 40 });
    fc.assert(fc.property(order, fc.integer({ min: 0, max: 700 }), fc.nat(40), (indices, end, when) => {
      let chain = OpeningChain.start(seed());
      const model = new Set<number>();
      for (const [i, index] of [...indices, 0].entries()) {
        if (i === when) {
          assert.equal(chain.finish(end), [...model].every((known) => known < end));
          chain = reborn(chain);
        }
        const beyond = chain.end !== undefined && index >= chain.end;
        assert.deepEqual(chain.open(RECORDS[index]!), beyond ? undefined : model.has(index) ? 'duplicate' : { index, plaintext: plaintext(index) });
        if (!beyond) model.add(index);
      }
      assert.equal(chain.isComplete, chain.end !== undefined && countBelow(model, chain.end) === chain.end);
      if (chain.end === undefined) return;
      for (let index = 0; index < chain.end; index++) chain.open(RECORDS[index]!);
      assert(chain.isComplete && reborn(chain).isComplete);
      assert.deepEqual(chain.acknowledgement(), { tag: seed().tag, next: chain.end, bitmap: new Uint8Array(0) });
      assert(chain.save().subarray(18, 50).every((byte) => byte === 0), 'no key is left');
      assert.equal(chain.save().length, 52);
    }), { numRuns: 40 });
  });

  it('an end is told once: again is fine, another contradicts', () => {
    const chain = OpeningChain.start(seed());
    chain.open(RECORDS[9]!);
    assert.equal(chain.finish(9), false);
    assert.equal(chain.finish(300), true);
    assert.equal(chain.finish(300), true);
    for (const other of [299, 301]) assert.equal(chain.finish(other), false);
    assert.equal(chain.skip(299, 300), false, 'a gap beyond the end contradicts too');
    assert.equal(chain.end, 300);
    const unused = OpeningChain.start(seed());
    assert(unused.finish(0) && unused.isComplete);
  });

  it('nonsense is a mistake of the caller', () => {
    const chain = OpeningChain.start(seed());
    const ranges: [number, number][] = [[-1, 0], [1, 0], [0.5, 1], [0, MAX_INDICES], [0, Number.NaN]];
    for (const range of ranges) assert.throws(() => chain.skip(...range), RangeError);
    for (const end of [-1, 0.5, MAX_INDICES + 1, Number.NaN]) assert.throws(() => chain.finish(end), RangeError);
    assert.throws(() => OpeningChain.start({ ...seed(), root: new Uint8Array(31) }), RangeError);
    assert.throws(() => OpeningChain.start({ ...seed(), tag: new Uint8Array(9) }), RangeError);
  });

  it('a closed chain opens nothing: zeros are a key that anybody knows', () => {
    const chain = OpeningChain.start(seed());
    chain.open(RECORDS[1]!);
    chain.close();
    const uses = [() => chain.open(RECORDS[0]!), () => chain.skip(0, 0), () => chain.finish(9), () => chain.save()];
    for (const use of uses) assert.throws(use, TypeError);
    assert.equal(chain.acknowledgement().next, 0);
  });
});

describe('opening chain, what is saved', () => {
  const chain = OpeningChain.start(seed());
  for (const index of [0, 2, 3, 300, 699]) chain.open(RECORDS[index]!);
  chain.finish(700);
  const saved = chain.save();

  it('has the layout that the README tells', () => {
    assert.equal(saved.length, 52 + 3 * 69);
    assert.equal(toHex(saved.subarray(0, 18)), `01${toHex(seed().tag)}01000002bc00000003`);
    assert.equal(toHex(saved.subarray(50, 57)), '00030000000001');
  });

  it('cut, lengthened or changed bytes give undefined or a chain, and never an exception', () => {
    for (let length = 0; length < saved.length; length++) assert.equal(OpeningChain.restore(saved.subarray(0, length)), undefined);
    assert.equal(OpeningChain.restore(concat(saved, Uint8Array.of(0))), undefined);
    for (let bit = 0; bit < saved.length * 8; bit++) OpeningChain.restore(flip(saved, bit))?.save();
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      OpeningChain.restore(concat(Uint8Array.of(1), bytes))?.save();
    }));
  });

  it('contradictions are refused: blocks out of order, beyond the next one or settled in full, an end before what came', () => {
    const changed = (change: (bytes: Uint8Array, view: DataView) => void) => {
      const bytes = saved.slice();
      change(bytes, new DataView(bytes.buffer));
      return OpeningChain.restore(bytes);
    };
    assert(changed(() => undefined) !== undefined);
    assert.equal(changed((_, view) => view.setUint32(52, 1)), undefined);
    assert.equal(changed((_, view) => view.setUint32(14, 2)), undefined);
    assert.equal(changed((bytes) => bytes.fill(0xff, 52 + 37, 52 + 69)), undefined);
    assert.equal(changed((bytes) => (bytes[56] = 0)), undefined, 'lowest position');
    assert.equal(changed((_, view) => view.setUint32(10, 512)), undefined, 'end');
    assert.equal(changed((bytes) => (bytes[9] = 0)), undefined, 'an end that is not told');
    assert.equal(changed((bytes) => (bytes[0] = 2)), undefined, 'version');
    assert.equal(changed((_, view) => view.setUint32(14, MAX_INDICES / 256 + 1)), undefined);
  });
});

function agreesWith(chain: OpeningChain, model: ReadonlySet<number>): void {
  const acknowledgement = chain.acknowledgement();
  let next = 0;
  while (model.has(next)) next++;
  assert.equal(acknowledgement.next, next);
  assert(acknowledgement.bitmap.length <= 64);
  assert.notEqual(acknowledgement.bitmap.at(-1), 0);
  for (let index = 0; index < RECORDS.length + 9; index++) {
    assert.equal(chain.isSettled(index), model.has(index));
    assert.equal(isAcknowledged(acknowledgement, index), model.has(index) && index <= next + 512, `${index}`);
  }
}

function countBelow(model: ReadonlySet<number>, end: number): number {
  return [...model].filter((index) => index < end).length;
}

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[(bit >>> 3) % out.length]! ^= 1 << (bit & 7);
  return out;
}
