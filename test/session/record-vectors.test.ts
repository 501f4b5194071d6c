// The record chains and the offline step of test/vectors/sessions.json, in Node and inside XS.
import assert from 'node:assert/strict';
import { fromHex } from 'lorica/bytes/bytes';
import { OpeningChain } from 'lorica/session/opening-chain';
import { ownVectors } from '../support/read-vectors.ts';
import { chain, offline, type Transcript } from './transcripts.ts';

interface ChainVectors {
  readonly tag: string;
  readonly root: string;
  readonly records: readonly { readonly index: number; readonly plaintext: string; readonly record: string }[];
}

const stored = ownVectors<{ chain: ChainVectors; offline: Transcript }>('sessions.json');

describe('record vectors', () => {
  it('a sealing chain makes them', () => assert.deepEqual(chain(), stored.chain));

  it('an offline step makes them', () => assert.deepEqual(offline(), stored.offline));

  it('an opening chain opens them, in any order, once, and takes no bent one', () => {
    const { tag, root, records } = stored.chain;
    let opening = OpeningChain.start({ tag: fromHex(tag)!, root: fromHex(root)! });
    for (const { index, plaintext, record } of [...records].reverse()) {
      const bytes = fromHex(record)!;
      const bent = bytes.slice();
      bent[20]! ^= 1;
      assert.equal(opening.open(bent), undefined);
      assert.deepEqual(opening.open(bytes), { index, plaintext: fromHex(plaintext)! });
      assert.equal(opening.open(bytes), 'duplicate');
      opening = OpeningChain.restore(opening.save())!;
    }
    assert.deepEqual(opening.acknowledgement(), { tag: fromHex(tag)!, next: 3, bitmap: bitmapOf([255, 256, 511, 512], 3) });
    assert(opening.skip(3, 254) && opening.skip(257, 510) && opening.finish(513) && opening.isComplete);
  });
});

/** Bit i stands for next + 1 + i, as far as 64 bytes reach. */
function bitmapOf(indices: readonly number[], next: number): Uint8Array {
  const bitmap = new Uint8Array(64);
  for (const index of indices) bitmap[(index - next - 1) >>> 3]! |= 1 << ((index - next - 1) & 7);
  return bitmap;
}
