// The symmetric state against its definition (revision 34, §5.2), and what it leaves in memory.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { ascii, concat } from 'lorica/bytes/bytes';
import { SymmetricState } from 'lorica/noise/symmetric-state';
import { noiseHkdf } from 'lorica/primitives/hkdf';
import { Memory } from '../support/memory.ts';

const SHORT = 'Noise_NN_25519_ChaChaPoly_SHA256';
const LONG = 'Noise_XKpsk3_Cheb2048_ChaChaPoly_SHA256';

describe('Noise symmetric state', () => {
  it('begins with the protocol name, padded to 32 bytes, or hashed where it is longer', () => {
    assert.equal(SHORT.length, 32);
    assert.deepEqual(SymmetricState.initialize(SHORT).hash, ascii(SHORT));
    assert.deepEqual(SymmetricState.initialize('Noise').hash, concat(ascii('Noise'), new Uint8Array(27)));
    assert.deepEqual(SymmetricState.initialize(LONG).hash, new Uint8Array(createHash('sha256').update(LONG).digest()));
  });

  it('a copy goes its own way', () => {
    const state = SymmetricState.initialize(SHORT);
    state.mixKey(ascii('a'));
    const copy = state.copy();
    copy.wipe();
    const other = SymmetricState.initialize(SHORT);
    other.mixKey(ascii('a'));
    assert.deepEqual(state.encryptAndHash(ascii('x')), other.encryptAndHash(ascii('x')));
    assert.deepEqual(state.split(3), other.split(3));
  });

  it('256 messages under one key are the most', () => {
    const state = SymmetricState.initialize(SHORT);
    state.mixKey(ascii('a'));
    for (let i = 0; i < 256; i++) state.encryptAndHash(ascii(''));
    assert.throws(() => state.encryptAndHash(ascii('')), RangeError);
  });

  it('keeps no key that has been replaced, and none at all once wiped', () => {
    const steps: Uint8Array[][] = [];
    let chainingKey = ascii(SHORT);
    for (const [ikm, outputs] of [['first', 2], ['second', 3], ['third', 2]] as const) {
      const keys = noiseHkdf(chainingKey, ascii(ikm), outputs);
      steps.push([keys[0]!, keys.at(-1)!]);
      chainingKey = keys[0]!;
    }
    const memory = new Memory();
    const state = memory.record(() => {
      const made = SymmetricState.initialize(SHORT);
      made.mixKey(ascii('first'));
      made.mixKeyAndHash(ascii('second'));
      made.mixKey(ascii('third'));
      return made;
    });
    for (const secret of steps.slice(0, 2).flat()) assert(!memory.holds(secret));
    for (const secret of steps[2]!) assert(memory.holds(secret), 'the control');
    memory.record(() => state.wipe());
    for (const secret of steps[2]!) assert(!memory.holds(secret));
  });
});
