// What lies in the vault, to the byte. Each slot holds all that belongs together, so that one write replaces it whole:
//   chain at rest:  tag 8 ‖ block 4 ‖ block key 32
//   session slot:   format 1 ‖ attempt 4 ‖ resumptions 2 ‖ full time 6 ‖ resumption secret 32 ‖ hash 32 ‖
//                   normal chain 44 ‖ urgent chain 44
//   offline slot:   format 1 ‖ chains 1 (0 or 2) ‖ step 4 ‖ O_{step} 32 ‖ (normal chain 44 ‖ urgent chain 44)
// It does not store.
import { readUint16, readUint32, wipe, writeUint16, writeUint32 } from 'lorica/bytes/bytes';
import type { ChainAtRest } from 'lorica/session/sealing-chain';

export interface SessionAtRest {
  readonly resumption: { readonly secret: Uint8Array; readonly hash: Uint8Array };
  /** the next attempt at this resumption; none is used twice */
  readonly attempt: number;
  /** how many resumptions there were since the last full handshake */
  readonly resumptions: number;
  /** the health center's time of that handshake, ms since 1970-01-01T00:00Z */
  readonly fullTimeMs: number;
  readonly normal: ChainAtRest;
  readonly urgent: ChainAtRest;
}

export interface OfflineAtRest {
  /** how often O was stepped on */
  readonly step: number;
  /** O_step, 32 bytes: the next offline chains come from it */
  readonly secret: Uint8Array;
  /** the chains in use, from O_{step − 1} */
  readonly chains?: { readonly normal: ChainAtRest; readonly urgent: ChainAtRest } | undefined;
}

const FORMAT = 1;
const CHAIN = 44;
const ATTEMPT_AT = 1;
const RESUMPTIONS_AT = 5;
const FULL_TIME_AT = 7;
const SECRET_AT = 13;
const HASH_AT = 45;
const NORMAL_AT = 77;
const SESSION_LENGTH = NORMAL_AT + 2 * CHAIN;
const STEP_AT = 2;
const OFFLINE_SECRET_AT = 6;
const OFFLINE_CHAINS_AT = 38;

/** @returns 165 bytes; the caller wipes them */
export function encodeSession({ resumption, attempt, resumptions, fullTimeMs, normal, urgent }: SessionAtRest): Uint8Array {
  const bytes = new Uint8Array(SESSION_LENGTH);
  bytes[0] = FORMAT;
  writeUint32(bytes, ATTEMPT_AT, attempt);
  writeUint16(bytes, RESUMPTIONS_AT, Math.min(resumptions, 0xffff));
  writeUint16(bytes, FULL_TIME_AT, Math.floor(fullTimeMs / 0x100000000));
  writeUint32(bytes, FULL_TIME_AT + 2, fullTimeMs >>> 0);
  bytes.set(resumption.secret, SECRET_AT);
  bytes.set(resumption.hash, HASH_AT);
  writeChain(bytes, NORMAL_AT, normal);
  writeChain(bytes, NORMAL_AT + CHAIN, urgent);
  return bytes;
}

/** @returns `undefined` for bytes of another format */
export function decodeSession(bytes: Uint8Array): SessionAtRest | undefined {
  if (bytes.length !== SESSION_LENGTH || bytes[0] !== FORMAT) return undefined;
  return {
    resumption: { secret: bytes.slice(SECRET_AT, HASH_AT), hash: bytes.slice(HASH_AT, NORMAL_AT) },
    attempt: readUint32(bytes, ATTEMPT_AT),
    resumptions: readUint16(bytes, RESUMPTIONS_AT),
    fullTimeMs: readUint16(bytes, FULL_TIME_AT) * 0x100000000 + readUint32(bytes, FULL_TIME_AT + 2),
    normal: readChain(bytes, NORMAL_AT),
    urgent: readChain(bytes, NORMAL_AT + CHAIN)
  };
}

/** @returns 38 or 126 bytes; the caller wipes them */
export function encodeOffline({ step, secret, chains }: OfflineAtRest): Uint8Array {
  const bytes = new Uint8Array(OFFLINE_CHAINS_AT + (chains === undefined ? 0 : 2 * CHAIN));
  bytes[0] = FORMAT;
  bytes[1] = chains === undefined ? 0 : 2;
  writeUint32(bytes, STEP_AT, step);
  bytes.set(secret, OFFLINE_SECRET_AT);
  if (chains === undefined) return bytes;
  writeChain(bytes, OFFLINE_CHAINS_AT, chains.normal);
  writeChain(bytes, OFFLINE_CHAINS_AT + CHAIN, chains.urgent);
  return bytes;
}

/** @returns `undefined` for bytes of another format */
export function decodeOffline(bytes: Uint8Array): OfflineAtRest | undefined {
  const has = bytes[1] === 2;
  if (bytes[0] !== FORMAT || bytes.length !== OFFLINE_CHAINS_AT + (has ? 2 * CHAIN : 0)) return undefined;
  const head = { step: readUint32(bytes, STEP_AT), secret: bytes.slice(OFFLINE_SECRET_AT, OFFLINE_CHAINS_AT) };
  if (!has) return head;
  const normal = readChain(bytes, OFFLINE_CHAINS_AT);
  return { ...head, chains: { normal, urgent: readChain(bytes, OFFLINE_CHAINS_AT + CHAIN) } };
}

export function wipeSession({ resumption, normal, urgent }: SessionAtRest): void {
  wipe(resumption.secret, normal.blockKey, urgent.blockKey);
}

export function wipeOffline({ secret, chains }: OfflineAtRest): void {
  wipe(secret, chains?.normal.blockKey, chains?.urgent.blockKey);
}

function writeChain(bytes: Uint8Array, at: number, { tag, block, blockKey }: ChainAtRest): void {
  bytes.set(tag, at);
  writeUint32(bytes, at + 8, block);
  bytes.set(blockKey, at + 12);
}

function readChain(bytes: Uint8Array, at: number): ChainAtRest {
  return { tag: bytes.slice(at, at + 8), block: readUint32(bytes, at + 8), blockKey: bytes.slice(at + 12, at + CHAIN) };
}
