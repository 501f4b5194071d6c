// The key schedule of a session: what Split's three outputs become, the psk of a handshake, resumption and offline
// chains. Labels and lengths stand in README.md, to the byte. It stores nothing: what must be forgotten, and when, is
// said at each function.
import { wipe, writeUint32 } from 'lorica/bytes/bytes';
import type { Finished } from 'lorica/noise/handshake';
import { expandLabel, extract } from 'lorica/primitives/hkdf';
import { sha256 } from 'lorica/primitives/sha256';

export const KEY_LENGTH = 32;
export const CHAIN_TAG_LENGTH = 8;
export const KEY_ID_LENGTH = 8;
export const SESSION_ID_LENGTH = 8;
export const RESUME_ID_LENGTH = 16;
/** attempts beyond the last used one at which the health center still knows a node's resumption */
export const RESUMPTION_LOOK_AHEAD = 8;
export const MAX_LOOK_AHEAD = 64;

/** Where a chain of records begins. */
export interface ChainSeed {
  /** 8 bytes; derived, so nobody chooses it */
  readonly tag: Uint8Array;
  /** BK_0, 32 bytes */
  readonly root: Uint8Array;
}

export interface Resumption {
  /** 32 bytes */
  readonly secret: Uint8Array;
  /** h of the handshake that it came from, 32 bytes */
  readonly hash: Uint8Array;
}

export interface SessionKeys {
  readonly normal: ChainSeed;
  readonly urgent: ChainSeed;
  readonly down: ChainSeed;
  readonly resumption: Resumption;
}

/** 0 off, 1 preferred, 2 required */
export type CollaborationMode = 0 | 1 | 2;

/** Ends a handshake of either kind. @returns the session's keys; everything else of the handshake is wiped */
export function sessionKeys(finished: Finished): SessionKeys {
  const hash = finished.hash;
  const [up, down, secret] = finished.split(3) as [Uint8Array, Uint8Array, Uint8Array];
  const keys: SessionKeys = {
    normal: {
      tag: expandLabel(secret, 'tag up', CHAIN_TAG_LENGTH, hash),
      root: expandLabel(up, 'chain normal', KEY_LENGTH)
    },
    urgent: {
      tag: expandLabel(secret, 'tag urgent', CHAIN_TAG_LENGTH, hash),
      root: expandLabel(up, 'chain urgent', KEY_LENGTH)
    },
    down: { tag: expandLabel(secret, 'tag down', CHAIN_TAG_LENGTH, hash), root: down },
    resumption: { secret, hash }
  };
  wipe(up);
  return keys;
}

/** For a holder that has started its chains and stored its resumption elsewhere. */
export function wipeSessionKeys({ normal, urgent, down, resumption }: SessionKeys): void {
  wipe(normal.root, urgent.root, down.root, resumption.secret);
}

/** @returns 8 bytes that name a health center's static key in the clear header of message 1 */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, KEY_ID_LENGTH);
}

/**
 * The psk of XKpsk3.
 * @param sid h after message 1, 32 bytes
 * @param enrolmentPsk P, 32 bytes
 * @param x the shared secret of a collaboration, 32 bytes; without one 32 zero bytes take its place
 * @returns 32 bytes; the caller wipes them
 */
export function handshakePsk(
  sid: Uint8Array,
  enrolmentPsk: Uint8Array,
  suite: number,
  mode: CollaborationMode,
  x?: Uint8Array
): Uint8Array {
  if (enrolmentPsk.length !== KEY_LENGTH) throw new RangeError('P has 32 bytes');
  if (x !== undefined && x.length !== KEY_LENGTH) throw new RangeError('x has 32 bytes');
  const inputKeyMaterial = new Uint8Array(2 * KEY_LENGTH);
  inputKeyMaterial.set(enrolmentPsk);
  if (x !== undefined) inputKeyMaterial.set(x, KEY_LENGTH);
  const pseudorandomKey = extract(sid, inputKeyMaterial);
  const psk = expandLabel(pseudorandomKey, 'psk', KEY_LENGTH, Uint8Array.of(suite), Uint8Array.of(mode));
  wipe(inputKeyMaterial, pseudorandomKey);
  return psk;
}

/**
 * @param attempt which try at this resumption, from 0; none is used twice
 * @returns the id that goes in the clear (16 bytes) and the psk of NNpsk0 (32 bytes; the caller wipes it)
 */
export function resumptionAttempt({ secret, hash }: Resumption, attempt: number): { id: Uint8Array; psk: Uint8Array } {
  const context = new Uint8Array(4);
  if (!Number.isInteger(attempt) || attempt < 0 || attempt > 0xffffffff) throw new RangeError('attempt is no uint32');
  writeUint32(context, 0, attempt);
  const both = expandLabel(secret, 'resume', RESUME_ID_LENGTH + KEY_LENGTH, hash, context);
  const result = { id: both.slice(0, RESUME_ID_LENGTH), psk: both.slice(RESUME_ID_LENGTH) };
  wipe(both);
  return result;
}

/**
 * The ids by which a health center recognises a node's next resumptions.
 * @param lookAhead how many, 1 to 64
 * @param from the lowest attempt that was not used yet
 */
export function resumptionIds(
  secret: Uint8Array,
  hash: Uint8Array,
  lookAhead = RESUMPTION_LOOK_AHEAD,
  from = 0
): { attempt: number; id: Uint8Array }[] {
  if (!(lookAhead >= 1 && lookAhead <= MAX_LOOK_AHEAD)) throw new RangeError('look-ahead out of bounds');
  const ids = [];
  for (let attempt = from; attempt < from + lookAhead && attempt <= 0xffffffff; attempt++) {
    const { id, psk } = resumptionAttempt({ secret, hash }, attempt);
    wipe(psk);
    ids.push({ attempt, id });
  }
  return ids;
}

/**
 * The offline chains of step j, for a node without a session, and O_{j+1}. O_j is to be destroyed once `next` is at
 * rest; on the node before the first record is sealed under either chain.
 * @param secret O_j, 32 bytes
 */
export function offlineSeed(secret: Uint8Array): { normal: ChainSeed; urgent: ChainSeed; next: Uint8Array } {
  if (secret.length !== KEY_LENGTH) throw new RangeError('O_j has 32 bytes');
  const normal = expandLabel(secret, 'offline', KEY_LENGTH + CHAIN_TAG_LENGTH + KEY_LENGTH);
  const urgent = expandLabel(secret, 'offline urgent', KEY_LENGTH + CHAIN_TAG_LENGTH);
  const result = { normal: seedAt(normal), urgent: seedAt(urgent), next: normal.slice(KEY_LENGTH + CHAIN_TAG_LENGTH) };
  wipe(normal, urgent);
  return result;
}

/** BK_0 ‖ tag */
function seedAt(bytes: Uint8Array): ChainSeed {
  return { root: bytes.slice(0, KEY_LENGTH), tag: bytes.slice(KEY_LENGTH, KEY_LENGTH + CHAIN_TAG_LENGTH) };
}
