// Deterministic transcripts of all that this protocol says: record chains, sessions, resumptions and pairings, from
// fixed inputs. `node --import ./hosts/node/register.mjs test/session/make-vectors.ts` writes them down.
import assert from 'node:assert/strict';
import { ascii, toHex } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { writeAnswer } from 'lorica/pairing/answer';
import { writeEnrolment } from 'lorica/pairing/enrolment';
import { grantKey, PAIRING_MODE } from 'lorica/pairing/grant';
import { startPairing } from 'lorica/pairing/initiator';
import { readRequest } from 'lorica/pairing/responder';
import { hmac } from 'lorica/primitives/hmac';
import { startHandshake, startResumption } from 'lorica/session/initiator';
import { offlineSeed, type ChainSeed, type SessionKeys } from 'lorica/session/keys';
import { readMessage1, readResumption } from 'lorica/session/responder';
import { SealingChain } from 'lorica/session/sealing-chain';
import { suiteByNumber } from 'lorica/session/suites';

/** Octets in hexadecimal, numbers as they are. */
export type Transcript = { [name: string]: string | number | Transcript | Transcript[] | string[] };

export function transcripts(): Transcript {
  return {
    about: 'Made by test/session/make-vectors.ts, and recomputed from the inputs by test/vectors/read_sessions.py.',
    chain: chain(),
    offline: offline(),
    sessions: [session(1, 0, undefined), session(2, 0, undefined), session(2, 2, secret('x'))],
    resumptions: [resumption(1, 0), resumption(2, 7)],
    pairings: [pairing(1), pairing(2)]
  };
}

export function chain(): Transcript {
  const seed: ChainSeed = { tag: secret('tag').slice(0, 8), root: secret('root') };
  const sealing = SealingChain.start(seed);
  const records: Transcript[] = [];
  for (let index = 0; index < 513; index++) {
    if (sealing.needsBlock) sealing.beginBlock();
    const plaintext = ascii(`record ${index}`);
    const { record } = sealing.seal(plaintext);
    if ([0, 1, 2, 255, 256, 511, 512].includes(index)) records.push({ index, plaintext: toHex(plaintext), record: toHex(record) });
  }
  return { tag: toHex(seed.tag), root: toHex(seed.root), records };
}

export function offline(): Transcript {
  const { normal, urgent, next } = offlineSeed(secret('O'));
  return { secret: toHex(secret('O')), normal: hex(normal), urgent: hex(urgent), next: toHex(next) };
}

export function session(suite: number, mode: 0 | 1 | 2, x: Uint8Array | undefined): Transcript {
  const [center, node] = [pair(suite, 'health center'), pair(suite, 'node')];
  const enrolmentPsk = secret('P');
  const payloads = ['1', '2', '3'].map((which) => ascii(`payload ${which}`));
  const [nodeEphemeral, centerEphemeral] = [pair(suite, 'e of the node'), pair(suite, 'e of the health center')];
  const inputs = {
    suite, mode, x: x === undefined ? '' : toHex(x), enrolmentPsk: toHex(enrolmentPsk), center: hex(center), node: hex(node),
    nodeEphemeral: toHex(nodeEphemeral.secretKey), centerEphemeral: toHex(centerEphemeral.secretKey), payloads: payloads.map(toHex)
  };
  const first = startHandshake({
    suite, healthCenterKey: center.publicKey, staticKeys: node, enrolmentPsk, mode, payload: payloads[0]!, ephemeral: nodeEphemeral, entropy: none
  });
  const reply = readMessage1(first.message1, () => center, none)!.reply(payloads[1]!, centerEphemeral);
  const { message3, keys } = first.next.read(reply.message2)!.confirm(payloads[2]!, x);
  assert.deepEqual(reply.next.read(message3, () => ({ enrolmentPsk, mode, x }))?.keys, keys);
  return { ...inputs, messages: [first.message1, reply.message2, message3].map(toHex), sid: toHex(first.sid), keys: keysInHex(keys) };
}

export function resumption(suite: number, attempt: number): Transcript {
  const known = { secret: secret('resumption'), hash: secret('h') };
  const [nodeEphemeral, centerEphemeral] = [pair(suite, 'e of the node'), pair(suite, 'e of the health center')];
  const payload = ascii('payload 2');
  const inputs = {
    suite, attempt, ...hex(known), nodeEphemeral: toHex(nodeEphemeral.secretKey), centerEphemeral: toHex(centerEphemeral.secretKey), payload: toHex(payload)
  };
  const first = startResumption({ suite, resumption: known, attempt, ephemeral: nodeEphemeral, entropy: none });
  const { message2, keys } = readResumption(first.message1, () => ({ ...known, attempt }), none)!.reply(payload, centerEphemeral)!;
  assert.deepEqual(first.next.read(message2)?.keys, keys);
  return { ...inputs, messages: [first.message1, message2].map(toHex), keys: keysInHex(keys) };
}

export function pairing(suite: 1 | 2): Transcript {
  const [gateway, node, center] = [pair(suite, 'gateway'), pair(suite, 'node'), pair(suite, 'health center')];
  const [pairingSecret, macKey, identityKey] = [secret('label'), secret('M'), secret('identity')];
  const terms = { counter: 3, expiryMs: 1_800_000_000_000 };
  const [serial, gatewayId] = [ascii('LR-00001'), ascii('gateway1')];
  const [gatewayEphemeral, nodeEphemeral] = [pair(suite, 'e of the gateway'), pair(suite, 'e of the node')];
  const assistants = [secret('certificate')];
  const enrolment = writeEnrolment({
    version: 2, healthCenterKeys: [{ suite, publicKey: center.publicKey }], collaboration: { mode: 1, k: 1, n: 1 }, assistants
  }, macKey, serial);
  const answer = writeAnswer({ serial, mode: PAIRING_MODE.grant, suite, nodeKey: node.publicKey, gatewayKey: gateway.publicKey, version: 2 }, macKey);
  const inputs = {
    suite, ...terms, serial: toHex(serial), gatewayId: toHex(gatewayId), pairingSecret: toHex(pairingSecret), macKey: toHex(macKey),
    identityKey: toHex(identityKey), gateway: hex(gateway), node: hex(node), gatewayEphemeral: toHex(gatewayEphemeral.secretKey),
    nodeEphemeral: toHex(nodeEphemeral.secretKey), enrolment: toHex(enrolment), answer: toHex(answer)
  };
  const key = grantKey(pairingSecret, gateway.publicKey, terms);
  const first = startPairing({ mode: PAIRING_MODE.grant, suite, terms, key, gatewayKeys: gateway, ephemeral: gatewayEphemeral, entropy: none });
  const request = readRequest(first.message1, { suite, pairingSecret, staticKeys: node, lastCounter: 2, entropy: none })!;
  const reply = request.reply({ serial, enrolmentVersion: 1 }, nodeEphemeral);
  const { message3, next } = first.next.read(reply.message2)!.confirm({ gatewayId, enrolment });
  const message4 = reply.next.read(message3, { lastCounter: 2 })!.seal({ identityKey, answer });
  const { linkKey } = next.read(message4)!;
  return { ...inputs, messages: [first.message1, reply.message2, message3, message4].map(toHex), linkKey: toHex(linkKey) };
}

function secret(name: string): Uint8Array {
  return hmac(ascii('lorica vectors'), ascii(name));
}

function pair(suite: number, name: string): KeyPair {
  return suiteByNumber(suite).dh.generate(() => secret(name));
}

function none(): never {
  return assert.fail('nothing is left to chance here');
}

function hex(parts: object): Record<string, string> {
  return Object.fromEntries(Object.entries(parts as Record<string, Uint8Array>).map(([name, bytes]) => [name, toHex(bytes)]));
}

function keysInHex({ normal, urgent, down, resumption: kept }: SessionKeys): Transcript {
  return { normal: hex(normal), urgent: hex(urgent), down: hex(down), resumption: hex(kept) };
}
