// GF(2⁸): the multiplication that takes no branch, against the one from the book.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { multiply, multiplyWord } from 'lorica/collaboration/field';
import { plainMultiply } from './support.ts';

describe('collaboration: field', () => {
  it('multiplies all 65536 pairs as the plain reference does', () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) if (multiply(a, b) !== plainMultiply(a, b)) assert.fail(`${a} · ${b}`);
    }
  });

  it('has the products that FIPS 197 gives', () => {
    // §4.2 and §4.2.1
    for (const [b, product] of [[0x83, 0xc1], [0x13, 0xfe], [0x02, 0xae], [0x04, 0x47], [0x08, 0x8e], [0x10, 0x07]] as const) {
      assert.equal(multiply(0x57, b), product);
    }
  });

  it('multiplies four octets as it multiplies each', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.nat(255), (octets, factor) => {
      const word = octets[0]! | (octets[1]! << 8) | (octets[2]! << 16) | (octets[3]! << 24);
      const product = multiplyWord(word, factor);
      for (let lane = 0; lane < 4; lane++) assert.equal((product >>> (8 * lane)) & 0xff, plainMultiply(octets[lane]!, factor));
    }), { numRuns: 2000 });
  });

  it('branches on nothing, and looks nothing up', () => {
    // the rule as text: what is compiled from these two has loops of a fixed number of rounds, and no other jump
    for (const text of [multiplyWord.toString(), multiply.toString()]) {
      assert.doesNotMatch(text, /\bif\b|\?|&&|\|\||\[|\bwhile\b|\bswitch\b/);
      for (const loop of text.match(/for \(.*\)/g) ?? []) assert.match(loop, /^for \(let bit = 0; bit < 8; bit\+\+\)/);
    }
  });
});
