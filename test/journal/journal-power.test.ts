// Power cuts: after every single flash operation of a script, and again during recovery. What `append` has said true to
// is there, whole; what was never appended is not; and the journal goes on.
import assert from 'node:assert/strict';
import { Journal, PRIORITY, type Entry } from 'lorica/journal/journal';
import { NorFlash, Power, PowerCut, seededRandom } from '../support/nor-flash.ts';
import { chainOf, entriesOf, recordOf } from './records.ts';

const SECTORS = 8;

/** What the world knows of one run. */
class Witness {
  readonly appended = new Set<string>();
  readonly freed = new Set<string>();
  /** the record whose append was cut */
  pending: string | undefined;
  thinned = 0;
}

const name = (chain: number, index: number): string => `${String(chain)}/${String(index)}`;
const nameOf = (entry: Entry): string => name(chainOf(entry), entry.index);

/** Appends and acknowledges; urgent records of chain 1, ordinary ones of chain 0, waveforms of chain 3. */
function play(journal: Journal, witness: Witness, steps: number, from: number, acknowledge: boolean): void {
  for (let step = from; step < from + steps; step++) {
    const chain = step % 11 === 5 ? 1 : step % 13 === 7 ? 3 : 0;
    const priority = chain === 1 ? PRIORITY.urgent : chain === 3 ? PRIORITY.bulk : PRIORITY.normal;
    witness.pending = name(chain, step);
    assert.ok(journal.append(priority, step, recordOf(chain, step, chain === 3 ? 900 : 350)));
    witness.appended.add(name(chain, step));
    witness.pending = undefined;
    if (!acknowledge || step % 5 !== 4) continue;
    acknowledgeSome(journal, witness, 4, false);
  }
}

/** Frees the oldest records that are not urgent, or urgent ones alone. */
function acknowledgeSome(journal: Journal, witness: Witness, count: number, urgent: boolean): void {
  let entry = journal.next(undefined, urgent);
  for (let i = 0; i < count && entry !== undefined; entry = journal.next(entry.position, urgent)) {
    if (!urgent && chainOf(entry) === 1) continue;
    witness.freed.add(nameOf(entry));
    journal.free(entry);
    i++;
  }
}

function openJournal(flash: NorFlash, witness: Witness): Journal {
  return new Journal({ flash, onThinned: (count) => { witness.thinned += count; }, onError: () => undefined });
}

/** @returns whether the power was cut */
function cutIn(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
}

function check(journal: Journal, witness: Witness, mayThin: boolean): void {
  const { live } = journal;
  const entries = entriesOf(journal);
  assert.equal(live, entries.length, 'the index counts what is whole');
  const found = new Set(entries.map(nameOf));
  assert.equal(found.size, entries.length, 'each once');
  for (const entry of entries) {
    assert.equal(Buffer.compare(entry.record, recordOf(chainOf(entry), entry.index, entry.record.length)), 0);
    assert.ok(witness.appended.has(nameOf(entry)) || nameOf(entry) === witness.pending, 'nothing that was never appended');
  }
  for (const each of witness.appended) {
    if (witness.freed.has(each) || found.has(each)) continue;
    assert.ok(mayThin && !each.startsWith('1/'), `${each} is lost`);
  }
  const order = entries.filter((entry) => chainOf(entry) === 0).map(({ index }) => index);
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
}

function exhaust(steps: number, acknowledge: boolean, seeds: number): void {
  const dry = new NorFlash(SECTORS);
  const dryWitness = new Witness();
  play(openJournal(dry, dryWitness), dryWitness, steps, 0, acknowledge);
  assert.ok(dry.erases.some((count) => count > 1), 'the script goes round');
  assert.equal(dryWitness.thinned > 0, !acknowledge);
  const total = dry.power.operations;
  for (let cutAt = 1; cutAt <= total; cutAt++) {
    for (let seed = 0; seed < seeds; seed++) {
      const power = new Power(cutAt * 101 + seed);
      const flash = new NorFlash(SECTORS, power);
      const witness = new Witness();
      power.cutAt = cutAt;
      assert.ok(cutIn(() => { play(openJournal(flash, witness), witness, steps, 0, acknowledge); }));
      power.revive();
      recover(flash, witness, !acknowledge);
    }
  }
}

function recover(flash: NorFlash, witness: Witness, mayThin: boolean): void {
  const { reads, bytesRead } = flash;
  const { operations } = flash.power;
  const journal = openJournal(flash, witness);
  assert.ok(flash.reads - reads <= 2 * SECTORS && flash.bytesRead - bytesRead <= SECTORS * (4096 + 32), 'bounded reading');
  assert.ok(flash.power.operations - operations <= SECTORS, 'bounded writing');
  check(journal, witness, mayThin);
  const pending = witness.pending;
  play(journal, witness, 12, 100_000, true);
  witness.pending = pending;
  check(openJournal(flash, witness), witness, true);
}

describe('journal: power cut', () => {
  it('in any operation while records are acknowledged in time: none is lost', () => {
    exhaust(150, true, 2);
  }).timeout(120_000);

  it('in any operation while the journal is full: urgent ones are never lost', () => {
    exhaust(170, false, 2);
  }).timeout(120_000);

  it('in recovery, over and over', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const power = new Power(seed);
      const flash = new NorFlash(SECTORS, power);
      const witness = new Witness();
      const pendings = new Set<string>();
      let step = 0;
      for (let boot = 0; boot < 12; boot++) {
        power.cutAt = power.operations + 1 + Math.floor(random() * (boot % 3 === 0 ? 200 : 8));
        cutIn(() => {
          const journal = openJournal(flash, witness);
          acknowledgeSome(journal, witness, 100, true);
          play(journal, witness, 60, step, true);
        });
        power.revive();
        if (witness.pending !== undefined) pendings.add(witness.pending);
        step += 1000;
      }
      for (const each of pendings) witness.appended.add(each);
      const lost = new Set([...pendings]);
      const journal = openJournal(flash, witness);
      for (const entry of entriesOf(journal)) lost.delete(nameOf(entry));
      for (const each of lost) witness.freed.add(each);
      check(journal, witness, false);
    }
  }).timeout(120_000);

  it('in any operation of a move for the sake of wear', () => {
    const churn = (journal: Journal, onStep: () => void): void => {
      let last: Entry | undefined;
      for (let index = 0; index < 30; index++) {
        assert.ok(journal.append(PRIORITY.urgent, 0, recordOf(1, index, 350)));
        last = journal.next(last?.position, false);
      }
      for (let index = 0; index < 2600; index++) {
        assert.ok(journal.append(PRIORITY.normal, 0, recordOf(0, index % 500, 350)));
        last = journal.next(last?.position, false)!;
        assert.equal(last.index, index % 500);
        journal.free(last);
        onStep();
      }
    };
    const dry = new NorFlash(SECTORS);
    const moves: [number, number][] = [];
    let before = 0;
    churn(new Journal({ flash: dry }), () => {
      if (before > 0 && dry.power.operations - before > 6) moves.push([before, dry.power.operations]);
      before = dry.power.operations;
    });
    assert.ok(moves.length > 0, 'something was moved');
    for (const [from, to] of moves.slice(0, 2)) {
      for (let cutAt = from + 1; cutAt <= to + 1; cutAt++) {
        const power = new Power(cutAt);
        const flash = new NorFlash(SECTORS, power);
        power.cutAt = cutAt;
        assert.ok(cutIn(() => { churn(new Journal({ flash }), () => undefined); }));
        power.revive();
        const urgent = entriesOf(new Journal({ flash }), true).map(({ index }) => index);
        assert.deepEqual(urgent, Array.from({ length: 30 }, (_, i) => i));
      }
    }
  }).timeout(60_000);
});
