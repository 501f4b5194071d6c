// Lossless compression of 16-bit samples: the difference to a polynomial prediction (order 0 to 3, chosen for each
// block), in Golomb-Rice code with a parameter that follows the signal sample by sample, as in LOCO-I (Weinberger,
// Seroussi, Sapiro 2000, "JPEG-LS"). Each block stands alone: no state from block to block, so a lost record costs
// its own samples only. It does not know rates, units or channels; a reading carries those.
//
// Block, bits from the highest of each byte:
//   header 8: order 2 bits ‖ 0 1 bit ‖ raw 1 bit ‖ first parameter 4 bits
//   first sample 16, two's complement
//   each further sample: quotient ones, a zero, parameter bits; or QUOTIENT_LIMIT ones and 16 bits
//   zeros up to the byte's end
// With the raw bit set (order and parameter 0) all samples follow as they are: no block is longer than raw by more
// than its header.

/** Longest block; readings are far shorter. */
export const MAX_SAMPLES_PER_BLOCK = 8192;

const HEADER_BYTES = 1;
const RAW_HEADER = 0x10;
const MAX_ORDER = 3;
const MAX_PARAMETER = 15;
/** So many ones announce 16 plain bits instead of a quotient: a spike costs 36 bits and not thousands. */
const QUOTIENT_LIMIT = 20;
const SAMPLE_BITS = 16;
/** Samples after which the running mean forgets half of what it knew: about a QRS complex at 250 Hz. */
const MEMORY_SAMPLES = 12;
/** Samples that the first parameter is computed from. */
const LEAD_SAMPLES = 24;

/**
 * Compresses one block.
 * @param samples at most MAX_SAMPLES_PER_BLOCK
 * @returns at most 1 + 2 × samples.length bytes; the sample count is not in them
 * @throws RangeError when there are too many samples
 */
export function encodeSamples(samples: Int16Array): Uint8Array {
  if (samples.length > MAX_SAMPLES_PER_BLOCK) throw new RangeError(`more than ${MAX_SAMPLES_PER_BLOCK} samples`);
  if (samples.length === 0) return new Uint8Array(0);
  const rawBytes = HEADER_BYTES + 2 * samples.length;
  const order = bestOrder(samples);
  const parameter = firstParameter(samples, order);
  const out = new BitWriter(rawBytes);
  out.write((order << 6) | parameter, 8);
  out.write(samples[0]! & 0xffff, SAMPLE_BITS);
  const estimate = new Estimate(parameter);
  for (let i = 1; i < samples.length && !out.full; i++) {
    const residual = int16(samples[i]! - predict(samples, i, order));
    writeCode(out, zigzag(residual), estimate.parameter());
    estimate.learn(residual);
  }
  return out.full ? encodeRaw(samples) : out.finish();
}

/**
 * Expands one block, which may come from anywhere.
 * @param count of samples, as the reading states it
 * @returns the samples, or `undefined` unless the bytes are exactly one block of so many samples
 */
export function decodeSamples(bytes: Uint8Array, count: number): Int16Array | undefined {
  if (!Number.isInteger(count) || count < 0 || count > MAX_SAMPLES_PER_BLOCK) return undefined;
  if (count === 0) return bytes.length === 0 ? new Int16Array(0) : undefined;
  if (bytes.length < HEADER_BYTES + 2 || bytes.length > HEADER_BYTES + 2 * count) return undefined;
  // Every code takes at least a bit: refuses a huge count before memory is taken for it.
  if (8 * bytes.length < 8 * HEADER_BYTES + SAMPLE_BITS + count - 1) return undefined;
  const header = bytes[0]!;
  if (header === RAW_HEADER) return decodeRaw(bytes, count);
  if ((header & 0x30) !== 0) return undefined;
  return decodeCoded(bytes, count, header >> 6, header & 0x0f);
}

function decodeCoded(bytes: Uint8Array, count: number, order: number, parameter: number): Int16Array | undefined {
  const input = new BitReader(bytes, 8 * HEADER_BYTES);
  const samples = new Int16Array(count);
  samples[0] = input.read(SAMPLE_BITS);
  const estimate = new Estimate(parameter);
  for (let i = 1; i < count; i++) {
    const code = readCode(input, estimate.parameter());
    if (code < 0) return undefined;
    const residual = unzigzag(code);
    estimate.learn(residual);
    samples[i] = predict(samples, i, order) + residual;
  }
  return input.atCleanEnd() ? samples : undefined;
}

function encodeRaw(samples: Int16Array): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + 2 * samples.length);
  out[0] = RAW_HEADER;
  for (let i = 0; i < samples.length; i++) {
    out[1 + 2 * i] = samples[i]! >> 8;
    out[2 + 2 * i] = samples[i]!;
  }
  return out;
}

function decodeRaw(bytes: Uint8Array, count: number): Int16Array | undefined {
  if (bytes.length !== HEADER_BYTES + 2 * count) return undefined;
  const samples = new Int16Array(count);
  for (let i = 0; i < count; i++) samples[i] = (bytes[1 + 2 * i]! << 8) | bytes[2 + 2 * i]!;
  return samples;
}

/** Polynomial through the `order` samples before `index`; not reduced to 16 bits. */
function predict(samples: Int16Array, index: number, order: number): number {
  const usable = index < order ? index : order;
  if (usable === 0) return 0;
  const one = samples[index - 1]!;
  if (usable === 1) return one;
  const two = samples[index - 2]!;
  if (usable === 2) return 2 * one - two;
  return 3 * (one - two) + samples[index - 3]!;
}

/** The order with the least sum of absolute residuals, which the code's length follows closely. */
function bestOrder(samples: Int16Array): number {
  let best = 0;
  let least = Infinity;
  for (let order = 0; order <= MAX_ORDER; order++) {
    let sum = 0;
    for (let i = 1; i < samples.length && sum < least; i++) sum += Math.abs(int16(samples[i]! - predict(samples, i, order)));
    if (sum < least) {
      least = sum;
      best = order;
    }
  }
  return best;
}

function firstParameter(samples: Int16Array, order: number): number {
  const end = Math.min(samples.length, LEAD_SAMPLES);
  let sum = 0;
  // The samples before `order` have a shorter predictor and say little about what follows.
  for (let i = Math.min(end - 1, order + 1); i < end; i++) sum += Math.abs(int16(samples[i]! - predict(samples, i, order)));
  return parameterFor(sum, Math.max(1, end - order - 1));
}

/** The smallest parameter with count × 2^parameter ≥ sum of magnitudes (LOCO-I, section III.C). */
function parameterFor(sum: number, count: number): number {
  let parameter = 0;
  while (parameter < MAX_PARAMETER && count << parameter < sum) parameter++;
  return parameter;
}

/** The running mean of residual magnitudes that both sides keep, in integers. */
class Estimate {
  #sum: number;
  #count = 1;

  constructor(parameter: number) {
    this.#sum = 1 << parameter;
  }

  parameter(): number {
    return parameterFor(this.#sum, this.#count);
  }

  learn(residual: number): void {
    this.#sum += residual < 0 ? -residual : residual;
    if (++this.#count === MEMORY_SAMPLES) {
      this.#sum >>= 1;
      this.#count >>= 1;
    }
  }
}

function int16(value: number): number {
  return (value << 16) >> 16;
}

function zigzag(residual: number): number {
  return ((residual << 1) ^ (residual >> 31)) & 0xffff;
}

function unzigzag(code: number): number {
  return (code >> 1) ^ -(code & 1);
}

function writeCode(out: BitWriter, value: number, parameter: number): void {
  const quotient = value >> parameter;
  if (quotient >= QUOTIENT_LIMIT) {
    out.write((1 << QUOTIENT_LIMIT) - 1, QUOTIENT_LIMIT);
    out.write(value, SAMPLE_BITS);
    return;
  }
  out.write((1 << (quotient + 1)) - 2, quotient + 1);
  out.write(value & ((1 << parameter) - 1), parameter);
}

/** @returns the value, or −1 when the bits end or say something that the writer never says */
function readCode(input: BitReader, parameter: number): number {
  const quotient = input.ones(QUOTIENT_LIMIT);
  if (quotient === QUOTIENT_LIMIT) {
    const value = input.read(SAMPLE_BITS);
    return value >> parameter >= QUOTIENT_LIMIT ? value : -1;
  }
  if (quotient < 0) return -1;
  const rest = input.read(parameter);
  const value = (quotient << parameter) | rest;
  return rest < 0 || value > 0xffff ? -1 : value;
}

/** Appends bits, highest first, and stops silently when its room is used up. */
class BitWriter {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  /** Whether more was written than there was room for: the block is then sent raw. */
  get full(): boolean {
    return this.#at > 8 * this.#bytes.length;
  }

  write(value: number, bits: number): void {
    const end = this.#at + bits;
    if (end <= 8 * this.#bytes.length) {
      let left = bits;
      while (left > 0) {
        const free = 8 - (this.#at & 7);
        const take = left < free ? left : free;
        left -= take;
        this.#bytes[this.#at >> 3]! |= ((value >> left) & ((1 << take) - 1)) << (free - take);
        this.#at += take;
      }
    }
    this.#at = end;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, (this.#at + 7) >> 3);
  }
}

/** Takes bits, highest first; −1 beyond the end. */
class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  read(bits: number): number {
    if (this.#at + bits > 8 * this.#bytes.length) return -1;
    let value = 0;
    let left = bits;
    while (left > 0) {
      const free = 8 - (this.#at & 7);
      const take = left < free ? left : free;
      value = (value << take) | ((this.#bytes[this.#at >> 3]! >> (free - take)) & ((1 << take) - 1));
      this.#at += take;
      left -= take;
    }
    return value;
  }

  /** Counts ones up to the next zero, which it takes too, or up to `limit` ones. */
  ones(limit: number): number {
    let count = 0;
    while (count < limit) {
      const bit = this.read(1);
      if (bit < 0) return -1;
      if (bit === 0) return count;
      count++;
    }
    return count;
  }

  /** Whether only the zeros that fill the last byte are left. */
  atCleanEnd(): boolean {
    const left = 8 * this.#bytes.length - this.#at;
    return left < 8 && this.read(left) === 0;
  }
}
