// Public values from a hostile peer: of small order, of the other class, not below p. They are refused for what they
// are, not because a tag happens to be wrong: the attacker here knows what they would give.
import assert from 'node:assert/strict';
import { ascii, fromHex, toHex } from 'lorica/bytes/bytes';
import { CHEBYSHEV_1536 } from 'lorica/chebyshev/diffie-hellman';
import { CHEB1536 } from 'lorica/chebyshev/groups';
import type { DiffieHellman, KeyPair } from 'lorica/noise/diffie-hellman';
import type { MessageReader} from 'lorica/noise/handshake';
import { beginHandshake, MessageWriter, type HandshakeOptions } from 'lorica/noise/handshake';
import { begin, countingEntropy, flipped, optionsFor, party, recording, runUpTo } from './pair.ts';
import { X25519 } from './x25519.ts';

describe('Noise handshake, received values', () => {
  it('of small order end the handshake, at the reader or at the writer that would use them', () => {
    const zero: KeyPair = { secretKey: new Uint8Array(32), publicKey: new Uint8Array(32) };
    const xk = begin(party(X25519, 'XX'), 'initiator') as MessageWriter;
    const first = xk.write(ascii(''), zero)!;
    const responder = (begin(party(X25519, 'XX'), 'responder') as MessageReader).read(first.message);
    assert(responder?.next instanceof MessageWriter, 'nothing is computed with it yet');
    assert.equal(responder.next.write(ascii('')), undefined);
    const ik = { ...optionsFor(party(X25519, 'IK'), 'initiator'), rs: new Uint8Array(32) } as HandshakeOptions & { role: 'initiator' };
    assert.equal(beginHandshake(ik).write(ascii('')), undefined);
  });

  it('of the map whose order divides 12 are refused in message 1, though the attacker knows what they would give', () => {
    const half = (CHEB1536.p + 1n) / 2n;
    const root = squareRootOfThree() * half;
    const one = encode(1n);
    assert.equal((squareRootOfThree() ** 2n) % CHEB1536.p, 3n);
    for (const value of [0n, 1n, -1n, half, -half, root, -root]) {
      const publicKey = encode(value);
      for (const fullValidation of [false, true]) refusesFirst(publicKey, one, fullValidation);
    }
  });

  it('of the map that are not below p are refused in message 1, though they agree with one that is', () => {
    const honest = smallPublicValue();
    const shared = CHEBYSHEV_1536.shared(honest.secretKey, mapParty.statics.responder.publicKey)!;
    for (const fullValidation of [false, true]) {
      refusesFirst(encode(decode(honest.publicKey) + CHEB1536.p, 0n), shared, fullValidation);
    }
  });

  it('static ones always pass the full test, ephemerals where it is asked for, before they are used', () => {
    for (const fullValidation of [false, true]) {
      const record = recording(X25519);
      const who = party(X25519, 'XX');
      const { message, reader } = runUpTo(who, 2, { responder: { dh: record.dh, fullValidation } });
      assert(reader.read(message) !== undefined);
      const expected = who.statics.initiator.publicKey;
      assert.deepEqual(record.tested.at(-1), expected);
      assert.equal(record.tested.length, fullValidation ? 2 : 1);
    }
  });

  it('that fail the full test are refused: one that no evaluation refuses, of the other class', () => {
    const who = party(CHEBYSHEV_1536, 'XKpsk3');
    const key = CHEBYSHEV_1536.generate(countingEntropy('minus'));
    const negative = { ...key, publicKey: encode(-decode(key.publicKey)) };
    assert(CHEBYSHEV_1536.shared(who.statics.responder.secretKey, negative.publicKey) !== undefined);
    const { message } = (begin(who, 'initiator') as MessageWriter).write(ascii(''), negative)!;
    refuses(begin(who, 'responder', { fullValidation: true }) as MessageReader, message, '−X');
    // X and −X agree after T_12, so without the full test it is the same handshake: identity is the tested encoding.
    assert((begin(who, 'responder') as MessageReader).read(message) !== undefined);
  });

  it('XXpsk0: a wrong tag in message 1 costs neither an evaluation nor a full test', () => {
    const record = recording(CHEBYSHEV_1536);
    const who = party(CHEBYSHEV_1536, 'XXpsk0');
    const { message, reader } = runUpTo(who, 0, { responder: { dh: record.dh, fullValidation: true } });
    refuses(reader, flipped(message, message.length * 8 - 1), 'wrong tag');
    refuses(reader, flipped(message, 0), 'wrong e');
    assert.deepEqual([record.shared.length, record.tested.length], [0, 0]);
    assert(reader.read(message) !== undefined);
    assert.deepEqual([record.shared.length, record.tested.length], [0, 1]);
  });
});

function refuses(reader: MessageReader, message: Uint8Array, what: string): void {
  assert.equal(reader.read(message), undefined, what);
}

const mapParty = party(CHEBYSHEV_1536, 'XKpsk3');

/** An attacker writes message 1 with this value, knowing what `es` would be without the checks. */
function refusesFirst(publicKey: Uint8Array, es: Uint8Array, fullValidation: boolean): void {
  const dh: DiffieHellman = { ...CHEBYSHEV_1536, shared: () => es.slice() };
  const writer = begin(mapParty, 'initiator', { dh }) as MessageWriter;
  const { message } = writer.write(ascii(''), { secretKey: new Uint8Array(32), publicKey })!;
  refuses(begin(mapParty, 'responder', { fullValidation }) as MessageReader, message, `full test ${fullValidation}`);
  const unchecked = begin(mapParty, 'responder', { dh }) as MessageReader;
  assert(unchecked.read(message) !== undefined, 'the control: nothing but the checks refuses it');
}

function smallPublicValue(): KeyPair {
  const entropy = countingEntropy('a value that leaves room for p above it');
  for (;;) {
    const pair = CHEBYSHEV_1536.generate(entropy);
    if (decode(pair.publicKey) + CHEB1536.p < 1n << 1536n) return pair;
  }
}

/** p ≡ 5 (mod 8): Atkin's square root. */
function squareRootOfThree(): bigint {
  const p = CHEB1536.p;
  const root = power(3n, (p + 3n) / 8n);
  return (root * root) % p === 3n ? root : (root * power(2n, (p - 1n) / 4n)) % p;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % CHEB1536.p;
    if (bit === '1') result = (result * base) % CHEB1536.p;
  }
  return result;
}

/** Big-endian, reduced modulo `modulus`; 0 leaves the value as it is. */
function encode(value: bigint, modulus = CHEB1536.p): Uint8Array {
  const reduced = modulus === 0n ? value : ((value % modulus) + modulus) % modulus;
  return fromHex(reduced.toString(16).padStart(2 * CHEB1536.publicLength, '0'))!;
}

function decode(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}
