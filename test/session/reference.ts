// The key schedule and the records once more, plainly, from protocol.md with node:crypto alone: every key is derived
// from the beginning each time, and nothing of modules/ is used.
import { createCipheriv, createHmac } from 'node:crypto';

export function field(part: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([part.length >>> 8, part.length & 0xff]), part]);
}

export function expandReference(prk: Uint8Array, label: string, length: number, ...context: readonly Uint8Array[]): Buffer {
  const info = Buffer.concat([Buffer.from(`lorica ${label}`), ...context].map(field));
  let block: Buffer = Buffer.alloc(0);
  let output: Buffer = Buffer.alloc(0);
  for (let i = 1; output.length < length; i++) {
    block = createHmac('sha256', prk).update(block).update(info).update(Buffer.from([i])).digest();
    output = Buffer.concat([output, block]);
  }
  return output.subarray(0, length);
}

export function blockKey(root: Uint8Array, block: number): Buffer {
  let key: Buffer = Buffer.from(root);
  for (let b = 0; b < block; b++) key = expandReference(key, 'block', 64).subarray(0, 32);
  return key;
}

export function chainKey(root: Uint8Array, index: number): Buffer {
  let key = expandReference(blockKey(root, index >>> 8), 'block', 64).subarray(32);
  for (let i = 0; i < (index & 0xff); i++) key = expandReference(key, 'record', 76).subarray(44);
  return key;
}

export function recordReference(seed: { tag: Uint8Array; root: Uint8Array }, index: number, plaintext: Uint8Array): Uint8Array {
  const output = expandReference(chainKey(seed.root, index), 'record', 76);
  const header = Buffer.concat([Buffer.from([1]), seed.tag, Buffer.from([index >>> 24, index >>> 16, index >>> 8, index].map((x) => x & 0xff))]);
  const cipher = createCipheriv('chacha20-poly1305', output.subarray(0, 32), output.subarray(32, 44), { authTagLength: 16 });
  cipher.setAAD(header, { plaintextLength: plaintext.length });
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return new Uint8Array(Buffer.concat([header, ciphertext, cipher.getAuthTag()]));
}
