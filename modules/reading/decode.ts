// A reading from the plaintext of a record, strictly (modules/wire/lorica.cddl, section "readings"): deterministic CBOR,
// exactly the keys of its kind, every number within its bounds. What is in a Rice-coded waveform is checked by who
// unpacks it (lorica/waveform/rice).
import { Reader } from 'lorica/cbor/reader';
import {
  CHANNEL,
  ENCODING,
  EVENT,
  GAP_REASON,
  MAX_CHAINS,
  MAX_COUNTER_CODE,
  MAX_COUNTERS,
  MAX_FIRMWARE_LENGTH,
  MAX_QUALITY,
  MAX_RATE_MILLIHERTZ,
  MAX_RESET_REASON,
  MAX_TICK,
  MAX_UINT32,
  MAX_WAVEFORM_BYTES,
  MAX_WAVEFORM_SAMPLES,
  READING_KIND,
  VITALS,
  type ChainEnd,
  type Channel,
  type Encoding,
  type EventCode,
  type GapReason,
  type Measurement,
  type Reading,
  type Vital
} from 'lorica/reading/reading';

const INT32 = 0x80000000;

/** @returns the reading, or `undefined` for anything but the one right encoding of a reading */
export function decodeReading(plaintext: Uint8Array): Reading | undefined {
  const reader = new Reader(plaintext);
  const entries = reader.map(4, 12);
  reader.key(0);
  const kind = reader.uint(READING_KIND.vitals, READING_KIND.sync);
  reader.key(1);
  const boot = reader.uint(0, MAX_UINT32);
  reader.key(2);
  const tick = reader.uint(0, MAX_TICK);
  const reading = readBody(reader, kind, entries - 3, boot, tick);
  return reader.done ? reading : undefined;
}

/** Undelivered chains, as a status reading and handshake message 3 have them. */
export function readChains(reader: Reader): ChainEnd[] {
  const chains: ChainEnd[] = [];
  const count = reader.array(0, MAX_CHAINS);
  for (let i = 0; i < count; i++) {
    reader.array(2, 2);
    chains.push({ tag: reader.bytes(8, 8), next: reader.uint(0, MAX_UINT32) });
  }
  return chains;
}

/** @param entries how many keys must follow the common three */
function readBody(reader: Reader, kind: number, entries: number, boot: number, tick: number): Reading | undefined {
  switch (kind) {
    case READING_KIND.vitals:
      return readVitals(reader, entries, boot, tick);
    case READING_KIND.waveform:
      return readWaveform(reader, entries, boot, tick);
    case READING_KIND.event:
      return readEvent(reader, entries, boot, tick);
    case READING_KIND.gap:
      return readGap(reader, entries, boot, tick);
    case READING_KIND.status:
      return readStatus(reader, entries, boot, tick);
    case READING_KIND.sync:
      return readSync(reader, entries, boot, tick);
    default:
      return undefined;
  }
}

function readVitals(reader: Reader, entries: number, boot: number, tick: number): Reading {
  const measurements: Measurement[] = [];
  if (entries !== 1) reader.fail();
  reader.key(3);
  const count = reader.map(1, VITALS.length - 1);
  let last = 0;
  for (let i = 0; i < count && !reader.failed; i++) {
    const vital = reader.uint(last + 1, VITALS.length - 1) as Vital;
    last = vital;
    reader.array(2, 2);
    const info = VITALS[vital]!;
    const value = reader.failed || reader.hasNull() ? undefined : reader.int(info.minimum, info.maximum);
    measurements.push({ vital, value, quality: reader.uint(0, MAX_QUALITY) });
  }
  return { kind: 'vitals', boot, tick, measurements };
}

function readWaveform(reader: Reader, entries: number, boot: number, tick: number): Reading {
  if (entries !== 9) reader.fail();
  reader.key(3);
  const channel = reader.uint(CHANNEL.ecgI, CHANNEL.accelerationZ) as Channel;
  reader.key(4);
  const rateMilliHertz = reader.uint(1, MAX_RATE_MILLIHERTZ);
  reader.key(5);
  const resolution = reader.uint(0, MAX_UINT32);
  reader.key(6);
  const baseline = reader.int(-INT32, INT32 - 1);
  reader.key(7);
  const encoding = reader.uint(ENCODING.int16, ENCODING.rice) as Encoding;
  reader.key(8);
  const count = reader.uint(1, MAX_WAVEFORM_SAMPLES);
  reader.key(9);
  const samples = reader.bytes(1, MAX_WAVEFORM_BYTES);
  if (encoding === ENCODING.int16 && samples.length !== 2 * count) reader.fail();
  reader.key(10);
  const firstIndex = reader.uint(0, MAX_TICK);
  reader.key(11);
  const quality = reader.uint(0, MAX_QUALITY);
  return {
    kind: 'waveform', boot, tick, channel, rateMilliHertz, resolution, baseline, encoding, count, samples, firstIndex, quality
  };
}

function readEvent(reader: Reader, entries: number, boot: number, tick: number): Reading {
  reader.key(3);
  const code = reader.uint(EVENT.heartRateHigh, EVENT.collaborationRefused) as EventCode;
  let left = entries - 1;
  let value: number | undefined;
  let quality: number | undefined;
  if (left > 0 && reader.hasKey(4)) {
    value = reader.int(-INT32, INT32 - 1);
    left--;
  }
  if (left > 0) {
    reader.key(5);
    quality = reader.uint(0, MAX_QUALITY);
    left--;
  }
  if (left !== 0) reader.fail();
  return { kind: 'event', boot, tick, code, value, quality };
}

function readGap(reader: Reader, entries: number, boot: number, tick: number): Reading {
  if (entries !== 4) reader.fail();
  reader.key(3);
  const tag = reader.bytes(8, 8);
  reader.key(4);
  const first = reader.uint(0, MAX_UINT32);
  reader.key(5);
  const last = reader.uint(first, MAX_UINT32);
  reader.key(6);
  const reason = reader.uint(GAP_REASON.reset, GAP_REASON.journalDamaged) as GapReason;
  return { kind: 'gap', boot, tick, tag, first, last, reason };
}

function readStatus(reader: Reader, entries: number, boot: number, tick: number): Reading {
  if (entries !== 4) reader.fail();
  reader.key(3);
  const firmware = reader.text(0, MAX_FIRMWARE_LENGTH);
  reader.key(4);
  const resetReason = reader.uint(0, MAX_RESET_REASON);
  reader.key(5);
  const counters = new Map<number, number>();
  const count = reader.map(0, MAX_COUNTERS);
  let code = 0;
  for (let i = 0; i < count && !reader.failed; i++) {
    code = reader.uint(code + 1, MAX_COUNTER_CODE);
    counters.set(code, reader.uint(0, MAX_UINT32));
  }
  reader.key(6);
  return { kind: 'status', boot, tick, firmware, resetReason, counters, chains: readChains(reader) };
}

function readSync(reader: Reader, entries: number, boot: number, tick: number): Reading {
  if (entries !== 3) reader.fail();
  reader.key(3);
  const sentTick = reader.uint(0, MAX_TICK);
  reader.key(4);
  const receivedTick = reader.uint(sentTick, MAX_TICK);
  reader.key(5);
  const timeMs = reader.uint(0, MAX_TICK);
  return { kind: 'sync', boot, tick, sentTick, receivedTick, timeMs };
}
