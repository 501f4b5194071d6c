// HandshakeState of the Noise framework (revision 34, §5.3, §7.2, §9): runs the tokens of one message. Private to
// `lorica/noise/handshake`, whose objects decide what may be called when; this class does not.
import { concat, equal, wipe } from 'lorica/bytes/bytes';
import type { DiffieHellman, KeyPair } from 'lorica/noise/diffie-hellman';
import { findPattern, type Pattern, type Role, type Token } from 'lorica/noise/patterns';
import { HASH_LENGTH, SymmetricState, TAG_LENGTH } from 'lorica/noise/symmetric-state';
import type { Entropy } from 'lorica/primitives/entropy';

/** bytes of any Noise message (§3) */
export const MAX_NOISE_MESSAGE = 65535;

/**
 * 32 bytes, or a function that finds them when their place in the pattern is reached: `remoteStatic` is what has been
 * received (or was known) by then. It answers `undefined` for a stranger, and what it returns is wiped after use.
 */
export type PreSharedKey = Uint8Array | ((remoteStatic: Uint8Array | undefined) => Uint8Array | undefined);

export interface HandshakeOptions {
  /** `XKpsk3`, `NNpsk0`; see `lorica/noise/patterns` */
  readonly pattern: string;
  readonly dh: DiffieHellman;
  readonly role: Role;
  readonly prologue: Uint8Array;
  /** own static keys; never wiped here */
  readonly s?: KeyPair | undefined;
  /** the other's static key where the pattern knows it beforehand; whoever pinned it has tested it in full */
  readonly rs?: Uint8Array | undefined;
  /** A static key that is received must be this one. */
  readonly expectedStatic?: Uint8Array;
  /** one for each psk of the pattern, in order; bytes are copied */
  readonly psks?: readonly PreSharedKey[];
  readonly entropy: Entropy;
  /** Received ephemerals are put to the group's full test too. Received static keys always are. */
  readonly fullValidation?: boolean;
}

export class HandshakeState {
  readonly #options: HandshakeOptions;
  readonly #pattern: Pattern;
  readonly #psks: readonly PreSharedKey[];
  readonly #symmetric: SymmetricState;
  #e: KeyPair | undefined;
  #re: Uint8Array | undefined;
  #rs: Uint8Array | undefined;
  #nextPsk = 0;
  #nextMessage = 0;
  /** received values that no test has seen yet */
  #untested: Uint8Array[] = [];

  private constructor(options: HandshakeOptions, pattern: Pattern, psks: readonly PreSharedKey[], symmetric: SymmetricState) {
    this.#options = options;
    this.#pattern = pattern;
    this.#psks = psks;
    this.#symmetric = symmetric;
    this.#rs = options.rs;
  }

  /** Initialize (§5.3). @throws RangeError or TypeError for keys that do not fit the pattern or have a wrong length */
  static begin(options: HandshakeOptions): HandshakeState {
    const pattern = findPattern(options.pattern);
    checkKeys(options, pattern);
    const symmetric = SymmetricState.initialize(`Noise_${pattern.name}_${options.dh.name}_ChaChaPoly_SHA256`);
    symmetric.mixHash(options.prologue);
    for (const party of ['initiator', 'responder'] as const) {
      if (!pattern.knownBefore.includes(party)) continue;
      symmetric.mixHash(party === options.role ? options.s!.publicKey : options.rs!);
    }
    const psks = (options.psks ?? []).map((psk) => (typeof psk === 'function' ? psk : psk.slice()));
    return new HandshakeState(options, pattern, psks, symmetric);
  }

  get hash(): Uint8Array {
    return this.#symmetric.hash;
  }

  get remoteStatic(): Uint8Array | undefined {
    return this.#rs?.slice();
  }

  get isFinished(): boolean {
    return this.#nextMessage === this.#pattern.messages.length;
  }

  get isOwnTurn(): boolean {
    return (this.#nextMessage % 2 === 0) === (this.#options.role === 'initiator');
  }

  /** To read on: a forged message then costs the copy alone. */
  copy(): HandshakeState {
    const other = new HandshakeState(this.#options, this.#pattern, this.#psks, this.#symmetric.copy());
    other.#e = this.#e;
    other.#re = this.#re;
    other.#rs = this.#rs;
    other.#nextPsk = this.#nextPsk;
    other.#nextMessage = this.#nextMessage;
    other.#untested = [...this.#untested];
    return other;
  }

  /** WriteMessage. @returns `undefined` if a value or psk of the other party is refused; the state is then spent */
  write(payload: Uint8Array, ephemeral: KeyPair | undefined): Uint8Array | undefined {
    const parts: Uint8Array[] = [];
    for (const token of this.#pattern.messages[this.#nextMessage]!) {
      if (token === 'e') parts.push(this.#writeEphemeral(ephemeral));
      else if (token === 's') parts.push(this.#symmetric.encryptAndHash(this.#options.s!.publicKey));
      else if (!this.#mix(token)) return undefined;
    }
    parts.push(this.#symmetric.encryptAndHash(payload));
    const message = concat(...parts);
    if (message.length > MAX_NOISE_MESSAGE) throw new RangeError('payload too long for a Noise message');
    this.#nextMessage++;
    return message;
  }

  /** ReadMessage. @returns the payload, or `undefined` for a message to refuse; the state is then spent */
  read(message: Uint8Array): Uint8Array | undefined {
    if (message.length > MAX_NOISE_MESSAGE) return undefined;
    const length = this.#options.dh.publicLength;
    let offset = 0;
    for (const token of this.#pattern.messages[this.#nextMessage]!) {
      if (token === 'e') {
        if (!this.#readEphemeral(message.slice(offset, offset + length))) return undefined;
        offset += length;
      } else if (token === 's') {
        const end = offset + length + (this.#symmetric.hasKey ? TAG_LENGTH : 0);
        if (!this.#readStatic(message.subarray(offset, end))) return undefined;
        offset = end;
      } else if (!this.#mix(token)) return undefined;
    }
    const payload = this.#symmetric.decryptAndHash(message.subarray(offset));
    if (payload === undefined || !this.#testReceived()) return undefined;
    this.#nextMessage++;
    return payload;
  }

  split(outputs: 2 | 3): Uint8Array[] {
    return this.#symmetric.split(outputs);
  }

  /** Ends this state, not what its copies share: the ephemeral and the psks. */
  wipe(): void {
    this.#symmetric.wipe();
  }

  /** Wipes the ephemeral's secret and the psks, as soon as no token needs them. */
  wipeShared(): void {
    wipe(this.#e?.secretKey);
    for (const psk of this.#psks) if (typeof psk !== 'function') wipe(psk);
  }

  #writeEphemeral(madeAhead: KeyPair | undefined): Uint8Array {
    const { dh, entropy } = this.#options;
    const e = madeAhead ?? dh.generate(entropy);
    if (e.publicKey.length !== dh.publicLength) throw new RangeError('ephemeral key of another group');
    this.#e = e;
    this.#mixEphemeral(e.publicKey);
    return e.publicKey;
  }

  #readEphemeral(re: Uint8Array): boolean {
    if (re.length !== this.#options.dh.publicLength) return false;
    this.#re = re;
    if (this.#options.fullValidation === true) this.#untested.push(re);
    this.#mixEphemeral(re);
    return true;
  }

  /** §9.2: where there are psks, every ephemeral goes into the key as well. */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey);
    if (this.#pattern.pskCount > 0) this.#symmetric.mixKey(publicKey);
  }

  #readStatic(sealed: Uint8Array): boolean {
    const rs = this.#symmetric.decryptAndHash(sealed);
    const expected = this.#options.expectedStatic;
    if (rs === undefined || rs.length !== this.#options.dh.publicLength) return false;
    if (expected !== undefined && !equal(rs, expected)) return false;
    this.#rs = rs;
    this.#untested.push(rs);
    return true;
  }

  #mix(token: Token): boolean {
    return token === 'psk' ? this.#mixPsk() : this.#mixShared(token);
  }

  #mixPsk(): boolean {
    const source = this.#psks[this.#nextPsk++]!;
    const psk = typeof source === 'function' ? source(this.remoteStatic) : source;
    if (psk === undefined) return false;
    if (psk.length !== HASH_LENGTH) throw new RangeError('a psk has 32 bytes');
    this.#symmetric.mixKeyAndHash(psk);
    if (typeof source === 'function') wipe(psk);
    return true;
  }

  /** In `es` and `se` the first letter is the initiator's key (§7.1). */
  #mixShared(token: Token): boolean {
    if (!this.#testReceived()) return false;
    const initiator = this.#options.role === 'initiator';
    const own = token[initiator ? 0 : 1] === 'e' ? this.#e! : this.#options.s!;
    const other = token[initiator ? 1 : 0] === 'e' ? this.#re! : this.#rs!;
    const shared = this.#options.dh.shared(own.secretKey, other);
    if (shared === undefined) return false;
    this.#symmetric.mixKey(shared);
    wipe(shared);
    return true;
  }

  /** Before the first evaluation with a received value, or after the tag where the message has none: a tag is cheaper. */
  #testReceived(): boolean {
    const { dh } = this.#options;
    const passed = this.#untested.every((value) => dh.isMember?.(value) ?? true);
    this.#untested.length = 0;
    return passed;
  }
}

function checkKeys({ dh, role, s, rs, psks }: HandshakeOptions, pattern: Pattern): void {
  const other = role === 'initiator' ? 'responder' : 'initiator';
  const needsOwn = pattern.knownBefore.includes(role) || sends(pattern, role, 's');
  if (needsOwn !== (s !== undefined)) throw new TypeError(`${pattern.name}: own static keys missing or of no use`);
  if (pattern.knownBefore.includes(other) !== (rs !== undefined)) {
    throw new TypeError(`${pattern.name}: remote static key missing or of no use`);
  }
  if (s !== undefined && s.publicKey.length !== dh.publicLength) throw new RangeError('own static key of another group');
  if (rs !== undefined && rs.length !== dh.publicLength) throw new RangeError('remote static key of another group');
  if ((psks?.length ?? 0) !== pattern.pskCount) throw new TypeError(`${pattern.name} takes ${pattern.pskCount} psks`);
  for (const psk of psks ?? []) {
    if (typeof psk !== 'function' && psk.length !== HASH_LENGTH) throw new RangeError('a psk has 32 bytes');
  }
}

function sends(pattern: Pattern, role: Role, token: Token): boolean {
  return pattern.messages.some((tokens, i) => (i % 2 === 0) === (role === 'initiator') && tokens.includes(token));
}
