// What must be forgotten is overwritten, not just dropped: memory is searched for keys of the past. The control is that
// the keys which are still needed are found by the same search.
import assert from 'node:assert/strict';
import { ascii, concat, wipe } from 'lorica/bytes/bytes';
import { handshakePsk, offlineSeed, wipeSessionKeys, type SessionKeys } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';
import { Memory } from '../support/memory.ts';
import { plaintext, seal, sealNext, seed } from './chain-support.ts';
import { countingEntropy, keyPair, receive, resolver, start, world } from './handshake-support.ts';
import { blockKey, chainKey, expandReference } from './reference.ts';

describe('forgetting', () => {
  const root = seed().root;
  const messageKey = (index: number) => expandReference(chainKey(root, index), 'record', 76).subarray(0, 44);

  it('a sealing chain holds no key that opens what it has sealed', () => {
    const memory = new Memory();
    memory.record(() => {
      const own = seed();
      const chain = SealingChain.start(own);
      wipe(own.root);
      const begin = () => wipe(chain.beginBlock().blockKey);
      begin();
      for (let i = 0; i < 256; i++) chain.seal(plaintext(i));
      begin();
      for (let i = 256; i < 260; i++) chain.seal(plaintext(i));
    });
    for (const index of [0, 1, 100, 255, 256, 259]) {
      assert(!memory.holds(messageKey(index)) && !memory.holds(chainKey(root, index)), `record ${index}`);
    }
    for (const block of [0, 1]) assert(!memory.holds(blockKey(root, block)), `block ${block}`);
    assert(!memory.holds(expandReference(chainKey(root, 255), 'record', 76).subarray(44)), 'the end of block 0');
    assert(memory.holds(chainKey(root, 260)) && memory.holds(blockKey(root, 2)), 'the control');
  });

  it('a closed sealing chain holds nothing', () => {
    const memory = new Memory();
    memory.record(() => {
      const own = seed();
      const chain = SealingChain.start(own);
      wipe(own.root, chain.beginBlock().blockKey);
      chain.close();
    });
    assert(!memory.holds(chainKey(root, 0)) && !memory.holds(blockKey(root, 1)));
  });

  it('an opening chain holds keys for what is missing, and for nothing else', () => {
    const records = seal(seed(), 300);
    const memory = new Memory();
    const chain = memory.record(() => {
      const own = seed();
      const made = OpeningChain.start(own);
      wipe(own.root);
      for (const index of [0, 1, 3, 4, 257]) made.open(records[index]!);
      const forged = records[299]!.slice();
      forged[20]! ^= 1;
      for (const bytes of [forged, records[0]!]) made.open(bytes);
      return made;
    });
    for (const index of [0, 1]) assert(!memory.holds(chainKey(root, index)) && !memory.holds(messageKey(index)));
    for (const index of [3, 4, 257, 299]) assert(!memory.holds(messageKey(index)));
    for (const index of [2, 256]) assert(memory.holds(chainKey(root, index)), 'the control: what opens the missing ones');
    for (const block of [0, 1]) assert(!memory.holds(blockKey(root, block)));
    assert(memory.holds(blockKey(root, 2)), 'the control');
    memory.record(() => {
      for (const record of records) chain.open(record);
    });
    for (const index of [2, 5, 255, 256, 299]) assert(!memory.holds(chainKey(root, index)) && !memory.holds(messageKey(index)));
    assert(memory.holds(chainKey(root, 300)), 'the control');
  });

  it('skipped positions, and everything at the end of a chain, leave no key', () => {
    const memory = new Memory();
    memory.record(() => {
      const own = seed();
      const chain = OpeningChain.start(own);
      wipe(own.root);
      chain.skip(0, 600);
      chain.finish(601);
      assert(chain.isComplete);
    });
    for (const index of [0, 255, 256, 512, 600, 601]) assert(!memory.holds(chainKey(root, index)), `${index}`);
    for (const block of [0, 1, 2, 3]) assert(!memory.holds(blockKey(root, block)));
  });

  it('a handshake leaves its session keys, which can be wiped, and neither psk nor ephemeral', () => {
    const of = world(2);
    const memory = new Memory();
    const [fresh, ahead] = [countingEntropy('node of this test')(32), keyPair(2, 'made ahead')];
    const ephemerals = [fresh, ahead.secretKey].map((secret) => Buffer.from(secret));
    const sid = start(of, { entropy: countingEntropy('node of this test') }).sid;
    const psk = handshakePsk(sid, of.enrolmentPsk, 2, 0);
    const ends = memory.record(() => {
      const first = start(of, { entropy: () => fresh });
      const reply = receive(of, first.message1)!.reply(ascii(''), ahead);
      const { message3, keys } = first.next.read(reply.message2)!.confirm(ascii(''));
      return [keys, reply.next.read(message3, resolver(of))!.keys] as const;
    });
    const secrets = secretsOf(ends[0]).map((secret) => Buffer.from(secret));
    assert(secrets.every((secret) => memory.holds(secret)), 'the control');
    for (const secret of [psk, concat(of.enrolmentPsk, new Uint8Array(32)), ...ephemerals]) assert(!memory.holds(secret));
    for (const keys of ends) wipeSessionKeys(keys);
    for (const secret of secrets) assert(!memory.holds(secret));
  });

  it('an offline step leaves its seeds and the next O alone', () => {
    const memory = new Memory();
    const secret = root;
    const { normal, urgent, next } = memory.record(() => offlineSeed(secret));
    const whole = expandReference(secret, 'offline', 72);
    assert(!memory.holds(whole));
    assert(memory.holds(whole.subarray(40)), 'the control');
    wipe(normal.root, urgent.root, next);
    for (const part of [whole.subarray(0, 32), whole.subarray(40), expandReference(secret, 'offline urgent', 40)]) assert(!memory.holds(part));
  });

  it('the search finds what is there', () => {
    const memory = new Memory();
    const chain = memory.record(() => SealingChain.start(seed()));
    assert(memory.holds(root));
    memory.record(() => sealNext(chain));
    assert(memory.holds(chainKey(root, 1)));
  });
});

function secretsOf(keys: SessionKeys): Uint8Array[] {
  return [keys.normal.root, keys.urgent.root, keys.down.root, keys.resumption.secret];
}
