// A node and a health center, and the three messages between them, for the tests of this folder.
import assert from 'node:assert/strict';
import { ascii, fromHex, toHex } from 'lorica/bytes/bytes';
import { CHEB1536 } from 'lorica/chebyshev/groups';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Entropy } from 'lorica/primitives/entropy';
import { hmac } from 'lorica/primitives/hmac';
import { startHandshake, type HandshakeStart } from 'lorica/session/initiator';
import { keyIdentifier, type SessionKeys } from 'lorica/session/keys';
import { readMessage1, type NodeSecrets, type ReceivedHandshake, type ResolveNode } from 'lorica/session/responder';
import { suiteByNumber } from 'lorica/session/suites';

/** Bytes that differ from call to call and are the same in every run. */
export function countingEntropy(seed: string): Entropy {
  let count = 0;
  return (length) => {
    const out = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      out.set(hmac(ascii(seed), ascii(String(count++))).subarray(0, length - offset), offset);
    }
    return out;
  };
}

export function keyPair(suite: number, name: string): KeyPair {
  return suiteByNumber(suite).dh.generate(countingEntropy(name));
}

/** p − X in suite 2: it agrees as X does, after T_12, and is of the other class. */
export function negate(publicKey: Uint8Array): Uint8Array {
  const negative = CHEB1536.p - BigInt(`0x${toHex(publicKey)}`);
  return fromHex(negative.toString(16).padStart(publicKey.length * 2, '0'))!;
}

export interface World {
  readonly suite: number;
  readonly center: KeyPair;
  readonly node: KeyPair;
  readonly enrolmentPsk: Uint8Array;
}

const worlds = new Map<number, World>();

/** Made once: key pairs of the map are dear. */
export function world(suite: number): World {
  const made = worlds.get(suite) ?? {
    suite,
    center: keyPair(suite, 'health center'),
    node: keyPair(suite, 'node'),
    enrolmentPsk: hmac(ascii('P'), ascii('of the node'))
  };
  worlds.set(suite, made);
  return made;
}

export function start(of: World, changes: Partial<HandshakeStart> = {}): ReturnType<typeof startHandshake> {
  return startHandshake({
    suite: of.suite,
    healthCenterKey: of.center.publicKey,
    staticKeys: of.node,
    enrolmentPsk: of.enrolmentPsk,
    mode: 0,
    payload: ascii('payload 1'),
    entropy: countingEntropy('node'),
    ...changes
  });
}

export function receive(of: World, message1: Uint8Array): ReceivedHandshake | undefined {
  const find = (keyId: Uint8Array, suite: number) =>
    suite === of.suite && toHex(keyId) === toHex(keyIdentifier(of.center.publicKey)) ? of.center : undefined;
  return readMessage1(message1, find, countingEntropy('center'));
}

export function resolver(of: World, changes: Partial<NodeSecrets> = {}): ResolveNode {
  return (remoteStatic) =>
    toHex(remoteStatic) === toHex(of.node.publicKey) ? { enrolmentPsk: of.enrolmentPsk, mode: 0, ...changes } : undefined;
}

export interface Ended {
  readonly node: SessionKeys;
  readonly center: SessionKeys;
}

/** A handshake from end to end. */
export function complete(of: World): Ended & { messages: Uint8Array[] } {
  const first = start(of);
  const received = receive(of, first.message1);
  assert(received !== undefined);
  const reply = received.reply(ascii('payload 2'));
  const confirmation = first.next.read(reply.message2);
  assert(confirmation !== undefined);
  const { message3, keys } = confirmation.confirm(ascii('payload 3'));
  const ended = reply.next.read(message3, resolver(of));
  assert(ended !== undefined);
  assert.deepEqual([received.payload, confirmation.payload, ended.payload].map((bytes) => String.fromCharCode(...bytes)),
    ['payload 1', 'payload 2', 'payload 3']);
  assert.deepEqual(ended.remoteStatic, of.node.publicKey);
  return { node: keys, center: ended.keys, messages: [first.message1, reply.message2, message3] };
}
