// Red and infrared light through a fingertip or wrist, as counts of a 15-bit converter. Synthetic: the law of Beer and
// Lambert over a layer of arterial blood whose thickness pulses, with the molar extinction coefficients of haemoglobin
// compiled by S. Prahl (Oregon Medical Laser Center, 1998) at 660 and 940 nm. No scattering, no venous pulse: the ratio
// of ratios that comes out is the ideal one, and no calibration of a real sensor may be taken from it.

import type { Random } from '../random.ts';
import type { Body } from './body.ts';

export const PPG_RATE_HZ = 50;
export const PPG_MAXIMUM = 32_767;
export type Light = 'red' | 'infrared';

/** cm⁻¹/M: oxygenated and deoxygenated haemoglobin */
export const EXTINCTION: Readonly<Record<Light, { readonly oxygenated: number; readonly deoxygenated: number }>> = {
  red: { oxygenated: 319.6, deoxygenated: 3226.56 },
  infrared: { oxygenated: 1214, deoxygenated: 693.44 },
};

/** Counts that the constant tissue leaves of each light. */
const STEADY: Readonly<Record<Light, number>> = { red: 14_000, infrared: 18_000 };
/** What comes back from the LED when nobody wears the sensor: almost nothing. */
const DARK_COUNTS = 120;
/** s: the pulse needs this long from the heart to the finger */
const TRANSIT_SECONDS = 0.22;
/** The pulse over one beat: systolic wave and the reflected one, each centre, width and height. */
const PULSE = [[0.2, 0.09, 1], [0.46, 0.13, 0.42]] as const;
const NOISE_COUNTS = 2.5;
/** Share of the light that motion moves, at the half of the worst, mg. */
const MOTION_SHARE = 0.02;
const HALF_MOTION = 300;

export class PpgGenerator {
  readonly #body: Body;
  readonly #random: Random;
  readonly #light: Light;
  #sway = 0;

  constructor(body: Body, random: Random, light: Light) {
    this.#body = body;
    this.#random = random;
    this.#light = light;
  }

  /** @returns `count` samples from the body's time on which sample `first` falls */
  samples(first: number, count: number): Int16Array {
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++) out[i] = this.#sample((first + i) / PPG_RATE_HZ);
    return out;
  }

  #sample(time: number): number {
    const body = this.#body;
    const state = body.state(Math.floor(time));
    const motion = state.motion / (state.motion + HALF_MOTION);
    this.#sway = 0.97 * this.#sway + 0.24 * motion * MOTION_SHARE * this.#random.normal();
    const phase = body.cardiacPhase(Math.max(0, time - TRANSIT_SECONDS));
    // The perfusion index is the infrared's pulsatile share; red follows by the ratio of absorptions.
    const depth = (state.perfusionIndex / 100) * (absorption(this.#light, state.oxygenSaturation) / absorption('infrared', state.oxygenSaturation));
    const breath = 0.004 * Math.sin(2 * Math.PI * body.respiratoryPhase(time));
    const light = STEADY[this.#light] * Math.exp(-depth * pulse(phase)) * (1 + breath + this.#sway);
    const counts = Math.round(DARK_COUNTS + light + NOISE_COUNTS * this.#random.normal());
    return counts < 0 ? 0 : counts > PPG_MAXIMUM ? PPG_MAXIMUM : counts;
  }
}

/** Molar absorption of blood. @param saturation % */
export function absorption(light: Light, saturation: number): number {
  const { oxygenated, deoxygenated } = EXTINCTION[light];
  const share = saturation / 100;
  return share * oxygenated + (1 - share) * deoxygenated;
}

/** 0…1 over one beat, the thickness of the pulsing layer; smooth from beat to beat. */
function pulse(phase: number): number {
  const at = phase - Math.floor(phase);
  let sum = 0;
  for (const [centre, width, height] of PULSE) {
    let delta = at - centre;
    if (delta > 0.5) delta -= 1;
    sum += height * Math.exp(-(delta * delta) / (2 * width * width));
  }
  return sum;
}
