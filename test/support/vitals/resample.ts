// Another sampling rate by a windowed-sinc interpolation: what a converter at that rate would have seen of the signal.

const TAPS_EACH_SIDE = 12;

/** @returns the signal at `toHz`; frequencies above the lower of the two Nyquist rates are damped */
export function resample(samples: ArrayLike<number>, fromHz: number, toHz: number): Float64Array {
  const cutoff = Math.min(1, toHz / fromHz);
  const reach = TAPS_EACH_SIDE / cutoff;
  const out = new Float64Array(Math.floor((samples.length * toHz) / fromHz));
  for (let i = 0; i < out.length; i++) {
    const at = (i * fromHz) / toHz;
    let sum = 0;
    let weights = 0;
    for (let j = Math.max(0, Math.ceil(at - reach)); j <= Math.min(samples.length - 1, at + reach); j++) {
      const x = (j - at) * cutoff;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const weight = sinc * (0.5 + 0.5 * Math.cos((Math.PI * (j - at)) / reach));
      sum += weight * samples[j]!;
      weights += weight;
    }
    out[i] = sum / weights;
  }
  return out;
}
