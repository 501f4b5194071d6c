// What XS gets as lorica/primitives/provider: the C kernels beside this file, by way of primitives-native.c. Node never
// loads it: package.json maps the name to hosts/node. Buffers are made here, so that C allocates nothing.
import type { PrimitivesProvider } from 'lorica/primitives/primitives-provider';

declare function native(name: string): (...values: unknown[]) => unknown;

const HASH_LENGTH = 32;
const TAG_LENGTH = 16;
/** sizeof(Sha256) */
const STATE_LENGTH = 104;

const provider: PrimitivesProvider = {
  name: 'native',
  sha256: (data) => filled(HASH_LENGTH, (out) => sha256(out, data)),
  createSha256() {
    const state = new Uint8Array(STATE_LENGTH);
    sha256Begin(state);
    return {
      update: (data) => sha256Update(state, data),
      digest: () => filled(HASH_LENGTH, (out) => sha256End(state, out)),
    };
  },
  hmac(key, data) {
    const out = new Uint8Array(HASH_LENGTH);
    hmac(out, key, data);
    return out;
  },
  expand(prk, info, length) {
    const out = new Uint8Array(length);
    expand(out, prk, info);
    return out;
  },
  seal(key, nonce, associatedData, plaintext) {
    const out = new Uint8Array(plaintext.length + TAG_LENGTH);
    seal(out, key, nonce, associatedData, plaintext);
    return out;
  },
  open(key, nonce, associatedData, sealed) {
    const out = new Uint8Array(sealed.length - TAG_LENGTH);
    return open(out, key, nonce, associatedData, sealed) ? out : undefined;
  },
  equal: (a, b) => equal(a, b),
  entropy: (length) => filled(length, (out) => entropy(out)),
};

export default provider;

function filled(length: number, fill: (out: Uint8Array) => void): Uint8Array {
  const out = new Uint8Array(length);
  fill(out);
  return out;
}

function sha256(this: unknown, out: Uint8Array, data: Uint8Array): void {
  native('xs_primitives_sha256').call(this, out, data);
}

function sha256Begin(this: unknown, state: Uint8Array): void {
  native('xs_primitives_sha256_begin').call(this, state);
}

function sha256Update(this: unknown, state: Uint8Array, data: Uint8Array): void {
  native('xs_primitives_sha256_update').call(this, state, data);
}

function sha256End(this: unknown, state: Uint8Array, out: Uint8Array): void {
  native('xs_primitives_sha256_end').call(this, state, out);
}

function hmac(this: unknown, out: Uint8Array, key: Uint8Array, data: Uint8Array): void {
  native('xs_primitives_hmac').call(this, out, key, data);
}

function expand(this: unknown, out: Uint8Array, prk: Uint8Array, info: Uint8Array): void {
  native('xs_primitives_expand').call(this, out, prk, info);
}

function seal(this: unknown, out: Uint8Array, key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): void {
  native('xs_primitives_seal').call(this, out, key, nonce, associatedData, plaintext);
}

function open(this: unknown, out: Uint8Array, key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, sealed: Uint8Array): boolean {
  return native('xs_primitives_open').call(this, out, key, nonce, associatedData, sealed) as boolean;
}

function equal(this: unknown, a: Uint8Array, b: Uint8Array): boolean {
  return native('xs_primitives_equal').call(this, a, b) as boolean;
}

function entropy(this: unknown, out: Uint8Array): void {
  native('xs_primitives_entropy').call(this, out);
}
