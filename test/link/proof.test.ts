// The opening's messages and keys against node:crypto, written from the CDDL alone.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import {
  frameKeys,
  isGatewayProof,
  isNodeProof,
  isNonceMessage,
  makeGatewayProof,
  makeNodeProof,
  makeNonceMessage,
  readGatewayProof,
  verifyNodeProof
} from 'lorica/link/proof';

const KEY = new Uint8Array(32).fill(5);
const NONCES = { node: new Uint8Array(16).fill(1), gateway: new Uint8Array(16).fill(2) };

function fieldsOf(...parts: (string | Uint8Array)[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [Buffer.of(0, part.length), Buffer.from(part as string)]));
}

const hmacOf = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();

describe('link proofs', () => {
  it('are what the CDDL says, to the octet', () => {
    const gateway = hmacOf(KEY, fieldsOf('lorica link gateway', NONCES.node, NONCES.gateway)).subarray(0, 16);
    const node = hmacOf(KEY, fieldsOf('lorica link node', NONCES.node, NONCES.gateway)).subarray(0, 16);
    assert.deepEqual(makeNonceMessage(NONCES.node), Uint8Array.of(0xa0, 1, ...NONCES.node));
    assert.deepEqual(makeGatewayProof(KEY, NONCES), Uint8Array.of(0xa1, ...NONCES.gateway, ...gateway));
    assert.deepEqual(makeNodeProof(KEY, NONCES), Uint8Array.of(0xa2, ...node));
  });

  it('give frame keys that are what the CDDL says, one for each direction', () => {
    const info = fieldsOf('lorica link frame', NONCES.node, NONCES.gateway);
    const first = hmacOf(KEY, Buffer.concat([info, Buffer.of(1)]));
    const second = hmacOf(KEY, Buffer.concat([first, info, Buffer.of(2)]));
    assert.deepEqual(frameKeys(KEY, NONCES), { up: new Uint8Array(first), down: new Uint8Array(second) });
  });

  it('hold for their own role, key and nonces alone', () => {
    const proof = makeGatewayProof(KEY, NONCES);
    assert.deepEqual(readGatewayProof(proof, KEY, NONCES.node), NONCES);
    assert.equal(readGatewayProof(proof, new Uint8Array(32), NONCES.node), undefined);
    assert.equal(readGatewayProof(proof, KEY, NONCES.gateway), undefined);
    const own = makeNodeProof(KEY, NONCES);
    assert.ok(verifyNodeProof(own, KEY, NONCES));
    assert.ok(!verifyNodeProof(own, KEY, { ...NONCES, gateway: NONCES.node }));
    assert.ok(!verifyNodeProof(own, new Uint8Array(32), NONCES));
    const reflected = Uint8Array.of(0xa2, ...proof.subarray(17));
    assert.ok(!verifyNodeProof(reflected, KEY, NONCES), 'the gateway\'s MAC serves no false node');
  });

  it('are told apart by first octet and length', () => {
    const checks = [isNonceMessage, isGatewayProof, isNodeProof];
    const messages = [makeNonceMessage(NONCES.node), makeGatewayProof(KEY, NONCES), makeNodeProof(KEY, NONCES)];
    for (const [i, message] of messages.entries()) {
      assert.deepEqual(checks.map((check) => check(message)), checks.map((_, at) => at === i));
      for (let length = 0; length < message.length; length++) assert.ok(!checks.some((check) => check(message.subarray(0, length))));
      assert.ok(!checks.some((check) => check(Uint8Array.of(...message, 0))));
    }
  });
});
