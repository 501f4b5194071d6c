// The simulator's fast primitives are the primitives: equal to node:crypto on any input, at the bounds and at the edges.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import nodeProvider from 'lorica/hosts/node/primitives/provider';
import provider from 'lorica/hosts/simulator/primitives/provider';
import { MAX_SHORT_AEAD, oneTimeTag } from 'lorica/hosts/simulator/primitives/short-aead';
import { MAX_SHORT_HASH } from 'lorica/hosts/simulator/primitives/short-sha256';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength, size: 'max' });
const exactly = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });

describe('the simulator\'s primitives', () => {
  it('are in force where node:crypto would be slow', () => {
    assert.equal(provider.name, 'simulator');
  });

  it('are what npm run simulate gets, and nobody else', () => {
    const provider = (...conditions: string[]): string => spawnSync(process.execPath, [
      ...conditions, '--import', './hosts/node/register.mjs', '--input-type=module', '--eval', "import p from 'lorica/primitives/provider'; console.log(p.name);",
    ], { cwd: root, encoding: 'utf8' }).stdout.trim();
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    for (const [name, script] of Object.entries(scripts)) assert.equal(script.includes('--conditions=simulator'), name === 'simulate', name);
    assert.equal(provider('--conditions=simulator'), 'simulator');
    assert.equal(provider(), 'node:crypto');
  });

  it('hash as node:crypto does, at every length around the bound', () => {
    for (let length = 0; length <= MAX_SHORT_HASH + 2; length++) {
      const data = Uint8Array.from({ length }, (_, i) => i * 7 + length);
      assert.deepEqual(provider.sha256(data), nodeProvider.sha256(data));
      assert.deepEqual(provider.hmac(data, data), nodeProvider.hmac(data, data));
      assert.deepEqual(provider.expand(new Uint8Array(32), data, 76), nodeProvider.expand(new Uint8Array(32), data, 76));
    }
    for (let length = 0; length <= 200; length++) assert.deepEqual(provider.expand(new Uint8Array(40), new Uint8Array(3), length), nodeProvider.expand(new Uint8Array(40), new Uint8Array(3), length));
    assert.deepEqual(provider.expand(new Uint8Array(32), new Uint8Array(5), 8160), nodeProvider.expand(new Uint8Array(32), new Uint8Array(5), 8160));
  });

  it('hash as node:crypto does, whatever went before', () => {
    fc.assert(fc.property(bytes(300), bytes(300), fc.nat({ max: 300 }), (key, data, length) => {
      assert.deepEqual(provider.hmac(key, data), nodeProvider.hmac(key, data));
      assert.deepEqual(provider.expand(key, data, length), nodeProvider.expand(key, data, length));
      assert.deepEqual(provider.sha256(data), nodeProvider.sha256(data));
    }), { numRuns: 500 });
  });

  it('seal and open as node:crypto does, at every length around the bound', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const nonce = new Uint8Array(12).fill(9);
    for (let length = 0; length <= MAX_SHORT_AEAD + 20; length++) {
      const plaintext = new Uint8Array(length).fill(length % 3 === 0 ? 0xff : length);
      const associatedData = plaintext.slice(0, length % 40);
      const sealed = provider.seal(key, nonce, associatedData, plaintext);
      assert.deepEqual(sealed, nodeProvider.seal(key, nonce, associatedData, plaintext));
      assert.deepEqual(provider.open(key, nonce, associatedData, sealed), plaintext);
    }
  });

  it('refuse a single flipped bit anywhere', () => {
    fc.assert(fc.property(exactly(32), exactly(12), bytes(40), bytes(200), fc.nat(), (key, nonce, associatedData, plaintext, at) => {
      const sealed = provider.seal(key, nonce, associatedData, plaintext);
      assert.deepEqual(sealed, nodeProvider.seal(key, nonce, associatedData, plaintext));
      sealed[(at >> 3) % sealed.length]! ^= 1 << (at & 7);
      assert.equal(provider.open(key, nonce, associatedData, sealed), undefined);
    }), { numRuns: 1000 });
  });

  it('reduce Poly1305 rightly at the edges (RFC 8439, A.3, test vectors 7 to 11)', () => {
    const ff = 'ff'.repeat(16);
    const zeros = '00'.repeat(16);
    const small = (octet: string): string => `${octet}${'00'.repeat(15)}`;
    const cases: [string, string, string][] = [
      [small('02') + zeros, ff, small('03')],
      [small('02') + ff, small('02'), small('03')],
      [small('01') + zeros, `${ff}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`, small('05')],
      [small('01') + zeros, `${ff}fb${'fe'.repeat(15)}${'01'.repeat(16)}`, zeros],
      [small('02') + zeros, `fd${'ff'.repeat(15)}`, `fa${'ff'.repeat(15)}`],
    ];
    for (const [key, message, tag] of cases) assert.equal(toHex(oneTimeTag(fromHex(key)!, fromHex(message)!)), tag);
  });
});
