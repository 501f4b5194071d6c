// The native kernels against the readable reference, with every width of limb and every way of summing that a machine may
// choose, under the sanitizers of the C compiler.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ascii } from 'lorica/bytes/bytes';
import { CHEB1536, CHEB2048 } from 'lorica/chebyshev/groups';
import { referenceChebyshev as reference, toBytes } from 'lorica/chebyshev/reference';
import { findToolchain } from 'lorica/hosts/node/c/toolchain';
import { referencePrimitives as primitives } from 'lorica/primitives/reference/reference-primitives';
import { octets, ownVectors } from '../support/read-vectors.ts';
import { buildConsole, Console } from './console.ts';

const BUILD_TIMEOUT_MS = 300_000;
const VARIANTS = [
  ['32-bit limbs, columns', ['-DCHEBYSHEV_LIMBS_32']],
  ['64-bit limbs, columns', ['-DCHEBYSHEV_ROWS=0']],
  ['64-bit limbs, as any such processor has them', []],
  ['64-bit limbs, as this processor has them', ['-march=native']],
] as const;

const secrets = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc.constantFrom(...[0n, 1n, 2n, 3n, (1n << 256n) - 1n, (1n << 256n) - 2n, 1n << 255n, (1n << 255n) - 1n].map((n) => toBytes(n, 32))),
);

interface Rejected { low_order: string[]; not_below_p: string[]; wrong_class: string[]; twice_order: string[] }
interface Vectors { vectors: { n: string; x: string; y: string }[]; rejected: Rejected }

for (const [name, flags] of VARIANTS) {
  describe(`native kernels: ${name}`, () => {
    let kernel: Console;

    before(async function () {
      this.timeout(BUILD_TIMEOUT_MS);
      const toolchain = findToolchain('pc');
      if (!toolchain) {
        console.log('      skipped: there is no C compiler to build the kernels with');
        this.skip();
      }
      const { path, sanitized } = await buildConsole(toolchain, flags);
      if (!sanitized) console.log('      without sanitizers: this C compiler cannot link them');
      kernel = new Console(path);
    });
    after(() => { kernel?.close(); });

    for (const group of [CHEB2048, CHEB1536]) {
      const { vectors, rejected } = ownVectors<{ groups: Record<string, Vectors> }>('chebyshev.json').groups[group.name]!;
      const near = [0n, 1n, 2n, -1n, -2n, 1n << 64n, (1n << 64n) - 1n, 1n << 32n].map((v) => toBytes((v + group.p) % group.p, group.publicLength));
      const values = fc.oneof(fc.uint8Array({ minLength: group.publicLength, maxLength: group.publicLength }), fc.constantFrom(...near));

      it(`${group.name}: evaluates as the vectors say`, async () => {
        for (const { n, x, y } of vectors) assert.deepEqual(await kernel.ask('evaluate', group.suite, octets(n), octets(x)), octets(y));
      });

      it(`${group.name}: gives the reference's public and shared values, and its refusals`, async function () {
        this.timeout(60_000);
        await fc.assert(fc.asyncProperty(secrets, values, async (secret, x) => {
          assert.deepEqual(await kernel.ask('public', group.suite, secret), reference.publicValue(group, secret));
          assert.deepEqual(await kernel.ask('shared', group.suite, secret, x), reference.sharedValue(group, secret, x));
          assert.equal((await kernel.ask('member', group.suite, x))![0] === 1, reference.isMember(group, x));
        }), { numRuns: 40 });
      });

      it(`${group.name}: refuses what the vectors refuse`, async () => {
        const secret = toBytes(7n, 32);
        for (const value of Object.values(rejected as unknown as Record<string, string[]>).flat()) {
          assert.deepEqual(await kernel.ask('shared', group.suite, secret, octets(value)), reference.sharedValue(group, secret, octets(value)));
          assert.deepEqual(await kernel.ask('member', group.suite, octets(value)), Uint8Array.of(0));
        }
      });
    }

    it('hash, authenticate and derive as the reference does, at every length around a block', async function () {
      this.timeout(60_000);
      for (let length = 0; length <= 130; length++) {
        const data = Uint8Array.from({ length }, (_, i) => i + length);
        assert.deepEqual(await kernel.ask('sha256', data, length >> 1), primitives.sha256(data));
        assert.deepEqual(await kernel.ask('hmac', data, data), primitives.hmac(data, data));
        assert.deepEqual(await kernel.ask('expand', ascii('prk'), data, length + 1), primitives.expand(ascii('prk'), data, length + 1));
      }
    });

    it('seal and open as the reference does, and nothing with a flipped bit', async function () {
      this.timeout(60_000);
      const key = primitives.sha256(ascii('key')), nonce = key.slice(0, 12);
      for (let length = 0; length <= 200; length += length < 70 ? 1 : 13) {
        const data = Uint8Array.from({ length }, (_, i) => 3 * i + length);
        const ad = data.subarray(0, length % 37);
        const sealed = primitives.seal(key, nonce, ad, data);
        assert.deepEqual(await kernel.ask('seal', key, nonce, ad, data), sealed);
        assert.deepEqual(await kernel.ask('open', key, nonce, ad, sealed), Uint8Array.of(1, ...data));
        const flipped = sealed.slice();
        flipped[length % sealed.length]! ^= 1 << (length % 8);
        assert.equal(await kernel.ask('open', key, nonce, ad, flipped), undefined);
      }
    });

    it('seal with the edge cases of Poly1305: blocks and keys of ones', async () => {
      // key and nonce of RFC 8439 A.3's kind cannot be had through the cipher; runs of 0xff drive every carry instead
      await fc.assert(fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.nat(100), fc.constantFrom(0, 0xff), async (key, length, fill) => {
        const nonce = key.slice(0, 12), data = new Uint8Array(length).fill(fill), ad = new Uint8Array(length % 33).fill(0xff);
        assert.deepEqual(await kernel.ask('seal', key, nonce, ad, data), primitives.seal(key, nonce, ad, data));
      }));
    });

    it('compare all octets', async () => {
      const a = primitives.sha256(ascii('a'));
      assert.deepEqual(await kernel.ask('equal', a, a), Uint8Array.of(1));
      for (let bit = 0; bit < 256; bit++) {
        const b = a.slice();
        b[bit >> 3]! ^= 1 << (bit & 7);
        assert.deepEqual(await kernel.ask('equal', a, b), Uint8Array.of(0));
      }
    });
  });
}
