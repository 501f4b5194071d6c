// Two parties of one handshake and the message sequence between them, for the tests of this folder.
import assert from 'node:assert/strict';
import { ascii } from 'lorica/bytes/bytes';
import type { DiffieHellman, KeyPair } from 'lorica/noise/diffie-hellman';
import { beginHandshake, MessageReader, MessageWriter, type HandshakeOptions, type PreSharedKey, type Step } from 'lorica/noise/handshake';
import { findPattern, type Role } from 'lorica/noise/patterns';
import { hmac } from 'lorica/primitives/hmac';

/** Bytes that differ from call to call and are the same in every run. */
export function countingEntropy(seed: string): (length: number) => Uint8Array {
  let count = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      out.set(hmac(ascii(seed), Uint8Array.of(count++ & 0xff, count >>> 8)).subarray(0, length - offset), offset);
    }
    return out;
  };
}

export interface Party {
  readonly pattern: string;
  readonly dh: DiffieHellman;
  readonly statics: Readonly<Record<Role, KeyPair>>;
}

export function party(dh: DiffieHellman, pattern: string): Party {
  const entropy = countingEntropy(`statics of ${pattern}`);
  return { pattern, dh, statics: { initiator: dh.generate(entropy), responder: dh.generate(entropy) } };
}

/** What `role` needs for this pattern, and nothing more. */
export function optionsFor({ pattern, dh, statics }: Party, role: Role, psks?: readonly PreSharedKey[]): HandshakeOptions {
  const { knownBefore, messages, pskCount } = findPattern(pattern);
  const other = role === 'initiator' ? 'responder' : 'initiator';
  const sends = messages.some((tokens, i) => (i % 2 === 0) === (role === 'initiator') && tokens.includes('s'));
  return {
    pattern,
    dh,
    role,
    prologue: ascii('prologue'),
    s: sends || knownBefore.includes(role) ? statics[role] : undefined,
    rs: knownBefore.includes(other) ? statics[other].publicKey : undefined,
    psks: psks ?? Array.from({ length: pskCount }, (_, i) => new Uint8Array(32).fill(0x50 + i)),
    entropy: countingEntropy(`${role} of ${pattern}`)
  };
}

export function begin(who: Party, role: Role, changes: Partial<HandshakeOptions> = {}): Step {
  return beginHandshake({ ...optionsFor(who, role), ...changes } as HandshakeOptions & { role: 'initiator' });
}

/** Runs a handshake up to message `index` (from 0), which is written and not read. */
export function runUpTo(who: Party, index: number, changes: Partial<Record<Role, Partial<HandshakeOptions>>> = {}) {
  let writing = begin(who, 'initiator', changes.initiator);
  let reading = begin(who, 'responder', changes.responder);
  for (let i = 0; ; i++) {
    assert(writing instanceof MessageWriter && reading instanceof MessageReader);
    const written = writing.write(ascii(`payload ${i}`))!;
    if (i === index) return { message: written.message, reader: reading, next: written.next };
    const read: ReturnType<MessageReader['read']> = reading.read(written.message);
    assert.deepEqual(read?.payload, ascii(`payload ${i}`));
    [writing, reading] = [read!.next, written.next];
  }
}

/** `dh`, writing down every shared value that it hands out. */
export function recording(dh: DiffieHellman): { dh: DiffieHellman; shared: Uint8Array[]; tested: Uint8Array[] } {
  const shared: Uint8Array[] = [];
  const tested: Uint8Array[] = [];
  return {
    shared,
    tested,
    dh: {
      ...dh,
      shared(secretKey, publicKey) {
        const value = dh.shared(secretKey, publicKey);
        if (value !== undefined) shared.push(value);
        return value;
      },
      isMember(publicKey) {
        tested.push(publicKey.slice());
        return dh.isMember?.(publicKey) ?? true;
      }
    }
  };
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >>> 3]! ^= 1 << (bit & 7);
  return out;
}

export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

