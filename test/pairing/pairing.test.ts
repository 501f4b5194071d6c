// Pairing of a node with a gateway, and everyone who should not get that far: a wrong or photographed label, grants
// that are foreign, expired, used or rolled back, replays, a second technician, a machine in the middle.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { concat, toHex } from 'lorica/bytes/bytes';
import { CHEBYSHEV_1536 } from 'lorica/chebyshev/diffie-hellman';
import { beginHandshake } from 'lorica/noise/handshake';
import { isAuthentic, readAnswer } from 'lorica/pairing/answer';
import { readEnrolment } from 'lorica/pairing/enrolment';
import { grantKey, labelKey, LABEL_TERMS, MAX_EXPIRY_MS, PAIRING_MODE } from 'lorica/pairing/grant';
import { encodeHeader, pairingPrologue } from 'lorica/pairing/pairing-message';
import { splitEnrolmentSecret } from 'lorica/pairing/enrolment-secret';
import { expandLabel } from 'lorica/primitives/hkdf';
import {
  answer, countingEntropy, enrolmentMessage, flip, GATEWAY_ID, IDENTITY_KEY, keys, MAC_KEY, negate, OFFER, pair, PAIRING_SECRET, read, SERIAL, start,
  startWithLabel, TERMS
} from './support.ts';

const NOW = { lastCounter: TERMS.counter - 1 };

describe('pairing', () => {
  for (const suite of [1, 2]) {
    for (const [name, begin] of [['a grant', start], ['the label', startWithLabel]] as const) {
      it(`suite ${suite}, with ${name}: link key, identity key, enrolment and answer get where they belong`, () => {
        const { offer, paired, bond } = pair(begin({ suite }), { suite }, enrolmentMessage());
        assert.deepEqual(offer.offer, OFFER);
        assert.deepEqual(offer.nodeKey, keys('node', suite).publicKey);
        assert.deepEqual(paired.confirm.gatewayId, GATEWAY_ID);
        assert.deepEqual(paired.header.gatewayKey, keys('gateway A', suite).publicKey);
        assert.equal(readEnrolment(paired.confirm.enrolment!, MAC_KEY, SERIAL, 1)?.version, 2);
        const linkKey = paired.linkKey;
        const received = bond.read(paired.seal({ identityKey: IDENTITY_KEY, answer: answer(paired, suite) }))!;
        assert.deepEqual([received.linkKey, received.identityKey], [linkKey, IDENTITY_KEY]);
        const claimed = readAnswer(received.answer)!;
        assert(isAuthentic(claimed, MAC_KEY));
        assert.equal(claimed.mode, begin === start ? PAIRING_MODE.grant : PAIRING_MODE.label);
        assert.deepEqual(claimed.nodeKey, keys('node', suite).publicKey);
      });
    }
  }

  it('a second pairing of the same two gives another link key', () => {
    const [first, second] = ['a', 'b'].map((seed) => pair(start({ entropy: countingEntropy(seed) })).paired.linkKey);
    assert.notDeepEqual(first, second);
  });

  it('the air carries neither serial nor keys, in any message', () => {
    const { paired, bond, messages } = pair(start(), {}, enrolmentMessage());
    const linkKey = paired.linkKey;
    const last = paired.seal({ identityKey: IDENTITY_KEY, answer: answer(paired) });
    assert(bond.read(last) !== undefined);
    const air = [...messages, last].map(toHex).join(' ');
    const secrets = [SERIAL, GATEWAY_ID, IDENTITY_KEY, linkKey, PAIRING_SECRET, keys('node').publicKey, keys('health center').publicKey];
    for (const secret of secrets) assert(!air.includes(toHex(secret)));
    assert(air.includes(toHex(keys('gateway A').publicKey)), 'the control: the gateway says who it is');
  });

  it('each step serves once, and closed ones are over', () => {
    const started = start();
    const request = read(started.message1)!;
    const reply = request.reply(OFFER);
    assert.throws(() => request.reply(OFFER), TypeError);
    const offer = started.next.read(reply.message2)!;
    assert.throws(() => started.next.read(reply.message2), TypeError);
    const { message3, next } = offer.confirm({ gatewayId: GATEWAY_ID });
    assert.throws(() => offer.confirm({ gatewayId: GATEWAY_ID }), TypeError);
    const paired = reply.next.read(message3, NOW)!;
    assert.throws(() => reply.next.read(message3, NOW), TypeError);
    const message4 = paired.seal({ identityKey: IDENTITY_KEY, answer: answer(paired) });
    assert.throws(() => paired.seal({ identityKey: IDENTITY_KEY, answer: message4 }), TypeError);
    assert.throws(() => paired.linkKey, TypeError);
    assert(next.read(message4) !== undefined);
    assert.throws(() => next.read(message4), TypeError);
    const closed = pair(start());
    closed.bond.close();
    closed.paired.close();
    assert.throws(() => closed.bond.read(message4), TypeError);
    assert.throws(() => closed.paired.linkKey, TypeError);
  });

  it('ephemerals made ahead are wiped', () => {
    const [gateway, node] = [keys('ahead, gateway'), keys('ahead, node')];
    const started = start({ ephemeral: gateway });
    const reply = read(started.message1)!.reply(OFFER, node);
    const { message3 } = started.next.read(reply.message2)!.confirm({ gatewayId: GATEWAY_ID });
    assert(reply.next.read(message3, NOW) !== undefined);
    for (const { secretKey } of [gateway, node]) assert(secretKey.every((byte) => byte === 0));
  });
});

describe('pairing, who does not get that far', () => {
  const silent = { entropy: () => assert.fail('the node makes no key for a stranger') };

  it('a wrong label', () => {
    const wrong = PAIRING_SECRET.map((byte) => byte ^ 1);
    const gatewayKey = keys('gateway A').publicKey;
    assert.equal(read(start({ key: grantKey(wrong, gatewayKey, TERMS) }).message1, silent), undefined);
    assert.equal(read(startWithLabel({ key: labelKey(wrong, gatewayKey) }).message1, silent), undefined);
  });

  it('a grant for another gateway, and a stolen one without that gateway\'s secret', () => {
    const rogue = keys('rogue');
    const stolen = grantKey(PAIRING_SECRET, keys('gateway A').publicKey, TERMS);
    assert.equal(read(start({ gatewayKeys: rogue, key: stolen }).message1, silent), undefined);
    const masked = { secretKey: rogue.secretKey, publicKey: keys('gateway A').publicKey };
    const started = start({ gatewayKeys: masked, key: stolen });
    const reply = read(started.message1)!.reply(OFFER);
    const { message3 } = started.next.read(reply.message2)!.confirm({ gatewayId: GATEWAY_ID });
    assert.equal(reply.next.read(message3, NOW), undefined, 'the static key is proven in message 3');
  });

  it('a gateway that shows another static key in message 3 than in message 1', () => {
    const rogue = keys('rogue');
    const stolen = grantKey(PAIRING_SECRET, keys('gateway A').publicKey, TERMS);
    // The handshake keeps the pair by reference: change it after message 1 has left.
    const switching = { ...keys('gateway A') };
    const started = start({ gatewayKeys: switching, key: stolen });
    const reply = read(started.message1)!.reply(OFFER);
    Object.assign(switching, rogue);
    const { message3 } = started.next.read(reply.message2)!.confirm({ gatewayId: GATEWAY_ID });
    assert.equal(reply.next.read(message3, NOW), undefined);
  });

  it('a grant that is used, rolled back or expired; without the time the node cannot judge the last', () => {
    const { message1 } = start();
    for (const lastCounter of [TERMS.counter, TERMS.counter + 1, 0xffffffff]) assert.equal(read(message1, { lastCounter, ...silent }), undefined);
    assert.equal(read(message1, { nowMs: TERMS.expiryMs + 1, ...silent }), undefined);
    for (const nowMs of [TERMS.expiryMs, undefined]) assert(read(message1, { nowMs }) !== undefined);
  });

  it('a grant whose terms were changed on the way: each of counter, expiry, mode, suite, gateway key', () => {
    const { message1 } = start();
    for (let octet = 0; octet < 13 + 192; octet++) assert.equal(read(flip(message1, octet), { lastCounter: 0, ...silent }), undefined, `octet ${octet}`);
    const asLabel = message1.slice();
    asLabel[1] = PAIRING_MODE.label;
    asLabel.fill(0, 3, 13);
    assert.equal(read(asLabel, silent), undefined);
  });

  it('a node of another suite', () => {
    assert.equal(read(start({ suite: 2 }).message1, { suite: 1, ...silent }), undefined);
  });

  it('a second technician who comes too late: the counter is looked at again in message 3', () => {
    const [early, late] = [start(), start({ terms: { ...TERMS, counter: 6 }, gatewayKeys: keys('gateway B') })];
    const [one, two] = [read(early.message1)!.reply(OFFER), read(late.message1)!.reply(OFFER)];
    const first = late.next.read(two.message2)!.confirm({ gatewayId: GATEWAY_ID });
    assert(two.next.read(first.message3, NOW) !== undefined);
    const second = early.next.read(one.message2)!.confirm({ gatewayId: GATEWAY_ID });
    assert.equal(one.next.read(second.message3, { lastCounter: 6 }), undefined);
    assert.equal(one.next.read(second.message3, { lastCounter: 4, nowMs: TERMS.expiryMs + 1 }), undefined, 'or the grant has run out');
    assert(one.next.read(second.message3, NOW) !== undefined, 'the control');
  });

  it('a replay of all that a gateway sent: the node\'s ephemeral is new', () => {
    const { messages } = pair(start());
    const again = read(messages[0]!, { entropy: countingEntropy('another day') })!.reply(OFFER);
    assert.equal(again.next.read(messages[2]!, NOW), undefined);
    assert.equal(read(messages[0]!, { lastCounter: TERMS.counter, ...silent }), undefined, 'and after the bond the counter refuses it');
  });

  it('a machine in the middle with keys of its own', () => {
    const middle = start({ key: new Uint8Array(32), entropy: countingEntropy('middle') });
    assert.equal(read(middle.message1, silent), undefined);
    const started = start();
    const reply = read(started.message1)!.reply(OFFER);
    const other = read(start({ entropy: countingEntropy('other') }).message1, { entropy: countingEntropy('other node') })!.reply(OFFER);
    assert.equal(started.next.read(other.message2), undefined, 'an offer to another request');
    assert.equal(started.next.read(concat(Uint8Array.of(0x31), started.message1.subarray(13 + 192))), undefined, 'reflected');
    assert.equal(reply.next.read(concat(Uint8Array.of(0x32), reply.message2.subarray(1)), NOW), undefined, 'reflected');
    assert(started.next.read(reply.message2) !== undefined);
  });

  it('a photographed label makes a carrier at the button, nothing more', () => {
    const rogueCenter = enrolmentMessage({ healthCenterKeys: [{ suite: 2, publicKey: keys('rogue').publicKey }] }, new Uint8Array(32));
    const { paired } = pair(startWithLabel({ gatewayKeys: keys('rogue') }), {}, rogueCenter);
    assert.equal(readEnrolment(paired.confirm.enrolment!, MAC_KEY, SERIAL, 1), undefined, 'it plants no health center');
    assert.equal(readAnswer(answer(paired))?.mode, PAIRING_MODE.label, 'and the health center hears how it was done');
  });
});

describe('pairing, malformed messages', () => {
  it('message 1: a payload, or an ephemeral of the other class, is refused though the grant is right', () => {
    const key = grantKey(PAIRING_SECRET, keys('gateway A').publicKey, TERMS);
    const header = encodeHeader({ mode: PAIRING_MODE.grant, suite: 2, gatewayKey: keys('gateway A').publicKey, ...TERMS });
    const request = (payload: Uint8Array, publicKey: Uint8Array) => {
      const options = { pattern: 'XXpsk0', role: 'initiator', s: keys('gateway A'), psks: [key], entropy: countingEntropy('') } as const;
      const writer = beginHandshake({ ...options, dh: CHEBYSHEV_1536, prologue: pairingPrologue(header) });
      return concat(header, writer.write(payload, { secretKey: new Uint8Array(32).fill(1), publicKey })!.message);
    };
    const { publicKey } = keys('honest');
    assert(read(request(new Uint8Array(0), publicKey)) !== undefined, 'the control');
    assert.equal(read(request(new Uint8Array(1), publicKey)), undefined);
    assert.equal(read(request(new Uint8Array(0), negate(publicKey))), undefined);
  });

  it('message 1: a flipped bit in any octet, any truncation or addition is refused', () => {
    const { message1 } = start();
    for (let octet = 0; octet < message1.length; octet++) assert.equal(read(flip(message1, octet)), undefined, `octet ${octet}`);
    for (let length = 0; length < message1.length; length++) assert.equal(read(message1.subarray(0, length)), undefined);
    assert.equal(read(concat(message1, new Uint8Array(1))), undefined);
    assert.equal(read(concat(message1, new Uint8Array(4097 - message1.length))), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => read(concat(Uint8Array.of(0x30, 1, 2), bytes)) === undefined));
    assert(read(message1) !== undefined);
  });

  it('messages 2, 3 and 4: flipped bits and truncations are refused, then the true one is taken', function () {
    this.timeout(60_000);
    const started = start();
    const reply = read(started.message1)!.reply(OFFER);
    // Every eleventh octet where each costs an evaluation: test/noise flips all of them.
    refusesAll(reply.message2, (message) => started.next.read(message), 11);
    const { message3, next } = started.next.read(reply.message2)!.confirm({ gatewayId: GATEWAY_ID, enrolment: enrolmentMessage() });
    refusesAll(message3, (message) => reply.next.read(message, NOW), 11);
    const paired = reply.next.read(message3, NOW)!;
    const message4 = paired.seal({ identityKey: IDENTITY_KEY, answer: answer(paired) });
    refusesAll(message4, (message) => next.read(message));
    assert(next.read(message4) !== undefined);
  });

  it('terms that do not fit the mode are refused by the node and a mistake of the gateway', () => {
    assert.throws(() => start({ mode: PAIRING_MODE.label }), RangeError);
    assert.throws(() => start({ terms: LABEL_TERMS, key: new Uint8Array(32) }), RangeError);
    const { message1 } = startWithLabel();
    for (const octet of [3, 6, 7, 12]) assert.equal(read(flip(message1, octet)), undefined);
  });

  it('terms out of bounds are a mistake of the caller', () => {
    const grant = (counter: number, expiryMs: number) => () => grantKey(PAIRING_SECRET, keys('gateway A').publicKey, { counter, expiryMs });
    for (const terms of [grant(0, 1), grant(-1, 1), grant(2 ** 32, 1), grant(1.5, 1), grant(1, -1), grant(1, MAX_EXPIRY_MS + 1), grant(1, Number.NaN)]) {
      assert.throws(terms, RangeError);
    }
    assert.equal(grant(0xffffffff, MAX_EXPIRY_MS)().length, 32);
    assert.throws(() => labelKey(new Uint8Array(31), keys('gateway A').publicKey), RangeError);
  });
});

describe('grant, label and enrolment secret', () => {
  it('their keys have the labels and contexts of the README', () => {
    const gatewayKey = keys('gateway A').publicKey;
    const context = [gatewayKey, Uint8Array.of(0, 0, 0, 5), Uint8Array.of(0x01, 0xa3, 0x18, 0x5c, 0x50, 0x00)];
    assert.deepEqual(grantKey(PAIRING_SECRET, gatewayKey, TERMS), expandLabel(PAIRING_SECRET, 'grant', 32, ...context));
    assert.deepEqual(labelKey(PAIRING_SECRET, gatewayKey), expandLabel(PAIRING_SECRET, 'label', 32, gatewayKey));
    const secret = PAIRING_SECRET.slice();
    const { enrolmentPsk, macKey, offline } = splitEnrolmentSecret(secret);
    assert.deepEqual(concat(enrolmentPsk, macKey, offline), expandLabel(PAIRING_SECRET, 'enrolment', 96));
    assert(secret.every((byte) => byte === 0), 'the secret is wiped');
    assert.throws(() => splitEnrolmentSecret(new Uint8Array(33)), RangeError);
  });
});

function refusesAll(message: Uint8Array, reader: (message: Uint8Array) => unknown, stride = 1): void {
  for (let octet = 0; octet < message.length; octet += stride) assert.equal(reader(flip(message, octet)), undefined, `octet ${octet}`);
  for (let length = 0; length < message.length; length += stride) assert.equal(reader(message.subarray(0, length)), undefined, `length ${length}`);
  assert.equal(reader(concat(message, new Uint8Array(1))), undefined);
  assert.equal(reader(concat(message, new Uint8Array(4097 - message.length))), undefined);
}
