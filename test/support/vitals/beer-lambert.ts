// Synthetic red and infrared light, labelled synthetic: a Beer-Lambert model of a finger. Tissue and resting blood
// absorb steadily; arterial blood comes with the pulse and absorbs by the extinction of its two haemoglobins at the
// two wavelengths. It shares neither code nor curve with the estimator. Path lengths are taken as equal for both
// colours, which real tissue does not grant: why a real sensor needs a calibration.

import { SeededRandom } from './random.ts';

/** Extinction in 1/(cm·mol/l), tabulated by S. Prahl, Oregon Medical Laser Center 1998, from Gratzer and Kollias. */
export const EXTINCTION = {
  660: { oxygenated: 319.6, reduced: 3226.56 },
  880: { oxygenated: 1154, reduced: 726.44 },
  940: { oxygenated: 1214, reduced: 693.44 },
} as const;

export interface FingerOptions {
  /** Arterial saturation, 0 to 1, at a time in seconds. */
  readonly saturation: (atS: number) => number;
  /** The pulse wave, 0 to 1, one value a sample. */
  readonly pulse: ArrayLike<number>;
  readonly rateHz: number;
  readonly infraredNm?: 880 | 940;
  /** Arterial path at the height of the pulse, in mm of blood; 0.02 is a well perfused finger. */
  readonly pathMm?: number;
  /** Standard deviation of the converter's noise, in counts. */
  readonly noiseCounts?: number;
  /** Change of both light paths by motion, as a share of the light; one value a sample. */
  readonly motion?: ArrayLike<number>;
  readonly seed?: number;
}

/** Haemoglobin in whole blood: 150 g/l over 64 500 g/mol. */
const HAEMOGLOBIN_MOL_PER_L = 150 / 64_500;
/** What an 18-bit converter makes of the light that the resting finger lets through. */
const RESTING_COUNTS = { red: 118_000, infrared: 131_000 };

/** @returns red and infrared counts */
export function makeFinger(options: FingerOptions): { red: Int32Array; infrared: Int32Array } {
  const { pulse, rateHz, saturation, infraredNm = 940, pathMm = 0.02, noiseCounts = 4, motion, seed = 11 } = options;
  const random = new SeededRandom(seed);
  const red = new Int32Array(pulse.length);
  const infrared = new Int32Array(pulse.length);
  for (let i = 0; i < pulse.length; i++) {
    const s = saturation(i / rateHz);
    const moved = 1 + (motion?.[i] ?? 0);
    // Motion sloshes venous blood: it reaches the two colours unlike the arterial pulse does.
    const venous = 1 + 0.6 * (motion?.[i] ?? 0);
    red[i] = Math.round(RESTING_COUNTS.red * transmitted(660, s, pathMm * pulse[i]!) * moved + noiseCounts * random.normal());
    infrared[i] = Math.round(RESTING_COUNTS.infrared * transmitted(infraredNm, s, pathMm * pulse[i]!) * venous + noiseCounts * random.normal());
  }
  return { red, infrared };
}

/** Beer and Lambert: the light falls by a factor of ten for each unit of extinction × concentration × path. */
function transmitted(nm: 660 | 880 | 940, saturation: number, pathMm: number): number {
  const { oxygenated, reduced } = EXTINCTION[nm];
  const extinction = saturation * oxygenated + (1 - saturation) * reduced;
  return 10 ** (-extinction * HAEMOGLOBIN_MOL_PER_L * (pathMm / 10));
}
