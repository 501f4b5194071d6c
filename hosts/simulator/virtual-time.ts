// Virtual time: one queue of events for a whole simulated world. What is due runs in order of time, and at equal times
// in order of being asked for, so a run depends on nothing but its inputs. Hours pass in seconds. There is no thread
// and no promise in here: every event runs to its end before the next.

import type { HostClock } from 'lorica/hosts/node/clock';
import type { Timer } from 'lorica/link/timer';

/** More pending events than any sane world has; a loop that breeds timers ends here and not in swap. */
export const MAX_PENDING = 10_000_000;

interface Entry {
  readonly timeMs: number;
  readonly order: number;
  callback: (() => void) | undefined;
}

export class VirtualTime {
  readonly #epochMs: number;
  readonly #heap: Entry[] = [];
  #nowMs = 0;
  #order = 0;

  /** @param epochMs what the wall clock says at the world's start, in ms since 1970 */
  constructor(epochMs = 0) {
    this.#epochMs = epochMs;
  }

  /** Milliseconds since the world's start. */
  get elapsedMs(): number {
    return this.#nowMs;
  }

  get pending(): number {
    return this.#heap.length;
  }

  /** The view of services: `now` counts from 1970. */
  get clock(): HostClock {
    return { now: () => this.#epochMs + Math.floor(this.#nowMs), after: (delayMs, callback) => this.after(delayMs, callback) };
  }

  /**
   * @param delayMs at least 0; fractions are kept
   * @returns what cancels it
   * @throws RangeError for a delay that is no number ≥ 0, or when MAX_PENDING events are waiting
   */
  after(delayMs: number, callback: () => void): () => void {
    if (!(delayMs >= 0)) throw new RangeError('a delay must be a number of at least 0 ms');
    if (this.#heap.length >= MAX_PENDING) throw new RangeError('too many events are waiting');
    const entry: Entry = { timeMs: this.#nowMs + delayMs, order: this.#order++, callback };
    this.#push(entry);
    return () => { entry.callback = undefined; };
  }

  /** Runs the next event, if one is due by `untilMs` (since the world's start). @returns whether there was one */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.timeMs > untilMs) return false;
      this.#pop();
      const { callback } = next;
      if (callback === undefined) continue;
      next.callback = undefined;
      this.#nowMs = next.timeMs;
      callback();
      return true;
    }
  }

  /** Runs all that is due by `untilMs` since the world's start, and leaves the clock there. */
  run(untilMs: number): void {
    while (this.step(untilMs));
    if (untilMs > this.#nowMs) this.#nowMs = untilMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && before(heap[below + 1]!, heap[below]!)) below++;
      if (!before(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order);
}

/**
 * The timers of one boot of a node, over any host clock. When the node loses power they are gone: `stop` forgets all
 * that are pending, and `set` does nothing any more.
 */
export class NodeTimer implements Timer {
  readonly #clock: HostClock;
  readonly #bootMs: number;
  readonly #cancels = new Set<() => void>();
  #last = 0;
  #stopped = false;

  constructor(clock: HostClock) {
    this.#clock = clock;
    this.#bootMs = clock.now();
  }

  /** Never goes back, even where the machine's wall clock is set back. */
  ticks(): number {
    this.#last = Math.max(this.#last, Math.floor(this.#clock.now() - this.#bootMs));
    return this.#last;
  }

  set(callback: () => void, delayMs: number): unknown {
    if (this.#stopped) return undefined;
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      callback();
    });
    this.#cancels.add(cancel);
    return cancel;
  }

  clear(handle: unknown): void {
    const cancel = handle as () => void;
    if (this.#cancels.delete(cancel)) cancel();
  }

  /** Loses power. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
