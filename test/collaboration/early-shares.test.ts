// Shares before message 1: each assistant has its own room, and nothing grows.
import assert from 'node:assert/strict';
import { writeUint32 } from 'lorica/bytes/bytes';
import type { Contribution } from 'lorica/collaboration/contribution';
import { EARLY_LIFETIME_MS, EarlyShares, MAX_EARLY_ASSISTANTS, MAX_EARLY_PER_ASSISTANT } from 'lorica/collaboration/early-shares';

function sid(number: number): Uint8Array {
  const bytes = new Uint8Array(32);
  writeUint32(bytes, 28, number);
  return bytes;
}

function share(assistant: string, changes: Partial<Contribution> = {}): Contribution {
  return { assistant, index: 1, value: new Uint8Array(32).fill(7), isVerified: true, ...changes };
}

describe('collaboration: early shares', () => {
  it('keep for each session one of each assistant, and give them once', () => {
    const early = new EarlyShares();
    assert.equal(early.put(sid(1), share('a'), 0), 'taken');
    assert.equal(early.put(sid(1), share('b', { index: 2 }), 0), 'taken');
    assert.equal(early.put(sid(2), share('a'), 0), 'taken');
    assert.equal(early.put(sid(1), share('a'), 0), 'repeated');
    assert.equal(early.put(sid(1), share('a', { index: 3 }), 0), 'contradicted');
    assert.equal(early.put(sid(1), share('a', { value: new Uint8Array(32) }), 0), 'contradicted');
    assert.equal(early.size, 3);
    assert.deepEqual(early.take(sid(1)), [share('a'), share('b', { index: 2 })]);
    assert.deepEqual(early.take(sid(1)), []);
    assert.deepEqual(early.take(sid(2)), [share('a')]);
    assert.equal(early.size, 0);
  });

  it('take nothing that is not verified or no share, and copy what they take', () => {
    const early = new EarlyShares();
    assert.equal(early.put(sid(1), share('a', { isVerified: false }), 0), 'unverified');
    for (const index of [0, 17, -1, 1.5]) assert.equal(early.put(sid(1), share('a', { index }), 0), 'malformed');
    for (const length of [0, 31, 33, 5000]) assert.equal(early.put(sid(1), share('a', { value: new Uint8Array(length) }), 0), 'malformed');
    assert.throws(() => early.put(sid(1).slice(1), share('a'), 0), RangeError);
    assert.equal(early.size, 0);
    const own = share('a', { index: 16 });
    early.put(sid(1), own, 0);
    own.value.fill(0);
    assert.deepEqual(early.take(sid(1)), [share('a', { index: 16 })]);
  });

  it('let an assistant that floods displace its own oldest, and nobody else\'s', () => {
    const early = new EarlyShares();
    early.put(sid(0), share('honest'), 0);
    for (let i = 0; i < MAX_EARLY_PER_ASSISTANT; i++) assert.equal(early.put(sid(i), share('flood'), 0), 'taken');
    for (let i = 0; i < 3; i++) assert.equal(early.put(sid(1000 + i), share('flood'), 0), 'displaced');
    assert.equal(early.size, 1 + MAX_EARLY_PER_ASSISTANT);
    assert.deepEqual(early.take(sid(0)), [share('honest')]);
    assert.deepEqual(early.take(sid(2)), []);
    assert.equal(early.take(sid(3)).length, 1);
    assert.equal(early.take(sid(1002)).length, 1);
  });

  it('know no more than so many assistants at a time', () => {
    const early = new EarlyShares();
    for (let i = 0; i < MAX_EARLY_ASSISTANTS; i++) assert.equal(early.put(sid(1), share(`a${i}`), 0), 'taken');
    assert.equal(early.put(sid(1), share('one too many'), 0), 'full');
    assert.equal(early.put(sid(2), share('a5'), 0), 'taken');
    early.forget('a0');
    assert.equal(early.put(sid(1), share('one too many'), 0), 'taken');
  });

  it('forget after a minute, and give back the room', () => {
    const early = new EarlyShares();
    for (let i = 0; i < MAX_EARLY_ASSISTANTS; i++) early.put(sid(1), share(`a${i}`), 5);
    early.put(sid(2), share('a0'), 6);
    early.expire(5 + EARLY_LIFETIME_MS - 1);
    assert.equal(early.size, MAX_EARLY_ASSISTANTS + 1);
    assert.equal(early.put(sid(1), share('late'), 5 + EARLY_LIFETIME_MS), 'taken');
    assert.equal(early.size, 2);
    assert.equal(early.take(sid(2)).length, 1);
  });

  it('forget all of an assistant, and all of them', () => {
    const early = new EarlyShares();
    for (const assistant of ['a', 'b']) for (let i = 0; i < 3; i++) early.put(sid(i), share(assistant), 0);
    early.forget('a');
    early.forget('nobody');
    assert.equal(early.size, 3);
    early.close();
    assert.equal(early.size, 0);
  });
});
