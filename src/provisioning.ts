// What makes a node somebody's: identity, enrolment, gateways. One deterministic CBOR value, which hosts and the
// provisioning tool write and the node reads. The offline secret is no part of what the node keeps in `storage`:
// it must be forgotten step by step, so `installProvisioning` puts it into the vault.
import { readUint32, wipe, writeUint32 } from 'lorica/bytes/bytes';
import { Reader } from 'lorica/cbor/reader';
import { Writer } from 'lorica/cbor/writer';
import { crc32 } from 'lorica/journal/crc32';
import type { Flash } from 'lorica/journal/flash';
import { Vault } from 'lorica/journal/vault';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { encodeOffline } from 'lorica/node/secrets';
import { forgetSettings } from 'lorica/node/settings';
import { OFFLINE_SLOT, SESSION_SLOT } from 'lorica/node/slots';
import type { KeyValue } from 'lorica/node/world';
import type { CollaborationMode } from 'lorica/session/keys';

export const SERIAL_LENGTH = 8;
export const GATEWAY_ID_LENGTH = 8;
export const MAX_GATEWAYS = 8;
export const MAX_ASSISTANTS = 16;
/** of a public or secret key: 256 bytes with suite 1, 192 with suite 2; secrets have 32 */
const MAX_PUBLIC_LENGTH = 256;
const MIN_PUBLIC_LENGTH = 192;
const FORMAT = 1;
/** octets of CRC-32 behind what is stored: one rotten bit in a key would else go unnoticed */
const CHECK_LENGTH = 4;
const STORAGE_KEY = 'enrolment';

export interface Gateway {
  /** 8 bytes: the first of SHA-256 of its name */
  readonly id: Uint8Array;
  /** L, 32 bytes */
  readonly linkKey: Uint8Array;
}

export interface Enrolment {
  /** 8 bytes, as on the label */
  readonly serial: Uint8Array;
  /** 1 Cheb2048, 2 Cheb1536 */
  readonly suite: 1 | 2;
  readonly staticKeys: KeyPair;
  /** P, 32 bytes */
  readonly enrolmentPsk: Uint8Array;
  /** M, 32 bytes */
  readonly macKey: Uint8Array;
  /** static public key of the health center, tested in full by whoever made this */
  readonly healthCenterKey: Uint8Array;
  readonly collaboration: { readonly mode: CollaborationMode; readonly k: number; readonly n: number };
  /** rises with each enrolment */
  readonly version: number;
  /** 32 bytes: by it the node's gateways recognise its advertising */
  readonly identityKey: Uint8Array;
  /** at most 8 */
  readonly gateways: readonly Gateway[];
}

export interface Provisioning extends Enrolment {
  /** O_0, 32 bytes */
  readonly offline: Uint8Array;
}

/** @returns the enrolment as the node keeps it, without the offline secret. @throws RangeError beyond the bounds */
export function encodeEnrolment(enrolment: Enrolment): Uint8Array {
  return write(enrolment, undefined);
}

/** @returns all of it, for the way from the tool that makes it to the node. @throws RangeError beyond the bounds */
export function encodeProvisioning(provisioning: Provisioning): Uint8Array {
  return write(provisioning, provisioning.offline);
}

/** @returns `undefined` for anything but what `encodeEnrolment` writes */
export function decodeEnrolment(bytes: Uint8Array): Enrolment | undefined {
  return read(bytes, false);
}

/** @returns `undefined` for anything but what `encodeProvisioning` writes */
export function decodeProvisioning(bytes: Uint8Array): Provisioning | undefined {
  return read(bytes, true) as Provisioning | undefined;
}

/**
 * Makes a node that is nobody's somebody's. The vault comes first, and is emptied of what may be left of a life before;
 * with the enrolment in `storage` all of it is in force.
 * @returns false when the vault's flash did not obey
 */
export function installProvisioning(provisioning: Provisioning, storage: KeyValue, vaultFlash: Flash): boolean {
  const enrolment = encodeEnrolment(provisioning);
  if (provisioning.offline.length !== 32) throw new RangeError('O_0 has 32 bytes');
  const offline = encodeOffline({ step: 0, secret: provisioning.offline });
  const vault = new Vault(vaultFlash);
  const stored = vault.destroy(SESSION_SLOT) && vault.put(OFFLINE_SLOT, offline);
  wipe(offline);
  if (!stored) return false;
  forgetSettings(storage);
  const checked = new Uint8Array(enrolment.length + CHECK_LENGTH);
  checked.set(enrolment);
  writeUint32(checked, enrolment.length, crc32(enrolment));
  storage.set(STORAGE_KEY, checked);
  wipe(enrolment, checked);
  return true;
}

/** @returns what `installProvisioning` has stored, or `undefined` for a node that is nobody's, or damaged bytes */
export function loadEnrolment(storage: KeyValue): Enrolment | undefined {
  const bytes = storage.get(STORAGE_KEY);
  const length = (bytes?.length ?? 0) - CHECK_LENGTH;
  if (bytes === undefined || length < 0 || readUint32(bytes, length) !== crc32(bytes, 0, length)) return undefined;
  return decodeEnrolment(bytes.subarray(0, length));
}

/** @returns whether there is something, be it whole or damaged */
export function hasEnrolment(storage: KeyValue): boolean {
  return storage.get(STORAGE_KEY) !== undefined;
}

function write(enrolment: Enrolment, offline: Uint8Array | undefined): Uint8Array {
  const { staticKeys, collaboration, gateways } = enrolment;
  if (gateways.length > MAX_GATEWAYS) throw new RangeError('too many gateways');
  const writer = new Writer(1280)
    .map(offline === undefined ? 11 : 12)
    .int(0).int(FORMAT)
    .int(1).bytes(enrolment.serial, SERIAL_LENGTH, SERIAL_LENGTH)
    .int(2).int(enrolment.suite, 1, 2)
    .int(3).bytes(staticKeys.secretKey, 32, 32)
    .int(4).bytes(staticKeys.publicKey, MIN_PUBLIC_LENGTH, MAX_PUBLIC_LENGTH)
    .int(5).bytes(enrolment.enrolmentPsk, 32, 32)
    .int(6).bytes(enrolment.macKey, 32, 32)
    .int(7).bytes(enrolment.healthCenterKey, MIN_PUBLIC_LENGTH, MAX_PUBLIC_LENGTH)
    .int(8).array(3).int(collaboration.mode, 0, 2).int(collaboration.k, 0, MAX_ASSISTANTS).int(collaboration.n, 0, MAX_ASSISTANTS)
    .int(9).int(enrolment.version, 0, 0xffffffff)
    .int(10).array(gateways.length + 1).bytes(enrolment.identityKey, 32, 32);
  for (const { id, linkKey } of gateways) {
    writer.array(2).bytes(id, GATEWAY_ID_LENGTH, GATEWAY_ID_LENGTH).bytes(linkKey, 32, 32);
  }
  if (offline !== undefined) writer.int(11).bytes(offline, 32, 32);
  return writer.finish();
}

function read(bytes: Uint8Array, withOffline: boolean): Enrolment | undefined {
  const reader = new Reader(bytes);
  reader.map(withOffline ? 12 : 11, withOffline ? 12 : 11);
  reader.key(0);
  reader.int(FORMAT, FORMAT);
  reader.key(1);
  const serial = reader.bytes(SERIAL_LENGTH, SERIAL_LENGTH);
  reader.key(2);
  const suite = reader.uint(1, 2) as 1 | 2;
  reader.key(3);
  const secretKey = reader.bytes(32, 32);
  const publicKey = bytesOf(reader, 4, MIN_PUBLIC_LENGTH, MAX_PUBLIC_LENGTH);
  const enrolmentPsk = bytesOf(reader, 5, 32, 32);
  const macKey = bytesOf(reader, 6, 32, 32);
  const healthCenterKey = bytesOf(reader, 7, MIN_PUBLIC_LENGTH, MAX_PUBLIC_LENGTH);
  const collaboration = readCollaboration(reader);
  reader.key(9);
  const version = reader.uint(0, 0xffffffff);
  const { identityKey, gateways } = readGateways(reader);
  const enrolment = { serial, suite, staticKeys: { secretKey, publicKey }, enrolmentPsk, macKey, healthCenterKey };
  const whole = { ...enrolment, collaboration, version, identityKey, gateways };
  const result = withOffline ? { ...whole, offline: bytesOf(reader, 11, 32, 32) } : whole;
  return reader.done ? result : undefined;
}

function bytesOf(reader: Reader, key: number, minimum: number, maximum: number): Uint8Array {
  reader.key(key);
  return reader.bytes(minimum, maximum);
}

function readCollaboration(reader: Reader): Enrolment['collaboration'] {
  reader.key(8);
  reader.array(3, 3);
  const mode = reader.uint(0, 2) as CollaborationMode;
  const k = reader.uint(0, MAX_ASSISTANTS);
  return { mode, k, n: reader.uint(0, MAX_ASSISTANTS) };
}

function readGateways(reader: Reader): { identityKey: Uint8Array; gateways: Gateway[] } {
  reader.key(10);
  const count = reader.array(1, MAX_GATEWAYS + 1);
  const identityKey = reader.bytes(32, 32);
  const gateways: Gateway[] = [];
  for (let i = 1; i < count; i++) {
    reader.array(2, 2);
    gateways.push({ id: reader.bytes(GATEWAY_ID_LENGTH, GATEWAY_ID_LENGTH), linkKey: reader.bytes(32, 32) });
  }
  return { identityKey, gateways };
}
