// The published vectors of other implementations, message by message: what we write is what they wrote, and we read
// what they wrote. Source and licence stand in the file of vectors.
import assert from 'node:assert/strict';
import { ascii, fromHex, toHex } from 'lorica/bytes/bytes';
import { beginHandshake, Finished, MessageReader, MessageWriter, type Step } from 'lorica/noise/handshake';
import { findPattern, type Role } from 'lorica/noise/patterns';
import { seal } from 'lorica/primitives/aead';
import { ownVectors, sharedVectors } from '../support/read-vectors.ts';
import { X25519_REFERENCE, x25519 } from './x25519-reference.ts';

interface Vector {
  protocol_name: string;
  init_prologue: string;
  init_static?: string;
  init_remote_static?: string;
  init_ephemeral: string;
  init_psks?: string[];
  resp_prologue: string;
  resp_static?: string;
  resp_remote_static?: string;
  resp_ephemeral?: string;
  resp_psks?: string[];
  handshake_hash?: string;
  messages: { payload: string; ciphertext: string }[];
}

const stored = ownVectors<{ collections: { vectors: Vector[] }[] }>('noise-25519.json');

describe('Noise handshakes equal the published vectors', () => {
  for (const { vectors } of stored.collections) {
    for (const vector of vectors) it(vector.protocol_name, () => run(vector));
  }

  it('the stored vectors are those of the shared collection', function () {
    const files = ['noise/cacophony-25519-chachapoly-sha256.json', 'noise/snow-psk-25519-chachapoly-sha256.json'];
    const shared = files.map((file) => sharedVectors<{ vectors: Vector[] }>(this, file).vectors);
    assert.deepEqual(stored.collections.map(({ vectors }) => vectors), shared);
  });

  it('the X25519 of this test is that of RFC 7748 §5.2', () => {
    const scalar = bytes('a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4');
    const u = bytes('e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c');
    assert.equal(toHex(x25519(scalar, u)), 'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552');
  });
});

function run(vector: Vector): void {
  const pattern = findPattern(vector.protocol_name.split('_')[1]!);
  let writing: Step = party(vector, 'initiator', pattern.messages.flat().includes('s'));
  let reading: Step = party(vector, 'responder', pattern.messages.flat().includes('s'));
  for (const [i, { payload, ciphertext }] of vector.messages.slice(0, pattern.messages.length).entries()) {
    assert(writing instanceof MessageWriter && reading instanceof MessageReader);
    const sends = pattern.messages[i]!.includes('e');
    const ephemeral = keyPair(i % 2 === 0 ? vector.init_ephemeral : vector.resp_ephemeral!);
    const written = writing.write(bytes(payload), sends ? ephemeral : undefined);
    assert.equal(toHex(written!.message), ciphertext, `message ${i + 1}`);
    const read: ReturnType<MessageReader['read']> = reading.read(bytes(ciphertext));
    assert.equal(toHex(read!.payload), payload);
    [writing, reading] = [read!.next, written!.next];
  }
  assert(writing instanceof Finished && reading instanceof Finished);
  assert.deepEqual(writing.hash, reading.hash);
  if (vector.handshake_hash !== undefined) assert.equal(toHex(writing.hash), vector.handshake_hash);
  const keys = writing.split(2);
  assert.deepEqual(reading.split(2), keys);
  const counts = [0, 0];
  for (const [i, { payload, ciphertext }] of vector.messages.entries()) {
    if (i < pattern.messages.length) continue;
    const nonce = new Uint8Array(12);
    nonce[4] = counts[i % 2]!++;
    assert.equal(toHex(seal(keys[i % 2]!, nonce, ascii(''), bytes(payload))), ciphertext, `message ${i + 1}`);
  }
}

function party(vector: Vector, role: Role, sendsStatic: boolean): MessageWriter | MessageReader {
  const name = vector.protocol_name.split('_')[1]!;
  const initiator = role === 'initiator';
  const s = initiator ? vector.init_static : vector.resp_static;
  const rs = initiator ? vector.init_remote_static : vector.resp_remote_static;
  const needsStatic = sendsStatic || findPattern(name).knownBefore.includes(role);
  return beginHandshake({
    pattern: name,
    dh: X25519_REFERENCE,
    role: role as 'initiator',
    prologue: bytes(initiator ? vector.init_prologue : vector.resp_prologue),
    s: s !== undefined && needsStatic ? keyPair(s) : undefined,
    rs: rs === undefined ? undefined : bytes(rs),
    psks: ((initiator ? vector.init_psks : vector.resp_psks) ?? []).map(bytes),
    entropy: () => assert.fail('vectors bring their own ephemerals')
  });
}

function keyPair(secret: string) {
  return { secretKey: bytes(secret), publicKey: X25519_REFERENCE.publicKey(bytes(secret)) };
}

function bytes(hex: string): Uint8Array {
  return fromHex(hex)!;
}
