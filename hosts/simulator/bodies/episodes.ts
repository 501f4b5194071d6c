// What happens to a body now and then, drawn hour by hour from the seed: exercise, desaturation, fever, atrial
// fibrillation, an electrode that comes off, a fall. More often than in life, so that an hour on a ward has something
// to show.

import type { Random } from '../random.ts';

export type EpisodeKind = 'exercise' | 'desaturation' | 'fever' | 'arrhythmia' | 'leadOff' | 'fall';

export interface Episode {
  readonly kind: EpisodeKind;
  /** seconds since the body's start */
  readonly start: number;
  readonly end: number;
  /** exercise: share of the most; desaturation: points of SpO2; fever: °C; otherwise 1 */
  readonly strength: number;
}

interface Kind {
  readonly kind: EpisodeKind;
  /** mean number an hour */
  readonly hourly: number;
  readonly seconds: readonly [number, number];
  readonly strength: readonly [number, number];
}

const KINDS: readonly Kind[] = [
  { kind: 'exercise', hourly: 0.15, seconds: [240, 900], strength: [0.4, 1] },
  { kind: 'desaturation', hourly: 0.3, seconds: [40, 120], strength: [6, 16] },
  { kind: 'fever', hourly: 0.05, seconds: [3600, 14_400], strength: [1, 2.8] },
  { kind: 'arrhythmia', hourly: 0.15, seconds: [60, 300], strength: [1, 1] },
  { kind: 'leadOff', hourly: 0.25, seconds: [5, 45], strength: [1, 1] },
  { kind: 'fall', hourly: 0.03, seconds: [30, 30], strength: [1, 1] },
];

const HOUR_SECONDS = 3600;
/** No episode lasts longer, so no older hour matters. */
export const LONGEST_EPISODE_SECONDS = 14_400;

/** The episodes of one hour, whichever hours were asked for before. At most one of a kind begins in an hour. */
export function episodesOfHour(random: Random, hour: number): Episode[] {
  const episodes: Episode[] = [];
  for (const { kind, hourly, seconds, strength } of KINDS) {
    const draw = random.stream(`hour ${String(hour)} ${kind}`);
    if (!draw.chance(1 - Math.exp(-hourly))) continue;
    const start = hour * HOUR_SECONDS + draw.integer(HOUR_SECONDS);
    episodes.push({ kind, start, end: start + Math.round(draw.between(...seconds)), strength: draw.between(...strength) });
  }
  return episodes;
}

/** The episodes that run at a time, second after second. */
export class Schedule {
  readonly #random: Random;
  #hour = -1;
  #known: Episode[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** @param second whole, not smaller than at the last call */
  at(second: number): readonly Episode[] {
    const hour = Math.floor(second / HOUR_SECONDS);
    if (hour > this.#hour) {
      const from = Math.max(this.#hour + 1, hour - LONGEST_EPISODE_SECONDS / HOUR_SECONDS, 0);
      for (let next = from; next <= hour; next++) this.#known.push(...episodesOfHour(this.#random, next));
      this.#hour = hour;
    }
    if (this.#known.some(({ end }) => end < second)) this.#known = this.#known.filter(({ end }) => end >= second);
    return this.#known.length === 0 ? this.#known : this.#known.filter(({ start }) => start <= second);
  }
}

/** Rises from 0 to 1 over the first `ramp` share of an episode and falls over the last. */
export function envelope({ start, end }: Episode, second: number, ramp: number): number {
  const share = (second - start) / (end - start);
  if (share < 0 || share > 1) return 0;
  return Math.min(1, share / ramp, (1 - share) / ramp);
}
