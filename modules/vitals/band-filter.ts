// A symmetric band-pass made of moving sums alone, so it costs a few additions a sample and delays all frequencies
// alike: a QRS complex or a pulse keeps its shape, and its peak stays where it was. A moving mean is followed by a box
// wavelet (−1, 2, −1), whose gain peaks at 0.43 divided by the box's length and falls with the square of the frequency
// below: baseline wander and electrode motion lie there. It judges nothing.

/** Keeps the gain near 4 whatever the rate, so that 16-bit samples stay far inside 32-bit sums. */
function gainShift(length: number): number {
  let shift = 0;
  while (2 << shift <= length) shift++;
  return shift;
}

/** One channel's filter; integers in, integers out. */
export class BandFilter {
  /** Samples by which the output lags the input. */
  readonly delay: number;
  readonly #smooth: Int32Array;
  readonly #sums: Int32Array;
  readonly #boxes: Int32Array;
  readonly #shift: number;
  #smoothAt = 0;
  #sumAt = 0;
  #boxAt = 0;
  #smoothSum = 0;
  #boxSum = 0;
  #origin = 0;
  #empty = true;

  /** @param smoothMs length of the moving mean, whose first zero is at its inverse; @param boxMs length of each box */
  constructor(rateHz: number, smoothMs: number, boxMs: number) {
    const smooth = Math.max(1, Math.round((smoothMs * rateHz) / 1000));
    const box = Math.max(2, Math.round((boxMs * rateHz) / 1000));
    this.#smooth = new Int32Array(smooth);
    this.#sums = new Int32Array(box);
    this.#boxes = new Int32Array(2 * box);
    this.#shift = gainShift(smooth * box);
    this.delay = Math.round((smooth - 1) / 2 + (box - 1) / 2 + box);
  }

  /** Samples until the output no longer depends on what was before `restart`. */
  get settleSamples(): number {
    return this.#smooth.length + this.#sums.length + this.#boxes.length;
  }

  /** Forgets the past: the next sample starts a new stretch, without a step. */
  restart(): void {
    this.#smooth.fill(0);
    this.#sums.fill(0);
    this.#boxes.fill(0);
    this.#smoothSum = 0;
    this.#boxSum = 0;
    this.#empty = true;
  }

  /** Takes one sample and returns the filtered signal `delay` samples ago. */
  push(sample: number): number {
    if (this.#empty) {
      this.#origin = sample;
      this.#empty = false;
    }
    const input = sample - this.#origin;
    const smooth = this.#smooth;
    this.#smoothSum += input - smooth[this.#smoothAt]!;
    smooth[this.#smoothAt] = input;
    if (++this.#smoothAt === smooth.length) this.#smoothAt = 0;
    const sums = this.#sums;
    this.#boxSum += this.#smoothSum - sums[this.#sumAt]!;
    sums[this.#sumAt] = this.#smoothSum;
    if (++this.#sumAt === sums.length) this.#sumAt = 0;
    const boxes = this.#boxes;
    const at = this.#boxAt;
    const middle = at >= sums.length ? at - sums.length : at + sums.length;
    const value = 2 * boxes[middle]! - this.#boxSum - boxes[at]!;
    boxes[at] = this.#boxSum;
    this.#boxAt = at + 1 === boxes.length ? 0 : at + 1;
    return value >> this.#shift;
  }
}
