// The table of patterns against the rules that the framework gives for valid ones (revision 34, §7.3 and §9.3), and
// each of them run to the end with psks in every place.
import assert from 'node:assert/strict';
import type { MessageReader } from 'lorica/noise/handshake';
import { Finished } from 'lorica/noise/handshake';
import { findPattern, type Role, type Token } from 'lorica/noise/patterns';
import { party, runUpTo } from './pair.ts';
import { X25519 } from './x25519.ts';

const NAMES = ['NN', 'NK', 'NX', 'XN', 'XK', 'XX', 'KN', 'KK', 'KX', 'IN', 'IK', 'IX'];

describe('Noise patterns', () => {
  for (const name of NAMES) it(`${name} keeps the rules of §7.3`, () => keepsRules(name));

  for (const name of NAMES) {
    it(`${name} ends in agreement, with a psk in each place too`, () => {
      const count = findPattern(name).messages.length;
      const places = Array.from({ length: count + 1 }, (_, i) => `psk${i}`);
      for (const full of [name, ...places.map((place) => name + place), name + places.join('+')]) agrees(full, count);
    });
  }

  it('a modifier adds its psk at the start of the first message or at the end of message N', () => {
    assert.deepEqual(findPattern('XKpsk3').messages, [['e', 'es'], ['e', 'ee'], ['s', 'se', 'psk']]);
    assert.deepEqual(findPattern('NNpsk0').messages, [['psk', 'e'], ['e', 'ee']]);
    assert.deepEqual(findPattern('NNpsk0+psk1').messages, [['psk', 'e', 'psk'], ['e', 'ee']]);
    assert.deepEqual(findPattern('XXpsk0').messages, [['psk', 'e'], ['e', 'ee', 's', 'es'], ['s', 'se']]);
    assert.equal(findPattern('XXpsk0+psk3').pskCount, 2);
  });

  it('names that are not in the table, and modifiers without a place, are refused', () => {
    const names = ['', 'X', 'xk', 'XY', 'N', 'constructor', 'XKpsk', 'XKpsk4', 'NNpsk3', 'XKpsk10', 'XKpsk-', 'XK+psk0', 'XKpsk0+', 'XKpsk3+psk0', 'XKpsk1+psk1', 'XKfallback', 'XKpsk0psk3'];
    for (const name of names) assert.throws(() => findPattern(name), RangeError, name);
  });
});

function agrees(name: string, count: number): void {
  const { message, reader, next } = runUpTo(party(X25519, name), count - 1);
  const read = (reader as MessageReader).read(message);
  assert(read?.next instanceof Finished && next instanceof Finished, name);
  assert.deepEqual(read.next.hash, next.hash);
  const keys = next.split(3);
  assert.deepEqual(read.next.split(3), keys);
  assert.equal(new Set(keys.map(String)).size, 3);
}

/** Each key is sent once, nothing is computed with a key before it is known, each agreement once, `ss` and `se`/`es` follow an ephemeral. */
function keepsRules(name: string): void {
  const { messages, knownBefore } = findPattern(name);
  const known: Record<Role, Set<string>> = { initiator: new Set(), responder: new Set() };
  for (const role of knownBefore) known[role].add('s');
  const done = new Set<Token>();
  for (const [i, tokens] of messages.entries()) {
    const sender: Role = i % 2 === 0 ? 'initiator' : 'responder';
    assert.equal(tokens[0] === 'e' || known[sender].has('e'), true, 'an ephemeral comes first');
    for (const token of tokens) {
      if (token === 'e' || token === 's') {
        assert.equal(known[sender].has(token), false, `${token} is sent once`);
        known[sender].add(token);
        continue;
      }
      assert.equal(done.has(token), false, `${token} is done once`);
      done.add(token);
      assert.equal(known.initiator.has(token[0]!) && known.responder.has(token[1]!), true, `${token} has its keys`);
    }
    // §7.3 rule 4: after a static key was used, the ephemeral must be in too before anything is encrypted.
    if (sender === 'responder') assert(done.has('ee'));
    if (done.has('ss')) assert(done.has('es') || done.has('se'));
  }
  for (const [role, token] of [['initiator', 'se'], ['responder', 'es']] as const) {
    assert.equal(known[role].has('s'), done.has(token), `${role}: every static key is used with the other's ephemeral`);
  }
}
