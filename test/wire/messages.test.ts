// Real messages against the byte tables: handshakes and resumptions of both suites, and records, cut up as the CDDL says.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ascii, concat } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import type { Entropy } from 'lorica/primitives/entropy';
import { startHandshake, startResumption } from 'lorica/session/initiator';
import { readMessage1, readResumption } from 'lorica/session/responder';
import { SealingChain } from 'lorica/session/sealing-chain';
import { suiteByNumber } from 'lorica/session/suites';
import { encodeReading } from 'lorica/reading/encode';
import { encodeMessage1, encodeMessage2, encodeMessage3, encodeResumeReply } from 'lorica/wire/handshake-payload';
import { readCddl } from './cddl/file.ts';

const cddl = readCddl();
const NODE_SECRET = new Uint8Array(32).fill(3);

function entropyOf(seed: string): Entropy {
  let count = 0;
  return (length) => {
    const digest = createHash('sha512').update(`${seed} ${count++}`).digest();
    assert.ok(length <= digest.length);
    return new Uint8Array(digest.subarray(0, length));
  };
}

/** Cuts a message into the fields of a byte table. `n`: octets of what the last variable field carries. */
function fieldsOf(rule: string, message: Uint8Array, dhlen: number, n: number): Uint8Array[] {
  let at = 0;
  const parts = cddl.rules.get(rule)!.rows.map(({ length }) => {
    const octets = length.split(' + ').reduce((sum, term) => sum + (term === 'DHLEN' ? dhlen : term === 'n' || term.includes('..') ? n : Number(term)), 0);
    at += octets;
    return message.slice(at - octets, at);
  });
  assert.equal(at, message.length, rule);
  const { type } = cddl.rules.get(rule)!;
  assert.ok(type?.is === 'string' && message.length >= type.minimum && message.length <= type.maximum);
  return parts;
}

for (const suite of [1, 2]) {
  describe(`wire: messages of suite ${suite}`, () => {
    const { dh } = suiteByNumber(suite);
    const entropy = entropyOf(`suite ${suite}`);
    const center: KeyPair = dh.generate(entropy);
    const node: KeyPair = dh.generate(entropy);
    const dhlen = dh.publicLength;
    const keyId = createHash('sha256').update(center.publicKey).digest().subarray(0, 8);

    it('lie as their byte tables say', () => {
      const payload1 = encodeMessage1({ mode: 1, sharing: { k: 2, n: 3, commitment: new Uint8Array(32) } });
      const payload2 = encodeMessage2({ timeMs: 1_700_000_000_000, receipt: {} });
      const payload3 = encodeMessage3({ firmware: '1.0', enrolmentVersion: 1, chains: [], round: { boot: 1, sentTick: 5, receivedTick: 9 } });
      const start = { suite, healthCenterKey: center.publicKey, staticKeys: node, enrolmentPsk: NODE_SECRET, mode: 1 as const, payload: payload1, entropy };
      const ephemeral = dh.generate(entropy);
      const first = startHandshake({ ...start, ephemeral: { ...ephemeral } });
      const one = fieldsOf('handshake-message-1', first.message1, dhlen, payload1.length);
      assert.deepEqual(one.slice(0, 4), [Uint8Array.of(0x10), Uint8Array.of(suite), new Uint8Array(keyId), ephemeral.publicKey]);

      const received = readMessage1(first.message1, () => center, entropy)!;
      const reply = dh.generate(entropy);
      const { message2, next } = received.reply(payload2, { ...reply });
      const two = fieldsOf('handshake-message-2', message2, dhlen, payload2.length);
      assert.deepEqual(two.slice(0, 3), [Uint8Array.of(0x11), first.sid.slice(0, 8), reply.publicKey]);

      const { message3, keys } = first.next.read(message2)!.confirm(payload3);
      const three = fieldsOf('handshake-message-3', message3, dhlen, payload3.length);
      assert.deepEqual(three.slice(0, 2), [Uint8Array.of(0x12), first.sid.slice(0, 8)]);
      assert.ok(next.read(message3, () => ({ enrolmentPsk: NODE_SECRET, mode: 1 })));

      const resumption = startResumption({ suite, resumption: keys.resumption, attempt: 0, entropy });
      const resume1 = fieldsOf('resume-message-1', resumption.message1, dhlen, 0);
      assert.deepEqual(resume1.slice(0, 3), [Uint8Array.of(0x20), Uint8Array.of(suite), resumption.id]);
      const timePayload = encodeResumeReply({ timeMs: 1_700_000_000_000 });
      const resumed = readResumption(resumption.message1, () => ({ ...keys.resumption, attempt: 0 }), entropy)!.reply(timePayload)!;
      const resume2 = fieldsOf('resume-message-2', resumed.message2, dhlen, timePayload.length);
      assert.deepEqual(resume2.slice(0, 2), [Uint8Array.of(0x21), resumption.id]);
    });
  });
}

describe('wire: records', () => {
  it('lie as their byte table says, at any block and position', () => {
    const seed = { tag: ascii('12345678'), root: new Uint8Array(32).fill(1) };
    let chain = SealingChain.start(seed);
    const plaintext = encodeReading({ kind: 'event', boot: 1, tick: 2, code: 7 });
    for (const [block, positions] of [[0, 3], [1, 256], [2, 2]] as const) {
      const atRest = chain.beginBlock();
      for (let position = 0; position < positions; position++) {
        const [type, tag, index, body, seal] = fieldsOf('record', chain.seal(plaintext).record, 0, plaintext.length);
        assert.deepEqual(concat(type!, tag!, index!), Uint8Array.of(1, ...seed.tag, 0, 0, block, position));
        assert.deepEqual([body!.length, seal!.length], [plaintext.length, 16]);
      }
      chain = SealingChain.restore(atRest);
    }
  });
});
