// One simulated body: its state second by second, and between the seconds the phases of its heart and its breath, which
// ECG, PPG and vital signs share. The beat follows McSharry, Clifford, Tarassenko, Smith, "A dynamical model for
// generating synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 2003: a tachogram with a bimodal
// spectrum (around 0.1 Hz, and at the breath: respiratory sinus arrhythmia). Where the paper makes the tachogram by an
// inverse Fourier transform, here its cosines with random phases are summed and integrated in closed form, so that the
// phase can be asked for at any time. Couplings between the organs are rules of thumb and no model of disease.

import type { Random } from '../random.ts';
import { Wandering } from './activity.ts';
import { envelope, Schedule, type Episode } from './episodes.ts';
import { BodyState } from './body-state.ts';
import { clamp, makePerson, type Person } from './person.ts';

/** Seconds of the past that can be asked for: sensors average over less. */
export const HISTORY_SECONDS = 16;

const WAVES = 12;
/** centre and spread of the slow fluctuation, Hz (McSharry 2003, table II) */
const LOW_FREQUENCY_HZ = 0.1;
const LOW_FREQUENCY_SPREAD_HZ = 0.01;
/** s: how fast the heart follows effort */
const HEART_LAG_SECONDS = 35;
const SATURATION_LAG_SECONDS = 8;
const SKIN_LAG_SECONDS = 240;
const PERFUSION_LAG_SECONDS = 20;
const EXERCISE_MOTION = 650;
const EXERCISE_CADENCE = 2.6;
const FALL_MOTION = 2600;
/** Liebermeister: eight to ten beats a minute for each degree of fever */
const BEATS_PER_DEGREE = 9;
/** greatest shift of a beat in fibrillation, as a share of the interval: below 1, or time would run back */
const FIBRILLATION_SHIFT = 0.48;

export class Body {
  readonly person: Person;
  readonly #schedule: Schedule;
  readonly #wandering: Wandering;
  readonly #random: Random;
  readonly #frequencies = new Float64Array(WAVES);
  readonly #phases = new Float64Array(WAVES);
  readonly #beatSalt: number;
  /** The last seconds, each in its place; written over in turn, since a ward lives through many of them. */
  readonly #ring: BodyState[];
  #latest = 0;
  #wander = 0;

  /** @param life what happens to the person, where it is not to be the same as at the last start */
  constructor(random: Random, life = random) {
    this.person = makePerson(random.stream('person'));
    this.#schedule = new Schedule(life.stream('episodes'));
    this.#wandering = new Wandering(life.stream('activity'));
    this.#random = life.stream('body');
    const waves = life.stream('tachogram');
    for (let k = 0; k < WAVES; k++) {
      this.#frequencies[k] = clamp(LOW_FREQUENCY_HZ + LOW_FREQUENCY_SPREAD_HZ * waves.normal(), 0.06, 0.14);
      this.#phases[k] = waves.between(0, 2 * Math.PI);
    }
    this.#beatSalt = waves.uint32();
    this.#ring = Array.from({ length: HISTORY_SECONDS + 1 }, () => new BodyState(this.person));
  }

  /**
   * The state at a whole second; a body that lags behind lives through the seconds between.
   * @throws RangeError for a time longer ago than HISTORY_SECONDS
   */
  state(second: number): BodyState {
    while (this.#latest < second) this.#live();
    if (second < 0 || second + HISTORY_SECONDS < this.#latest) throw new RangeError('this moment of the body is forgotten');
    return this.#ring[second % this.#ring.length]!;
  }

  /** Beats since the start: whole at each R wave. @param time seconds since the start, not before 0 */
  cardiacPhase(time: number): number {
    const { from, to, share } = this.#around(time);
    const steady = from.beats + share * (from.heartRate + 0.5 * share * (to.heartRate - from.heartRate)) / 60;
    const rate = (from.heartRate + share * (to.heartRate - from.heartRate)) / 60;
    const variability = from.variability + share * (to.variability - from.variability);
    let slow = 0;
    for (let k = 0; k < WAVES; k++) {
      const frequency = this.#frequencies[k]!;
      slow += Math.sin(2 * Math.PI * frequency * time + this.#phases[k]!) / frequency;
    }
    const breathHz = (from.respirationRate + share * (to.respirationRate - from.respirationRate)) / 60;
    const fast = Math.sin(2 * Math.PI * this.#breath(from, to, share)) / breathHz;
    // d(rate) = −rate² d(RR); each integrated cosine of frequency f has 1/(2πf); √(2/n) gives n waves the variance 1.
    const swing = this.person.lowFrequencySd * Math.sqrt(2 / WAVES) * slow + this.person.highFrequencySd * Math.SQRT2 * fast;
    const phase = steady - (variability * rate * rate * swing) / (2 * Math.PI);
    const irregularity = from.irregularity + share * (to.irregularity - from.irregularity);
    return irregularity === 0 ? phase : phase + irregularity * FIBRILLATION_SHIFT * this.#shift(phase);
  }

  /** Breaths since the start: whole at the end of expiration. */
  respiratoryPhase(time: number): number {
    const { from, to, share } = this.#around(time);
    return this.#breath(from, to, share);
  }

  #breath(from: BodyState, to: BodyState, share: number): number {
    return from.breaths + share * (from.respirationRate + 0.5 * share * (to.respirationRate - from.respirationRate)) / 60;
  }

  #around(time: number): { from: BodyState; to: BodyState; share: number } {
    const second = Math.floor(time);
    // The later one first: asking for it may write over the oldest.
    const to = this.state(second + 1);
    return { from: this.state(second), to, share: time - second };
  }

  /** −0.5…0.5, from beat to beat at random, and in between on a straight line. */
  #shift(phase: number): number {
    const beat = Math.floor(phase);
    const share = phase - beat;
    return (1 - share) * this.#chance(beat) + share * this.#chance(beat + 1);
  }

  #chance(beat: number): number {
    let h = Math.imul(beat ^ this.#beatSalt, 0x9e3779b1);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 0x1_0000_0000 - 0.5;
  }

  /** One second. */
  #live(): void {
    const last = this.#ring[this.#latest % this.#ring.length]!;
    const second = ++this.#latest;
    const next = this.#ring[second % this.#ring.length]!;
    const influence = this.#influence(second);
    const { person } = this;
    const chance = this.#random;
    this.#wander = 0.98 * this.#wander + 0.2 * chance.normal();
    next.second = second;
    next.heartRate = clamp(lag(last.heartRate, person.restingHeartRate + influence.effort + this.#wander, HEART_LAG_SECONDS), 35, 200);
    const load = clamp((next.heartRate - person.restingHeartRate) / 80, 0, 1);
    const breathing = person.restingRespirationRate + 14 * load + 0.8 * this.#wander;
    next.respirationRate = clamp(lag(last.respirationRate, breathing, HEART_LAG_SECONDS), 8, 40);
    const saturation = lag(last.oxygenSaturation, person.oxygenSaturation - influence.desaturation, SATURATION_LAG_SECONDS);
    next.oxygenSaturation = clamp(saturation + 0.03 * chance.normal(), 60, 100);
    const skin = person.skinTemperature + influence.fever - 0.6 * influence.exercise;
    next.skinTemperature = lag(last.skinTemperature, skin, SKIN_LAG_SECONDS) + 0.002 * chance.normal();
    const perfusion = lag(last.perfusionIndex, person.perfusionIndex * (1 - 0.4 * load), PERFUSION_LAG_SECONDS);
    next.perfusionIndex = clamp(perfusion * (1 + 0.01 * chance.normal()), 0.1, 20);
    next.motion = influence.motion * Math.max(0.2, 1 + 0.3 * chance.normal());
    next.cadence = influence.cadence;
    next.steps = last.steps + influence.cadence;
    next.irregularity = clamp(influence.irregularity, 0, 1);
    next.leadOff = influence.leadOff;
    next.impact = influence.impact;
    next.beats = last.beats + (last.heartRate + next.heartRate) / 120;
    next.breaths = last.breaths + (last.respirationRate + next.respirationRate) / 120;
    next.variability = 1 - 0.75 * load;
  }

  /** What activity and episodes do in this second. */
  #influence(second: number): Influence {
    const activity = this.#wandering.step();
    const influence: Influence = {
      effort: activity.effort, motion: activity.motion, cadence: activity.name === 'walking' ? this.person.cadence : 0,
      exercise: 0, desaturation: 0, fever: 0, irregularity: 0, leadOff: false, impact: false,
    };
    for (const episode of this.#schedule.at(second)) suffer(influence, episode, second);
    return influence;
  }
}

interface Influence {
  /** beats a minute above rest */
  effort: number;
  motion: number;
  cadence: number;
  exercise: number;
  desaturation: number;
  fever: number;
  irregularity: number;
  leadOff: boolean;
  impact: boolean;
}

function suffer(influence: Influence, episode: Episode, second: number): void {
  const { kind, start, end, strength } = episode;
  if (kind === 'exercise') {
    const share = strength * envelope(episode, second, 0.15);
    influence.exercise = share;
    influence.effort = Math.max(influence.effort, 75 * share);
    influence.motion = Math.max(influence.motion, EXERCISE_MOTION * share);
    if (share > 0.2) influence.cadence = EXERCISE_CADENCE;
  } else if (kind === 'desaturation') {
    influence.desaturation += strength * envelope(episode, second, 0.5);
    influence.effort += 8 * envelope(episode, second, 0.5);
  } else if (kind === 'fever') {
    const degrees = strength * envelope(episode, second, 0.25);
    influence.fever += degrees;
    influence.effort += BEATS_PER_DEGREE * degrees;
  } else if (kind === 'arrhythmia') {
    influence.irregularity = Math.min(1, (second - start + 1) / 5, (end - second + 1) / 5);
    influence.effort += 28;
  } else if (kind === 'leadOff') {
    influence.leadOff = true;
  } else {
    influence.impact = second === start;
    influence.motion = second === start ? FALL_MOTION : 4;
    influence.cadence = 0;
  }
}

/** One second of a first-order lag. */
function lag(value: number, target: number, seconds: number): number {
  return value + (target - value) / seconds;
}
