// Simulated bodies are plausible: rates, spectra, amplitudes and ratios as the literature that they cite has them.
import assert from 'node:assert/strict';
import { Body, HISTORY_SECONDS } from 'lorica/hosts/simulator/bodies/body';
import { ECG_BASELINE, ECG_MAXIMUM, ECG_RATE_HZ, ECG_RESOLUTION_NANOVOLT, EcgGenerator } from 'lorica/hosts/simulator/bodies/ecg';
import { episodesOfHour, LONGEST_EPISODE_SECONDS, Schedule } from 'lorica/hosts/simulator/bodies/episodes';
import { MOTION_RATE_HZ, MotionGenerator } from 'lorica/hosts/simulator/bodies/motion';
import { absorption, PPG_MAXIMUM, PPG_RATE_HZ, PpgGenerator } from 'lorica/hosts/simulator/bodies/ppg';
import { Random } from 'lorica/hosts/simulator/random';

const seeds = Array.from({ length: 12 }, (_, i) => `body ${String(i)}`);
const bodyOf = (seed: string): Body => new Body(new Random(seed));

interface Moment { readonly heartRate: number; readonly motion: number; readonly irregularity: number; readonly leadOff: boolean; readonly impact: boolean; readonly saturation: number }

function life(seed: string, seconds: number): Moment[] {
  const body = bodyOf(seed);
  return Array.from({ length: seconds }, (_, second) => {
    const { heartRate, motion, irregularity, leadOff, impact, oxygenSaturation: saturation } = body.state(second);
    return { heartRate, motion, irregularity, leadOff, impact, saturation };
  });
}

/** The first second of a window in which the condition holds throughout, if there is one. */
function windowOf(moments: readonly Moment[], seconds: number, holds: (moment: Moment) => boolean): number | undefined {
  let since = 10;
  for (let second = 10; second < moments.length; second++) {
    if (!holds(moments[second]!)) since = second + 1;
    else if (second - since >= seconds) return since;
  }
  return undefined;
}

const quiet = ({ motion, irregularity, leadOff, heartRate }: Moment): boolean => motion < 40 && irregularity === 0 && !leadOff && heartRate < 90;

/** Times of the R waves: where the phase passes whole numbers. */
function beats(body: Body, from: number, to: number): number[] {
  const times: number[] = [];
  const step = 0.02;
  let before = body.cardiacPhase(from);
  for (let time = from + step; time < to; time += step) {
    const phase = body.cardiacPhase(time);
    assert.ok(phase > before, 'the heart never runs backwards');
    if (Math.floor(phase) > Math.floor(before)) times.push(time - step * ((phase - Math.floor(phase)) / (phase - before)));
    before = phase;
  }
  return times;
}

/** Power of an evenly sampled series in a band, by the plain sum of the Fourier transform. */
function bandPower(series: readonly number[], rateHz: number, lowHz: number, highHz: number): number {
  const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
  let power = 0;
  for (let k = Math.ceil((lowHz * series.length) / rateHz); k <= (highHz * series.length) / rateHz; k++) {
    let real = 0;
    let imaginary = 0;
    for (let i = 0; i < series.length; i++) {
      const taper = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / series.length);
      real += taper * (series[i]! - mean) * Math.cos((2 * Math.PI * k * i) / series.length);
      imaginary += taper * (series[i]! - mean) * Math.sin((2 * Math.PI * k * i) / series.length);
    }
    power += real * real + imaginary * imaginary;
  }
  return power;
}

/** The tachogram, resampled four times a second. */
function tachogram(times: readonly number[]): number[] {
  const out: number[] = [];
  let i = 1;
  for (let time = times[1]!; time < times[times.length - 2]!; time += 0.25) {
    while (times[i + 1]! < time) i++;
    const here = times[i]! - times[i - 1]!;
    const next = times[i + 1]! - times[i]!;
    out.push(here + ((time - times[i]!) / next) * (next - here));
  }
  return out;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('simulated bodies', () => {
  it('live the same life for the same seed, whoever looks and how often', () => {
    const often = bodyOf('a');
    for (let second = 0; second < 2000; second++) often.state(second);
    const seldom = bodyOf('a');
    assert.equal(seldom.state(2000).heartRate, often.state(2000).heartRate);
    assert.equal(seldom.cardiacPhase(1999.5), often.cardiacPhase(1999.5));
    assert.notEqual(bodyOf('b').state(2000).heartRate, often.state(2000).heartRate);
  });

  it('remember the last seconds and no more', () => {
    const body = bodyOf('a');
    body.state(1000);
    assert.equal(body.state(1000 - HISTORY_SECONDS).second, 1000 - HISTORY_SECONDS);
    assert.throws(() => body.state(1000 - HISTORY_SECONDS - 1), RangeError);
    assert.throws(() => bodyOf('a').state(-1), RangeError);
  });

  it('stay within what bodies can do', () => {
    for (const seed of seeds) {
      const body = bodyOf(seed);
      for (let second = 0; second < 7200; second++) {
        const state = body.state(second);
        assert.ok(state.heartRate >= 35 && state.heartRate <= 200);
        assert.ok(state.respirationRate >= 8 && state.respirationRate <= 40);
        assert.ok(state.oxygenSaturation >= 60 && state.oxygenSaturation <= 100);
        assert.ok(state.skinTemperature > 28 && state.skinTemperature < 40);
        assert.ok(state.perfusionIndex >= 0.1 && state.perfusionIndex <= 20);
        assert.ok(state.motion >= 0 && state.motion < 6000);
      }
    }
  });

  it('have RR intervals with the mean of their heart rate and a bimodal spectrum, one mode at the breath', () => {
    const ratios: number[] = [];
    let windows = 0;
    for (const seed of seeds) {
      const from = windowOf(life(seed, 7200), 300, quiet);
      if (from === undefined) continue;
      windows++;
      const body = bodyOf(seed);
      body.state(from);
      const rates: number[] = [];
      const breathHz = body.state(from).respirationRate / 60;
      const times = beats(body, from, from + 300);
      const again = bodyOf(seed);
      for (let second = from; second < from + 300; second++) rates.push(again.state(second).heartRate);
      const rr = times.slice(1).map((time, i) => time - times[i]!);
      assert.ok(Math.abs(60 / mean(rr) - mean(rates)) < 1, 'mean rate');
      const sd = Math.sqrt(mean(rr.map((interval) => (interval - mean(rr)) ** 2)));
      assert.ok(sd > 0.015 && sd < 0.11, `SDNN ${String(sd)} s`);
      const series = tachogram(times);
      const low = bandPower(series, 4, 0.06, 0.145);
      const high = bandPower(series, 4, 0.15, 0.4);
      // The breath's own band holds nearly all of the high-frequency power: respiratory sinus arrhythmia.
      assert.ok(bandPower(series, 4, breathHz - 0.04, breathHz + 0.04) > 0.8 * high, 'power at the breath');
      ratios.push(low / high / (body.person.lowFrequencySd / body.person.highFrequencySd) ** 2);
    }
    assert.ok(windows >= 6, `${String(windows)} quiet windows`);
    const geometric = Math.exp(mean(ratios.map(Math.log)));
    assert.ok(geometric > 0.6 && geometric < 1.7, `LF/HF against the person's: ${String(geometric)}`);
  });

  it('fibrillate irregularly: intervals vary far more than in sinus rhythm', () => {
    let found = 0;
    for (const seed of Array.from({ length: 40 }, (_, i) => `fibrillation ${String(i)}`)) {
      const from = windowOf(life(seed, 7200), 50, ({ irregularity }) => irregularity === 1);
      if (from === undefined) continue;
      found++;
      const body = bodyOf(seed);
      body.state(from);
      const times = beats(body, from, from + 50);
      const rr = times.slice(1).map((time, i) => time - times[i]!);
      const variation = Math.sqrt(mean(rr.map((interval) => (interval - mean(rr)) ** 2))) / mean(rr);
      assert.ok(variation > 0.11 && variation < 0.35, `coefficient of variation ${String(variation)}`);
    }
    assert.ok(found >= 3);
  });

  it('suffer episodes at the rates of the schedule, the same whichever hours are asked for', () => {
    const random = new Random('episodes');
    const hours = 4000;
    const all = Array.from({ length: hours }, (_, hour) => episodesOfHour(random, hour)).flat();
    const hourly = (kind: string): number => all.filter((episode) => episode.kind === kind).length / hours;
    for (const [kind, expected] of [['exercise', 0.139], ['desaturation', 0.259], ['fall', 0.0296]] as const) {
      assert.ok(Math.abs(hourly(kind) - expected) < 0.02, `${kind} ${String(hourly(kind))}`);
    }
    for (const { start, end } of all) assert.ok(end > start && end - start <= LONGEST_EPISODE_SECONDS);
    const walk = new Schedule(random);
    const jump = new Schedule(random);
    let walked: unknown;
    for (let second = 0; second <= 50 * 3600; second += 7) walked = walk.at(second);
    assert.deepEqual(jump.at(50 * 3600 - (50 * 3600) % 7), walked);
  });
});

describe('simulated ECG', () => {
  it('has an R wave of the person\'s amplitude at each beat, on a scale of 250 counts a millivolt', () => {
    let judged = 0;
    for (const seed of seeds) {
      const from = windowOf(life(seed, 3600), 40, (moment) => quiet(moment) && moment.motion < 12);
      if (from === undefined) continue;
      judged++;
      const body = bodyOf(seed);
      body.state(from + 4);
      const times = beats(bodyOf(seed), from + 4, from + 10);
      const ecg = new EcgGenerator(body, new Random('noise')).samples((from + 4) * ECG_RATE_HZ, 6 * ECG_RATE_HZ);
      for (const time of times) {
        const at = Math.round((time - from - 4) * ECG_RATE_HZ);
        if (at < 15 || at > ecg.length - 15) continue;
        const around = ecg.subarray(at - 12, at + 13);
        const top = Math.max(...around);
        // The tops of the model's QRS lie within one or two samples of phase zero.
        assert.ok(Math.abs(around.indexOf(top) - 12) <= 3, 'the R wave is where the phase says');
        const swing = ((top - Math.min(...around)) * ECG_RESOLUTION_NANOVOLT) / 1e6;
        assert.ok(swing > 0.9 * body.person.rAmplitude && swing < 2.2 * body.person.rAmplitude, `QRS ${String(swing)} mV`);
      }
      const average = mean([...ecg]);
      assert.ok(Math.abs(average - ECG_BASELINE) < 80);
    }
    assert.ok(judged >= 6, `${String(judged)} bodies judged`);
  });

  it('goes on where the last samples ended, and no capture changes the body', () => {
    const body = bodyOf('a');
    body.state(61);
    const whole = new EcgGenerator(body, new Random('n')).samples(60 * ECG_RATE_HZ, 500);
    const parts = new EcgGenerator(bodyOf('a'), new Random('n'));
    const first = parts.samples(60 * ECG_RATE_HZ, 200);
    const second = parts.samples(60 * ECG_RATE_HZ + 200, 300);
    const joined = [...first, ...second];
    // The straight stretches of the phase begin elsewhere, so the last bits differ.
    joined.forEach((value, i) => { assert.ok(Math.abs(value - whole[i]!) <= 4); });
    assert.equal(body.state(62).heartRate, bodyOf('a').state(62).heartRate);
  });

  it('lies at the rail when the lead is off, and within the converter always', () => {
    let railed = 0;
    for (let i = 0; i < 20; i++) {
      const seed = `lead ${String(i)}`;
      const from = windowOf(life(seed, 3600), 4, ({ leadOff }) => leadOff);
      if (from === undefined) continue;
      railed++;
      const body = bodyOf(seed);
      body.state(from + 1);
      const ecg = new EcgGenerator(body, new Random('n')).samples(from * ECG_RATE_HZ, 2 * ECG_RATE_HZ);
      for (const value of ecg) assert.ok(value > ECG_MAXIMUM - 5 && value <= ECG_MAXIMUM);
    }
    assert.ok(railed >= 2);
  });
});

describe('simulated PPG', () => {
  it('has a ratio of ratios that follows the extinction of haemoglobin, and falls as saturation rises', () => {
    const ratio = (saturation: number): number => absorption('red', saturation) / absorption('infrared', saturation);
    let last = Number.POSITIVE_INFINITY;
    for (let saturation = 60; saturation <= 100; saturation++) {
      assert.ok(ratio(saturation) < last);
      last = ratio(saturation);
    }
    // At full saturation 319.6 / 1214, at none 3226.56 / 693.44.
    assert.ok(Math.abs(ratio(100) - 0.26326) < 1e-4 && Math.abs(ratio(0) - 4.653) < 1e-3);
  });

  it('pulses with the heart at the depth of the perfusion index, in both lights by that ratio', () => {
    let judged = 0;
    for (const seed of seeds) {
      const from = windowOf(life(seed, 7200), 40, (moment) => quiet(moment) && moment.motion < 10);
      if (from === undefined) continue;
      judged++;
      const body = bodyOf(seed);
      body.state(from + 8);
      const first = (from + 4) * PPG_RATE_HZ;
      const depth = (['red', 'infrared'] as const).map((light) => {
        const samples = [...new PpgGenerator(body, new Random(light), light).samples(first, 4 * PPG_RATE_HZ)];
        for (const value of samples) assert.ok(value >= 0 && value <= PPG_MAXIMUM);
        return (Math.max(...samples) - Math.min(...samples)) / mean(samples);
      });
      const state = body.state(from + 6);
      const expected = absorption('red', state.oxygenSaturation) / absorption('infrared', state.oxygenSaturation);
      assert.ok(depth[1]! > 0.5 * state.perfusionIndex / 100 && depth[1]! < 2.5 * state.perfusionIndex / 100 + 0.012, `depth ${String(depth[1])}`);
      if (state.perfusionIndex > 2) assert.ok(Math.abs(depth[0]! / depth[1]! - expected) < 0.35 * expected + 0.1);
    }
    assert.ok(judged >= 6);
  });
});

describe('simulated motion', () => {
  it('is gravity at rest, swings with steps, and strikes in a fall', () => {
    const walk = windowOf(life('motion 1', 20_000), 20, ({ motion }) => motion > 150 && motion < 900);
    assert.ok(walk !== undefined);
    const spread = (seed: string, second: number): { mean: number; sd: number } => {
      const body = bodyOf(seed);
      body.state(second + 4);
      const total = (['x', 'y', 'z'] as const).map((axis) => new MotionGenerator(body, new Random(axis), axis).samples(second * MOTION_RATE_HZ, 4 * MOTION_RATE_HZ));
      const size = Array.from(total[0]!, (_, i) => Math.hypot(...total.map((samples) => samples[i]!)));
      return { mean: mean(size), sd: Math.sqrt(mean(size.map((value) => (value - mean(size)) ** 2))) };
    };
    const rest = windowOf(life('motion 1', 20_000), 20, ({ motion }) => motion < 20)!;
    assert.ok(Math.abs(spread('motion 1', rest).mean - 1000) < 60);
    assert.ok(spread('motion 1', walk + 5).sd > 4 * spread('motion 1', rest + 5).sd);
    let falls = 0;
    for (let i = 0; i < 40 && falls < 2; i++) {
      const seed = `fall ${String(i)}`;
      const at = life(seed, 7200).findIndex(({ impact }) => impact);
      if (at < 1) continue;
      falls++;
      const body = bodyOf(seed);
      body.state(at + 1);
      const z = new MotionGenerator(body, new Random('z'), 'z').samples(at * MOTION_RATE_HZ, MOTION_RATE_HZ);
      assert.ok(Math.min(...z) < -1500);
    }
    assert.ok(falls > 0);
  });
});
