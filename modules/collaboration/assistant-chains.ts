// The keys between a node and one of its assistants (protocol.md §3). The health center derives K_i from M too and hands
// it to the assistant sealed to its certificate; sealing it, and storing the chains, is the caller's.
import { wipe, writeUint32 } from 'lorica/bytes/bytes';
import { expandLabel } from 'lorica/primitives/hkdf';
import { CHAIN_TAG_LENGTH, KEY_LENGTH, type ChainSeed } from 'lorica/session/keys';

export const CERTIFICATE_HASH_LENGTH = 32;
const MAX_VERSION = 0xffffffff;

/** A chain for each direction, for `SealingChain` at one end and `OpeningChain` at the other. */
export interface AssistantChains {
  /** node → assistant */
  readonly up: ChainSeed;
  /** assistant → node */
  readonly down: ChainSeed;
}

/**
 * K_i = Expand(M, "assistant", 32, certificate hash, enrolment version in 4 octets).
 * @param macKey M, 32 bytes
 * @param certificateHash SHA-256 of the assistant's certificate, 32 bytes
 * @param enrolmentVersion from 1: each version has its chains, so that no nonce comes again
 * @returns 32 bytes; the caller wipes them
 * @throws RangeError
 */
export function assistantKey(macKey: Uint8Array, certificateHash: Uint8Array, enrolmentVersion: number): Uint8Array {
  if (macKey.length !== KEY_LENGTH) throw new RangeError('M has 32 bytes');
  if (certificateHash.length !== CERTIFICATE_HASH_LENGTH) throw new RangeError('a certificate hash has 32 bytes');
  if (!Number.isInteger(enrolmentVersion) || enrolmentVersion < 1 || enrolmentVersion > MAX_VERSION) {
    throw new RangeError('no version of an enrolment');
  }
  const version = new Uint8Array(4);
  writeUint32(version, 0, enrolmentVersion);
  return expandLabel(macKey, 'assistant', KEY_LENGTH, certificateHash, version);
}

/**
 * BK_0 ‖ tag = Expand(K_i, "assistant up" or "assistant down", 40).
 * @param key K_i, 32 bytes; wiped, for who keeps it keeps every old share
 * @returns seeds that the caller wipes once the chains have started
 */
export function assistantChains(key: Uint8Array): AssistantChains {
  if (key.length !== KEY_LENGTH) throw new RangeError('K_i has 32 bytes');
  const chains = { up: seed(key, 'assistant up'), down: seed(key, 'assistant down') };
  wipe(key);
  return chains;
}

function seed(key: Uint8Array, label: string): ChainSeed {
  const bytes = expandLabel(key, label, KEY_LENGTH + CHAIN_TAG_LENGTH);
  const made = { root: bytes.slice(0, KEY_LENGTH), tag: bytes.slice(KEY_LENGTH) };
  wipe(bytes);
  return made;
}
