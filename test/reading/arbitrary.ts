// Random readings within their bounds.
import fc from 'fast-check';
import {
  CHANNEL,
  COUNTER,
  ENCODING,
  EVENT,
  GAP_REASON,
  MAX_CHAINS,
  MAX_COUNTER_CODE,
  MAX_COUNTERS,
  MAX_RATE_MILLIHERTZ,
  MAX_TICK,
  MAX_UINT32,
  MAX_WAVEFORM_BYTES,
  MAX_WAVEFORM_SAMPLES,
  VITALS,
  type ChainEnd,
  type Measurement,
  type Reading,
  type Vital
} from 'lorica/reading/reading';

/** as `fc.record`, with the prototype that object literals have */
export const plain = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record<T>(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
const one = <T extends number>(table: Record<string, T>): fc.Arbitrary<T> => fc.constantFrom(...Object.values(table));
export const uint32 = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: MAX_UINT32 }), fc.constantFrom(0, MAX_UINT32));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
export const count48 = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: MAX_TICK }), fc.constantFrom(0, MAX_TICK));
const quality = fc.integer({ min: 0, max: 100 });
export const tag = fc.uint8Array({ minLength: 8, maxLength: 8 });
export const chains: fc.Arbitrary<ChainEnd[]> = fc.array(plain({ tag, next: uint32 }), { maxLength: MAX_CHAINS });
/** at most 32 octets of UTF-8 */
export const firmware = fc.string({ unit: 'binary', maxLength: 8 });
export const ordered = (numbers: fc.Arbitrary<number>): fc.Arbitrary<[number, number]> =>
  fc.tuple(numbers, numbers).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);
const stamp = { boot: uint32, tick: count48 };

const measurement = (vital: Vital): fc.Arbitrary<Measurement> => {
  const { minimum: min, maximum: max } = VITALS[vital]!;
  const value = fc.option(fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max)), { nil: undefined });
  return plain({ vital: fc.constant(vital), value, quality });
};
const measurements = fc
  .subarray([1, 2, 3, 4, 5, 6, 7, 8] as Vital[], { minLength: 1 })
  .chain((vitals) => fc.tuple(...vitals.map(measurement)));

const samples = fc.oneof(
  fc.integer({ min: 1, max: MAX_WAVEFORM_BYTES / 2 }).chain((count) =>
    fc.uint8Array({ minLength: 2 * count, maxLength: 2 * count }).map((bytes) => ({ encoding: ENCODING.int16, count, samples: bytes }))
  ),
  plain({
    encoding: fc.constant(ENCODING.rice),
    count: fc.integer({ min: 1, max: MAX_WAVEFORM_SAMPLES }),
    samples: fc.uint8Array({ minLength: 1, maxLength: MAX_WAVEFORM_BYTES })
  })
);

export const readings: fc.Arbitrary<Reading> = fc.oneof(
  plain({ kind: fc.constant('vitals' as const), ...stamp, measurements }),
  plain({
      kind: fc.constant('waveform' as const),
      ...stamp,
      channel: one(CHANNEL),
      rateMilliHertz: fc.integer({ min: 1, max: MAX_RATE_MILLIHERTZ }),
      resolution: uint32,
      baseline: int32,
      firstIndex: count48,
      quality
    })
    .chain((rest) => samples.map((part) => ({ ...rest, ...part }))),
  plain({
    kind: fc.constant('event' as const),
    ...stamp,
    code: one(EVENT),
    value: fc.option(int32, { nil: undefined }),
    quality: fc.option(quality, { nil: undefined })
  }),
  ordered(uint32).chain(([first, last]) =>
    plain({
      kind: fc.constant('gap' as const),
      ...stamp,
      tag,
      first: fc.constant(first),
      last: fc.constant(last),
      reason: one(GAP_REASON)
    })
  ),
  plain({
    kind: fc.constant('status' as const),
    ...stamp,
    firmware,
    resetReason: fc.integer({ min: 0, max: 255 }),
    counters: fc
      .uniqueArray(fc.oneof(one(COUNTER), fc.integer({ min: 1, max: MAX_COUNTER_CODE })), { maxLength: MAX_COUNTERS })
      .chain((codes) => fc.tuple(...codes.map((code) => uint32.map((count): [number, number] => [code, count]))))
      .map((entries) => new Map(entries)),
    chains
  }),
  ordered(count48).chain(([sentTick, receivedTick]) =>
    plain({
      kind: fc.constant('sync' as const),
      ...stamp,
      sentTick: fc.constant(sentTick),
      receivedTick: fc.constant(receivedTick),
      timeMs: count48
    })
  )
);
