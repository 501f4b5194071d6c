// One step of the two ratchets that sealing and opening share (protocol.md §5):
//   BK_{b+1} ‖ CK_{b,0}        = HKDF-Expand(BK_b, "block", 64)
//   MK_i ‖ nonce_i ‖ CK_{i+1}  = HKDF-Expand(CK_i, "record", 76)
// The labels are encoded once: this runs for every record.
import { ascii, fields } from 'lorica/bytes/bytes';
import { expand } from 'lorica/primitives/hkdf';

export const POSITIONS = 256;
/** blocks of a chain: 24 bits of the index, less one, so that the index after the last is a uint32 too */
export const MAX_BLOCKS = 0xffffff;

const BLOCK_INFO = fields(ascii('lorica block'));
const RECORD_INFO = fields(ascii('lorica record'));
const NEXT_BLOCK_KEY_LENGTH = 32;
const MESSAGE_KEY_END = 32;
const NONCE_END = 44;
const RECORD_OUTPUT = 76;

/** @returns BK_{b+1} ‖ CK_{b,0}; the caller copies and wipes */
export function expandBlock(blockKey: Uint8Array): Uint8Array {
  return expand(blockKey, BLOCK_INFO, 64);
}

export function nextBlockKey(block: Uint8Array): Uint8Array {
  return block.slice(0, NEXT_BLOCK_KEY_LENGTH);
}

export function firstChainKey(block: Uint8Array): Uint8Array {
  return block.slice(NEXT_BLOCK_KEY_LENGTH);
}

/** @returns MK_i ‖ nonce_i ‖ CK_{i+1}: views of it are `messageKey`, `recordNonce`, `nextChainKey`; wipe it after use */
export function expandRecord(chainKey: Uint8Array): Uint8Array {
  return expand(chainKey, RECORD_INFO, RECORD_OUTPUT);
}

export function messageKey(output: Uint8Array): Uint8Array {
  return output.subarray(0, MESSAGE_KEY_END);
}

export function recordNonce(output: Uint8Array): Uint8Array {
  return output.subarray(MESSAGE_KEY_END, NONCE_END);
}

export function nextChainKey(output: Uint8Array): Uint8Array {
  return output.subarray(NONCE_END);
}
