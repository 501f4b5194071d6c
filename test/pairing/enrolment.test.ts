// Enrolment messages and answers: under M, strictly encoded, rising. Whoever carries them can change nothing in them.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { ascii, concat, toHex } from 'lorica/bytes/bytes';
import { encode } from 'lorica/cbor/encode';
import { isAuthentic, readAnswer, writeAnswer, type Answer } from 'lorica/pairing/answer';
import { MAX_ASSISTANTS, readEnrolment, writeEnrolment, type Enrolment } from 'lorica/pairing/enrolment';
import { enrolment, enrolmentMessage, flip, keys, MAC_KEY, negate, SERIAL } from './support.ts';

const HASHES = Array.from({ length: MAX_ASSISTANTS + 1 }, (_, i) => new Uint8Array(32).fill(i + 1));

describe('enrolment message', () => {
  it('is read as it was written, up to all bounds', () => {
    const full = enrolment({
      version: 0xffffffff,
      healthCenterKeys: [['a', 2], ['b', 2], ['c', 1], ['d', 1]].map(([name, suite]) => ({ suite: suite as number, publicKey: keys(name as string, suite as number).publicKey })),
      collaboration: { mode: 2, k: 3, n: MAX_ASSISTANTS },
      assistants: HASHES.slice(0, MAX_ASSISTANTS)
    });
    for (const which of [enrolment(), full]) {
      assert.deepEqual(readEnrolment(writeEnrolment(which, MAC_KEY, SERIAL), MAC_KEY, SERIAL, 1), which);
    }
  });

  it('has the MAC of the README', () => {
    const message = enrolmentMessage();
    const body = message.subarray(1, message.length - 32);
    const field = (part: Uint8Array) => concat(Uint8Array.of(part.length >>> 8, part.length), part);
    const mac = createHmac('sha256', MAC_KEY).update(concat(field(ascii('lorica enrolment')), field(SERIAL), field(body))).digest();
    assert.equal(message[0], 0x34);
    assert.equal(toHex(message.subarray(-32)), mac.toString('hex'));
  });

  it('of a version that is not higher than the one held is refused', () => {
    const message = enrolmentMessage({ version: 7 });
    for (const held of [7, 8, 0xffffffff]) assert.equal(readEnrolment(message, MAC_KEY, SERIAL, held), undefined);
    assert.equal(readEnrolment(message, MAC_KEY, SERIAL, 6)?.version, 7);
  });

  it('under another M, for another node, with a flipped bit or a cut end is refused', () => {
    const message = enrolmentMessage();
    assert.equal(readEnrolment(message, MAC_KEY.map((byte) => byte ^ 1), SERIAL, 0), undefined);
    assert.equal(readEnrolment(message, MAC_KEY, ascii('LR-00002'), 0), undefined);
    for (let bit = 0; bit < message.length * 8; bit++) assert.equal(readEnrolment(flip(message, bit >>> 3, bit & 7), MAC_KEY, SERIAL, 0), undefined);
    for (let length = 0; length < message.length; length++) assert.equal(readEnrolment(message.subarray(0, length), MAC_KEY, SERIAL, 0), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readEnrolment(concat(Uint8Array.of(0x34), bytes), MAC_KEY, SERIAL, 0) === undefined));
  });

  it('with a health-center key swapped by its carrier is refused', () => {
    const message = enrolmentMessage();
    const at = toHex(message).indexOf(toHex(keys('health center').publicKey)) / 2;
    const swapped = message.slice();
    swapped.set(keys('rogue').publicKey, at);
    assert.equal(readEnrolment(swapped, MAC_KEY, SERIAL, 0), undefined);
  });

  const key = keys('health center').publicKey;
  const minusKey = negate(key);
  const bad: [string, Partial<Enrolment>][] = [
    ['no version', { version: 0 }],
    ['no key', { healthCenterKeys: [] }],
    ['five keys', { healthCenterKeys: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ suite: 2, publicKey: keys(name).publicKey })) }],
    ['one key twice', { healthCenterKeys: [{ suite: 2, publicKey: key }, { suite: 2, publicKey: key }] }],
    ['an unknown suite', { healthCenterKeys: [{ suite: 3, publicKey: key }] }],
    ['a key of another suite', { healthCenterKeys: [{ suite: 1, publicKey: key }] }],
    ['a key outside the group', { healthCenterKeys: [{ suite: 2, publicKey: minusKey }] }],
    ['k without n', { collaboration: { mode: 1, k: 2, n: 1 }, assistants: HASHES.slice(0, 2) }],
    ['k of zero', { collaboration: { mode: 2, k: 0, n: 1 }, assistants: HASHES.slice(0, 2) }],
    ['more shares than assistants', { collaboration: { mode: 2, k: 1, n: 3 }, assistants: HASHES.slice(0, 2) }],
    ['shares with mode off', { collaboration: { mode: 0, k: 1, n: 1 }, assistants: HASHES.slice(0, 2) }],
    ['a mode that is none', { collaboration: { mode: 3 as 2, k: 1, n: 1 }, assistants: HASHES.slice(0, 2) }],
    ['assistants out of order', { assistants: [HASHES[1]!, HASHES[0]!] }],
    ['one assistant twice', { assistants: [HASHES[0]!, HASHES[0]!] }],
    ['too many assistants', { assistants: HASHES }],
    ['a short certificate hash', { assistants: [new Uint8Array(31)] }]
  ];
  for (const [name, changes] of bad) {
    it(`with ${name} is not written, and not read though its MAC is right`, () => {
      assert.throws(() => writeEnrolment(enrolment(changes), MAC_KEY, SERIAL), RangeError);
      assert.equal(readEnrolment(authentic(body(enrolment(changes))), MAC_KEY, SERIAL, 0), undefined);
    });
  }

  it('the control: a body of the same make that is right is read', () => {
    assert.deepEqual(readEnrolment(authentic(body(enrolment())), MAC_KEY, SERIAL, 0), enrolment());
  });

  it('in any other encoding than the one right one is not read though its MAC is right', () => {
    const right = body(enrolment());
    assert.equal(readEnrolment(authentic(concat(right, Uint8Array.of(0))), MAC_KEY, SERIAL, 0), undefined);
    const longVersion = concat(right.subarray(0, 2), Uint8Array.of(0x18, 2), right.subarray(3));
    assert.equal(readEnrolment(authentic(longVersion), MAC_KEY, SERIAL, 0), undefined);
    for (let length = 0; length < right.length; length++) assert.equal(readEnrolment(authentic(right.subarray(0, length)), MAC_KEY, SERIAL, 0), undefined);
  });
});

describe('answer', () => {
  const answer: Answer = { serial: SERIAL, mode: 1, suite: 2, nodeKey: keys('node').publicKey, gatewayKey: keys('gateway A').publicKey, version: 0x01020304 };

  it('is read as it was written, and authentic under this M alone', () => {
    const claimed = readAnswer(writeAnswer(answer, MAC_KEY))!;
    const { mac, ...rest } = claimed;
    assert.deepEqual(rest, answer);
    assert.equal(mac.length, 32);
    assert(isAuthentic(claimed, MAC_KEY));
    assert(!isAuthentic(claimed, new Uint8Array(32)));
  });

  it('has the MAC of the README', () => {
    const field = (part: Uint8Array) => concat(Uint8Array.of(part.length >>> 8, part.length), part);
    const parts = [ascii('lorica answer'), SERIAL, Uint8Array.of(1, 2), answer.nodeKey, answer.gatewayKey, Uint8Array.of(1, 2, 3, 4)];
    const mac = createHmac('sha256', MAC_KEY).update(concat(...parts.map(field))).digest();
    assert.equal(toHex(readAnswer(writeAnswer(answer, MAC_KEY))!.mac), mac.toString('hex'));
  });

  it('with anything changed is not authentic: every field, every bit', () => {
    const message = writeAnswer(answer, MAC_KEY);
    for (let bit = 0; bit < message.length * 8; bit++) {
      const claimed = readAnswer(flip(message, bit >>> 3, bit & 7));
      assert(claimed === undefined || !isAuthentic(claimed, MAC_KEY), `bit ${bit}`);
    }
    for (let length = 0; length < message.length; length++) assert.equal(readAnswer(message.subarray(0, length)), undefined);
    assert.equal(readAnswer(concat(message, Uint8Array.of(0))), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readAnswer(concat(Uint8Array.of(0x35), bytes)) === undefined));
  });

  it('with a node key outside the group is not authentic, whoever made it', () => {
    const claimed = readAnswer(writeAnswer({ ...answer, nodeKey: negate(answer.nodeKey) }, MAC_KEY))!;
    assert(!isAuthentic(claimed, MAC_KEY));
  });

  it('with fields of a wrong length is a mistake of the caller', () => {
    const bad: Partial<Answer>[] = [{ serial: ascii('short') }, { suite: 3 }, { suite: 1 }, { nodeKey: new Uint8Array(1) }, { gatewayKey: new Uint8Array(1) }, { version: -1 }, { mode: 0 as 1 }];
    for (const changes of bad) assert.throws(() => writeAnswer({ ...answer, ...changes }, MAC_KEY), RangeError);
    assert.throws(() => writeAnswer(answer, new Uint8Array(31)), RangeError);
  });
});

/** The body once more, by the general encoder, without its checks. */
function body({ version, healthCenterKeys, collaboration: { mode, k, n }, assistants }: Enrolment): Uint8Array {
  return encode(new Map<number, Parameters<typeof encode>[0]>([
    [1, version],
    [2, healthCenterKeys.map(({ suite, publicKey }) => [suite, publicKey])],
    [3, [mode, k, n]],
    [4, [...assistants]]
  ]));
}

function authentic(bytes: Uint8Array): Uint8Array {
  const field = (part: Uint8Array) => concat(Uint8Array.of(part.length >>> 8, part.length), part);
  const mac = createHmac('sha256', MAC_KEY).update(concat(...[ascii('lorica enrolment'), SERIAL, bytes].map(field))).digest();
  return concat(Uint8Array.of(0x34), bytes, mac);
}
