// The key schedule and the records once more, plainly, from protocol.md: every key is derived from the beginning each
// time. Of modules/ it uses nothing but the primitives, which have vectors of their own.
import { ascii, concat } from 'lorica/bytes/bytes';
import { seal } from 'lorica/primitives/aead';
import { hmac } from 'lorica/primitives/hmac';

export function field(part: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(part.length >>> 8, part.length & 0xff), part);
}

/** RFC 5869 §2.3 with the labels of the protocol */
export function expandReference(prk: Uint8Array, label: string, length: number, ...context: readonly Uint8Array[]): Uint8Array {
  const info = concat(...[ascii(`lorica ${label}`), ...context].map(field));
  let block: Uint8Array = new Uint8Array(0);
  let output: Uint8Array = new Uint8Array(0);
  for (let i = 1; output.length < length; i++) {
    block = hmac(prk, concat(block, info, Uint8Array.of(i)));
    output = concat(output, block);
  }
  return output.slice(0, length);
}

export function blockKey(root: Uint8Array, block: number): Uint8Array {
  let key = root;
  for (let b = 0; b < block; b++) key = expandReference(key, 'block', 64).slice(0, 32);
  return key;
}

export function chainKey(root: Uint8Array, index: number): Uint8Array {
  let key = expandReference(blockKey(root, index >>> 8), 'block', 64).slice(32);
  for (let i = 0; i < (index & 0xff); i++) key = expandReference(key, 'record', 76).slice(44);
  return key;
}

export function recordReference(seed: { tag: Uint8Array; root: Uint8Array }, index: number, plaintext: Uint8Array): Uint8Array {
  const output = expandReference(chainKey(seed.root, index), 'record', 76);
  const header = concat(Uint8Array.of(1), seed.tag, Uint8Array.of(index >>> 24, index >>> 16, index >>> 8, index));
  return concat(header, seal(output.slice(0, 32), output.slice(32, 44), header, plaintext));
}
