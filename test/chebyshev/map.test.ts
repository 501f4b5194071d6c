import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from 'lorica/bytes/bytes';
import { CHEBYSHEV_1536, CHEBYSHEV_2048 } from 'lorica/chebyshev/diffie-hellman';
import { CHEB1536, CHEB2048, SECRET_LENGTH } from 'lorica/chebyshev/groups';
import { generateKeyPair, isMember, publicValue, sharedValue } from 'lorica/chebyshev/map';
import provider from 'lorica/chebyshev/provider';
import { jacobi, ladder, referenceChebyshev as reference, toBytes, toInteger } from 'lorica/chebyshev/reference';
import { entropy } from 'lorica/primitives/entropy';

const GROUPS = [CHEB2048, CHEB1536];
const secrets = fc.uint8Array({ minLength: SECRET_LENGTH, maxLength: SECRET_LENGTH }).filter((bytes) => bytes.some((byte) => byte !== 0));
const few = { numRuns: 8 };

for (const group of GROUPS) {
  describe(`chebyshev: the map, ${group.name}`, () => {
    const values = fc.uint8Array({ minLength: group.publicLength, maxLength: group.publicLength });

    it('T_a(T_b(x)) = T_b(T_a(x)) = T_ab(x)', () => {
      const indices = fc.bigInt(1n, (1n << 128n) - 1n);
      fc.assert(fc.property(indices, indices, values, (a, b, bytes) => {
        const x = toInteger(bytes) % group.p;
        const ab = ladder(a, ladder(b, x, group.p), group.p);
        assert.equal(ladder(b, ladder(a, x, group.p), group.p), ab);
        assert.equal(ladder(a * b, x, group.p), ab);
      }), few);
    });

    it('the ladder follows T_n+1 = 2 x T_n − T_n−1', () => {
      fc.assert(fc.property(values, (bytes) => {
        const x = toInteger(bytes) % group.p;
        let [previous, current] = [1n, x];
        for (let n = 1n; n < 10n; n++) {
          assert.equal(ladder(n, x, group.p), current);
          [previous, current] = [current, (2n * x * current - previous + group.p) % group.p];
        }
      }), few);
    });

    it('the provider agrees with the reference, in values and in refusals', () => {
      fc.assert(fc.property(secrets, values, (secret, x) => {
        assert.deepEqual(provider.publicValue(group, secret), reference.publicValue(group, secret));
        assert.deepEqual(provider.sharedValue(group, secret, x), reference.sharedValue(group, secret, x));
        assert.equal(provider.isMember(group, x), reference.isMember(group, x));
      }), few);
    });

    it('both sides of an agreement hold one value, and no third pair does', () => {
      const [a, b, c] = [generateKeyPair(group, entropy), generateKeyPair(group, entropy), generateKeyPair(group, entropy)];
      const shared = sharedValue(group, a.secretKey, b.publicKey)!;
      assert.equal(shared.length, group.publicLength);
      assert.deepEqual(sharedValue(group, b.secretKey, a.publicKey), shared);
      assert.notDeepEqual(sharedValue(group, c.secretKey, a.publicKey), shared);
      assert.deepEqual(publicValue(group, a.secretKey), a.publicKey);
      assert.ok(isMember(group, a.publicKey));
    });

    it('X and −X agree, and only one of them is a member', () => {
      const { publicKey } = generateKeyPair(group, entropy);
      const negated = toBytes(group.p - toInteger(publicKey), group.publicLength);
      const { secretKey } = generateKeyPair(group, entropy);
      assert.deepEqual(sharedValue(group, secretKey, negated), sharedValue(group, secretKey, publicKey));
      assert.ok(!isMember(group, negated));
    });

    it('refuses exactly the values of order dividing 12', () => {
      const { secretKey } = generateKeyPair(group, entropy);
      const half = (group.p + 1n) / 2n;
      const root3 = squareRoot(3n, group.p);
      const low = [0n, 1n, -1n, half, -half, root3 * half, -root3 * half].map((v) => ((v % group.p) + group.p) % group.p);
      assert.equal(new Set(low).size, 7);
      for (const value of low) {
        assert.equal(sharedValue(group, secretKey, toBytes(value, group.publicLength)), undefined);
        assert.equal(isMember(group, toBytes(value, group.publicLength)), false);
        const near = toBytes(value + 2n, group.publicLength); // 2 above each is none of them
        assert.equal(sharedValue(group, secretKey, near) === undefined, value + 2n >= group.p);
      }
    });

    it('refuses p and all above it, and any other length', () => {
      const { secretKey, publicKey } = generateKeyPair(group, entropy);
      for (const value of [group.p, group.p + 1n, (1n << BigInt(8 * group.publicLength)) - 1n]) {
        assert.equal(sharedValue(group, secretKey, toBytes(value, group.publicLength)), undefined);
        assert.equal(isMember(group, toBytes(value, group.publicLength)), false);
      }
      for (const length of [0, 1, group.publicLength - 1]) {
        assert.equal(sharedValue(group, secretKey, publicKey.subarray(0, length)), undefined);
        assert.equal(isMember(group, publicKey.subarray(0, length)), false);
      }
      const longer = new Uint8Array(group.publicLength + 1);
      longer.set(publicKey);
      assert.equal(sharedValue(group, secretKey, longer), undefined);
      assert.equal(isMember(group, longer), false);
    });

    it('throws on a secret that is zero, of another length, or no octets', () => {
      const zero = new Uint8Array(SECRET_LENGTH);
      const value = publicValue(group, Uint8Array.from(zero, (_, i) => i));
      for (const [secret, error] of [
        [zero, RangeError], [zero.subarray(1), RangeError], [new Uint8Array(33).fill(1), RangeError], ['n' as unknown as Uint8Array, TypeError],
      ] as const) {
        assert.throws(() => publicValue(group, secret), error);
        assert.throws(() => sharedValue(group, secret, value), error);
      }
      assert.throws(() => isMember(group, 'X' as unknown as Uint8Array), TypeError);
    });

    it('makes no pair from entropy that is short, all zeros, or failing', () => {
      assert.throws(() => generateKeyPair(group, (length) => new Uint8Array(length)), /entropy/);
      assert.throws(() => generateKeyPair(group, () => new Uint8Array(31).fill(7)), /entropy/);
      assert.throws(() => generateKeyPair(group, () => { throw new Error('no noise today'); }), /no noise today/);
    });
  });
}

describe('chebyshev: as the DH of a Noise handshake', () => {
  it('is named after its group and agrees', () => {
    for (const [dh, group] of [[CHEBYSHEV_2048, CHEB2048], [CHEBYSHEV_1536, CHEB1536]] as const) {
      assert.equal(dh.name, group.name);
      assert.equal(dh.publicLength, group.publicLength);
      assert.equal(dh.sharedLength, group.publicLength);
      const [a, b] = [dh.generate(entropy), dh.generate(entropy)];
      assert.deepEqual(dh.shared(a.secretKey, b.publicKey), dh.shared(b.secretKey, a.publicKey));
      assert.deepEqual(dh.publicKey(a.secretKey), a.publicKey);
      assert.ok(dh.isMember(a.publicKey));
      assert.equal(dh.shared(a.secretKey, new Uint8Array(dh.publicLength)), undefined);
      assert.equal(dh.shared(a.secretKey, new Uint8Array(3)), undefined);
    }
    assert.notEqual(toHex(CHEBYSHEV_2048.generate(entropy).secretKey), toHex(CHEBYSHEV_2048.generate(entropy).secretKey));
  });
});

describe('chebyshev: the Jacobi symbol', () => {
  it('is the table of squares for a small prime, and 0 for multiples', () => {
    for (const p of [13n, 37n, 61n, 7n, 11n]) {
      const squares = new Set(Array.from({ length: Number(p) - 1 }, (_, i) => (BigInt(i + 1) ** 2n) % p));
      for (let a = -p; a <= 2n * p; a++) {
        const residue = ((a % p) + p) % p;
        assert.equal(jacobi(a, p), residue === 0n ? 0 : squares.has(residue) ? 1 : -1);
      }
    }
  });
});

/** a^((p+3)/8), times 2^((p−1)/4) where that is not yet a root; p ≡ 5 (mod 8) */
function squareRoot(a: bigint, p: bigint): bigint {
  const root = power(a, (p + 3n) / 8n, p);
  return (root * root) % p === a ? root : (root * power(2n, (p - 1n) / 4n, p)) % p;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const digit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (digit === '1') result = (result * base) % modulus;
  }
  return result;
}
