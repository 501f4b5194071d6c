// CipherState and SymmetricState of the Noise framework (revision 34, §5.1 and §5.2) for ChaChaPoly and SHA256 (§12),
// the only cipher and hash of Lorica. It does not do Rekey (§11.3): sessions go on with chains of their own.
import { ascii, concat, wipe } from 'lorica/bytes/bytes';
import { open, seal } from 'lorica/primitives/aead';
import { noiseHkdf } from 'lorica/primitives/hkdf';
import { sha256 } from 'lorica/primitives/sha256';

/** bytes of a hash, a chaining key, a cipher key and a pre-shared key (HASHLEN and the key length of §4.2 are both 32) */
export const HASH_LENGTH = 32;
/** bytes that a cipher adds */
export const TAG_LENGTH = 16;

const NOTHING = new Uint8Array(0);

export class SymmetricState {
  #chainingKey: Uint8Array;
  #hash: Uint8Array;
  #key: Uint8Array | undefined;
  /** messages under `#key` so far: a handshake has a handful, so one octet of the 64-bit nonce is ample */
  #count = 0;

  private constructor(chainingKey: Uint8Array, hash: Uint8Array) {
    this.#chainingKey = chainingKey;
    this.#hash = hash;
  }

  /** InitializeSymmetric. @param protocolName ASCII, as in §8 */
  static initialize(protocolName: string): SymmetricState {
    const name = ascii(protocolName);
    let hash: Uint8Array;
    if (name.length <= HASH_LENGTH) {
      hash = new Uint8Array(HASH_LENGTH);
      hash.set(name);
    } else hash = sha256(name);
    return new SymmetricState(hash.slice(), hash);
  }

  /** A copy that shares no bytes with this one. */
  copy(): SymmetricState {
    const other = new SymmetricState(this.#chainingKey.slice(), this.#hash.slice());
    other.#key = this.#key?.slice();
    other.#count = this.#count;
    return other;
  }

  /** GetHandshakeHash, at any time. @returns 32 bytes, a copy */
  get hash(): Uint8Array {
    return this.#hash.slice();
  }

  get hasKey(): boolean {
    return this.#key !== undefined;
  }

  mixKey(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, key] = noiseHkdf(this.#chainingKey, inputKeyMaterial, 2);
    this.#replace(chainingKey!, key!);
  }

  mixHash(data: Uint8Array): void {
    this.#hash = sha256(concat(this.#hash, data));
  }

  mixKeyAndHash(inputKeyMaterial: Uint8Array): void {
    const [chainingKey, intermediate, key] = noiseHkdf(this.#chainingKey, inputKeyMaterial, 3);
    this.mixHash(intermediate!);
    wipe(intermediate);
    this.#replace(chainingKey!, key!);
  }

  /** @returns the plaintext itself while there is no key, else 16 bytes more */
  encryptAndHash(plaintext: Uint8Array): Uint8Array {
    const key = this.#key;
    const ciphertext = key === undefined ? plaintext : seal(key, this.#nonce(), this.#hash, plaintext);
    this.mixHash(ciphertext);
    return ciphertext;
  }

  /** @returns the plaintext, or `undefined` if the tag is wrong; the state is then of no more use */
  decryptAndHash(ciphertext: Uint8Array): Uint8Array | undefined {
    const key = this.#key;
    if (key !== undefined && ciphertext.length < TAG_LENGTH) return undefined;
    const plaintext = key === undefined ? ciphertext.slice() : open(key, this.#nonce(), this.#hash, ciphertext);
    if (plaintext !== undefined) this.mixHash(ciphertext);
    return plaintext;
  }

  /**
   * Split (§5.2). The third output of the same HKDF (§4.3) is for a key beside those of the two directions.
   * @returns two or three keys of 32 bytes
   */
  split(outputs: 2 | 3): Uint8Array[] {
    return noiseHkdf(this.#chainingKey, NOTHING, outputs);
  }

  wipe(): void {
    wipe(this.#chainingKey, this.#hash, this.#key);
    this.#key = undefined;
  }

  #replace(chainingKey: Uint8Array, key: Uint8Array): void {
    wipe(this.#chainingKey, this.#key);
    this.#chainingKey = chainingKey;
    this.#key = key;
    this.#count = 0;
  }

  /** §12.3: 32 zero bits, then the counter, little-endian. */
  #nonce(): Uint8Array {
    if (this.#count > 0xff) throw new RangeError('too many messages under one handshake key');
    const nonce = new Uint8Array(12);
    nonce[4] = this.#count++;
    return nonce;
  }
}
