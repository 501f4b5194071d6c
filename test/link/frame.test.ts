import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, fields } from 'lorica/bytes/bytes';
import { FrameOpener, FrameSealer, MAX_COUNTER, MAX_FRAME_MESSAGES, MAX_FRAME_PLAINTEXT } from 'lorica/link/frame';
import { open, seal } from 'lorica/primitives/aead';
import { MAX_MESSAGE } from 'lorica/wire/message-type';

const key = (): Uint8Array => new Uint8Array(32).fill(3);

describe('frame', () => {
  it('is laid out as the CDDL says', () => {
    const frame = new FrameSealer(key(), 258).seal([Uint8Array.of(1, 2), Uint8Array.of(3)])!;
    const header = Uint8Array.of(0xa3, 0, 0, 1, 2);
    const nonce = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2);
    assert.deepEqual(frame.subarray(0, 5), header);
    assert.deepEqual(open(key(), nonce, header, frame.subarray(5)), fields(Uint8Array.of(1, 2), Uint8Array.of(3)));
  });

  it('gives back what went in', () => {
    const lists = fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 64 }), { maxLength: 4 });
    fc.assert(
      fc.property(lists, (list) => {
        const sealer = new FrameSealer(key());
        const opener = new FrameOpener(key());
        for (const messages of list) assert.deepEqual(opener.open(sealer.seal(messages)!), messages);
      })
    );
  });

  it('refuses each flipped bit and each truncation, and opens the true frame afterwards', () => {
    const frame = new FrameSealer(key()).seal([Uint8Array.of(1, 2, 3)])!;
    const opener = new FrameOpener(key());
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const altered = frame.slice();
      altered[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(opener.open(altered), undefined);
    }
    for (let length = 0; length < frame.length; length++) assert.equal(opener.open(frame.subarray(0, length)), undefined);
    assert.deepEqual(opener.open(frame), [Uint8Array.of(1, 2, 3)]);
    assert.equal(opener.open(frame), undefined);
  });

  it('takes a counter of any height once, and none below it', () => {
    const frame = (counter: number): Uint8Array => new FrameSealer(key(), counter).seal([Uint8Array.of(counter & 255)])!;
    const opener = new FrameOpener(key());
    for (const [counter, taken] of [[5, true], [5, false], [4, false], [6, true], [MAX_COUNTER, true], [0, false]] as const) {
      assert.equal(opener.open(frame(counter)) !== undefined, taken, String(counter));
    }
  });

  it('seals nothing more when the counter is used up', () => {
    const sealer = new FrameSealer(key(), MAX_COUNTER);
    assert.ok(sealer.seal([Uint8Array.of(1)]));
    assert.equal(sealer.seal([Uint8Array.of(1)]), undefined);
  });

  it('has bounds, and throws beyond them', () => {
    const one = Uint8Array.of(1);
    const sealer = new FrameSealer(key());
    assert.ok(sealer.seal([new Uint8Array(MAX_MESSAGE)]));
    assert.ok(sealer.seal(new Array(MAX_FRAME_MESSAGES).fill(one)));
    assert.throws(() => sealer.seal([]), RangeError);
    assert.throws(() => sealer.seal(new Array(MAX_FRAME_MESSAGES + 1).fill(one)), RangeError);
    assert.throws(() => sealer.seal([new Uint8Array(MAX_FRAME_PLAINTEXT - 1)]), RangeError);
  });

  it('refuses what a peer with the key sealed wrongly', () => {
    const plaintexts = [
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(0, 0),
      Uint8Array.of(0, 2, 1),
      Uint8Array.of(0, 1, 1, 0),
      fields(Uint8Array.of(1), new Uint8Array(0)),
      fields(new Uint8Array(MAX_MESSAGE + 1)),
      fields(...new Array<Uint8Array>(MAX_FRAME_MESSAGES + 1).fill(Uint8Array.of(1)))
    ];
    for (const plaintext of plaintexts) {
      const header = Uint8Array.of(0xa3, 0, 0, 0, 0);
      const frame = concat(header, seal(key(), new Uint8Array(12), header, plaintext));
      assert.equal(new FrameOpener(key()).open(frame), undefined);
    }
  });

  it('wipes its key when it is closed, and then does nothing', () => {
    const [up, down] = [key(), key()];
    const sealer = new FrameSealer(up);
    const opener = new FrameOpener(down);
    const frame = sealer.seal([Uint8Array.of(1)])!;
    sealer.close();
    opener.close();
    assert.deepEqual([up, down], [new Uint8Array(32), new Uint8Array(32)]);
    assert.equal(sealer.seal([Uint8Array.of(1)]), undefined);
    assert.equal(opener.open(frame), undefined);
  });
});
