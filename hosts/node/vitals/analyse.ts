// Runs a recording through the very modules of the firmware, sample by sample, and writes down what they say once a
// second of signal. It adds nothing of its own: what is withheld there is withheld here.

import { Alarm, CONDITION_LIMITS, DEFAULT_LIMITS } from 'lorica/vitals/alarms';
import type { AlarmKind, Limit } from 'lorica/vitals/alarms';
import { EcgMonitor } from 'lorica/vitals/ecg-monitor';
import { PpgMonitor } from 'lorica/vitals/ppg-monitor';
import { Spo2Monitor } from 'lorica/vitals/spo2-monitor';
import type { Channel, Source } from './source.ts';

/** One reading of a rate; `perMinute` is null where it is withheld. */
export interface RateReading {
  /** Seconds from the start of the recording. */
  readonly t: number;
  readonly perMinute: number | null;
  readonly quality: number;
}

export interface Spo2Reading {
  readonly t: number;
  readonly percent: number | null;
  readonly quality: number;
  /** False until someone has fitted the calibration to the hardware. */
  readonly calibrated: boolean;
}

export interface AlarmReading {
  readonly t: number;
  readonly kind: AlarmKind;
  /** When it was over; null when it lasted to the end. */
  readonly until: number | null;
}

/** What was found. */
export interface Analysis {
  /** Samples a second of the file. */
  readonly rate: number;
  /** Sample indices into the file. */
  readonly beats: readonly number[];
  readonly heartRate: readonly RateReading[];
  readonly spo2: readonly Spo2Reading[];
  readonly alarms: readonly AlarmReading[];
  readonly breathing: readonly RateReading[];
  /** Seconds in which the rhythm was called irregular. */
  readonly irregularSeconds: number;
  /** Middle of the perfusion index in percent, where it makes sense. */
  readonly perfusionPercent: number | undefined;
}

/** A monitor of either kind. */
interface Heart {
  readonly quality: number;
  readonly perMinute: number | undefined;
  readonly irregular: boolean | undefined;
  readonly breathsPerMinute: number | undefined;
  readonly breathQuality: number;
}

/** @returns what the firmware would have reported of this recording */
export function analyse(source: Source): Analysis {
  const { main } = source;
  const beats: number[] = [];
  const onBeat = (index: number) => {
    const sample = Math.round(index * main.decimation + (main.decimation - 1) / 2);
    if (index >= 0 && index < main.samples.length) beats.push(sample);
  };
  const log = new Log(source);
  if (source.kind === 'ecg') analyseEcg(source, onBeat, log);
  else analysePpg(source, onBeat, log);
  return { rate: main.fileRateHz, beats, ...log.close(main.samples.length / main.rateHz) };
}

function analyseEcg(source: Source, onBeat: (index: number) => void, log: Log): void {
  const { main, pulse } = source;
  const ecg = new EcgMonitor({ rateHz: main.rateHz, onBeat });
  const ppg = pulse === undefined ? undefined : new Feed(pulse, new PpgMonitor({ rateHz: pulse.rateHz }));
  const feed = new Feed(main, ecg);
  for (let second = 1; feed.runTo(second); second++) {
    ppg?.runTo(second);
    // A pulse in the last seconds, be it only a poor one, says that the heart beats.
    const pulseSeen = ppg !== undefined && second * 1000 - ppg.monitor.lastPulseMs < 3000;
    log.heart(second, ecg);
    log.condition(CONDITION_LIMITS.asystole, ecg.asystole === undefined ? undefined : ecg.asystole && !pulseSeen, second);
    log.condition(CONDITION_LIMITS.leadOff, ecg.leadOff, second);
  }
  // The detector is late by its latency: a held last sample lets the last beats out.
  const last = main.samples.findLast((sample) => !Number.isNaN(sample)) ?? 0;
  for (let i = 0; i < ecg.latencySamples; i++) ecg.push(last);
}

function analysePpg(source: Source, onPulse: (index: number) => void, log: Log): void {
  const { main, red } = source;
  const rateHz = main.rateHz;
  const pair = red === undefined ? undefined : new Spo2Monitor({ rateHz, onPulse });
  const ppg = pair?.infrared ?? new PpgMonitor({ rateHz, onPulse });
  const target = pair === undefined ? ppg : {
    push: (sample: number, index: number) => pair.push(red?.samples[index] ?? 0, sample),
    skip: (count: number) => pair.skip(count),
  };
  const feed = new Feed(main, target);
  for (let second = 1; feed.runTo(second); second++) {
    log.heart(second, ppg);
    if (main.positive) log.perfusion(ppg.perfusionPercent);
    if (pair !== undefined) log.oxygen(second, pair);
    log.condition(CONDITION_LIMITS.leadOff, ppg.off, second);
  }
  const last = main.samples.findLast((sample) => !Number.isNaN(sample)) ?? 0;
  for (let i = 0; i < rateHz; i++) ppg.push(last);
}

/** Hands a channel's samples to a monitor, and its gaps as gaps. */
class Feed<T extends { push(sample: number, index: number): void; skip(count: number): void }> {
  readonly monitor: T;
  readonly #channel: Channel;
  #at = 0;

  constructor(channel: Channel, monitor: T) {
    this.#channel = channel;
    this.monitor = monitor;
  }

  /** Runs to a time. @returns whether the channel reaches it */
  runTo(seconds: number): boolean {
    const { samples, rateHz } = this.#channel;
    const end = Math.round(seconds * rateHz);
    let gap = 0;
    for (; this.#at < Math.min(end, samples.length); this.#at++) {
      const sample = samples[this.#at]!;
      if (Number.isNaN(sample)) {
        gap++;
        continue;
      }
      if (gap > 0) this.monitor.skip(gap);
      gap = 0;
      this.monitor.push(sample, this.#at);
    }
    if (gap > 0) this.monitor.skip(gap);
    return end <= samples.length;
  }
}

/** Collects the readings of each second. */
class Log {
  readonly #heartRate: RateReading[] = [];
  readonly #breathing: RateReading[] = [];
  readonly #spo2: Spo2Reading[] = [];
  readonly #alarms: { t: number; kind: AlarmKind; until: number | null }[] = [];
  readonly #limits = new Map<Limit, Alarm>();
  readonly #perfusion: number[] = [];
  #irregular = 0;
  readonly #warmUpS: number;

  constructor(source: Source) {
    // The first seconds have no reading because there is nothing yet to read; that is no lost signal.
    this.#warmUpS = source.kind === 'ecg' ? 10 : 15;
  }

  heart(t: number, heart: Heart): void {
    this.#heartRate.push(reading(t, heart.perMinute, heart.quality));
    this.#breathing.push(reading(t, heart.breathsPerMinute, heart.breathQuality));
    if (heart.irregular === true) this.#irregular++;
    for (const limit of DEFAULT_LIMITS.heartRate) this.#check(limit, heart.perMinute, t);
    this.condition(CONDITION_LIMITS.irregular, heart.irregular, t);
    if (t > this.#warmUpS) this.condition(CONDITION_LIMITS.noSignal, heart.perMinute === undefined, t);
  }

  oxygen(t: number, monitor: Spo2Monitor): void {
    const percent = monitor.percent;
    this.#spo2.push({ t, percent: percent === undefined ? null : round(percent), quality: monitor.quality, calibrated: monitor.calibrated });
    for (const limit of DEFAULT_LIMITS.spo2) this.#check(limit, percent, t);
  }

  perfusion(percent: number | undefined): void {
    if (percent !== undefined) this.#perfusion.push(percent);
  }

  condition(limit: Limit, state: boolean | undefined, t: number): void {
    this.#check(limit, state === undefined ? undefined : Number(state), t);
  }

  close(end: number) {
    for (const alarm of this.#alarms) if (alarm.until !== null && alarm.until > end) alarm.until = null;
    const sorted = this.#perfusion.sort((a, b) => a - b);
    return {
      heartRate: this.#heartRate, breathing: this.#breathing, spo2: this.#spo2, alarms: this.#alarms,
      irregularSeconds: this.#irregular, perfusionPercent: sorted[sorted.length >> 1],
    };
  }

  #check(limit: Limit, value: number | undefined, t: number): void {
    let alarm = this.#limits.get(limit);
    if (alarm === undefined) this.#limits.set(limit, (alarm = new Alarm(limit)));
    const change = alarm.update(value, t);
    if (change === 'raised') this.#alarms.push({ t, kind: limit.kind, until: null });
    if (change !== 'cleared') return;
    const open = this.#alarms.findLast((entry) => entry.kind === limit.kind);
    if (open !== undefined) open.until = t;
  }
}

function reading(t: number, perMinute: number | undefined, quality: number): RateReading {
  return { t, perMinute: perMinute === undefined ? null : round(perMinute), quality };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
