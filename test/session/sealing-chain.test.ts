// The sending end: each record under its own key, no key twice whatever resets happen, and nothing to seal with before
// the next block's key is at rest.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readUint32 } from 'lorica/bytes/bytes';
import { MAX_BLOCKS } from 'lorica/session/record-keys';
import { SealingChain, type ChainAtRest } from 'lorica/session/sealing-chain';
import { plaintext, seal, sealNext, seed } from './chain-support.ts';
import { blockKey, recordReference } from './reference.ts';

describe('sealing chain', () => {
  it('seals as the reference does, across blocks', () => {
    for (const [index, record] of seal(seed(), 600).entries()) {
      if (index % 37 === 0 || index % 256 < 2) assert.deepEqual(record, recordReference(seed(), index, plaintext(index)), `${index}`);
    }
  });

  it('property: resets at any point, records of any length; every index is used once and equals the reference', () => {
    const step = fc.oneof({ weight: 5, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 80 }) }, { weight: 1, arbitrary: fc.constant('reset' as const) });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let chain = SealingChain.start(seed());
      let atRest: ChainAtRest = { tag: seed().tag, block: 0, blockKey: seed().root };
      let previous = -1;
      for (const bytes of steps) {
        if (bytes === 'reset') chain = SealingChain.restore(atRest);
        else {
          if (chain.needsBlock) atRest = chain.beginBlock();
          const expected = chain.nextIndex;
          const { index, record } = chain.seal(bytes);
          assert.equal(index, expected);
          assert(index > previous);
          previous = index;
          assert.deepEqual(record, recordReference(seed(), index, bytes));
        }
      }
    }), { numRuns: 60 });
  });

  it('cannot seal before a block is begun: at the start, after 256 records, after a restore', () => {
    const chain = SealingChain.start(seed());
    const refuses = (which: SealingChain) => {
      assert(which.needsBlock);
      assert.throws(() => which.seal(plaintext(0)), TypeError);
    };
    refuses(chain);
    const first = chain.beginBlock();
    refuses(SealingChain.restore(first));
    for (let i = 0; i < 256; i++) {
      assert(!chain.needsBlock);
      chain.seal(plaintext(i));
    }
    refuses(chain);
    assert.equal(chain.nextIndex, 256);
  });

  it('puts the next block\'s key to rest, and not the one in use', () => {
    const chain = SealingChain.start(seed());
    for (const block of [0, 1]) {
      assert.deepEqual(chain.beginBlock(), { tag: seed().tag, block: block + 1, blockKey: blockKey(seed().root, block + 1) });
      for (let i = 0; i < 256; i++) sealNext(chain);
    }
    assert.throws(() => {
      chain.beginBlock();
      chain.beginBlock();
    }, TypeError, 'a block in use is used up first');
  });

  it('what is at rest belongs to the caller: wiping it, or the seed, does not touch the chain', () => {
    const from = seed();
    const chain = SealingChain.start(from);
    from.root.fill(0);
    from.tag.fill(0);
    const atRest = chain.beginBlock();
    const kept = { ...atRest, blockKey: atRest.blockKey.slice() };
    atRest.blockKey.fill(0);
    assert.deepEqual(sealNext(chain), recordReference(seed(), 0, plaintext(0)));
    for (let i = 1; i < 256; i++) sealNext(chain);
    assert.deepEqual(sealNext(chain), sealNext(SealingChain.restore(kept)));
  });

  it('takes 1 to 1024 bytes, and a refused plaintext uses no index', () => {
    const chain = SealingChain.start(seed());
    chain.beginBlock();
    for (const length of [0, 1025]) assert.throws(() => chain.seal(new Uint8Array(length)), RangeError);
    assert.equal(chain.seal(new Uint8Array(1)).index, 0);
    assert.equal(chain.seal(new Uint8Array(1024)).record.length, 1024 + 29);
  });

  it('ends one block short of 2^32 indices', () => {
    const atRest = { tag: seed().tag, block: MAX_BLOCKS - 1, blockKey: seed().root };
    const chain = SealingChain.restore(atRest);
    chain.beginBlock();
    for (let i = 0; i < 256; i++) assert.equal(readUint32(chain.seal(plaintext(i)).record, 9), 0xfffffe00 + i);
    assert(chain.isExhausted);
    assert.equal(chain.nextIndex, 0xffffff00);
    assert.throws(() => chain.beginBlock(), RangeError);
    assert.throws(() => SealingChain.restore({ ...atRest, block: MAX_BLOCKS + 1 }), RangeError);
    assert.throws(() => SealingChain.restore({ ...atRest, block: -1 }), RangeError);
    assert.throws(() => SealingChain.restore({ ...atRest, blockKey: new Uint8Array(31) }), RangeError);
    assert.throws(() => SealingChain.restore({ ...atRest, tag: new Uint8Array(7) }), RangeError);
  });

  it('a closed chain seals nothing and still tells where it ended', () => {
    const chain = SealingChain.start(seed());
    sealNext(chain);
    chain.close();
    assert.equal(chain.nextIndex, 1);
    assert(chain.isExhausted);
    assert.throws(() => chain.seal(plaintext(1)), TypeError);
    assert.throws(() => chain.beginBlock(), RangeError);
  });
});
