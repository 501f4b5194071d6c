// The enrolment message (protocol.md §4): the health center tells a node which keys, assistants and policy hold from
// now on, under M, which no gateway has. type 0x34 ‖ body (deterministic CBOR) ‖ MAC 32. The node that stores it does
// so in one step, and refuses a version that is not higher.
import { ascii, concat, equal, fields, wipe } from 'lorica/bytes/bytes';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { PAIRING_TYPE, behindType, MAX_UINT32, withType } from 'lorica/pairing/pairing-message';
import { equalConstantTime } from 'lorica/primitives/compare';
import { hmac } from 'lorica/primitives/hmac';
import type { CollaborationMode } from 'lorica/session/keys';
import { SUITES } from 'lorica/session/suites';

/** two while a key is being replaced, in either suite */
export const MAX_HEALTH_CENTER_KEYS = 4;
export const MAX_ASSISTANTS = 16;
export const CERTIFICATE_HASH_LENGTH = 32;

const MAC_LENGTH = 32;
const MAX_PUBLIC_LENGTH = 256;
const MAX_SUITE = 255;
const LABEL = ascii('lorica enrolment');

export interface Enrolment {
  /** from 1; rises with every message for this node */
  readonly version: number;
  /** the preferred one first; a node uses those of its own suites and no other suite */
  readonly healthCenterKeys: readonly { readonly suite: number; readonly publicKey: Uint8Array }[];
  readonly collaboration: Collaboration;
  /** SHA-256 of the certificate of each assistant that may act for the node, ascending */
  readonly assistants: readonly Uint8Array[];
}

export interface Collaboration {
  readonly mode: CollaborationMode;
  /** 1 ≤ k ≤ n ≤ number of assistants; both 0 with mode off */
  readonly k: number;
  readonly n: number;
}

/**
 * @param macKey M, 32 bytes
 * @param serial the node's, 8 bytes: M is its own already, this keeps a registry that mixes up two nodes from harm
 * @throws RangeError for an enrolment that `readEnrolment` would refuse
 */
export function writeEnrolment(enrolment: Enrolment, macKey: Uint8Array, serial: Uint8Array): Uint8Array {
  const body = encodeEnrolment(enrolment);
  if (decodeEnrolment(body) === undefined) throw new RangeError('an enrolment that no node accepts');
  return withType(PAIRING_TYPE.enrolment, concat(body, mac(macKey, serial, body)));
}

/**
 * @param heldVersion of the enrolment in force, 0 for none
 * @returns `undefined` for a message to refuse: not from the registry, not for this node, not newer, or not well-formed
 */
export function readEnrolment(
  message: Uint8Array,
  macKey: Uint8Array,
  serial: Uint8Array,
  heldVersion: number
): Enrolment | undefined {
  const bytes = behindType(message, PAIRING_TYPE.enrolment);
  if (bytes === undefined || bytes.length <= MAC_LENGTH) return undefined;
  const body = bytes.subarray(0, bytes.length - MAC_LENGTH);
  const expected = mac(macKey, serial, body);
  const isAuthentic = equalConstantTime(expected, bytes.subarray(bytes.length - MAC_LENGTH));
  wipe(expected);
  const enrolment = isAuthentic ? decodeEnrolment(body) : undefined;
  return enrolment !== undefined && enrolment.version > heldVersion ? enrolment : undefined;
}

function encodeEnrolment({ version, healthCenterKeys, collaboration, assistants }: Enrolment): Uint8Array {
  const writer = new Writer(1024).map(4).int(1).int(version, 1, MAX_UINT32).int(2).array(healthCenterKeys.length);
  for (const { suite, publicKey } of healthCenterKeys) writer.array(2).int(suite, 0, MAX_SUITE).bytes(publicKey);
  writer.int(3).array(3).int(collaboration.mode).int(collaboration.k).int(collaboration.n).int(4).array(assistants.length);
  for (const hash of assistants) writer.bytes(hash);
  return writer.finish();
}

function decodeEnrolment(body: Uint8Array): Enrolment | undefined {
  const reader = new Reader(body);
  reader.map(4, 4);
  reader.key(1);
  const version = reader.uint(1, MAX_UINT32);
  reader.key(2);
  const healthCenterKeys = readKeys(reader);
  reader.key(3);
  reader.array(3, 3);
  const mode = reader.uint(0, 2) as CollaborationMode;
  const [k, n] = [reader.uint(0, MAX_ASSISTANTS), reader.uint(0, MAX_ASSISTANTS)];
  reader.key(4);
  const assistants = readAssistants(reader);
  if (!reader.done || !healthCenterKeys.every(isGenuine)) return undefined;
  const isSound = mode === 0 ? k === 0 && n === 0 : k >= 1 && k <= n && n <= assistants.length;
  return isSound ? { version, healthCenterKeys, collaboration: { mode, k, n }, assistants } : undefined;
}

function readKeys(reader: Reader): Enrolment['healthCenterKeys'] {
  const count = reader.array(1, MAX_HEALTH_CENTER_KEYS);
  const keys: { suite: number; publicKey: Uint8Array }[] = [];
  for (let i = 0; i < count; i++) {
    reader.array(2, 2);
    const suite = reader.uint(0, MAX_SUITE);
    const publicKey = reader.bytes(1, MAX_PUBLIC_LENGTH);
    if (keys.some((other) => equal(other.publicKey, publicKey))) reader.fail();
    keys.push({ suite, publicKey });
  }
  return keys;
}

function readAssistants(reader: Reader): Uint8Array[] {
  const count = reader.array(0, MAX_ASSISTANTS);
  const assistants: Uint8Array[] = [];
  for (let i = 0; i < count; i++) {
    const hash = reader.bytes(CERTIFICATE_HASH_LENGTH, CERTIFICATE_HASH_LENGTH);
    const previous = assistants.at(-1);
    if (previous !== undefined && !isBelow(previous, hash)) reader.fail();
    assistants.push(hash);
  }
  return assistants;
}

/** Long-lived keys are tested in full on both sides (protocol.md §1). */
function isGenuine({ suite, publicKey }: { suite: number; publicKey: Uint8Array }): boolean {
  const dh = SUITES.get(suite)?.dh;
  return dh !== undefined && publicKey.length === dh.publicLength && (dh.isMember?.(publicKey) ?? true);
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

function mac(macKey: Uint8Array, serial: Uint8Array, body: Uint8Array): Uint8Array {
  if (macKey.length !== 32) throw new RangeError('M has 32 bytes');
  return hmac(macKey, fields(LABEL, serial, body));
}
