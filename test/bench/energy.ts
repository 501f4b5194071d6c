// `npm run bench:energy`: what the sampling plans draw from a 150 mAh cell, part by part, each with its source and the
// least and most it may be. Arithmetic over data sheets, not a measurement on a board. Options replace the estimated
// instruction counts by measured ones: --ecg, --ppg, --motion (millions of instructions a second of signal).

import { Command } from 'commander';
import { runMain } from 'lorica/hosts/node/failure';
import { CONTINUOUS_PLAN, DEFAULT_PLAN } from 'lorica/vitals/plan';
import type { SamplingPlan, Sensor } from 'lorica/vitals/plan';
import { print } from './harness.ts';
import type { Figure } from './harness.ts';

/** A quantity with its error bar. */
interface Range {
  readonly least: number;
  readonly typical: number;
  readonly most: number;
}

const around = (typical: number, share: number): Range => ({ least: typical * (1 - share), typical, most: typical * (1 + share) });
const factor = (typical: number, by: number): Range => ({ least: typical / by, typical, most: typical * by });

const CELL_MAH = 150;
/** Usable share: cut-off, regulator, self-discharge of a week, age. */
const USABLE = { least: 0.75, typical: 0.85, most: 0.92 };

/**
 * Microamperes of each sensor while on and while off.
 * ECG: MAX30003 (19-8558 Rev 2, electrical characteristics): 85 µW at 1.1 V; shutdown 0.6 µA.
 * PPG: MAX30102 (19-7740 Rev 1): 600 µA typical in SpO2 mode; shutdown 0.7 µA; LEDs are counted apart.
 * Motion: LIS3DH (DocID17530 Rev 2, table 11): 6 µA at 25 Hz; power-down 0.5 µA.
 * Temperature: TMP117 (SNOSD82D, 6.5): 135 µA while converting (125 ms of each reading); shutdown 0.15 µA.
 * Battery: MAX17048 (19-6171 Rev 7): 4 µA hibernating, 23 µA active.
 */
const SENSOR_UA: Readonly<Record<Sensor, { readonly on: Range; readonly off: Range }>> = {
  ecg: { on: around(90, 0.3), off: around(0.6, 0.5) },
  ppg: { on: { least: 600, typical: 600, most: 1100 }, off: { least: 0.7, typical: 0.7, most: 10 } },
  motion: { on: around(6, 0.3), off: around(0.5, 0.5) },
  temperature: { on: around(135 * 0.125, 0.2), off: { least: 0.15, typical: 0.15, most: 0.5 } },
  battery: { on: { least: 4, typical: 23, most: 40 }, off: { least: 3, typical: 4, most: 5 } },
};

/** Two LEDs, 411 µs a sample; 6.4 mA is where the driver starts, 2 to 12 mA where skins lie. */
const LED_MA: Range = { least: 2, typical: 6.4, most: 12 };
const LED_PULSE_S = 411e-6;

/**
 * ESP32-C3 (data sheet v1.8, tables "current consumption"): light sleep 130 µA; CPU at 160 MHz, radio off, 20 to 28 mA;
 * Bluetooth LE receiving 84 to 90 mA and sending about 100 to 150 mA while the radio is on the air.
 */
const SLEEP_UA: Range = { least: 130, typical: 135, most: 180 };
const CPU_MA: Range = { least: 18, typical: 22, most: 28 };
const CLOCK_HZ = 160e6;
/** Instructions a cycle of the in-order core with code in cached flash: a judgement. */
const PER_CYCLE: Range = { least: 0.75, typical: 0.6, most: 0.4 };
/** Waking, clocks, reading a FIFO over I2C at 400 kHz: seconds a wake. */
const WAKE_S: Range = { least: 0.001, typical: 0.002, most: 0.004 };
/** Longest times between reads that the FIFOs allow: 32 samples, a quarter spare. */
const FIFO_SAMPLES = 24;

/**
 * Instructions a second of signal at 250 Hz ECG, 100 Hz two-channel PPG, 25 Hz motion. Estimates from counting the
 * steps of the code and the measured cost of XS on rv32imc (46 a byte code, 780 a double multiply-add); right to a
 * factor of two until they are measured.
 */
const INSTRUCTIONS_M = { ecg: 2.1, ppg: 2.2, motion: 1.0 };
const ESTIMATE_FACTOR = 2;
const COUNTED_RATE_HZ = { ecg: 250, ppg: 100, motion: 25 };

/**
 * A connection: advertise, connect, exchange nonces and MACs, carry what has gathered. Radio on the air (90 to 130 mA)
 * for about 60 ms and the chip awake for 0.6 s beside it; bytes: 1 s of record (120 B) at 100 kB/s on the air.
 */
const CONNECTION_MAS: Range = { least: 9, typical: 19, most: 38 };
const BYTES_PER_REPORT = 120;
const AIR_BYTES_PER_S = 50_000;
const AIR_MA: Range = { least: 90, typical: 110, most: 150 };
/** Sealing and writing a record: native code, below a million instructions; one flash page write of 15 mA for 1 ms. */
const RECORD_MAS: Range = { least: 0.1, typical: 0.25, most: 0.6 };
/** Waveform bits a sample on the way, with what seals them. */
const WAVEFORM_BITS = 6;

interface Counts {
  readonly ecg: Range;
  readonly ppg: Range;
  readonly motion: Range;
}

function times(range: Range, by: number): Range {
  return { least: range.least * by, typical: range.typical * by, most: range.most * by };
}

function plus(...ranges: readonly Range[]): Range {
  const sum = (key: keyof Range) => ranges.reduce((total, range) => total + range[key], 0);
  return { least: sum('least'), typical: sum('typical'), most: sum('most') };
}

/** @returns microamperes of each part, on average */
function budget(plan: SamplingPlan, counts: Counts): Map<string, Range> {
  const parts = new Map<string, Range>();
  let instructions: Range = { least: 0, typical: 0, most: 0 };
  let wakesPerS = 0;
  let waveformBytesPerS = 0;
  for (const { sensor, rateHz, onS, everyS, keep } of plan.sensors) {
    const duty = Math.min(1, onS / everyS);
    const { on, off } = SENSOR_UA[sensor];
    parts.set(`sensor ${sensor}`, plus(times(on, duty), times(off, 1 - duty)));
    if (sensor === 'ppg') parts.set('sensor ppg: LEDs', times(LED_MA, 1000 * 2 * LED_PULSE_S * rateHz * duty));
    if (sensor === 'temperature' || sensor === 'battery') {
      wakesPerS += 1 / everyS;
      continue;
    }
    instructions = plus(instructions, times(counts[sensor], (duty * rateHz) / COUNTED_RATE_HZ[sensor]));
    // A wake serves all FIFOs that are due; counting them apart is the upper side.
    wakesPerS += (duty * rateHz) / FIFO_SAMPLES;
    if (keep === 'always') waveformBytesPerS += (duty * rateHz * (sensor === 'ppg' ? 2 : 1) * WAVEFORM_BITS) / 8;
  }
  const busy = (key: keyof Range) => (instructions[key] * 1e6) / (CLOCK_HZ * PER_CYCLE[key]);
  parts.set('processor: signal processing', { least: 1000 * CPU_MA.least * busy('least'), typical: 1000 * CPU_MA.typical * busy('typical'), most: 1000 * CPU_MA.most * busy('most') });
  const wake = (key: keyof Range) => 1000 * CPU_MA[key] * WAKE_S[key] * wakesPerS;
  parts.set('processor: waking for FIFOs', { least: 0.5 * wake('least'), typical: wake('typical'), most: wake('most') });
  parts.set('processor: light sleep', SLEEP_UA);
  parts.set('records: sealing and flash', times(RECORD_MAS, 1000 / plan.reportS));
  parts.set('radio: connections', times(CONNECTION_MAS, 1000 / plan.deliverS));
  parts.set('radio: bytes', times(AIR_MA, (1000 * (BYTES_PER_REPORT / plan.reportS + waveformBytesPerS)) / AIR_BYTES_PER_S));
  return parts;
}

function figuresOf(name: string, plan: SamplingPlan, counts: Counts): Figure[] {
  const parts = budget(plan, counts);
  const total = plus(...parts.values());
  const days = (microamperes: number, usable: number) => (CELL_MAH * usable * 1000) / microamperes / 24;
  return [
    ...[...parts].map(([part, { typical, least, most }]) => ({ name: `${name}: ${part} (${show(least)} to ${show(most)})`, value: typical, unit: 'µA' })),
    { name: `${name}: all (${show(total.least)} to ${show(total.most)})`, value: total.typical, unit: 'µA' },
    { name: `${name}: on ${CELL_MAH} mAh (${show(days(total.most, USABLE.least))} to ${show(days(total.least, USABLE.most))})`, value: days(total.typical, USABLE.typical), unit: 'days' },
  ];
}

const show = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

await runMain('bench:energy', () => {
  const command = new Command('bench:energy')
    .description('What the sampling plans draw from a 150 mAh cell, from data sheets and instruction counts.')
    .option('--json', 'one JSON object a line')
    .option('--ecg <millions>', 'measured instructions a second of ECG at 250 Hz, in millions', Number)
    .option('--ppg <millions>', 'the same for two channels of PPG at 100 Hz', Number)
    .option('--motion <millions>', 'the same for motion at 25 Hz', Number);
  const options = command.parse().opts<{ json?: boolean; ecg?: number; ppg?: number; motion?: number }>();
  const count = (sensor: keyof typeof INSTRUCTIONS_M): Range => {
    const measured = options[sensor];
    return measured === undefined ? factor(INSTRUCTIONS_M[sensor], ESTIMATE_FACTOR) : around(measured, 0.05);
  };
  const counts: Counts = { ecg: count('ecg'), ppg: count('ppg'), motion: count('motion') };
  print([...figuresOf('default plan', DEFAULT_PLAN, counts), ...figuresOf('continuous plan', CONTINUOUS_PLAN, counts)], options.json ?? false);
  return Promise.resolve();
});
