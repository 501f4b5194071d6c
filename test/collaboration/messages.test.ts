// Keys and messages between a node and an assistant.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { fields, toHex } from 'lorica/bytes/bytes';
import { assistantChains, assistantKey } from 'lorica/collaboration/assistant-chains';
import { decodeShareMessage, encodeShareMessage, SHARE_MESSAGE_LENGTH } from 'lorica/collaboration/share-message';
import { OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';
import { damaged } from '../support/damage.ts';
import { countingEntropy, deal, SID } from './support.ts';

const M = countingEntropy('M')(32);
const CERTIFICATE = countingEntropy('certificate')(32);
const VALUE = countingEntropy('share')(32);

/** RFC 5869 §2.3, by itself */
function expand(key: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  let output = Buffer.alloc(0);
  for (let round = 1, last = output; output.length < length; round++) {
    last = createHmac('sha256', key).update(last).update(info).update(Uint8Array.of(round)).digest();
    output = Buffer.concat([output, last]);
  }
  return new Uint8Array(output.subarray(0, length));
}

describe('collaboration: chains to an assistant', () => {
  it('come from M, certificate and version as the README says', () => {
    const key = assistantKey(M, CERTIFICATE, 0x01020304);
    const text = (label: string): Uint8Array => new Uint8Array(Buffer.from(label));
    assert.deepEqual(key, expand(M, fields(text('lorica assistant'), CERTIFICATE, Uint8Array.of(1, 2, 3, 4)), 32));
    const [up, down] = ['up', 'down'].map((way) => expand(key, fields(text(`lorica assistant ${way}`)), 40));
    const chains = assistantChains(key);
    assert.deepEqual(chains.up, { root: up!.slice(0, 32), tag: up!.slice(32) });
    assert.deepEqual(chains.down, { root: down!.slice(0, 32), tag: down!.slice(32) });
    assert.deepEqual(key, new Uint8Array(32), 'K_i is wiped');
  });

  it('differ by M, certificate, version and direction', () => {
    const other = M.map((octet) => octet ^ 1);
    const all = [assistantKey(M, CERTIFICATE, 1), assistantKey(M, CERTIFICATE, 2), assistantKey(other, CERTIFICATE, 1), assistantKey(M, other, 1)]
      .map(assistantChains)
      .flatMap(({ up, down }) => [up.root, up.tag, down.root, down.tag]);
    assert.equal(new Set(all.map(toHex)).size, 16);
  });

  it('refuse lengths and versions beyond the bounds', () => {
    for (const length of [0, 31, 33]) {
      assert.throws(() => assistantKey(new Uint8Array(length), CERTIFICATE, 1), RangeError);
      assert.throws(() => assistantKey(M, new Uint8Array(length), 1), RangeError);
      assert.throws(() => assistantChains(new Uint8Array(length)), RangeError);
    }
    for (const version of [0, -1, 1.5, 2 ** 32, NaN]) assert.throws(() => assistantKey(M, CERTIFICATE, version), RangeError);
    assert.equal(assistantKey(M, CERTIFICATE, 0xffffffff).length, 32);
  });

  it('carry a share as a record to its assistant, and to nobody else', () => {
    const ends = (version: number) => assistantChains(assistantKey(M, CERTIFICATE, version));
    const node = SealingChain.start(ends(1).up);
    node.beginBlock();
    const { shares } = deal(2, 3);
    const { record } = node.seal(shares[0]!.message);
    const opened = OpeningChain.start(ends(1).up).open(record);
    assert(opened !== undefined && opened !== 'duplicate');
    assert.deepEqual(decodeShareMessage(opened.plaintext)?.sid, SID);
    assert.equal(OpeningChain.start(ends(2).up).open(record), undefined);
    assert.equal(OpeningChain.start(ends(1).down).open(record), undefined);
    // the tag is public: a record that claims another chain's is no more welcome
    const { tag } = ends(1).down;
    const readdressed = record.slice();
    readdressed.set(tag, 1);
    assert.equal(OpeningChain.start(ends(1).down).open(readdressed), undefined);
    for (const bytes of damaged(record)) assert.equal(OpeningChain.start(ends(1).up).open(bytes), undefined);
  });
});

describe('collaboration: share messages', () => {
  const message = { sid: SID, index: 3, value: VALUE };
  const bytes = encodeShareMessage(message);

  it('lie as the README says', () => {
    assert.equal(bytes.length, SHARE_MESSAGE_LENGTH);
    assert.equal(toHex(bytes), `a4001840015820${toHex(SID)}0203035820${toHex(VALUE)}`);
    assert.deepEqual(decodeShareMessage(bytes), message);
  });

  it('come back as they were, for every index', () => {
    const octets = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(fc.property(octets, fc.integer({ min: 1, max: 16 }), octets, (sid, index, value) => {
      assert.deepEqual(decodeShareMessage(encodeShareMessage({ sid, index, value })), { sid, index, value });
    }));
  });

  it('are refused at every truncation, and damaged only taken where they are another right message', () => {
    for (let length = 0; length < bytes.length; length++) assert.equal(decodeShareMessage(bytes.slice(0, length)), undefined);
    let taken = 0;
    for (const each of damaged(bytes)) {
      const decoded = decodeShareMessage(each);
      if (decoded === undefined) continue;
      taken++;
      assert.deepEqual(encodeShareMessage(decoded), each);
    }
    // a bit of sid, of the share, or of an index that stays from 1 to 16: 3 → 2, 1, 7, 11
    assert.equal(taken, 2 * 256 + 4);
  });

  it('are refused for random bytes, other kinds and indices beyond the bounds', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (random) => { assert.equal(decodeShareMessage(random), undefined); }));
    const at = bytes.indexOf(3, 6 + SID.length);
    for (const index of [0, 17, 0x18, 0x20, 0xff]) {
      const other = bytes.slice();
      other[at] = index;
      assert.equal(decodeShareMessage(other), undefined);
    }
    const kind = bytes.slice();
    kind[3] = 0x41;
    assert.equal(decodeShareMessage(kind), undefined);
  });

  it('are not made of fields beyond the bounds', () => {
    for (const index of [0, 17, 1.5, NaN]) assert.throws(() => encodeShareMessage({ ...message, index }), RangeError);
    for (const length of [0, 31, 33]) {
      assert.throws(() => encodeShareMessage({ ...message, sid: new Uint8Array(length) }), RangeError);
      assert.throws(() => encodeShareMessage({ ...message, value: new Uint8Array(length) }), RangeError);
    }
  });
});
