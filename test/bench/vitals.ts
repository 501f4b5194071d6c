// What the vital signs are worth, in figures: beats found on real and on noisy ECG, pulse rate against reference
// oximeters, saturation on synthetic light, bits a sample of the waveform code. `node --import
// ./hosts/node/register.mjs test/bench/vitals.ts [--json]`. Recordings that are not beside the project are left out,
// aloud.

import { existsSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import { TEXTBOOK_CALIBRATION } from 'lorica/vitals/calibration';
import type { Spo2Calibration } from 'lorica/vitals/calibration';
import { PpgMonitor } from 'lorica/vitals/ppg-monitor';
import { Spo2Monitor } from 'lorica/vitals/spo2-monitor';
import { encodeSamples } from 'lorica/waveform/rice';
import { beatSamples, readAnnotations } from 'lorica/hosts/node/wfdb/annotations';
import { compareBeats, compareRates } from 'lorica/hosts/node/wfdb/compare';
import { readCsv } from 'lorica/hosts/node/wfdb/csv';
import { readRecord } from 'lorica/hosts/node/wfdb/record';
import { makeFinger } from '../support/vitals/beer-lambert.ts';
import { makePulse, steadyBeats } from '../support/vitals/heart.ts';
import { addNoise, noiseIsOn } from '../support/vitals/noise.ts';
import { resample } from '../support/vitals/resample.ts';
import { compareRun } from '../support/vitals/run.ts';
import { print } from './harness.ts';
import type { Figure } from './harness.ts';

const DATA = new URL('../../../shared/data/', import.meta.url).pathname;
const BLOCK_S = 4;
const figures: Figure[] = [];

function add(name: string, value: number, unit: string): void {
  figures.push({ name, value, unit });
}

function has(file: string): boolean {
  if (existsSync(DATA + file)) return true;
  console.error(`left out: ${file} is not in ../shared/data`);
  return false;
}

function ecg(): void {
  if (!has('ecg-mitbih/100.hea')) return;
  const signal = readRecord(`${DATA}ecg-mitbih/100`).signals[0]!;
  const beats = beatSamples(readAnnotations(`${DATA}ecg-mitbih/100.atr`));
  const microvolts = Float64Array.from(signal.samples, (sample) => (1000 * (sample - signal.baseline)) / signal.gain);
  const clean = compareRun(microvolts, beats, 360).comparison;
  add('MIT-BIH 100 MLII 360 Hz: sensitivity', 100 * clean.sensitivity, '%');
  add('MIT-BIH 100 MLII 360 Hz: predictivity', 100 * clean.positivePredictivity, '%');
  const slow = compareRun(resample(microvolts, 360, 250), beats.map((beat) => Math.round((beat * 250) / 360)), 250).comparison;
  add('MIT-BIH 100 MLII 250 Hz: sensitivity', 100 * slow.sensitivity, '%');
  add('MIT-BIH 100 MLII 250 Hz: predictivity', 100 * slow.positivePredictivity, '%');
  for (const kind of ['wander', 'muscle', 'electrode'] as const) {
    for (const decibels of [24, 12, 6, 0]) {
      const run = compareRun(addNoise(microvolts, beats, 360, kind, decibels, 1), beats, 360);
      const on = (beat: number) => noiseIsOn(beat / 360);
      const noisy = compareBeats(beats.filter(on), run.beats.filter(on), 360);
      const shown = run.rates.filter((rate, i) => noiseIsOn(i) && rate !== undefined).length;
      const label = `100 with modelled ${kind} noise, ${decibels} dB, where it is on`;
      add(`${label}: sensitivity`, 100 * noisy.sensitivity, '%');
      add(`${label}: predictivity`, 100 * noisy.positivePredictivity, '%');
      add(`${label}: rate withheld`, 100 - (100 * shown) / run.rates.filter((_, i) => noiseIsOn(i)).length, '% of the time');
    }
  }
}

function ppg(): void {
  if (has('oximetry-uw/ppg/100001.csv')) {
    const reference = [...readCsv(`${DATA}oximetry-uw/reference/100001.csv`, { column: 'Pulse 1', rate: 1 }).samples];
    const truth = reference.map((perMinute, t) => ({ t, perMinute: perMinute > 0 ? perMinute : undefined }));
    for (const column of ['R', 'G', 'B']) {
      const samples = readCsv(`${DATA}oximetry-uw/ppg/100001.csv`, { column, rate: 30 }).samples;
      const largest = samples.reduce((a, b) => Math.max(a, b), 0);
      const { rates } = pulse(samples.map((value) => (100_000 * value) / largest), 30, true);
      const { meanAbsoluteError, minutes, withheldMinutes } = compareRates(truth, rates);
      add(`oximetry-uw ${column}: mean absolute error of the pulse`, meanAbsoluteError, '/min');
      add(`oximetry-uw ${column}: minutes withheld`, (100 * withheldMinutes) / minutes, '%');
      add(`oximetry-uw ${column}: seconds withheld`, (100 * rates.filter(({ perMinute }) => perMinute === undefined).length) / rates.length, '%');
    }
  }
  if (!has('finger-ppg/data2.csv')) return;
  const { samples, rateHz } = readCsv(`${DATA}finger-ppg/data2.csv`);
  const { rates } = pulse(samples.map((value) => 200 * value), rateHz, false);
  add('finger-ppg: seconds withheld (the finger is off or moves for the first 45 of 128)', (100 * rates.filter(({ perMinute }) => perMinute === undefined).length) / rates.length, '%');
}

function pulse(samples: Float64Array, rateHz: number, inverted: boolean) {
  const monitor = new PpgMonitor({ rateHz, inverted });
  const rates: { t: number; perMinute: number | undefined }[] = [];
  for (let i = 0; i < samples.length; i++) {
    monitor.push(Math.round(samples[i]!));
    if (i + 1 >= (rates.length + 1) * rateHz) rates.push({ t: rates.length + 1, perMinute: monitor.perMinute });
  }
  return { rates };
}

function oxygen(): void {
  const pulseWave = makePulse(steadyBeats(40, 72, 0.03, 4), 40, 100);
  const measure = (percent: number, calibration: Spo2Calibration, infraredNm: 880 | 940 = 940) => {
    const { red, infrared } = makeFinger({ saturation: () => percent / 100, pulse: pulseWave, rateHz: 100, infraredNm });
    const monitor = new Spo2Monitor({ rateHz: 100, calibration });
    for (let i = 0; i < red.length; i++) monitor.push(red[i]!, infrared[i]!);
    return monitor;
  };
  const points = [100, 92, 84, 76, 68].map((percent) => [measure(percent, TEXTBOOK_CALIBRATION).ratio ?? 0, percent] as const);
  const matching: Spo2Calibration = { name: 'synthetic', calibrated: true, source: 'synthetic', points };
  for (const [label, calibration, nm] of [['matching calibration', matching, 940], ['textbook line', TEXTBOOK_CALIBRATION, 940], ['calibration of 940 nm on 880 nm', matching, 880]] as const) {
    let worst = 0;
    for (let percent = 70; percent <= 100; percent++) {
      const found = measure(percent, calibration, nm).percent;
      if (found !== undefined) worst = Math.max(worst, Math.abs(found - percent));
    }
    add(`SpO2 70 to 100 %, synthetic light, ${label}: worst error`, worst, 'points');
  }
}

function compression(): void {
  const sets: { name: string; samples: Int16Array; rateHz: number }[] = [];
  for (const record of ['100', 'a103l']) {
    if (!has(`ecg-mitbih/${record}.hea`)) continue;
    for (const { name, samples, rateHz } of readRecord(`${DATA}ecg-mitbih/${record}`).signals) sets.push({ name: `${record} ${name}`, samples: Int16Array.from(samples), rateHz });
  }
  for (const [file, column, scale, rate] of [['stt/e0103.csv', 1, 200, 250], ['finger-ppg/data2.csv', 'hr', 1, 117], ['empatica-e4/ACC.csv', 1, 1, 32]] as const) {
    if (has(file)) sets.push({ name: file, samples: Int16Array.from(readCsv(DATA + file, { column, rate }).samples, (value) => Math.round(value * scale)), rateHz: rate });
  }
  for (const { name, samples, rateHz } of sets) {
    const block = Math.round(BLOCK_S * rateHz);
    let mine = 0;
    let theirs = 0;
    let count = 0;
    for (let at = 0; at + block <= samples.length; at += block) {
      const part = samples.slice(at, at + block);
      mine += 8 * encodeSamples(part).length;
      theirs += 8 * deflateRawSync(new Uint8Array(part.buffer), { level: 9 }).length;
      count += block;
    }
    figures.push({ name: `waveform code, ${name}`, value: mine / count, unit: 'bits a sample', peer: 'deflate (raw: 16 bits)', ratio: mine / theirs });
  }
}

ecg();
ppg();
oxygen();
compression();
print(figures, process.argv.includes('--json'));
