import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat } from 'lorica/bytes/bytes';
import { cut, cutOne, MAX_LINK_MESSAGE, Reassembler, SEQUENCES } from 'lorica/link/framing';
import { FRAME_OVERHEAD } from 'lorica/link/frame';
import { MAX_VALUE, MIN_VALUE } from 'lorica/link/radio';
import { MAX_MESSAGE } from 'lorica/wire/message-type';

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 255);

function pushAll(reassembler: Reassembler, fragments: Iterable<Uint8Array>): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (const fragment of fragments) {
    const message = reassembler.push(fragment);
    if (message) out.push(message);
  }
  return out;
}

describe('framing', () => {
  it('lays fragments out as the CDDL says', () => {
    assert.deepEqual(cut(Uint8Array.of(9, 8), 20, 5), [Uint8Array.of(0x85, 0, 2, 9, 8)]);
    const [first, second, ...rest] = cut(bytes(30), 20, 127);
    assert.deepEqual(first, concat(Uint8Array.of(0xff, 0, 30), bytes(17)));
    assert.deepEqual(second, concat(Uint8Array.of(0x00), bytes(30).subarray(17)));
    assert.deepEqual(rest, []);
  });

  it('holds exactly one message of the greatest length in a frame, and refuses more', () => {
    assert.equal(MAX_LINK_MESSAGE, MAX_MESSAGE + 2 + FRAME_OVERHEAD);
    const [message] = pushAll(new Reassembler(), cut(bytes(MAX_LINK_MESSAGE), MIN_VALUE));
    assert.deepEqual(message, bytes(MAX_LINK_MESSAGE));
    assert.throws(() => cut(bytes(MAX_LINK_MESSAGE + 1), MIN_VALUE), RangeError);
    assert.throws(() => cut(new Uint8Array(0), MIN_VALUE), RangeError);
    assert.throws(() => cutOne(bytes(5), 0, MIN_VALUE - 1, 0), RangeError);
  });

  it('puts any messages together again, at any size of value and any number', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 900 }), { maxLength: 6 });
    fc.assert(
      fc.property(messages, fc.integer({ min: MIN_VALUE, max: MAX_VALUE }), fc.nat(127), (list, value, start) => {
        let sequence = start;
        const fragments = list.flatMap((message) => {
          const part = cut(message, value, sequence);
          sequence += part.length;
          return part;
        });
        assert.ok(fragments.every(({ length }) => length >= 2 && length <= value));
        const reassembler = new Reassembler();
        assert.deepEqual(pushAll(reassembler, fragments), list);
        assert.deepEqual([reassembler.refused, reassembler.abandoned], [0, 0]);
      })
    );
  });

  it('loses exactly the message of which a fragment is lost, doubled or swapped with the next', () => {
    const list = [bytes(50), bytes(70).reverse(), bytes(90)];
    let sequence = 100;
    const owners: number[] = [];
    const fragments = list.flatMap((message, i) => {
      const part = cut(message, 20, sequence);
      sequence += part.length;
      owners.push(...part.map(() => i));
      return part;
    });
    for (let at = 0; at < fragments.length; at++) {
      const rest = list.filter((_, i) => i !== owners[at]);
      assert.deepEqual(pushAll(new Reassembler(), fragments.toSpliced(at, 1)), rest, `lost ${at}`);
      const doubled = pushAll(new Reassembler(), fragments.toSpliced(at, 0, fragments[at]!));
      const last = owners[at + 1] !== owners[at];
      // one that comes again at the very end finds its message delivered; one that begins begins anew
      const first = owners[at - 1] !== owners[at];
      assert.deepEqual(doubled, last || first ? list : rest, `doubled ${at}`);
      if (owners[at] === owners[at + 1]) {
        const swapped = fragments.toSpliced(at, 2, fragments[at + 1]!, fragments[at]!);
        assert.deepEqual(pushAll(new Reassembler(), swapped), rest, `swapped ${at}`);
      }
    }
  });

  it('does not join the halves of two messages when the middle of both is lost', () => {
    const a = cut(bytes(50), 20, 0);
    const b = cut(bytes(50).reverse(), 20, a.length);
    const reassembler = new Reassembler();
    assert.deepEqual(pushAll(reassembler, [a[0]!, b[1]!, b[2]!]), []);
    assert.equal(reassembler.abandoned, 1);
    assert.equal(reassembler.refused, 2);
  });

  it('goes on counting modulo 128', () => {
    const fragments = cut(bytes(4000), 20, 0);
    assert.ok(fragments.length > SEQUENCES);
    assert.equal(fragments[SEQUENCES]![0], 0);
    assert.deepEqual(pushAll(new Reassembler(), fragments), [bytes(4000)]);
  });

  it('refuses what claims too much, is empty, too short, or longer than it said', () => {
    const cases: [string, Uint8Array][] = [
      ['empty', new Uint8Array(0)],
      ['no length', Uint8Array.of(0x80)],
      ['half a length', Uint8Array.of(0x80, 0)],
      ['length 0', Uint8Array.of(0x80, 0, 0, 1)],
      ['no octets', Uint8Array.of(0x80, 0, 1)],
      ['above the greatest length', concat(Uint8Array.of(0x80, MAX_LINK_MESSAGE + 1 >> 8, MAX_LINK_MESSAGE + 1 & 255), bytes(9))],
      ['65535', Uint8Array.of(0x80, 0xff, 0xff, 1)],
      ['more than it said', Uint8Array.of(0x80, 0, 1, 1, 2)],
      ['no beginning', Uint8Array.of(0x00, 1)]
    ];
    for (const [name, fragment] of cases) {
      const reassembler = new Reassembler();
      assert.equal(reassembler.push(fragment), undefined, name);
      assert.equal(reassembler.refused, 1, name);
    }
    const reassembler = new Reassembler();
    assert.equal(reassembler.push(Uint8Array.of(0x80, 0, 3, 1)), undefined);
    assert.equal(reassembler.push(Uint8Array.of(0x01, 2, 3, 4)), undefined);
    assert.equal(reassembler.push(Uint8Array.of(0x01, 2, 3)), undefined);
    assert.deepEqual([reassembler.refused, reassembler.abandoned], [2, 1]);
    assert.equal(reassembler.push(Uint8Array.of(0x80, 0, 3, 1)), undefined);
    assert.equal(reassembler.push(Uint8Array.of(0x01)), undefined);
    assert.deepEqual([reassembler.refused, reassembler.abandoned], [3, 2]);
  });

  it('meets random fragments with nothing but messages of the length that they claim', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 60 }), (fragments) => {
        const reassembler = new Reassembler();
        for (const message of pushAll(reassembler, fragments)) {
          assert.ok(message.length >= 1 && message.length <= MAX_LINK_MESSAGE);
        }
        assert.ok(reassembler.refused <= fragments.length);
        // and it still serves who comes after
        assert.deepEqual(pushAll(reassembler, cut(bytes(99), 20, 7)), [bytes(99)]);
      })
    );
  });
});
