// The node's side: a receipt is believed only as it was made, and each step serves once.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { fields } from 'lorica/bytes/bytes';
import { receiptMac } from 'lorica/collaboration/commitment';
import { Collection } from 'lorica/collaboration/collection';
import { beginContribution, mayGoOn } from 'lorica/collaboration/node-contribution';
import { COLLABORATION_MODE, type Receipt, type ReceiptProof } from 'lorica/wire/handshake-payload';
import { countingEntropy, deal, SID } from './support.ts';

function proofFor(k: number, n: number, indices = Array.from({ length: k }, (_, i) => i + 1)): ReceiptProof {
  const dealt = deal(k, n);
  const collection = Collection.begin(SID, dealt.sharing);
  return indices.map((index) => collection.add(dealt.honest(index)).held).at(-1)!.receipt.proof!;
}

describe('collaboration: the node', () => {
  it('believes the receipt of who holds x, and gives x', () => {
    for (const [k, n] of [[1, 1], [1, 3], [2, 3], [3, 5], [16, 16]] as const) {
      const verdict = deal(k, n).next.judge({ proof: proofFor(k, n) });
      assert(verdict.outcome === 'held');
      assert.equal(verdict.indices.length, k);
      assert.deepEqual(verdict.x, countingEntropy(`${k} of ${n}`)(32));
    }
  });

  it('tells a missing x from a false proof', () => {
    assert.deepEqual(deal(2, 3).next.judge(undefined), { outcome: 'absent' });
    assert.deepEqual(deal(2, 3).next.judge({}), { outcome: 'absent' });
    assert.deepEqual(deal(2, 3).next.judge({ proof: proofFor(2, 4) }), { outcome: 'false' });
  });

  it('notices every bit of the MAC', () => {
    const proof = proofFor(2, 3);
    for (let bit = 0; bit < 256; bit++) {
      const mac = proof.mac.slice();
      mac[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(deal(2, 3).next.judge({ proof: { ...proof, mac } }).outcome, 'false');
    }
    for (const length of [0, 31, 33]) assert.equal(deal(2, 3).next.judge({ proof: { ...proof, mac: new Uint8Array(length) } }).outcome, 'false');
  });

  it('takes a proof for no other indices and no other session', () => {
    const proof = proofFor(2, 3);
    for (const indices of [[1, 3], [2, 3]]) assert.equal(deal(2, 3).next.judge({ proof: { ...proof, indices } }).outcome, 'false');
    const prepared = beginContribution(2, 3, countingEntropy('2 of 3'));
    const { next } = prepared.deal(SID.map((octet) => octet ^ 1));
    assert.equal(next.judge({ proof }).outcome, 'false');
  });

  it('takes k indices of shares that it dealt, ascending, however well they are proven', () => {
    const x = countingEntropy('2 of 3')(32);
    const outcome = (indices: number[]): string =>
      deal(2, 3).next.judge({ proof: { indices, mac: receiptMac(x, SID, indices) } }).outcome;
    for (const indices of [[1, 2], [1, 3], [2, 3]]) assert.equal(outcome(indices), 'held');
    for (const indices of [[], [1], [1, 2, 3], [2, 1], [1, 1], [0, 1], [3, 4], [1, 257], [1, 2.5]]) assert.equal(outcome(indices), 'false', `${indices}`);
  });

  it('makes commitment and receipt as the README says', () => {
    const { sharing, honest } = deal(3, 5);
    const x = countingEntropy('3 of 5')(32);
    const mac = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(createHmac('sha256', x).update(fields(...parts)).digest());
    const text = (label: string): Uint8Array => new Uint8Array(Buffer.from(label));
    assert.deepEqual(sharing, { k: 3, n: 5, commitment: mac(text('lorica commit'), honest(1).value, honest(2).value) });
    assert.deepEqual(proofFor(3, 5, [4, 1, 5]), { indices: [1, 4, 5], mac: mac(text('lorica receipt'), SID, Uint8Array.of(1, 4, 5)) });
  });

  it('uses each step once', () => {
    const prepared = beginContribution(2, 3, countingEntropy('once'));
    assert.throws(() => prepared.deal(SID.slice(1)), RangeError);
    const { next } = prepared.deal(SID);
    assert.throws(() => prepared.deal(SID), TypeError);
    next.judge({});
    assert.throws(() => next.judge({}), TypeError);
    const closed = beginContribution(2, 3, countingEntropy('once'));
    closed.close();
    assert.throws(() => closed.deal(SID), TypeError);
    const waiting = deal(2, 3).next;
    waiting.close();
    assert.throws(() => waiting.judge({ proof: proofFor(2, 3) }), TypeError);
  });

  it('refuses counts beyond the bounds, and entropy of another length', () => {
    for (const [k, n] of [[0, 1], [2, 1], [1, 17], [17, 17], [1.5, 2]] as const) {
      assert.throws(() => beginContribution(k, n, countingEntropy('unused')), RangeError);
    }
    assert.equal(beginContribution(16, 16, countingEntropy('most')).deal(SID).shares.length, 16);
    assert.throws(() => beginContribution(1, 1, () => new Uint8Array(31)), RangeError);
  });

  it('goes on without x only where the policy says so, and never past a false receipt', () => {
    const { off, preferred, required } = COLLABORATION_MODE;
    const table = { held: { [off]: false, [preferred]: true, [required]: true }, absent: { [off]: true, [preferred]: true, [required]: false },
      false: { [off]: false, [preferred]: false, [required]: false } };
    for (const outcome of ['held', 'absent', 'false'] as const) {
      for (const mode of [off, preferred, required]) assert.equal(mayGoOn(mode, outcome), table[outcome][mode], `${outcome} ${mode}`);
    }
  });

  it('is never brought to believe by a receipt made without x', () => {
    const indices = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 4 });
    fc.assert(fc.property(indices, fc.uint8Array({ minLength: 32, maxLength: 32 }), (chosen, mac) => {
      const receipt: Receipt = { proof: { indices: chosen, mac } };
      assert.equal(deal(2, 3).next.judge(receipt).outcome, 'false');
    }), { numRuns: 300 });
  });
});
