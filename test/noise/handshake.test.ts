// A hostile peer at every message: whatever is not the true message is refused, changes nothing, and leaves nothing.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ascii, concat } from 'lorica/bytes/bytes';
import { CHEBYSHEV_1536 } from 'lorica/chebyshev/diffie-hellman';
import type { DiffieHellman } from 'lorica/noise/diffie-hellman';
import type { Finished} from 'lorica/noise/handshake';
import { MessageReader, MessageWriter, type HandshakeOptions } from 'lorica/noise/handshake';
import { findPattern } from 'lorica/noise/patterns';
import { begin, countingEntropy, flipped, isZero, party, recording, runUpTo } from './pair.ts';
import { X25519 } from './x25519.ts';

const FORGED = ['XKpsk3', 'NNpsk0', 'XXpsk0', 'XX', 'NN'];

/**
 * Where no key authenticates a message yet, a changed octet is only noticed at the next one: the first message of NN and
 * XX.
 */
function isAuthenticated(pattern: string, index: number): boolean {
  return index > 0 || (pattern !== 'NN' && pattern !== 'XX');
}

function messageCases(patterns: readonly string[]): { pattern: string; index: number }[] {
  return patterns.flatMap((pattern) => findPattern(pattern).messages.map((_, index) => ({ pattern, index })));
}

describe('Noise handshake, a hostile peer', () => {
  for (const { pattern, index } of messageCases(FORGED)) {
    if (!isAuthenticated(pattern, index)) continue;
    it(`${pattern}, message ${index + 1}: every flipped bit and every truncation is refused, then the true one is taken`, () => {
      const { message, reader } = runUpTo(party(X25519, pattern), index);
      const before = reader.hash;
      for (let bit = 0; bit < message.length * 8; bit++) refuses(reader, flipped(message, bit), `bit ${bit}`);
      for (let length = 0; length < message.length; length++) refuses(reader, message.subarray(0, length), `length ${length}`);
      refuses(reader, concat(message, Uint8Array.of(0)), 'one octet more');
      assert.deepEqual(reader.hash, before);
      assert.deepEqual(reader.read(message)?.payload, ascii(`payload ${index}`));
    });
  }

  for (const index of [0, 1, 2]) {
    it(`XKpsk3 on the map, message ${index + 1}: one flipped bit in each octet is refused, then the true one is taken`, function () {
      this.timeout(60_000);
      const changes = { responder: { fullValidation: true } };
      const { message, reader } = runUpTo(party(CHEBYSHEV_1536, 'XKpsk3'), index, changes);
      for (let i = 0; i < message.length; i++) refuses(reader, flipped(message, i * 8 + (i % 8)), `octet ${i}`);
      assert.deepEqual(reader.read(message)?.payload, ascii(`payload ${index}`));
    });
  }

  for (const pattern of ['NN', 'XX']) {
    it(`${pattern}: a change in the first message, which nothing authenticates, is found at the next`, () => {
      const who = party(X25519, pattern);
      const { message, reader, next } = runUpTo(who, 0);
      const read = reader.read(flipped(message, message.length * 8 - 1));
      assert(read?.next instanceof MessageWriter && next instanceof MessageReader);
      assert.equal(next.read(read.next.write(ascii('x'))!.message), undefined);
    });
  }

  it('random bytes of any length are refused', () => {
    const { reader } = runUpTo(party(X25519, 'XKpsk3'), 0);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => reader.read(bytes) === undefined));
    refuses(reader, new Uint8Array(65536), 'longer than any Noise message');
  });

  for (const { pattern, index } of messageCases(['XKpsk3', 'NNpsk0', 'XXpsk0'])) {
    it(`${pattern}, message ${index + 1}: sent back to its writer it is refused`, () => {
      const who = party(X25519, pattern);
      const { message, next } = runUpTo(who, index);
      if (next instanceof MessageReader) refuses(next, message, 'reflected');
      const changes = { prologue: ascii('another') };
      const foreign = runUpTo(who, index, { initiator: changes, responder: changes });
      refuses(foreign.reader, message, 'from a handshake with another prologue');
    });
  }

  it('a wrong psk, prologue or pinned key is refused, at the message that depends on it', () => {
    const wrongPsk = { psks: [new Uint8Array(32)] };
    const last = runUpTo(party(X25519, 'XKpsk3'), 2, { responder: wrongPsk });
    refuses(last.reader, last.message, 'XKpsk3');
    for (const pattern of ['NNpsk0', 'XXpsk0']) {
      const first = runUpTo(party(X25519, pattern), 0, { responder: wrongPsk });
      refuses(first.reader, first.message, pattern);
    }
    const other = X25519.generate(countingEntropy('another health center'));
    const pinned = runUpTo(party(X25519, 'XKpsk3'), 0, { initiator: { rs: other.publicKey } });
    refuses(pinned.reader, pinned.message, 'another pinned key');
    const bound = runUpTo(party(X25519, 'XKpsk3'), 0, { initiator: { prologue: ascii('suite 2') } });
    refuses(bound.reader, bound.message, 'another prologue');
  });

  it('the same messages with another suite name do not open', () => {
    const renamed: DiffieHellman = { ...X25519, name: '25519b' };
    const { message, reader } = runUpTo(party(X25519, 'XKpsk3'), 0, { responder: { dh: renamed } });
    refuses(reader, message, 'another name');
  });
});

describe('Noise handshake, psk found by the remote static key', () => {
  const who = party(X25519, 'XKpsk3');
  const right = new Uint8Array(32).fill(0x50);

  it('gets the static key, may refuse, and what it returned is wiped', () => {
    const seen: (Uint8Array | undefined)[] = [];
    const given: Uint8Array[] = [];
    let known = false;
    const find = (remote: Uint8Array | undefined) => {
      seen.push(remote);
      if (!known) return undefined;
      given.push(right.slice());
      return given[0];
    };
    const { message, reader } = runUpTo(who, 2, { responder: { psks: [find] } });
    refuses(reader, message, 'a stranger');
    known = true;
    const read = reader.read(message);
    assert.deepEqual(read?.payload, ascii('payload 2'));
    assert.deepEqual(read?.next.remoteStatic, who.statics.initiator.publicKey);
    assert.deepEqual(seen, [who.statics.initiator.publicKey, who.statics.initiator.publicKey]);
    assert.equal(given.length, 1);
    assert(isZero(given[0]!));
  });

  it('is not asked for a static key that does not open', () => {
    const find = () => assert.fail('asked for a forged static key');
    const { message, reader } = runUpTo(who, 2, { responder: { psks: [find] } });
    refuses(reader, flipped(message, 3), 'forged s');
  });

  it('a writer without its psk has ended', () => {
    const { message, reader } = runUpTo(who, 1, { initiator: { psks: [() => undefined] } });
    const writer = reader.read(message)?.next;
    assert(writer instanceof MessageWriter);
    assert.equal(writer.write(ascii('')), undefined);
    assert.throws(() => writer.write(ascii('')), TypeError);
  });

  it('a psk of another length is a mistake of the caller', () => {
    const { message, reader } = runUpTo(who, 2, { responder: { psks: [() => new Uint8Array(31)] } });
    assert.throws(() => reader.read(message), RangeError);
    assert.throws(() => begin(who, 'responder', { psks: [new Uint8Array(33)] }), RangeError);
  });
});

describe('Noise handshake, each step once and nothing left behind', () => {
  it('a used step throws, whatever it is asked', () => {
    const writer = begin(party(X25519, 'NN'), 'initiator') as MessageWriter;
    const reader = begin(party(X25519, 'NN'), 'responder') as MessageReader;
    const { message, next } = writer.write(ascii(''))!;
    const read = reader.read(message)!;
    const end = (next as MessageReader).read((read.next as MessageWriter).write(ascii(''))!.message)!.next as Finished;
    end.split(2);
    const uses = [() => writer.write(ascii('')), () => writer.hash, () => reader.read(message), () => reader.hash, () => end.split(2), () => end.remoteStatic];
    for (const use of uses) assert.throws(use, TypeError);
    for (const step of [writer, reader, end]) step.close();
  });

  it('a closed step throws', () => {
    const writer = begin(party(X25519, 'XKpsk3'), 'initiator') as MessageWriter;
    writer.close();
    assert.throws(() => writer.write(ascii('')), TypeError);
  });

  it('shared values and ephemeral secrets are zeros afterwards, long-lived keys are untouched', () => {
    const record = recording(X25519);
    const who = party(X25519, 'XKpsk3');
    const secret = who.statics.initiator.secretKey.slice();
    const ephemerals = ['i', 'r'].map((seed) => X25519.generate(countingEntropy(seed)));
    const { message, next } = (begin(who, 'initiator', { dh: record.dh }) as MessageWriter).write(ascii(''), ephemerals[0])!;
    const first = (begin(who, 'responder', { dh: record.dh }) as MessageReader).read(message)!;
    const second = (first.next as MessageWriter).write(ascii(''), ephemerals[1])!;
    const third = ((next as MessageReader).read(second.message)!.next as MessageWriter).write(ascii(''))!;
    assert((second.next as MessageReader).read(third.message) !== undefined);
    assert.equal(record.shared.length, 6);
    assert(record.shared.every(isZero));
    assert.deepEqual(ephemerals.map(({ secretKey }) => isZero(secretKey)), [true, true]);
    assert.deepEqual(who.statics.initiator.secretKey, secret);
  });

  it('close wipes a handed-in ephemeral, a refused message does not', () => {
    const { message } = runUpTo(party(X25519, 'XKpsk3'), 0);
    const writer = begin(party(X25519, 'XKpsk3'), 'initiator') as MessageWriter;
    const e = X25519.generate(countingEntropy('closed'));
    const reader = writer.write(ascii(''), e)!.next as MessageReader;
    refuses(reader, message, 'reflected');
    assert(!isZero(e.secretKey));
    reader.close();
    assert(isZero(e.secretKey));
  });

  it('the caller\'s psk is copied, so it may be wiped at once', () => {
    const psk = new Uint8Array(32).fill(0x50);
    const who = party(X25519, 'NNpsk0');
    const writer = begin(who, 'initiator', { psks: [psk] }) as MessageWriter;
    psk.fill(0);
    assert((begin(who, 'responder') as MessageReader).read(writer.write(ascii(''))!.message) !== undefined);
  });

  it('keys that do not fit the pattern are a mistake of the caller', () => {
    const who = party(X25519, 'XKpsk3');
    const short = { secretKey: new Uint8Array(32), publicKey: new Uint8Array(31) };
    for (const changes of [{ s: undefined }, { rs: undefined }, { psks: [] }, { psks: undefined }]) {
      assert.throws(() => begin(who, 'initiator', changes as Partial<HandshakeOptions>), TypeError);
    }
    assert.throws(() => begin(who, 'responder', { rs: new Uint8Array(32) }), TypeError);
    assert.throws(() => begin(party(X25519, 'NN'), 'responder', { s: who.statics.responder }), TypeError);
    for (const changes of [{ s: short }, { rs: short.publicKey }]) assert.throws(() => begin(who, 'initiator', changes), RangeError);
    assert.throws(() => (begin(who, 'initiator') as MessageWriter).write(ascii(''), short), RangeError);
  });

  it('a payload fills a Noise message to its last octet and no further', () => {
    const room = 65535 - 32;
    const write = (length: number) => (begin(party(X25519, 'NN'), 'initiator') as MessageWriter).write(new Uint8Array(length));
    assert.equal(write(room)?.message.length, 65535);
    assert.throws(() => write(room + 1), RangeError);
  });
});

function refuses(reader: MessageReader, message: Uint8Array, what: string): void {
  assert.equal(reader.read(message), undefined, what);
}
