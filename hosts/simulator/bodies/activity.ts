// What a person does from second to second: lies, sits, moves about, walks. A chain of states with exponential stays;
// exercise and falls come from the schedule of episodes.

import type { Random } from '../random.ts';

export interface Activity {
  readonly name: 'lying' | 'sitting' | 'moving' | 'walking';
  /** mean acceleration beside gravity, mg */
  readonly motion: number;
  /** rise of the heart rate above rest, per minute */
  readonly effort: number;
  readonly meanSeconds: number;
  readonly next: readonly string[];
}

const ACTIVITIES: readonly Activity[] = [
  { name: 'lying', motion: 6, effort: -6, meanSeconds: 2400, next: ['sitting', 'sitting', 'moving'] },
  { name: 'sitting', motion: 15, effort: 0, meanSeconds: 900, next: ['moving', 'moving', 'lying'] },
  { name: 'moving', motion: 110, effort: 9, meanSeconds: 90, next: ['sitting', 'sitting', 'walking'] },
  { name: 'walking', motion: 260, effort: 26, meanSeconds: 180, next: ['sitting', 'moving'] },
];

export class Wandering {
  readonly #random: Random;
  #activity: Activity;
  #left: number;

  constructor(random: Random) {
    this.#random = random;
    this.#activity = ACTIVITIES[random.integer(2)]!;
    this.#left = random.exponential(this.#activity.meanSeconds);
  }

  /** One second goes by. */
  step(): Activity {
    if (--this.#left < 0) {
      const { next } = this.#activity;
      const name = next[this.#random.integer(next.length)];
      this.#activity = ACTIVITIES.find((activity) => activity.name === name)!;
      this.#left = this.#random.exponential(this.#activity.meanSeconds);
    }
    return this.#activity;
  }
}
