// The primitives in `npm run simulate` (condition "simulator" in package.json): the same algorithms as everywhere, by
// short-sha256.ts and short-aead.ts where the input is short, else by node:crypto. Services never load this file.

import { endianness } from 'node:os';
import nodeProvider from 'lorica/hosts/node/primitives/provider';
import type { PrimitivesProvider } from 'lorica/primitives/primitives-provider';
import { MAX_SHORT_AEAD, open, seal } from './short-aead.ts';
import { expand, hmac, MAX_SHORT_HASH, sha256 } from './short-sha256.ts';

const fast: PrimitivesProvider = {
  ...nodeProvider,
  name: 'simulator',
  sha256: (data) => (data.length <= MAX_SHORT_HASH ? sha256(data) : nodeProvider.sha256(data)),
  hmac: (key, data) => (key.length <= MAX_SHORT_HASH && data.length <= MAX_SHORT_HASH ? hmac(key, data) : nodeProvider.hmac(key, data)),
  // One byte for the counter; the block before is kept apart.
  expand: (prk, info, length) => (prk.length <= MAX_SHORT_HASH && info.length < MAX_SHORT_HASH ? expand(prk, info, length) : nodeProvider.expand(prk, info, length)),
  seal: (key, nonce, associatedData, plaintext) => (isShort(associatedData, plaintext.length) ? seal(key, nonce, associatedData, plaintext) : nodeProvider.seal(key, nonce, associatedData, plaintext)),
  open: (key, nonce, associatedData, ciphertext) => (isShort(associatedData, ciphertext.length) ? open(key, nonce, associatedData, ciphertext) : nodeProvider.open(key, nonce, associatedData, ciphertext)),
};

const provider: PrimitivesProvider = endianness() === 'LE' ? fast : nodeProvider;

export default provider;

function isShort(associatedData: Uint8Array, length: number): boolean {
  return associatedData.length <= MAX_SHORT_AEAD && length <= MAX_SHORT_AEAD;
}
