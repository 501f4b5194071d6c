// Time for tests: it passes only when it is told to, in order, one event after the other. Several timers (a node's boot,
// the world around it) share one clock; a timer whose machine has lost its power never fires again.
import type { Timer } from 'lorica/link/timer';

interface Due {
  readonly at: number;
  readonly order: number;
  readonly owner: VirtualTimer;
  callback: (() => void) | undefined;
}

export class VirtualClock {
  nowMs = 0;
  #due: Due[] = [];
  #order = 0;
  /** called before each event */
  onEvent: ((owner: VirtualTimer) => void) | undefined;

  add(owner: VirtualTimer, callback: () => void, delayMs: number): Due {
    const due = { at: this.nowMs + Math.max(0, delayMs), order: this.#order++, owner, callback };
    let place = this.#due.length;
    while (place > 0 && this.#due[place - 1]!.at > due.at) place--;
    this.#due.splice(place, 0, due);
    return due;
  }

  /**
   * Runs what is due up to a time.
   * @param guard wraps each event, so that a test can see it fail
   */
  runTo(untilMs: number, guard: (owner: VirtualTimer, run: () => void) => void = (_owner, run) => { run(); }): void {
    while (this.#due.length > 0 && this.#due[0]!.at <= untilMs) {
      const due = this.#due.shift()!;
      this.nowMs = due.at;
      const { callback, owner } = due;
      if (callback !== undefined && owner.isOn) guard(owner, callback);
    }
    this.nowMs = untilMs;
  }
}

export class VirtualTimer implements Timer {
  readonly #clock: VirtualClock;
  readonly #startMs: number;
  isOn = true;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#startMs = clock.nowMs;
  }

  ticks(): number {
    return this.#clock.nowMs - this.#startMs;
  }

  set(callback: () => void, delayMs: number): unknown {
    return this.#clock.add(this, callback, delayMs);
  }

  clear(handle: unknown): void {
    (handle as Due).callback = undefined;
  }
}
