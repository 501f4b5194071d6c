// The primitives on Node: node:crypto for everything symmetric. It hands out plain Uint8Arrays that own their memory,
// so that no secret lies in Node's shared Buffer pool.
import { createCipheriv, createDecipheriv, createHash, createHmac, randomFillSync, timingSafeEqual } from 'node:crypto';
import type { PrimitivesProvider, Sha256State } from 'lorica/primitives/primitives-provider';

const HASH_LENGTH = 32;
const TAG_LENGTH = 16;
const CIPHER = 'chacha20-poly1305';
const CIPHER_OPTIONS = { authTagLength: TAG_LENGTH } as const;

const provider: PrimitivesProvider = {
  name: 'node:crypto',
  sha256: (data) => own(createHash('sha256').update(data).digest()),
  createSha256,
  hmac: (key, data) => own(createHmac('sha256', key).update(data).digest()),
  expand,
  seal,
  open,
  equal: (a, b) => timingSafeEqual(a, b),
  entropy: (length) => randomFillSync(new Uint8Array(length)),
};

export default provider;

function createSha256(): Sha256State {
  const hash = createHash('sha256');
  return {
    update: (data) => void hash.update(data),
    digest: () => own(hash.digest()),
  };
}

/** RFC 5869 §2.3; node:crypto offers extraction and expansion only together */
function expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const counter = new Uint8Array(1);
  for (let offset = 0; offset < length; offset += HASH_LENGTH) {
    counter[0]!++;
    const mac = createHmac('sha256', prk);
    if (offset > 0) mac.update(out.subarray(offset - HASH_LENGTH, offset));
    const block = mac.update(info).update(counter).digest();
    out.set(offset + HASH_LENGTH > length ? block.subarray(0, length - offset) : block, offset);
    block.fill(0);
  }
  return out;
}

function seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array {
  const cipher = createCipheriv(CIPHER, key, nonce, CIPHER_OPTIONS);
  cipher.setAAD(associatedData, { plaintextLength: plaintext.length });
  const out = new Uint8Array(plaintext.length + TAG_LENGTH);
  out.set(cipher.update(plaintext));
  cipher.final();
  out.set(cipher.getAuthTag(), plaintext.length);
  return out;
}

function open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, key, nonce, CIPHER_OPTIONS);
  decipher.setAAD(associatedData, { plaintextLength: sealed.length - TAG_LENGTH });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_LENGTH));
  const plaintext = decipher.update(sealed.subarray(0, sealed.length - TAG_LENGTH));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0); // not authentic: nobody sees it
    return undefined;
  }
  return own(plaintext);
}

/** The same octets as a plain Uint8Array; copied only where the Buffer shares its memory with others. */
function own(buffer: Buffer): Uint8Array {
  const whole = buffer.byteLength === buffer.buffer.byteLength;
  return whole ? new Uint8Array(buffer.buffer) : Uint8Array.from(buffer);
}
