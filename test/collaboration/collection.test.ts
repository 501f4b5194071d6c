// Reconstruction: liars are named, the honest are not blamed, the search is bounded.
import assert from 'node:assert/strict';
import { commitment } from 'lorica/collaboration/commitment';
import { Collection, MAX_SUBSETS } from 'lorica/collaboration/collection';
import { MAX_CANDIDATES, type Contribution } from 'lorica/collaboration/contribution';
import type { HeldContribution } from 'lorica/collaboration/held-contribution';
import { decodeMessage2, encodeMessage2 } from 'lorica/wire/handshake-payload';
import { deal, plainMultiply, SID, spoiled, subsets, type Dealt } from './support.ts';

const PATTERNS = [1, 2, 3, 4, 5].flatMap((k) => [1, 2, 3, 4, 5].filter((n) => n >= k).map((n) => [k, n] as const));

/** Adds all in this order; shares that come once x is held go to the holder. */
function collect(dealt: Dealt, contributions: readonly Contribution[]): HeldContribution | undefined {
  const collection = Collection.begin(SID, dealt.sharing);
  let held: HeldContribution | undefined;
  for (const contribution of contributions) {
    if (held !== undefined) assert.equal(held.judge(contribution), 'taken');
    else {
      const added = collection.add(contribution);
      assert.equal(added.verdict, 'taken');
      held = added.held;
    }
  }
  return held;
}

function orders(n: number): number[][] {
  const ascending = Array.from({ length: n }, (_, i) => i + 1);
  return [ascending, ascending.toReversed(), ...ascending.map((first) => [...ascending.slice(first), ...ascending.slice(0, first)])];
}

const indicesOf = (named: readonly { index: number }[]): number[] => named.map(({ index }) => index).sort((a, b) => a - b);

/** In all patterns of liars and all orders above: x is held, they are named and nobody else is. */
function namesThem(k: number, n: number, lie: (honest: Contribution, liars: readonly number[], truthful: readonly number[]) => Contribution): void {
  const dealt = deal(k, n);
  const fresh = dealt.next;
  let x: Uint8Array | undefined;
  for (let count = 0; count <= n - k; count++) {
    for (const liars of subsets(n, count)) {
      const truthful = orders(n)[0]!.filter((index) => !liars.includes(index));
      for (const order of orders(n)) {
        const shares = order.map((index) => liars.includes(index) ? lie(dealt.honest(index), liars, truthful) : dealt.honest(index));
        const held = collect(dealt, shares);
        assert(held !== undefined, `x is lost: liars ${liars}, order ${order}`);
        assert.deepEqual([indicesOf(held.liars), indicesOf(held.helpers)], [liars, truthful], `order ${order}`);
        assert(held.indices.length === k && held.indices.every((index) => truthful.includes(index)));
        x ??= held.x.slice();
        assert.deepEqual(held.x, x);
        held.close();
      }
    }
  }
  const held = collect(dealt, orders(n)[0]!.map(dealt.honest))!;
  const verdict = fresh.judge(held.receipt);
  assert(verdict.outcome === 'held');
  assert.deepEqual(verdict.x, x);
}

describe('collaboration: liars', () => {
  for (const [k, n] of PATTERNS) {
    it(`${k} of ${n}: up to n − k are named, in every pattern, and the honest are not blamed`, () => {
      namesThem(k, n, (honest) => spoiled(honest, [0x07, 0x91, 0x3c, 0xe5, 0x11][honest.index - 1]!));
    });

    it(`${k} of ${n}: nor by liars who agree on another polynomial through the same x`, () => {
      // an error that is 0 at 0: what a commitment to x alone would not notice once k liars stand together
      namesThem(k, n, (honest) => spoiled(honest, plainMultiply(0x35, honest.index)));
    });

    it(`${k} of ${n}: nor by liars who take an honest one with them`, () => {
      // and one that is 0 at an honest assistant too, so that fewer than k liars suffice
      namesThem(k, n, (honest, _, [ally]) => spoiled(honest, plainMultiply(plainMultiply(0x35, honest.index), honest.index ^ ally!)));
    });

    it(`${k} of ${n}: with more than n − k of them x stays unknown and nobody is named`, () => {
      const dealt = deal(k, n);
      for (let count = n - k + 1; count <= n; count++) {
        for (const liars of subsets(n, count)) {
          const shares = orders(n)[0]!.map((index) => liars.includes(index) ? spoiled(dealt.honest(index), index) : dealt.honest(index));
          assert.equal(collect(dealt, shares), undefined);
        }
      }
    });

    it(`${k} of ${n}: any k that answer suffice, fewer do not`, () => {
      const dealt = deal(k, n);
      for (const present of subsets(n, k)) {
        const held = collect(dealt, present.map(dealt.honest));
        assert.deepEqual(held?.indices, present);
        assert.equal(collect(dealt, present.slice(1).map(dealt.honest)), undefined);
      }
    });
  }
});

describe('collaboration: collecting', () => {
  const dealt = deal(3, 5);
  const begin = (): Collection => Collection.begin(SID, dealt.sharing);
  const honest = dealt.honest;

  it('takes each share once', () => {
    const collection = begin();
    assert.deepEqual(collection.add(honest(1)), { verdict: 'taken' });
    assert.deepEqual(collection.add(honest(1)), { verdict: 'repeated' });
    assert.deepEqual(collection.add(spoiled(honest(1), 1)), { verdict: 'contradicted' });
    assert.deepEqual(collection.add({ ...honest(2), assistant: 'assistant 1' }), { verdict: 'contradicted' });
    assert.deepEqual(collection.add(honest(2)), { verdict: 'taken' });
    assert.notEqual(collection.add(honest(3)).held, undefined);
  });

  it('refuses what is not verified, blaming nobody: the true one still comes', () => {
    const collection = begin();
    for (const index of [1, 2, 3]) {
      assert.deepEqual(collection.add({ ...spoiled(honest(index), 1), isVerified: false }), { verdict: 'unverified' });
      assert.deepEqual(collection.add({ ...honest(index), isVerified: false }), { verdict: 'unverified' });
    }
    collection.add(honest(1));
    collection.add(honest(2));
    const { held } = collection.add(honest(3));
    assert.deepEqual(held?.liars, []);
    assert.equal(held?.judge({ ...spoiled(honest(4), 1), isVerified: false }), 'unverified');
    assert.deepEqual(held?.liars, []);
  });

  it('refuses indices and lengths that no share of the session has', () => {
    const collection = begin();
    for (const index of [0, 6, 16, 17, 255, -1, 1.5, NaN]) assert.equal(collection.add({ ...honest(1), index }).verdict, 'malformed');
    for (const length of [0, 1, 31, 33, 64]) assert.equal(collection.add({ ...honest(1), value: new Uint8Array(length) }).verdict, 'malformed');
    assert.equal(collection.tried, 0);
  });

  it('names who claims the index of another, and needs k different ones', () => {
    const thief = { ...spoiled(honest(2), 7), assistant: 'thief' };
    const copy = { ...honest(2), assistant: 'copy' };
    for (const order of [[thief, copy, honest(2), honest(3), honest(4)], [honest(4), honest(2), copy, thief, honest(3)]]) {
      const held = collect(dealt, order)!;
      assert.deepEqual(held.liars, [{ assistant: 'thief', index: 2 }]);
      assert.deepEqual(indicesOf(held.helpers), [2, 2, 3, 4]);
      assert.deepEqual(held.indices, [2, 3, 4]);
    }
    assert.equal(collect(dealt, [honest(1), honest(2), copy]), undefined);
    const swapped = [{ ...honest(1), index: 2 }, { ...honest(2), index: 1 }, honest(3), honest(4), honest(5)];
    assert.deepEqual(indicesOf(collect(dealt, swapped)!.liars), [1, 2]);
  });

  it('judges late shares too, each assistant once', () => {
    const held = collect(dealt, [1, 2, 3].map(honest))!;
    assert.equal(held.judge(honest(1)), 'repeated');
    assert.equal(held.judge(spoiled(honest(1), 1)), 'contradicted');
    assert.equal(held.judge(honest(4)), 'taken');
    assert.equal(held.judge(spoiled(honest(5), 1)), 'taken');
    assert.equal(held.judge(spoiled(honest(5), 1)), 'repeated');
    assert.equal(held.judge(honest(5)), 'contradicted');
    assert.equal(held.judge({ ...honest(5), index: 6 }), 'malformed');
    assert.deepEqual(held.liars, [{ assistant: 'assistant 5', index: 5 }]);
    for (let i = held.helpers.length + held.liars.length; i < MAX_CANDIDATES; i++) {
      assert.equal(held.judge({ ...honest(4), assistant: `copy ${i}` }), 'taken');
    }
    assert.equal(held.judge({ ...honest(4), assistant: 'one too many' }), 'full');
  });

  it('tries each subset once, at most 12870 of them, and takes 16 shares', function () {
    this.timeout(60_000);
    const wide = deal(8, 16);
    const collection = Collection.begin(SID, { ...wide.sharing, commitment: new Uint8Array(32) });
    const from = performance.now();
    for (let index = 1; index <= MAX_CANDIDATES; index++) assert.deepEqual(collection.add(wide.honest(index)), { verdict: 'taken' });
    console.log(`        ${MAX_SUBSETS} subsets of 8 in ${(performance.now() - from).toFixed(0)} ms`);
    assert.equal(collection.tried, MAX_SUBSETS);
    assert.equal(collection.isExhausted, true);
    assert.deepEqual(collection.add({ ...wide.honest(1), assistant: 'one too many' }), { verdict: 'full' });
    assert.deepEqual(collection.giveUp(), {});
  });

  it('finds x among 16 with 8 liars', function () {
    this.timeout(60_000);
    const wide = deal(8, 16);
    const all = orders(16)[0]!.map((index) => index % 2 === 0 ? wide.honest(index) : spoiled(wide.honest(index), index));
    assert.deepEqual(indicesOf(collect(wide, all)!.liars), [1, 3, 5, 7, 9, 11, 13, 15]);
  });

  it('keeps to a smaller bound on subsets', () => {
    const collection = Collection.begin(SID, { ...dealt.sharing, commitment: new Uint8Array(32) }, 4);
    for (const index of [1, 2, 3]) collection.add(honest(index));
    assert.deepEqual([collection.tried, collection.isExhausted], [1, false]);
    for (const index of [4, 5]) collection.add(honest(index));
    assert.deepEqual([collection.tried, collection.isExhausted], [4, true]);
    for (const bound of [0, MAX_SUBSETS + 1, NaN]) assert.throws(() => Collection.begin(SID, dealt.sharing, bound), RangeError);
  });

  it('refuses a session that no message 1 describes', () => {
    for (const [k, n] of [[0, 3], [4, 3], [1, 17]] as const) {
      assert.throws(() => Collection.begin(SID, { ...dealt.sharing, k, n }), RangeError);
    }
    assert.throws(() => Collection.begin(SID.slice(1), dealt.sharing), RangeError);
    assert.throws(() => Collection.begin(SID, { ...dealt.sharing, commitment: new Uint8Array(31) }), RangeError);
  });

  it('says in its receipt what the wire can carry, and without x that it has none', () => {
    const { receipt } = collect(dealt, [5, 1, 3].map(honest))!;
    assert.deepEqual(receipt.proof?.indices, [1, 3, 5]);
    for (const each of [receipt, begin().giveUp()]) {
      assert.deepEqual(decodeMessage2(encodeMessage2({ timeMs: 1, receipt: each }))?.receipt?.proof, each.proof);
    }
  });

  it('is used up once x is held, given up or closed', () => {
    const ended = [begin(), begin(), begin()] as const;
    for (const index of [1, 2, 3]) ended[0].add(honest(index));
    ended[1].giveUp();
    ended[2].close();
    for (const collection of ended) {
      assert.throws(() => collection.add(honest(1)), TypeError);
      assert.throws(() => collection.giveUp(), TypeError);
    }
    const held = collect(dealt, [1, 2, 3].map(honest))!;
    held.close();
    assert.throws(() => held.x, TypeError);
    assert.throws(() => held.judge(honest(4)), TypeError);
    assert.equal(held.helpers.length, 3);
  });

  it('binds to the whole polynomial: no other first shares meet the commitment', () => {
    const [one, two] = [honest(1).value, honest(2).value];
    const x = collect(dealt, [1, 2, 3].map(honest))!.x;
    assert.deepEqual(commitment(x, [one, two]), dealt.sharing.commitment);
    for (const points of [[two, one], [one], [], [one, two, two]]) assert.notDeepEqual(commitment(x, points), dealt.sharing.commitment);
    assert.throws(() => commitment(x.slice(1), []), RangeError);
  });
});
