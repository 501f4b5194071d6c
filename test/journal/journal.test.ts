// What the journal promises while nothing breaks: order, urgent first, marks that stay, an even thinning when it is full.
import assert from 'node:assert/strict';
import { JOURNAL_ERROR, Journal, MIN_JOURNAL_SECTORS, PRIORITY, WEAR_SPREAD, type Entry, type Position, type Priority } from 'lorica/journal/journal';
import { MAX_RECORD } from 'lorica/wire/message-type';
import { NorFlash } from '../support/nor-flash.ts';
import { chainOf, entriesOf, recordOf, tagOf } from './records.ts';

interface Setup { journal: Journal; flash: NorFlash; thinned: number; errors: number[]; reopen(): Journal }

function setup(sectors = MIN_JOURNAL_SECTORS): Setup {
  const flash = new NorFlash(sectors);
  const open = (): Journal => new Journal({ flash, onThinned: (count) => { made.thinned += count; }, onError: (code) => made.errors.push(code) });
  const made: Setup = { flash, thinned: 0, errors: [], journal: undefined as unknown as Journal, reopen: open };
  made.journal = open();
  return made;
}

function fill(journal: Journal, chain: number, from: number, to: number, priority: Priority = PRIORITY.normal, length = 90): void {
  for (let index = from; index < to; index++) assert.ok(journal.append(priority, index * 1000, recordOf(chain, index, length)));
}

const indices = (entries: readonly Entry[]): number[] => entries.map(({ index }) => index);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('journal: order', () => {
  it('hands out what was appended, oldest first, as it was, over a reopening', () => {
    const { journal, reopen } = setup();
    fill(journal, 0, 0, 100);
    for (const each of [journal, reopen()]) {
      const entries = entriesOf(each);
      assert.deepEqual(indices(entries), range(0, 100));
      for (const { record, index, tick, priority } of entries) {
        assert.deepEqual(record, recordOf(0, index));
        assert.deepEqual([tick, priority], [index * 1000, PRIORITY.normal]);
      }
      assert.equal(each.live, 100);
    }
  });

  it('hands out urgent ones alone when asked to', () => {
    const { journal, reopen } = setup();
    for (let i = 0; i < 120; i++) journal.append(i % 10 === 3 ? PRIORITY.urgent : PRIORITY.normal, i, recordOf(i % 10 === 3 ? 1 : 0, i));
    for (const each of [journal, reopen()]) {
      assert.deepEqual(indices(entriesOf(each, true)), range(0, 12).map((i) => 10 * i + 3));
      assert.equal(each.urgent, 12);
    }
  });

  it('keeps ticks up to 2^48 and records from 13 to 1053 bytes', () => {
    const { journal } = setup();
    for (const length of [13, MAX_RECORD]) assert.ok(journal.append(PRIORITY.kept, 2 ** 48 - 1, recordOf(0, length, length)));
    for (const { tick, record } of entriesOf(journal)) assert.deepEqual([tick, record], [2 ** 48 - 1, recordOf(0, record.length, record.length)]);
    for (const length of [12, MAX_RECORD + 1]) assert.throws(() => journal.append(PRIORITY.kept, 0, new Uint8Array(length)), RangeError);
  });

  it('needs eight sectors', () => {
    assert.throws(() => new Journal({ flash: new NorFlash(MIN_JOURNAL_SECTORS - 1) }), RangeError);
  });
});

describe('journal: acknowledgement', () => {
  it('marks an entry once, and for good', () => {
    const { journal, flash, reopen } = setup();
    fill(journal, 0, 0, 60);
    const entries = entriesOf(journal);
    for (const entry of entries) if (entry.index % 3 !== 0) journal.free(entry);
    const { writes } = flash;
    journal.free(entries[1]!);
    assert.equal(flash.writes, writes);
    for (const each of [journal, reopen()]) assert.deepEqual(indices(entriesOf(each)), range(0, 20).map((i) => 3 * i));
  });

  it('erases nothing at once: what was acknowledged can be found until its sector is wanted', () => {
    const { journal, flash } = setup();
    fill(journal, 0, 0, 200);
    for (const entry of entriesOf(journal)) journal.free(entry);
    assert.equal(journal.live, 0);
    assert.deepEqual(journal.find(tagOf(0), 17, 30)?.record, recordOf(0, 17));
    let after = journal.find(tagOf(0), 17, 30);
    const found: number[] = [];
    while (after !== undefined) {
      found.push(after.index);
      after = journal.find(tagOf(0), after.index + 1, 30, after.position);
    }
    assert.deepEqual(found, range(17, 31));
    assert.equal(journal.find(tagOf(0), 200, 300), undefined);
    assert.equal(journal.find(tagOf(1), 0, 300), undefined);
    const erased = flash.erases.reduce((a, b) => a + b);
    fill(journal, 0, 200, 600);
    assert.ok(flash.erases.reduce((a, b) => a + b) > erased);
    assert.equal(journal.find(tagOf(0), 17, 30), undefined);
  });

  it('finds an entry again that a merge has moved', () => {
    const { journal } = setup();
    fill(journal, 0, 0, 230);
    const entries = entriesOf(journal);
    const before = entriesOf(journal).length;
    for (const entry of entries) if (entry.index % 7 !== 0) journal.free(entry);
    fill(journal, 1, 0, 100);
    const moved = entries.filter(({ index }) => index % 7 === 0);
    assert.equal(before, 230);
    assert.deepEqual(indices(entriesOf(journal).filter((entry) => chainOf(entry) === 0)), indices(moved));
    for (const entry of moved) journal.free(entry);
    assert.deepEqual(indices(entriesOf(journal)), range(0, 100));
  });

  it('knows the lowest and the highest index that it holds of a chain', () => {
    const { journal } = setup();
    fill(journal, 0, 10, 60);
    fill(journal, 1, 5, 8);
    fill(journal, 0, 90, 95);
    assert.equal(journal.lowest(tagOf(0), 0), 10);
    assert.equal(journal.lowest(tagOf(0), 60), 90);
    assert.equal(journal.lowest(tagOf(0), 95), undefined);
    assert.equal(journal.highest(tagOf(0)), 94);
    assert.equal(journal.highest(tagOf(1)), 7);
    assert.equal(journal.highest(tagOf(2)), undefined);
  });
});

describe('journal: when it is full', () => {
  it('loses nothing while what is not acknowledged fits', () => {
    const made = setup(16);
    const expected: number[] = [];
    let latest: Position | undefined;
    for (let index = 0; index < 6000; index++) {
      fill(made.journal, 0, index, index + 1);
      const entry = made.journal.next(undefined, false)!;
      if (index % 19 === 0) expected.push(index);
      else made.journal.free(made.journal.find(tagOf(0), index, index, latest)!);
      latest = made.journal.find(tagOf(0), index, index, latest)!.position;
      assert.equal(entry.index, 0);
    }
    assert.equal(made.thinned, 0);
    assert.deepEqual(indices(entriesOf(made.journal)), expected);
  });

  it('drops waveforms first, keeps urgent and kept ones, thins the rest evenly and in order', () => {
    const made = setup(16);
    const next = [0, 0, 0, 0];
    const length = [60, 60, 90, 900];
    for (let step = 0; step < 20_000; step++) {
      const priority = (step % 500 === 7 ? 0 : step % 700 === 9 ? 1 : step % 60 === 11 ? 3 : 2) as Priority;
      fill(made.journal, priority, next[priority]!, next[priority]! + 1, priority, length[priority]!);
      next[priority]!++;
    }
    for (const each of [made.journal, made.reopen()]) {
      const entries = entriesOf(each);
      const of = (chain: number): number[] => indices(entries.filter((entry) => chainOf(entry) === chain));
      assert.deepEqual(of(0), range(0, next[0]!));
      assert.deepEqual(of(1), range(0, next[1]!));
      const normal = of(2);
      assert.deepEqual(normal, normal.toSorted((a, b) => a - b));
      assert.ok(normal[0]! < 200 && normal.at(-1)! > next[2]! - 2);
      const gaps = normal.slice(1).map((index, i) => index - normal[i]!);
      assert.ok(Math.max(...gaps) <= 600, `greatest gap ${String(Math.max(...gaps))}`);
      // finer towards now, and even in between
      for (let i = 1; i < gaps.length; i++) assert.ok(gaps[i]! <= 1.5 * gaps[i - 1]! + 1, `gap ${String(i)}`);
      assert.ok(entries.length > 300);
    }
    assert.equal(made.thinned, 20_000 - made.journal.live);
    assert.ok(made.journal.isThinned);
    assert.deepEqual(made.errors, []);
  });

  it('reaches back over 48 hours of the default plan in 1 MB, with a record in any minute and a half', () => {
    const { journal } = setup(256);
    for (let second = 0; second < 48 * 3600; second++) {
      fill(journal, 2, second, second + 1, PRIORITY.normal, 80);
      if (second % 300 === 0) fill(journal, 3, 4 * second, 4 * second + 4, PRIORITY.bulk, 900);
    }
    const seconds = indices(entriesOf(journal).filter((entry) => chainOf(entry) === 2));
    const gaps = seconds.slice(1).map((second, i) => second - seconds[i]!);
    assert.ok(seconds[0]! < 90 && Math.max(...gaps) < 90, `greatest gap ${String(Math.max(...gaps))} s`);
  }).timeout(60_000);

  it('says so when only urgent ones are left to drop, and keeps the newest of them', () => {
    const made = setup();
    fill(made.journal, 0, 0, 1000, PRIORITY.urgent);
    assert.ok(made.errors.includes(JOURNAL_ERROR.keptDropped));
    const kept = indices(entriesOf(made.journal));
    assert.equal(made.thinned, 1000 - kept.length);
    assert.equal(kept.at(-1), 999);
  });

  it('wears its sectors evenly', () => {
    const { journal, flash } = setup(32);
    for (let index = 0; index < 60_000; index++) {
      fill(journal, 0, index, index + 1);
      for (let entry = journal.next(undefined, false); entry !== undefined && index % 50 === 0; entry = journal.next(undefined, false)) journal.free(entry);
    }
    const sorted = [...flash.erases].sort((a, b) => a - b);
    assert.ok(sorted.at(-1)! - sorted[0]! <= 2, `erases from ${String(sorted[0])} to ${String(sorted.at(-1))}`);
    assert.deepEqual(journal.erases, flash.erases);
  });
});

describe('journal: wear', () => {
  it('moves what lies long, so that its sectors bear their part', () => {
    const { journal, flash, reopen } = setup(16);
    fill(journal, 0, 0, 300, PRIORITY.urgent);
    for (let index = 0; index < 40_000; index++) {
      fill(journal, 1, index, index + 1);
      const { position } = journal.find(tagOf(1), index, index) ?? assert.fail();
      journal.free({ position, tag: tagOf(1), index });
    }
    const sorted = [...flash.erases].sort((a, b) => a - b);
    assert.ok(sorted[0]! > 20 && sorted.at(-1)! - sorted[0]! <= WEAR_SPREAD + 4, `erases from ${String(sorted[0])} to ${String(sorted.at(-1))}`);
    for (const each of [journal, reopen()]) assert.deepEqual(indices(entriesOf(each)), range(0, 300));
  });
});

describe('journal: damage', () => {
  it('voids an entry with a flipped bit, says so, and goes on behind it', () => {
    const record = recordOf(0, 3);
    for (let bit = 0; bit < record.length * 8; bit += 5) {
      const made = setup();
      fill(made.journal, 0, 0, 6);
      const at = Buffer.from(made.flash.cells.buffer).indexOf(record) + (bit >> 3);
      made.flash.cells[at]! ^= 1 << (bit & 7);
      assert.deepEqual(indices(entriesOf(made.journal)), [0, 1, 2, 4, 5]);
      assert.deepEqual(made.errors, [JOURNAL_ERROR.damaged]);
      assert.equal(made.journal.live, 5);
      assert.equal(made.journal.lowest(tagOf(0), 3), 4);
      assert.deepEqual(indices(entriesOf(made.reopen())), [0, 1, 2, 4, 5]);
    }
  });

  it('passes over a flipped bit in any header, and its marks bear one', () => {
    const at0 = setup();
    fill(at0.journal, 0, 0, 6);
    const start = Buffer.from(at0.flash.cells.buffer).indexOf(recordOf(0, 3)) - 20;
    for (let bit = 0; bit < 160; bit++) {
      const made = setup();
      fill(made.journal, 0, 0, 6);
      made.flash.cells[start + (bit >> 3)]! ^= 1 << (bit & 7);
      const left = indices(entriesOf(made.reopen()));
      assert.deepEqual(left, bit < 32 ? range(0, 6) : [0, 1, 2, 4, 5], `bit ${String(bit)}`);
    }
  });

  it('tries another place when what it reads is not what it wrote', () => {
    const made = setup();
    fill(made.journal, 0, 0, 2);
    const write = made.flash.write.bind(made.flash);
    let failures = 1;
    made.flash.write = (bytes, offset) => { write(bytes, offset); if (bytes.length > 100 && failures-- > 0) made.flash.cells[offset + 50] = 0; };
    fill(made.journal, 0, 2, 4);
    assert.deepEqual(indices(entriesOf(made.journal)), range(0, 4));
    failures = 1000;
    assert.equal(made.journal.append(PRIORITY.normal, 0, recordOf(0, 4)), false);
    assert.deepEqual(made.errors, [JOURNAL_ERROR.notWritten]);
    made.flash.write = write;
    assert.deepEqual(indices(entriesOf(made.reopen())), range(0, 4));
  });

  it('opens on any bytes, in one reading of each sector', () => {
    for (let seed = 1; seed < 40; seed++) {
      const made = setup();
      for (let i = 0; i < 300; i++) made.journal.append(PRIORITY.normal, i, recordOf(0, i));
      for (let sector = 0; sector < 8; sector++) made.flash.rot(sector, seed * 10);
      made.flash.reads = 0;
      made.flash.bytesRead = 0;
      const journal = made.reopen();
      assert.ok(made.flash.reads <= 16 && made.flash.bytesRead <= 8 * (4096 + 32));
      for (const { record, index } of entriesOf(journal)) assert.deepEqual(record, recordOf(0, index));
      assert.ok(journal.append(PRIORITY.normal, 0, recordOf(1, 0)));
    }
  });
});
