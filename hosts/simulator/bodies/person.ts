// What is particular to one simulated person: the numbers around which a body moves. Ranges are those of adults at
// rest in the literature of physiology; none is fitted to a patient.

import type { Random } from '../random.ts';

export interface Person {
  /** per minute, at rest and awake: 50–90 */
  readonly restingHeartRate: number;
  /** standard deviation of the RR intervals in the bands around 0.1 Hz and around the breath, in s at rest */
  readonly lowFrequencySd: number;
  readonly highFrequencySd: number;
  /** breaths per minute at rest: 12–18 */
  readonly restingRespirationRate: number;
  /** % */
  readonly oxygenSaturation: number;
  /** °C at the wrist or chest, below core temperature */
  readonly skinTemperature: number;
  /** %: pulsatile share of the infrared light */
  readonly perfusionIndex: number;
  /** mV from the baseline to the top of R in lead II */
  readonly rAmplitude: number;
  /** factors on the model's P and T waves */
  readonly pFactor: number;
  readonly tFactor: number;
  /** steps a second when walking */
  readonly cadence: number;
}

/** McSharry et al. 2003: a ratio LF/HF of 0.5 by default; here of the variances, person by person. */
export function makePerson(random: Random): Person {
  const totalSd = random.between(0.03, 0.06);
  const ratio = random.between(0.4, 1.2);
  return {
    restingHeartRate: clamp(68 + 8 * random.normal(), 50, 90),
    lowFrequencySd: totalSd * Math.sqrt(ratio / (1 + ratio)),
    highFrequencySd: totalSd * Math.sqrt(1 / (1 + ratio)),
    restingRespirationRate: random.between(12, 18),
    oxygenSaturation: clamp(97.3 + 0.8 * random.normal(), 95, 99),
    skinTemperature: clamp(33.2 + 0.6 * random.normal(), 31, 35),
    perfusionIndex: random.between(0.8, 4),
    rAmplitude: clamp(1.1 + 0.2 * random.normal(), 0.6, 1.7),
    pFactor: random.between(0.8, 1.2),
    tFactor: random.between(0.7, 1.3),
    cadence: random.between(1.6, 2),
  };
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
