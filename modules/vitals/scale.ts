// What all vital signs share: quality from 0 to 100, and the line below which a value is withheld.

/** Below this quality a value is withheld, not guessed. */
export const WITHHELD_BELOW = 50;

/** 0 at `from`, 1 at `to` (which may be the smaller), straight between. */
export function ramp(value: number, from: number, to: number): number {
  return Math.max(0, Math.min(1, (value - from) / (to - from)));
}
