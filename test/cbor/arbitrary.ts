// Random values of the CBOR subset.
import fc from 'fast-check';
import type { CborValue } from 'lorica/cbor/value';

const MAX = Number.MAX_SAFE_INTEGER;

export const integers: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -30, max: 300 }),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 23, 24, 255, 256, 65535, 65536, 0xffffffff, 0x100000000, MAX, -1, -24, -25, -256, -257, -65536, -65537, -0x100000000, -0x100000001, -MAX)
);

export const values: fc.Arbitrary<CborValue> = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    integers,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(integers, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries))
  )
})).value;
