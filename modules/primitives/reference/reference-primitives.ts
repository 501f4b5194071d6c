// The provider made of the readable TypeScript reference: what tests compare with, and what an engine without native
// code falls back on. Slow by design, and constant-time only as far as a JavaScript engine lets it be.
import { equal } from 'lorica/bytes/bytes';
import type { PrimitivesProvider } from 'lorica/primitives/primitives-provider';
import { open, seal } from 'lorica/primitives/reference/aead';
import { expand, hmac } from 'lorica/primitives/reference/hmac';
import { ReferenceSha256, sha256 } from 'lorica/primitives/reference/sha256';

export const referencePrimitives: PrimitivesProvider = {
  name: 'reference',
  sha256,
  createSha256: () => new ReferenceSha256(),
  hmac,
  expand,
  seal,
  open,
  equal,
  entropy: () => {
    // ES2023 has no unpredictable bytes, and Math.random would be a silent disaster.
    throw new Error('the reference primitives have no source of entropy');
  },
};
