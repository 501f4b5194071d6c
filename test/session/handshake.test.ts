// The session handshake, node and health center, with a hostile peer in between: forged, cut, swapped, replayed and
// reflected messages, wrong keys, strangers. Refused means: `undefined`, no state changed, the true message still taken.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ascii, concat } from 'lorica/bytes/bytes';
import { handshakeId } from 'lorica/session/handshake-header';
import { MAX_REPLY_ATTEMPTS } from 'lorica/session/initiator';
import { keyIdentifier } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { readMessage1 } from 'lorica/session/responder';
import { SealingChain } from 'lorica/session/sealing-chain';
import { suiteByNumber } from 'lorica/session/suites';
import { sealNext } from './chain-support.ts';
import { complete, countingEntropy, keyPair, negate, receive, resolver, start, world } from './handshake-support.ts';

const light = world(2);

describe('session handshake', () => {
  for (const suite of [1, 2]) {
    it(`suite ${suite}: both ends have the same keys, all different, and chains run both ways`, () => {
      const { node, center, messages } = complete(world(suite));
      assert.deepEqual(node, center);
      const { normal, urgent, down, resumption } = node;
      const parts = [normal.tag, urgent.tag, down.tag, normal.root, urgent.root, down.root, resumption.secret, resumption.hash];
      assert.deepEqual(parts.map((part) => part.length), [8, 8, 8, 32, 32, 32, 32, 32]);
      assert.equal(new Set(parts.map(String)).size, parts.length);
      for (const [from, to] of [[node.normal, center.normal], [node.urgent, center.urgent], [center.down, node.down]] as const) {
        assert(typeof OpeningChain.start(to).open(sealNext(SealingChain.start(from))) === 'object');
      }
      const size = suiteByNumber(suite).dh.publicLength;
      assert.deepEqual(messages.map((message) => message.length), [10 + size + 9 + 16, 9 + size + 9 + 16, 9 + size + 16 + 9 + 16]);
    });
  }

  it('has the clear header of the protocol, and ids that route the other messages', () => {
    const { message1, sid, id, next } = start(light);
    assert.deepEqual(message1.subarray(0, 10), concat(Uint8Array.of(0x10, 2), keyIdentifier(light.center.publicKey)));
    assert.deepEqual(id, sid.subarray(0, 8));
    const received = receive(light, message1)!;
    assert.deepEqual([received.sid, received.id, received.suite], [sid, id, 2]);
    const { message2 } = received.reply(ascii(''));
    const { message3 } = next.read(message2)!.confirm(ascii(''));
    for (const [type, message] of [[0x11, message2], [0x12, message3]] as const) {
      assert.equal(message[0], type);
      assert.deepEqual(handshakeId(message), id);
      assert.equal(handshakeId(message.subarray(0, 8)), undefined);
    }
    assert.equal(handshakeId(message1), undefined);
    assert.equal(handshakeId(new Uint8Array(0)), undefined);
  });

  it('two handshakes share nothing', () => {
    const entropy = countingEntropy('another time');
    const [a, b] = [start(light), start(light, { entropy })];
    assert.notDeepEqual(a.sid, b.sid);
    assert.equal(a.next.read(receive(light, b.message1)!.reply(ascii('')).message2), undefined, 'mixed sessions');
  });

  it('takes an ephemeral made ahead, on both ends, and wipes it in the end', () => {
    const [node, center] = [keyPair(2, 'ahead, node'), keyPair(2, 'ahead, center')];
    const first = start(light, { ephemeral: node, entropy: () => assert.fail('made ahead') });
    assert.deepEqual(first.message1.subarray(10, 10 + 192), node.publicKey);
    const reply = receive(light, first.message1)!.reply(ascii(''), center);
    assert.deepEqual(reply.message2.subarray(9, 9 + 192), center.publicKey);
    const { message3 } = first.next.read(reply.message2)!.confirm(ascii(''));
    assert(reply.next.read(message3, resolver(light)) !== undefined);
    for (const { secretKey } of [node, center]) assert(secretKey.every((byte) => byte === 0));
  });

  it('each step serves once', () => {
    const first = start(light);
    const received = receive(light, first.message1)!;
    const { message2, next } = received.reply(ascii(''));
    assert.throws(() => received.reply(ascii('')), TypeError);
    const confirmation = first.next.read(message2)!;
    assert.throws(() => first.next.read(message2), TypeError);
    const { message3 } = confirmation.confirm(ascii(''));
    assert.throws(() => confirmation.confirm(ascii('')), TypeError);
    assert(next.read(message3, resolver(light)) !== undefined);
    assert.throws(() => next.read(message3, resolver(light)), TypeError);
  });

  it('closed steps are over, and their ephemerals gone', () => {
    const e = keyPair(2, 'closed');
    const first = start(light, { ephemeral: e });
    const received = receive(light, first.message1)!;
    first.next.close();
    assert(e.secretKey.every((byte) => byte === 0));
    received.close();
    assert.throws(() => received.reply(ascii('')), TypeError);
    const other = start(light);
    const reply = receive(light, other.message1)!.reply(ascii(''));
    assert.throws(() => first.next.read(concat(Uint8Array.of(0x11), first.id, reply.message2.subarray(9))), TypeError);
    const confirmation = other.next.read(reply.message2)!;
    confirmation.close();
    assert.throws(() => confirmation.confirm(ascii('')), TypeError);
    reply.next.close();
    assert.throws(() => reply.next.read(concat(Uint8Array.of(0x12), other.id), resolver(light)), TypeError);
  });
});

describe('session handshake, forged messages', () => {
  it('message 1: a flipped bit in any octet, any truncation, another type, suite or key id', function () {
    this.timeout(60_000);
    const { message1 } = start(light);
    for (let i = 0; i < message1.length; i++) assert.equal(receive(light, flip(message1, i)), undefined, `octet ${i}`);
    for (let bit = 0; bit < 80; bit++) assert.equal(receive(light, flip(message1, bit >>> 3, bit & 7)), undefined, `header bit ${bit}`);
    for (let length = 0; length < message1.length; length++) assert.equal(receive(light, message1.subarray(0, length)), undefined);
    assert(receive(light, message1) !== undefined);
  });

  it('message 1: suite and key id are bound by the prologue, whatever the registry answers', () => {
    const { message1 } = start(light);
    for (const i of [2, 9]) assert.equal(readMessage1(flip(message1, i), () => light.center, countingEntropy('')), undefined);
    const unknownSuite = message1.slice();
    for (const suite of [0, 3, 255]) {
      unknownSuite[1] = suite;
      assert.equal(readMessage1(unknownSuite, () => assert.fail('no keys for no suite'), countingEntropy('')), undefined);
    }
  });

  it('message 1: an ephemeral of the other class is refused though it agrees', () => {
    const honest = keyPair(2, 'honest');
    assert.equal(receive(light, start(light, { ephemeral: { ...honest, publicKey: negate(honest.publicKey) } }).message1), undefined);
    assert(receive(light, start(light, { ephemeral: keyPair(2, 'honest') }).message1) !== undefined);
  });

  it('message 3: a static key of the other class is refused though it agrees', () => {
    const negative = { ...light.node, publicKey: negate(light.node.publicKey) };
    const first = start(light, { staticKeys: negative });
    const reply = receive(light, first.message1)!.reply(ascii(''));
    const { message3 } = first.next.read(reply.message2)!.confirm(ascii(''));
    assert.equal(reply.next.read(message3, () => assert.fail('the registry is not asked')), undefined);
  });

  it('message 2: a flipped bit in any octet changes nothing; the true one is taken', function () {
    this.timeout(120_000);
    const { message1 } = start(light);
    const { message2 } = receive(light, message1)!.reply(ascii('payload 2'));
    for (let i = 0; i < message2.length;) {
      const { next } = start(light);
      for (let tries = 0; tries < MAX_REPLY_ATTEMPTS - 1 && i < message2.length; tries++) {
        assert.equal(next.read(flip(message2, i++)), undefined);
      }
      if (i % 16 === 0) assert.deepEqual(next.read(message2)?.payload, ascii('payload 2'));
      next.close();
    }
  });

  it('message 2: three forgeries are tried, then none; what does not bear the id costs nothing', () => {
    const first = start(light);
    const { message2 } = receive(light, first.message1)!.reply(ascii(''));
    for (let bit = 0; bit < 72; bit++) assert.equal(first.next.read(flip(message2, bit >>> 3, bit & 7)), undefined);
    assert.equal(first.next.read(first.message1), undefined, 'reflected');
    assert(!first.next.isExhausted);
    for (let i = 0; i < MAX_REPLY_ATTEMPTS; i++) {
      assert(!first.next.isExhausted);
      assert.equal(first.next.read(flip(message2, 200 + i)), undefined);
    }
    assert(first.next.isExhausted);
    assert.equal(first.next.read(message2), undefined);
  });

  it('message 3: every flipped bit and truncation is refused, an unknown and a revoked node too; the true one is taken', () => {
    const first = start(light);
    const reply = receive(light, first.message1)!.reply(ascii(''));
    const { message3 } = first.next.read(reply.message2)!.confirm(ascii('payload 3'));
    for (let bit = 0; bit < message3.length * 8; bit++) {
      assert.equal(reply.next.read(flip(message3, bit >>> 3, bit & 7), resolver(light)), undefined);
    }
    for (let length = 0; length < message3.length; length++) {
      assert.equal(reply.next.read(message3.subarray(0, length), resolver(light)), undefined);
    }
    assert.equal(reply.next.read(message3, () => undefined), undefined, 'unknown or revoked');
    assert.equal(reply.next.read(message3, resolver(light, { enrolmentPsk: new Uint8Array(32) })), undefined, 'wrong P');
    assert.equal(reply.next.read(reply.message2, resolver(light)), undefined, 'reflected');
    assert.throws(() => reply.next.read(message3, () => { throw new Error('registry down'); }), /registry down/);
    assert.deepEqual(reply.next.read(message3, resolver(light))?.payload, ascii('payload 3'));
  });

  it('random bytes and oversized messages are refused everywhere', () => {
    const first = start(light);
    const reply = receive(light, first.message1)!.reply(ascii(''));
    const oversized = (message: Uint8Array) => concat(message, new Uint8Array(4097 - message.length));
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      assert.equal(receive(light, bytes), undefined);
      assert.equal(first.next.read(bytes), undefined);
      assert.equal(reply.next.read(bytes, resolver(light)), undefined);
    }), { numRuns: 200 });
    assert.equal(receive(light, oversized(first.message1)), undefined);
    assert.equal(first.next.read(oversized(reply.message2)), undefined);
    assert(!first.next.isExhausted, 'refused before any evaluation');
  });

  it('a payload that would make a message longer than 4096 bytes is a mistake of the caller', () => {
    assert.throws(() => start(light, { payload: new Uint8Array(4096) }), RangeError);
  });
});

describe('session handshake, psk', () => {
  const x = new Uint8Array(32).fill(0x77);
  const cases: [string, Uint8Array | undefined, Parameters<typeof resolver>[1], boolean][] = [
    ['x on both ends', x, { x, mode: 1 }, true],
    ['x on neither', undefined, { mode: 1 }, true],
    ['x of zeros is none', new Uint8Array(32), { mode: 1 }, true],
    ['x on the node alone', x, { mode: 1 }, false],
    ['x at the health center alone', undefined, { x, mode: 1 }, false],
    ['another x', new Uint8Array(32).fill(0x78), { x, mode: 1 }, false],
    ['a mode that was changed on the way', x, { x, mode: 0 }, false]
  ];
  for (const [name, ofNode, ofCenter, agrees] of cases) {
    it(`${name}: ${agrees ? 'agrees' : 'is refused'}`, () => {
      const first = start(light, { mode: 1 });
      const reply = receive(light, first.message1)!.reply(ascii(''));
      const { message3, keys } = first.next.read(reply.message2)!.confirm(ascii(''), ofNode);
      assert.deepEqual(reply.next.read(message3, resolver(light, ofCenter))?.keys, agrees ? keys : undefined);
    });
  }

  it('another pinned key reaches nobody: without its secret there is no message 2', () => {
    const rogue = keyPair(2, 'rogue');
    const first = start(light, { healthCenterKey: rogue.publicKey });
    assert.equal(receive(light, first.message1), undefined);
    const impostor = readMessage1(start(light).message1, () => rogue, countingEntropy(''));
    assert.equal(impostor, undefined, 'a rogue center cannot read what is meant for the true one');
  });

  it('keys of a wrong length are a mistake of the caller', () => {
    assert.throws(() => start(light, { healthCenterKey: new Uint8Array(256) }), RangeError);
    assert.throws(() => start(light, { suite: 9 }), RangeError);
    assert.throws(() => start(light, { healthCenterKey: new Uint8Array(192) }), RangeError, 'a key that the group refuses');
    assert.throws(() => start(light, { enrolmentPsk: new Uint8Array(31) }), RangeError);
    const first = start(light);
    const reply = receive(light, first.message1)!.reply(ascii(''));
    assert.throws(() => first.next.read(reply.message2)!.confirm(ascii(''), new Uint8Array(31)), RangeError);
  });
});

function flip(bytes: Uint8Array, octet: number, bit = octet % 8): Uint8Array {
  const out = bytes.slice();
  out[octet]! ^= 1 << bit;
  return out;
}
