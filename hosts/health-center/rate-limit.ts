// Token buckets by name: each refills at a steady rate up to a burst, and a full one is forgotten, so memory is bounded
// by the names that were busy within the time of a refill, and by MAX_BUCKETS.

export const MAX_BUCKETS = 65_536;

interface Bucket {
  tokens: number;
  atMs: number;
}

export class RateLimit {
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * @param burst tokens of a full bucket
   * @param refillMs for one token
   */
  constructor(burst: number, refillMs: number) {
    this.#burst = burst;
    this.#refillMs = refillMs;
  }

  /** @returns whether `name` had a token; it is taken then */
  take(name: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(nowMs);
      if (this.#buckets.size >= MAX_BUCKETS) return false;
      this.#buckets.set(name, (bucket = { tokens: this.#burst, atMs: nowMs }));
    }
    bucket.tokens = this.#level(bucket, nowMs);
    bucket.atMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #level({ tokens, atMs }: Bucket, nowMs: number): number {
    return Math.min(this.#burst, tokens + Math.max(0, nowMs - atMs) / this.#refillMs);
  }

  #forgetFull(nowMs: number): void {
    for (const [name, bucket] of this.#buckets) if (this.#level(bucket, nowMs) >= this.#burst) this.#buckets.delete(name);
  }
}
