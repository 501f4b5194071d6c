import assert from 'node:assert/strict';
import { Channel, LINK_END, type LinkEnd } from 'lorica/link/channel';
import { FrameOpener, FrameSealer, MAX_COUNTER } from 'lorica/link/frame';
import { TestTimer } from './pair.ts';

describe('channel', () => {
  it('ends when its counter is used up, and says so to the sender after send has returned', () => {
    const timer = new TestTimer();
    const ends: LinkEnd[] = [];
    const sent: Uint8Array[] = [];
    const channel: Channel = new Channel({
      write: (value, done) => {
        sent.push(value);
        timer.set(() => done(true), 1);
      },
      maximumValue: () => 244,
      timer,
      onClear: () => assert.fail('clear'),
      onMessage: () => assert.fail('message'),
      onEnd: (code) => {
        ends.push(code);
        channel.close();
      }
    });
    channel.open(new FrameSealer(new Uint8Array(32), MAX_COUNTER), new FrameOpener(new Uint8Array(32)));
    const told: string[] = [];
    channel.send([Uint8Array.of(1)], (ok) => told.push(`first ${ok}`));
    timer.advance(10);
    assert.deepEqual([told, ends, sent.length], [['first true'], [], 1]);
    channel.send([Uint8Array.of(2)], (ok) => told.push(`second ${ok}`));
    assert.deepEqual(told, ['first true']);
    assert.deepEqual(ends, [LINK_END.counterUsedUp]);
    timer.advance(10);
    assert.deepEqual([told, sent.length], [['first true', 'second false'], 1]);
    assert.equal(channel.room, 0);
  });
});
