// The seam below every symmetric primitive: one implementation per engine, picked by package.json (Node) or by
// manifest.json (XS), never by an `if`. Callers import lorica/primitives/{sha256,hmac,hkdf,aead,compare,entropy};
// those check types and lengths, so a provider may trust what it is given.

/** A running SHA-256 (FIPS 180-4). The front in sha256.ts sees to it that nothing follows `digest`. */
export interface Sha256State {
  update(data: Uint8Array): void;
  /** @returns 32 bytes */
  digest(): Uint8Array;
}

export interface PrimitivesProvider {
  /** what computes, for logs and benches: `reference`, `node:crypto`, `native` */
  readonly name: string;
  /** @returns 32 bytes */
  sha256(data: Uint8Array): Uint8Array;
  createSha256(): Sha256State;
  /** HMAC-SHA-256 (RFC 2104). @returns 32 bytes */
  hmac(key: Uint8Array, data: Uint8Array): Uint8Array;
  /** HKDF-Expand (RFC 5869 §2.3). @returns `length` bytes, 0 to 8160 */
  expand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439 §2.8). @returns ciphertext ‖ 16-byte tag */
  seal(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** @returns the plaintext, or `undefined` when the tag does not hold; `ciphertext` has at least the tag's 16 bytes */
  open(key: Uint8Array, nonce: Uint8Array, associatedData: Uint8Array, ciphertext: Uint8Array): Uint8Array | undefined;
  /** compares octets of equal length without regard to where they differ */
  equal(a: Uint8Array, b: Uint8Array): boolean;
  /** @returns `length` unpredictable bytes. @throws Error when the machine has none to give */
  entropy(length: number): Uint8Array;
}
