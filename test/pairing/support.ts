// A node, two gateways and a health center, for the tests of this folder. Keys of the map are made once.
import { ascii, fromHex, toHex } from 'lorica/bytes/bytes';
import { CHEB1536 } from 'lorica/chebyshev/groups';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { writeAnswer } from 'lorica/pairing/answer';
import { writeEnrolment, type Enrolment } from 'lorica/pairing/enrolment';
import { grantKey, labelKey, LABEL_TERMS, PAIRING_MODE, type GrantTerms } from 'lorica/pairing/grant';
import { startPairing, type PairingStart } from 'lorica/pairing/initiator';
import { readRequest, type Paired, type PairableNode } from 'lorica/pairing/responder';
import type { Entropy } from 'lorica/primitives/entropy';
import { hmac } from 'lorica/primitives/hmac';
import { suiteByNumber } from 'lorica/session/suites';

export const PAIRING_SECRET = hmac(ascii('label'), ascii('of the node'));
export const MAC_KEY = hmac(ascii('M'), ascii('of the node'));
export const IDENTITY_KEY = hmac(ascii('identity'), ascii('of the node'));
export const SERIAL = ascii('LR-00001');
export const GATEWAY_ID = ascii('gatewayA');
export const TERMS: GrantTerms = { counter: 5, expiryMs: 1_800_000_000_000 };

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

const pairs = new Map<string, KeyPair>();

export function keys(name: string, suite = 2): KeyPair {
  const made = pairs.get(`${name} ${suite}`) ?? suiteByNumber(suite).dh.generate(countingEntropy(`${name} ${suite}`));
  pairs.set(`${name} ${suite}`, made);
  return made;
}

/** Gateway A with the grant that the health center gave it. */
export function start(changes: Partial<PairingStart> = {}) {
  const suite = changes.suite ?? 2;
  const gatewayKeys = changes.gatewayKeys ?? keys('gateway A', suite);
  const terms = changes.terms ?? TERMS;
  return startPairing({
    mode: PAIRING_MODE.grant,
    suite,
    terms,
    key: terms.counter > 0 ? grantKey(PAIRING_SECRET, gatewayKeys.publicKey, terms) : new Uint8Array(32),
    gatewayKeys,
    entropy: countingEntropy('gateway'),
    ...changes
  });
}

/** Whoever has scanned the label. */
export function startWithLabel(changes: Partial<PairingStart> = {}) {
  const gatewayKeys = changes.gatewayKeys ?? keys('gateway A', changes.suite);
  const key = labelKey(PAIRING_SECRET, gatewayKeys.publicKey);
  return start({ mode: PAIRING_MODE.label, terms: LABEL_TERMS, key, gatewayKeys, ...changes });
}

export function read(message1: Uint8Array, changes: Partial<PairableNode> = {}) {
  const suite = changes.suite ?? 2;
  return readRequest(message1, {
    suite,
    pairingSecret: PAIRING_SECRET,
    staticKeys: keys('node', suite),
    lastCounter: TERMS.counter - 1,
    entropy: countingEntropy('node'),
    ...changes
  });
}

export const OFFER = { serial: SERIAL, enrolmentVersion: 1 };

/** Runs a pairing up to the bond. */
export function pair(started: ReturnType<typeof start>, changes: Partial<PairableNode> = {}, enrolment?: Uint8Array) {
  const request = read(started.message1, changes)!;
  const reply = request.reply(OFFER);
  const offer = started.next.read(reply.message2)!;
  const confirmed = offer.confirm({ gatewayId: GATEWAY_ID, enrolment });
  const paired = reply.next.read(confirmed.message3, { lastCounter: changes.lastCounter ?? TERMS.counter - 1 })!;
  return { offer, paired, bond: confirmed.next, messages: [started.message1, reply.message2, confirmed.message3] };
}

export function answer(paired: Paired, suite = 2, version = 2): Uint8Array {
  const { mode, gatewayKey } = paired.header;
  return writeAnswer({ serial: SERIAL, mode, suite, nodeKey: keys('node', suite).publicKey, gatewayKey, version }, MAC_KEY);
}

export function enrolment(changes: Partial<Enrolment> = {}): Enrolment {
  return {
    version: 2,
    healthCenterKeys: [{ suite: 2, publicKey: keys('health center').publicKey }],
    collaboration: { mode: 0, k: 0, n: 0 },
    assistants: [],
    ...changes
  };
}

export function enrolmentMessage(changes: Partial<Enrolment> = {}, macKey = MAC_KEY): Uint8Array {
  return writeEnrolment(enrolment(changes), macKey, SERIAL);
}

export function flip(bytes: Uint8Array, octet: number, bit = octet % 8): Uint8Array {
  const out = bytes.slice();
  out[octet]! ^= 1 << bit;
  return out;
}

/** p − X in suite 2: it agrees as X does, after T_12, and is of the other class. */
export function negate(publicKey: Uint8Array): Uint8Array {
  const negative = CHEB1536.p - BigInt(`0x${toHex(publicKey)}`);
  return fromHex(negative.toString(16).padStart(publicKey.length * 2, '0'))!;
}
