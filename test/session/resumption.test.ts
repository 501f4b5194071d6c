// Resumption by NNpsk0: one id an attempt, none twice, replays that gain nothing, forged and swapped messages.
import assert from 'node:assert/strict';
import { ascii, concat, toHex } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake } from 'lorica/noise/handshake';
import { handshakeId, prologue, resumptionHeader } from 'lorica/session/handshake-header';
import { MAX_REPLY_ATTEMPTS, startResumption } from 'lorica/session/initiator';
import { RESUMPTION_LOOK_AHEAD, resumptionAttempt, resumptionIds, type Resumption } from 'lorica/session/keys';
import { readResumption, type KnownResumption } from 'lorica/session/responder';
import { suiteByNumber } from 'lorica/session/suites';
import { complete, countingEntropy, keyPair, negate, world } from './handshake-support.ts';

const SUITE = 2;
const RESUMPTION: Resumption = { secret: new Uint8Array(32).fill(1), hash: new Uint8Array(32).fill(2) };

function start(attempt = 0, resumption = RESUMPTION, suite = SUITE) {
  return startResumption({ suite, resumption, attempt, entropy: countingEntropy(`node, attempt ${attempt}`) });
}

/** A health center that knows the next attempts of one resumption, and takes none twice. */
class Center {
  #resumption: Resumption;
  #from = 0;

  constructor(resumption = RESUMPTION) {
    this.#resumption = resumption;
  }

  find(id: Uint8Array): KnownResumption | undefined {
    const ids = resumptionIds(this.#resumption.secret, this.#resumption.hash, RESUMPTION_LOOK_AHEAD, this.#from);
    const found = ids.find((known) => toHex(known.id) === toHex(id));
    return found && { ...this.#resumption, attempt: found.attempt };
  }

  read(message: Uint8Array) {
    const received = readResumption(message, (id, suite) => (suite === SUITE ? this.find(id) : undefined), countingEntropy('center'));
    if (received !== undefined) this.#from = this.find(received.id)!.attempt + 1;
    return received;
  }
}

describe('resumption', () => {
  for (const suite of [1, 2]) {
    it(`suite ${suite}: goes on from a full handshake, and from resumption to resumption, with new keys each time`, () => {
      let { resumption } = complete(world(suite)).node;
      const seen = new Set([String(resumption.secret)]);
      for (let round = 0; round < 2; round++) {
        const { message1, id, next } = start(0, resumption, suite);
        const size = suiteByNumber(suite).dh.publicLength;
        assert.equal(message1.length, 18 + size + 16);
        assert.deepEqual(message1.subarray(0, 18), concat(Uint8Array.of(0x20, suite), id));
        const received = readResumption(message1, () => ({ ...resumption, attempt: 0 }), countingEntropy(`center ${round}`))!;
        const { message2, keys } = received.reply(ascii('time'))!;
        assert.deepEqual(handshakeId(message2), id);
        const read = next.read(message2)!;
        assert.deepEqual(read, { payload: ascii('time'), keys });
        for (const secret of [keys.normal.root, keys.urgent.root, keys.down.root, keys.resumption.secret]) {
          assert(!seen.has(String(secret)));
          seen.add(String(secret));
        }
        resumption = keys.resumption;
      }
    });
  }

  it('every attempt within the look-ahead is known, one beyond is not', () => {
    assert(new Center().read(start(RESUMPTION_LOOK_AHEAD - 1).message1) !== undefined);
    assert.equal(new Center().read(start(RESUMPTION_LOOK_AHEAD).message1), undefined);
  });

  it('an attempt that was used, or passed over, is not known again', () => {
    const center = new Center();
    const messages = [0, 1, 2].map((attempt) => start(attempt).message1);
    assert(center.read(messages[1]!) !== undefined);
    assert.equal(center.read(messages[1]!), undefined, 'replayed');
    assert.equal(center.read(messages[0]!), undefined, 'older');
    assert(center.read(messages[2]!) !== undefined);
  });

  it('whoever replays message 1 to a center that lost its count gets keys that he cannot compute', () => {
    const { message1, next } = start();
    const [first, second] = ['a', 'b'].map((seed) =>
      readResumption(message1, () => ({ ...RESUMPTION, attempt: 0 }), countingEntropy(seed))!.reply(ascii(''))!);
    assert.notDeepEqual(first!.keys, second!.keys);
    assert.deepEqual(next.read(second!.message2)?.keys, second!.keys);
  });

  it('message 1: a payload, or an ephemeral of the other class, is refused though the psk is right', () => {
    const { id, psk } = resumptionAttempt(RESUMPTION, 0);
    const header = resumptionHeader(SUITE, id);
    const { dh } = suiteByNumber(SUITE);
    const read = (payload: Uint8Array, ephemeral: KeyPair) => {
      const writer = beginHandshake({ pattern: 'NNpsk0', dh, role: 'initiator', prologue: prologue(header), psks: [psk], entropy: countingEntropy('') });
      const { message } = writer.write(payload, { ...ephemeral, secretKey: ephemeral.secretKey.slice() })!;
      return readResumption(concat(header, message), () => ({ ...RESUMPTION, attempt: 0 }), countingEntropy(''));
    };
    const honest = keyPair(SUITE, 'honest');
    assert(read(ascii(''), honest) !== undefined, 'the control');
    assert.equal(read(ascii('x'), honest), undefined);
    assert.equal(read(ascii(''), { ...honest, publicKey: negate(honest.publicKey) }), undefined);
  });

  it('message 1: a flipped bit in any octet, any truncation or addition, another resumption: refused', () => {
    const { message1 } = start();
    const read = (message: Uint8Array) => readResumption(message, () => ({ ...RESUMPTION, attempt: 0 }), countingEntropy(''));
    for (let bit = 0; bit < message1.length * 8; bit++) assert.equal(read(flip(message1, bit)), undefined, `bit ${bit}`);
    for (let length = 0; length < message1.length; length++) assert.equal(read(message1.subarray(0, length)), undefined);
    assert.equal(read(concat(message1, new Uint8Array(1))), undefined);
    assert.equal(read(concat(message1, new Uint8Array(4097 - message1.length))), undefined);
    assert.equal(read(start(0, { ...RESUMPTION, hash: new Uint8Array(32) }).message1), undefined);
    assert.equal(readResumption(message1, () => ({ ...RESUMPTION, attempt: 1 }), countingEntropy('')), undefined);
    assert.equal(readResumption(message1, () => undefined, countingEntropy('')), undefined);
    assert(read(message1) !== undefined);
  });

  it('message 2: forged ones change nothing, three are tried; mixed attempts and reflections are refused', () => {
    const { message1, next } = start();
    const other = start(1);
    const answer = (message: Uint8Array, attempt: number) =>
      readResumption(message, () => ({ ...RESUMPTION, attempt }), countingEntropy('center'))!.reply(ascii(''))!;
    const { message2, keys } = answer(message1, 0);
    assert.equal(next.read(message1), undefined, 'reflected');
    assert.equal(next.read(concat(Uint8Array.of(0x21), message1.subarray(2))), undefined, 'reflected with the right header');
    assert.equal(next.read(answer(other.message1, 1).message2), undefined, 'of another attempt');
    assert.equal(next.read(flip(message2, 17 * 8)), undefined);
    assert.deepEqual(next.read(message2)?.keys, keys);
    assert.throws(() => next.read(message2), TypeError);
    const exhausted = start(2);
    const reply = answer(exhausted.message1, 2).message2;
    for (let i = 0; i < MAX_REPLY_ATTEMPTS; i++) assert.equal(exhausted.next.read(flip(reply, 8 * (reply.length - 1 - i))), undefined);
    assert(exhausted.next.isExhausted);
    assert.equal(exhausted.next.read(reply), undefined);
  });

  it('message 2: a flipped bit in any octet is refused', function () {
    this.timeout(60_000);
    const { message1 } = start();
    const { message2 } = readResumption(message1, () => ({ ...RESUMPTION, attempt: 0 }), countingEntropy(''))!.reply(ascii('time'))!;
    for (let i = 0; i < message2.length;) {
      const { next } = start();
      for (let tries = 0; tries < MAX_REPLY_ATTEMPTS && i < message2.length; tries++, i++) assert.equal(next.read(flip(message2, i * 8 + (i % 8))), undefined);
      next.close();
    }
  });

  it('a value that the group refuses, from a node that has the secret, ends in nothing', () => {
    const one = new Uint8Array(192);
    one[191] = 1;
    const { message1 } = startResumption({
      suite: SUITE, resumption: RESUMPTION, attempt: 0, entropy: countingEntropy(''), ephemeral: { secretKey: one.slice(0, 32), publicKey: one }
    });
    assert.equal(readResumption(message1, () => ({ ...RESUMPTION, attempt: 0 }), countingEntropy('')), undefined);
  });

  it('ephemerals made ahead are wiped, closed steps are over, each step serves once', () => {
    const [node, center] = [keyPair(SUITE, 'ahead, node'), keyPair(SUITE, 'ahead, center')];
    const first = startResumption({ suite: SUITE, resumption: RESUMPTION, attempt: 0, entropy: () => assert.fail(), ephemeral: node });
    const received = readResumption(first.message1, () => ({ ...RESUMPTION, attempt: 0 }), () => assert.fail())!;
    const { message2 } = received.reply(ascii(''), center)!;
    assert.throws(() => received.reply(ascii('')), TypeError);
    assert(first.next.read(message2) !== undefined);
    for (const { secretKey } of [node, center]) assert(secretKey.every((byte) => byte === 0));
    const closed = start();
    closed.next.close();
    assert.throws(() => closed.next.read(concat(Uint8Array.of(0x21), closed.id, message2.subarray(17))), TypeError);
  });
});

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >>> 3]! ^= 1 << (bit & 7);
  return out;
}
