// Time as the node's firmware sees it: ticks since boot and one-shot timers. No wall clock lives here; a node learns
// the health center's time from sealed messages only.

export interface Timer {
  /** @returns milliseconds since boot: an integer that never goes back */
  ticks(): number;
  /** Calls `callback` once, not before `delayMs` milliseconds (an integer ≥ 0) have passed. @returns a handle for `clear` */
  set(callback: () => void, delayMs: number): unknown;
  /** Forgets a timer; one that has already fired is no error. */
  clear(handle: unknown): void;
}
