// The key schedule, to the byte: every label and length of modules/session/README.md, computed once more
// from the primitives alone.
import assert from 'node:assert/strict';
import { ascii, concat, fromHex } from 'lorica/bytes/bytes';
import type { Finished } from 'lorica/noise/handshake';
import { hmac } from 'lorica/primitives/hmac';
import { sha256 } from 'lorica/primitives/sha256';
import { isAcknowledged } from 'lorica/session/acknowledgement';
import {
  handshakePsk,
  keyIdentifier,
  MAX_LOOK_AHEAD,
  offlineSeed,
  RESUMPTION_LOOK_AHEAD,
  resumptionAttempt,
  resumptionIds,
  sessionKeys,
  wipeSessionKeys
} from 'lorica/session/keys';
import { expandReference } from './reference.ts';

const SECRET = new Uint8Array(32).map((_, i) => i);
const HASH = new Uint8Array(32).map((_, i) => 0xff - i);

/** As the step that ends a handshake: U, D, R and h. */
function finished(): Finished {
  const keys = [SECRET.map((byte) => byte ^ 1), SECRET.map((byte) => byte ^ 2), SECRET.map((byte) => byte ^ 3)];
  return { hash: HASH.slice(), split: () => keys } as unknown as Finished;
}

describe('session keys', () => {
  it('of Split\'s three outputs have the labels and lengths of the protocol', () => {
    const [up, down, secret] = finished().split(3) as [Uint8Array, Uint8Array, Uint8Array];
    assert.deepEqual(sessionKeys(finished()), {
      normal: { tag: expandReference(secret, 'tag up', 8, HASH), root: expandReference(up, 'chain normal', 32) },
      urgent: { tag: expandReference(secret, 'tag urgent', 8, HASH), root: expandReference(up, 'chain urgent', 32) },
      down: { tag: expandReference(secret, 'tag down', 8, HASH), root: down },
      resumption: { secret, hash: HASH }
    });
  });

  it('U is gone when they are made, and the rest when they are wiped', () => {
    const end = finished();
    const [up] = end.split(3);
    const keys = sessionKeys(end);
    assert(isZero(up!));
    wipeSessionKeys(keys);
    for (const secret of [keys.normal.root, keys.urgent.root, keys.down.root, keys.resumption.secret]) assert(isZero(secret));
    assert(!isZero(keys.normal.tag));
  });

  it('a key id is the start of SHA-256 of the key', () => {
    assert.deepEqual(keyIdentifier(SECRET), sha256(SECRET).slice(0, 8));
  });

  it('the psk of a handshake covers sid, P, x, suite and mode', () => {
    const [sid, x] = [HASH, new Uint8Array(32).fill(9)];
    const reference = (ikm: Uint8Array) => hmac(sid, ikm);
    const expected = expandReference(reference(concat(SECRET, x)), 'psk', 32, Uint8Array.of(1), Uint8Array.of(2));
    assert.deepEqual(handshakePsk(sid, SECRET, 1, 2, x), expected);
    const none = expandReference(reference(concat(SECRET, new Uint8Array(32))), 'psk', 32, Uint8Array.of(2), Uint8Array.of(0));
    assert.deepEqual(handshakePsk(sid, SECRET, 2, 0), none);
    assert.throws(() => handshakePsk(sid, SECRET.subarray(1), 1, 0), RangeError);
    assert.throws(() => handshakePsk(sid, SECRET, 1, 0, x.subarray(1)), RangeError);
  });

  it('a resumption\'s id and psk come from the secret, h and the attempt', () => {
    for (const attempt of [0, 1, 0xffffffff]) {
      const both = expandReference(SECRET, 'resume', 48, HASH, fromHex(attempt.toString(16).padStart(8, '0'))!);
      const { id, psk } = resumptionAttempt({ secret: SECRET, hash: HASH }, attempt);
      assert.deepEqual([id, psk], [both.slice(0, 16), both.slice(16)]);
    }
    for (const attempt of [-1, 0.5, 0x100000000]) assert.throws(() => resumptionAttempt({ secret: SECRET, hash: HASH }, attempt), RangeError);
  });

  it('the look-ahead lists the next attempts and no more than 64', () => {
    const ids = resumptionIds(SECRET, HASH, 3, 5);
    assert.deepEqual(ids, [5, 6, 7].map((attempt) => ({ attempt, id: resumptionAttempt({ secret: SECRET, hash: HASH }, attempt).id })));
    assert.equal(resumptionIds(SECRET, HASH).length, RESUMPTION_LOOK_AHEAD);
    assert.equal(resumptionIds(SECRET, HASH, MAX_LOOK_AHEAD).length, MAX_LOOK_AHEAD);
    assert.deepEqual(resumptionIds(SECRET, HASH, 3, 0xffffffff).map(({ attempt }) => attempt), [0xffffffff]);
    for (const lookAhead of [0, MAX_LOOK_AHEAD + 1]) assert.throws(() => resumptionIds(SECRET, HASH, lookAhead), RangeError);
  });

  it('offline chains: BK_0, tag and the next O, and an urgent pair beside it', () => {
    const normal = expandReference(SECRET, 'offline', 72);
    const urgent = expandReference(SECRET, 'offline urgent', 40);
    assert.deepEqual(offlineSeed(SECRET), {
      normal: { root: normal.slice(0, 32), tag: normal.slice(32, 40) },
      urgent: { root: urgent.slice(0, 32), tag: urgent.slice(32) },
      next: normal.slice(40)
    });
    assert.throws(() => offlineSeed(SECRET.subarray(1)), RangeError);
  });
});

describe('acknowledgement', () => {
  it('tells below, at and beyond the next index, and nothing outside the bitmap', () => {
    const acknowledgement = { tag: ascii('12345678'), next: 10, bitmap: Uint8Array.of(0b00000101, 0b10000000) };
    const acknowledged = Array.from({ length: 40 }, (_, index) => index).filter((index) => isAcknowledged(acknowledgement, index));
    assert.deepEqual(acknowledged, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 26]);
    assert(isAcknowledged({ ...acknowledgement, next: 0xffffff00 }, 0xfffffeff));
    assert(!isAcknowledged({ ...acknowledgement, next: 0 }, 0xffffffff));
  });
});

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
