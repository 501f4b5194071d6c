// A reading as deterministic CBOR (modules/wire/lorica.cddl, section "readings"). Runs for every record, so it writes
// straight through and makes no intermediate values.
import { Writer } from 'lorica/cbor/writer';
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
  type EventReading,
  type GapReading,
  type Measurement,
  type Reading,
  type StatusReading,
  type SyncReading,
  type VitalsReading,
  type WaveformReading
} from 'lorica/reading/reading';

const INT32 = 0x80000000;

/**
 * @returns the plaintext of a record, always less than MAX_RECORD_PLAINTEXT (1024) octets
 * @throws RangeError on a field beyond its bounds: such a reading must not be made
 */
export function encodeReading(reading: Reading): Uint8Array {
  switch (reading.kind) {
    case 'vitals':
      return encodeVitals(reading);
    case 'waveform':
      return encodeWaveform(reading);
    case 'event':
      return encodeEvent(reading);
    case 'gap':
      return encodeGap(reading);
    case 'status':
      return encodeStatus(reading);
    case 'sync':
      return encodeSync(reading);
    default:
      throw new TypeError('no such kind of reading');
  }
}

/** Undelivered chains, as a status reading and handshake message 3 have them. */
export function writeChains(writer: Writer, chains: readonly ChainEnd[]): void {
  if (chains.length > MAX_CHAINS) throw new RangeError('too many chains');
  writer.array(chains.length);
  for (const chain of chains) writer.array(2).bytes(chain.tag, 8, 8).int(chain.next, 0, MAX_UINT32);
}

function begin(reading: Reading, entries: number, expectedLength: number): Writer {
  return new Writer(expectedLength)
    .map(entries + 3)
    .int(0)
    .int(READING_KIND[reading.kind])
    .int(1)
    .int(reading.boot, 0, MAX_UINT32)
    .int(2)
    .int(reading.tick, 0, MAX_TICK);
}

function encodeVitals(reading: VitalsReading): Uint8Array {
  const measurements = ascending(reading.measurements);
  if (measurements.length === 0) throw new RangeError('no measurement');
  const writer = begin(reading, 1, 96).int(3).map(measurements.length);
  for (const { vital, value, quality } of measurements) {
    const info = VITALS[vital];
    if (info === undefined) throw new RangeError('no such vital');
    writer.int(vital).array(2);
    if (value === undefined) writer.null();
    else writer.int(value, info.minimum, info.maximum);
    writer.int(quality, 0, MAX_QUALITY);
  }
  return writer.finish();
}

function ascending(measurements: readonly Measurement[]): readonly Measurement[] {
  let sorted = measurements;
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i]!.vital <= sorted[i - 1]!.vital) {
      if (sorted !== measurements) throw new RangeError('one vital twice');
      sorted = [...measurements].sort((a, b) => a.vital - b.vital);
      i = 0;
    }
  }
  return sorted;
}

function encodeWaveform(reading: WaveformReading): Uint8Array {
  const { encoding, count, samples } = reading;
  if (encoding === ENCODING.int16 && samples.length !== 2 * count) throw new RangeError('count does not fit the samples');
  return begin(reading, 9, 96 + samples.length)
    .int(3)
    .int(reading.channel, CHANNEL.ecgI, CHANNEL.accelerationZ)
    .int(4)
    .int(reading.rateMilliHertz, 1, MAX_RATE_MILLIHERTZ)
    .int(5)
    .int(reading.resolution, 0, MAX_UINT32)
    .int(6)
    .int(reading.baseline, -INT32, INT32 - 1)
    .int(7)
    .int(encoding, ENCODING.int16, ENCODING.rice)
    .int(8)
    .int(count, 1, MAX_WAVEFORM_SAMPLES)
    .int(9)
    .bytes(samples, 1, MAX_WAVEFORM_BYTES)
    .int(10)
    .int(reading.firstIndex, 0, MAX_TICK)
    .int(11)
    .int(reading.quality, 0, MAX_QUALITY)
    .finish();
}

function encodeEvent(reading: EventReading): Uint8Array {
  const { code, value, quality } = reading;
  const entries = 1 + (value === undefined ? 0 : 1) + (quality === undefined ? 0 : 1);
  const writer = begin(reading, entries, 48).int(3).int(code, EVENT.heartRateHigh, EVENT.collaborationRefused);
  if (value !== undefined) writer.int(4).int(value, -INT32, INT32 - 1);
  if (quality !== undefined) writer.int(5).int(quality, 0, MAX_QUALITY);
  return writer.finish();
}

function encodeGap(reading: GapReading): Uint8Array {
  return begin(reading, 4, 64)
    .int(3)
    .bytes(reading.tag, 8, 8)
    .int(4)
    .int(reading.first, 0, MAX_UINT32)
    .int(5)
    .int(reading.last, reading.first, MAX_UINT32)
    .int(6)
    .int(reading.reason, GAP_REASON.reset, GAP_REASON.journalDamaged)
    .finish();
}

function encodeStatus(reading: StatusReading): Uint8Array {
  if (reading.counters.size > MAX_COUNTERS) throw new RangeError('too many counters');
  const writer = begin(reading, 4, 256)
    .int(3)
    .text(reading.firmware, 0, MAX_FIRMWARE_LENGTH)
    .int(4)
    .int(reading.resetReason, 0, MAX_RESET_REASON)
    .int(5)
    .map(reading.counters.size);
  for (const code of [...reading.counters.keys()].sort((a, b) => a - b)) {
    writer.int(code, 1, MAX_COUNTER_CODE).int(reading.counters.get(code)!, 0, MAX_UINT32);
  }
  writer.int(6);
  writeChains(writer, reading.chains);
  return writer.finish();
}

function encodeSync(reading: SyncReading): Uint8Array {
  return begin(reading, 3, 64)
    .int(3)
    .int(reading.sentTick, 0, MAX_TICK)
    .int(4)
    .int(reading.receivedTick, reading.sentTick, MAX_TICK)
    .int(5)
    .int(reading.timeMs, 0, MAX_TICK)
    .finish();
}
