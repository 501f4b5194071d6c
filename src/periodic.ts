// Something to be done at a steady interval, without drift: a call that comes late does not move the next ones, and
// calls that were missed altogether are not made up for.
import type { Timer } from 'lorica/link/timer';

export class Periodic {
  readonly #timer: Timer;
  readonly #action: () => void;
  readonly #fire = (): void => this.#run();
  #handle: unknown;
  #intervalMs = 0;
  #dueTick = 0;

  constructor(timer: Timer, action: () => void) {
    this.#timer = timer;
    this.#action = action;
  }

  /** The first time is one interval from now. A running one with the same interval goes on as it is. */
  start(intervalMs: number): void {
    if (this.#handle !== undefined && intervalMs === this.#intervalMs) return;
    this.stop();
    this.#intervalMs = intervalMs;
    this.#dueTick = this.#timer.ticks() + intervalMs;
    this.#handle = this.#timer.set(this.#fire, intervalMs);
  }

  stop(): void {
    if (this.#handle === undefined) return;
    this.#timer.clear(this.#handle);
    this.#handle = undefined;
  }

  /** The next time is set before the action, which may stop it. */
  #run(): void {
    const now = this.#timer.ticks();
    this.#dueTick += this.#intervalMs;
    if (this.#dueTick <= now) this.#dueTick = now + this.#intervalMs;
    this.#handle = this.#timer.set(this.#fire, this.#dueTick - now);
    this.#action();
  }
}
