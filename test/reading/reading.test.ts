import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toHex } from 'lorica/bytes/bytes';
import { decode } from 'lorica/cbor/decode';
import { encode } from 'lorica/cbor/encode';
import type { CborValue } from 'lorica/cbor/value';
import { decodeReading } from 'lorica/reading/decode';
import { encodeReading } from 'lorica/reading/encode';
import {
  CHANNEL,
  EVENT,
  GAP_REASON,
  isUrgent,
  MAX_CHAINS,
  MAX_COUNTERS,
  MAX_TICK,
  MAX_UINT32,
  MAX_WAVEFORM_BYTES,
  VITAL,
  VITALS,
  type Reading,
  type VitalsReading,
  type WaveformReading
} from 'lorica/reading/reading';
import { MAX_RECORD_PLAINTEXT } from 'lorica/wire/message-type';
import { damaged } from '../support/damage.ts';
import { readings } from './arbitrary.ts';

const TAG = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const stamp = { boot: 2, tick: 1000 };

const EXAMPLES: readonly [string, Reading, string][] = [
  [
    'vitals, one withheld',
    {
      kind: 'vitals',
      ...stamp,
      measurements: [
        { vital: VITAL.heartRate, value: 723, quality: 98 },
        { vital: VITAL.oxygenSaturation, value: undefined, quality: 12 },
        { vital: VITAL.skinTemperature, value: -5, quality: 100 }
      ]
    },
    'a400010102021903e803a301821902d318620282f60c0482241864'
  ],
  [
    'waveform',
    {
      kind: 'waveform',
      ...stamp,
      channel: CHANNEL.ecgII,
      rateMilliHertz: 250_000,
      resolution: 5000,
      baseline: -1,
      encoding: 0,
      count: 2,
      samples: Uint8Array.of(1, 0, 255, 255),
      firstIndex: 70000,
      quality: 90
    },
    'ac00020102021903e80302041a0003d09005191388062007000802094401 00ffff0a1a000111700b185a'
  ],
  ['event', { kind: 'event', ...stamp, code: EVENT.fall, value: undefined, quality: undefined }, 'a400030102021903e80307'],
  ['event with all', { kind: 'event', ...stamp, code: EVENT.heartRateLow, value: 385, quality: 80 }, 'a600030102021903e803020419018105 1850'],
  [
    'gap',
    { kind: 'gap', ...stamp, tag: TAG, first: 5, last: 255, reason: GAP_REASON.reset },
    'a700040102021903e80348 0102030405060708 04050518ff0601'
  ],
  [
    'status',
    { kind: 'status', ...stamp, firmware: '0.1.0', resetReason: 3, counters: new Map([[1, 7], [40, 0]]), chains: [{ tag: TAG, next: 9 }] },
    'a700050102021903e80365302e312e30040305a20107182800 0681 82480102030405060708 09'
  ],
  [
    'sync',
    { kind: 'sync', ...stamp, sentTick: 900, receivedTick: 950, timeMs: 1_700_000_000_000 },
    'a600060102021903e803190384041903b6051b0000018bcfe56800'
  ]
];

describe('reading', () => {
  it('has one encoding, written down', () => {
    for (const [name, reading, hex] of EXAMPLES) {
      const bytes = encodeReading(reading);
      assert.equal(toHex(bytes), hex.replaceAll(' ', ''), name);
      assert.deepEqual(decodeReading(bytes), reading, name);
    }
  });

  it('comes back as it went in, and never fills a record', () => {
    fc.assert(
      fc.property(readings, (reading) => {
        const bytes = encodeReading(reading);
        assert.ok(bytes.length <= MAX_RECORD_PLAINTEXT);
        assert.deepEqual(decodeReading(bytes), reading);
      }),
      { numRuns: 3000 }
    );
  });

  it('fits into a record even when everything in it is as large as it may be', () => {
    const greatest: Reading[] = [
      {
        kind: 'status',
        boot: MAX_UINT32,
        tick: MAX_TICK,
        firmware: 'x'.repeat(32),
        resetReason: 255,
        counters: new Map(Array.from({ length: MAX_COUNTERS }, (_, i) => [224 + i, MAX_UINT32])),
        chains: new Array(MAX_CHAINS).fill({ tag: TAG, next: MAX_UINT32 })
      },
      {
        ...(EXAMPLES[1]![1] as WaveformReading),
        boot: MAX_UINT32,
        tick: MAX_TICK,
        rateMilliHertz: 10_000_000,
        resolution: MAX_UINT32,
        baseline: -(2 ** 31),
        encoding: 1,
        count: 4096,
        samples: new Uint8Array(MAX_WAVEFORM_BYTES),
        firstIndex: MAX_TICK,
        quality: 100
      }
    ];
    for (const reading of greatest) assert.ok(encodeReading(reading).length <= MAX_RECORD_PLAINTEXT);
  });

  it('is not read from damaged bytes, unless they are the one encoding of another reading', () => {
    for (const [name, reading] of EXAMPLES) {
      for (const bytes of damaged(encodeReading(reading))) {
        const other = decodeReading(bytes);
        if (other !== undefined) assert.deepEqual(encodeReading(other), bytes, name);
      }
      const bytes = encodeReading(reading);
      for (let length = 0; length < bytes.length; length++) assert.equal(decodeReading(bytes.subarray(0, length)), undefined);
    }
  });

  it('is not read from random bytes or random CBOR', () => {
    const check = (bytes: Uint8Array): void => {
      const reading = decodeReading(bytes);
      if (reading !== undefined) assert.deepEqual(encodeReading(reading), bytes);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), check), { numRuns: 5000 });
    const value = fc.oneof(fc.maxSafeInteger(), fc.uint8Array({ maxLength: 9 }), fc.constant(null), fc.constant(new Map<number, CborValue>()));
    const maps = fc.array(value, { minLength: 4, maxLength: 12 }).map((list) => new Map(list.map((each, key) => [key, each])));
    fc.assert(fc.property(maps, fc.integer({ min: 0, max: 7 }), (map, kind) => check(encode(new Map<number, CborValue>([...map, [0, kind]])))), {
      numRuns: 5000
    });
  });

  it('has exactly the keys of its kind: none missing, none more, none twice', () => {
    for (const [name, reading] of EXAMPLES) {
      const map = decode(encodeReading(reading)) as ReadonlyMap<number, CborValue>;
      for (const key of map.keys()) {
        const without = new Map(map);
        without.delete(key);
        const optional = reading.kind === 'event' && (key === 4 || key === 5);
        assert.equal(decodeReading(encode(without)) !== undefined, optional, `${name} without ${key}`);
      }
      for (let key = -2; key < 30; key++) {
        if (map.has(key) || (reading.kind === 'event' && (key === 4 || key === 5))) continue;
        for (const value of [0, null, TAG]) assert.equal(decodeReading(encode(new Map(map).set(key, value))), undefined, `${name} with ${key}`);
      }
    }
  });

  it('keeps every number within its bounds, both ways', () => {
    const vitals = EXAMPLES[0]![1] as VitalsReading;
    const waveform = EXAMPLES[1]![1] as WaveformReading;
    const wrong: object[] = [
      { ...vitals, boot: -1 },
      { ...vitals, boot: MAX_UINT32 + 1 },
      { ...vitals, tick: MAX_TICK + 1 },
      { ...vitals, tick: 0.5 },
      { ...vitals, measurements: [] },
      { ...vitals, measurements: [{ vital: 1, value: 1, quality: 101 }] },
      { ...vitals, measurements: [{ vital: 1, value: 1, quality: -1 }] },
      { ...vitals, measurements: [{ vital: 0, value: 1, quality: 1 }] },
      { ...vitals, measurements: [{ vital: 9, value: 1, quality: 1 }] },
      { ...vitals, measurements: [{ vital: 1, value: 1, quality: 1 }, { vital: 1, value: 1, quality: 1 }] },
      { ...waveform, channel: 0 },
      { ...waveform, channel: 8 },
      { ...waveform, rateMilliHertz: 0 },
      { ...waveform, rateMilliHertz: 10_000_001 },
      { ...waveform, resolution: -1 },
      { ...waveform, baseline: 2 ** 31 },
      { ...waveform, baseline: -(2 ** 31) - 1 },
      { ...waveform, encoding: 2 },
      { ...waveform, count: 3 },
      { ...waveform, encoding: 1, count: 4097 },
      { ...waveform, encoding: 1, count: 0 },
      { ...waveform, encoding: 1, samples: new Uint8Array(MAX_WAVEFORM_BYTES + 1) },
      { ...waveform, encoding: 1, samples: new Uint8Array(0) },
      { ...waveform, count: 0, samples: new Uint8Array(0) },
      { kind: 'event', ...stamp, code: 0 },
      { kind: 'event', ...stamp, code: 13 },
      { kind: 'event', ...stamp, code: 1, value: 2 ** 31 },
      { kind: 'gap', ...stamp, tag: TAG, first: 6, last: 5, reason: 1 },
      { kind: 'gap', ...stamp, tag: TAG, first: 0, last: 5, reason: 4 },
      { kind: 'gap', ...stamp, tag: TAG.subarray(1), first: 0, last: 5, reason: 1 },
      { kind: 'status', ...stamp, firmware: 'x'.repeat(33), resetReason: 0, counters: new Map(), chains: [] },
      { kind: 'status', ...stamp, firmware: '\u{1f600}'.repeat(9), resetReason: 0, counters: new Map(), chains: [] },
      { kind: 'status', ...stamp, firmware: '', resetReason: 256, counters: new Map(), chains: [] },
      { kind: 'status', ...stamp, firmware: '', resetReason: 0, counters: new Map([[0, 1]]), chains: [] },
      { kind: 'status', ...stamp, firmware: '', resetReason: 0, counters: new Map([[256, 1]]), chains: [] },
      { kind: 'status', ...stamp, firmware: '', resetReason: 0, counters: new Map(Array.from({ length: 33 }, (_, i) => [i + 1, 1])), chains: [] },
      { kind: 'status', ...stamp, firmware: '', resetReason: 0, counters: new Map(), chains: new Array(33).fill({ tag: TAG, next: 0 }) },
      { kind: 'sync', ...stamp, sentTick: 2, receivedTick: 1, timeMs: 0 },
      { kind: 'sync', ...stamp, sentTick: 2, receivedTick: 2, timeMs: MAX_TICK + 1 }
    ];
    for (const [i, reading] of wrong.entries()) assert.throws(() => encodeReading(reading as Reading), RangeError, `case ${i}`);
    assert.throws(() => encodeReading({ kind: 'other', ...stamp } as unknown as Reading), TypeError);
    for (const [key, values] of Object.entries(WRONG_ON_THE_WIRE)) {
      const [, reading] = EXAMPLES.find(([name]) => name === key)!;
      const map = decode(encodeReading(reading)) as ReadonlyMap<number, CborValue>;
      for (const [at, value] of values) assert.equal(decodeReading(encode(new Map(map).set(at, value))), undefined, `${key} ${at}`);
    }
  });

  it('takes each vital from its least to its greatest value and no further', () => {
    for (const [vital, info] of VITALS.entries()) {
      if (info === undefined) continue;
      for (const [value, right] of [[info.minimum - 1, false], [info.minimum, true], [info.maximum, true], [info.maximum + 1, false]] as const) {
        const bytes = encode(new Map<number, CborValue>([[0, 1], [1, 0], [2, 0], [3, new Map([[vital, [value, 50]]])]]));
        assert.equal(decodeReading(bytes) !== undefined, right, `${info.name} ${value}`);
      }
    }
  });

  it('puts measurements into the order of the wire without touching the caller\'s', () => {
    const measurements = [7, 2, 5, 1].map((vital) => ({ vital, value: 1, quality: 1 })) as VitalsReading['measurements'];
    const bytes = encodeReading({ kind: 'vitals', ...stamp, measurements });
    assert.deepEqual((decodeReading(bytes) as VitalsReading).measurements.map(({ vital }) => vital), [1, 2, 5, 7]);
    assert.deepEqual(measurements.map(({ vital }) => vital), [7, 2, 5, 1]);
    for (const order of [[2, 1, 2], [1, 2, 1], [3, 1, 2, 1]]) {
      const doubled = order.map((vital) => ({ vital, value: 1, quality: 1 })) as VitalsReading['measurements'];
      assert.throws(() => encodeReading({ kind: 'vitals', ...stamp, measurements: doubled }), RangeError);
    }
  });

  it('is urgent when it is an event', () => {
    assert.deepEqual(EXAMPLES.map(([, reading]) => isUrgent(reading)), [false, false, true, true, false, false, false]);
  });
});

/** by example: key and value that must not pass */
const WRONG_ON_THE_WIRE: Record<string, [number, CborValue][]> = {
  'vitals, one withheld': [
    [0, 0],
    [0, 7],
    [0, 32],
    [1, MAX_UINT32 + 1],
    [1, -1],
    [2, MAX_TICK + 1],
    [3, new Map()],
    [3, new Map([[0, [1, 1]]])],
    [3, new Map([[9, [1, 1]]])],
    [3, new Map([[1, [1]]])],
    [3, new Map([[1, [1, 1, 1]]])],
    [3, new Map([[1, [1, null]]])],
    [3, new Map([[1, [1, 101]]])],
    [3, new Map([[1, [true, 1]]])],
    [3, [1, 1]]
  ],
  waveform: [
    [3, 0],
    [3, 8],
    [4, 0],
    [4, 10_000_001],
    [5, -1],
    [5, MAX_UINT32 + 1],
    [6, 2 ** 31],
    [6, -(2 ** 31) - 1],
    [7, 2],
    [8, 3],
    [8, 0],
    [9, new Uint8Array(5)],
    [9, new Uint8Array(0)],
    [9, 'text'],
    [10, MAX_TICK + 1],
    [11, 101]
  ],
  event: [[3, 0], [3, 13], [4, 2 ** 31], [5, 101], [4, null]],
  gap: [[3, new Uint8Array(7)], [3, new Uint8Array(9)], [4, 256], [5, 4], [6, 0], [6, 4]],
  status: [
    [3, 'x'.repeat(33)],
    [4, 256],
    [5, new Map([[0, 1]])],
    [5, new Map([[256, 1]])],
    [5, new Map([[1, MAX_UINT32 + 1]])],
    [5, new Map(Array.from({ length: 33 }, (_, i) => [i + 1, 1]))],
    [6, new Array<CborValue>(33).fill([TAG, 0])],
    [6, [[TAG]]],
    [6, [[TAG, 0, 0]]],
    [6, [[TAG, MAX_UINT32 + 1]]]
  ],
  sync: [[3, 951], [4, 899], [5, MAX_TICK + 1], [5, -1]]
};
