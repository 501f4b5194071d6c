// A search for secrets that were dropped and not overwritten: while some code runs, every octet array that it makes is
// kept, as if memory were never used again. Copies inside the engine and the crypto library are out of its reach.

export class Memory {
  readonly #buffers = new Set<ArrayBufferLike>();

  /** Runs `body` while every Uint8Array that is made by name or as a slice of such a one is recorded. */
  record<T>(body: () => T): T {
    const buffers = this.#buffers;
    const original = globalThis.Uint8Array;
    class Recorded extends original {
      constructor(...parameters: ConstructorParameters<typeof Uint8Array>) {
        super(...parameters);
        buffers.add(this.buffer);
      }

      static override [Symbol.hasInstance](value: unknown): boolean {
        return original.prototype.isPrototypeOf(value as object);
      }
    }
    globalThis.Uint8Array = Recorded as unknown as typeof original;
    try {
      return body();
    } finally {
      globalThis.Uint8Array = original;
    }
  }

  holds(secret: Uint8Array): boolean {
    return [...this.#buffers].some((buffer) => Buffer.from(buffer).includes(Buffer.from(secret)));
  }
}
