// The benches' common part: a warm-up, several rounds, the median; the peers of one comparison take turns in every
// round, so that a machine whose speed drifts does not favour one of them. Figures are reported, never asserted.
import cliProgress from 'cli-progress';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** what it is compared with; `ratio` = value / the peer's value */
  readonly peer?: string;
  readonly ratio?: number;
}

export interface Contestant {
  readonly name: string;
  /** one operation, synchronous */
  readonly run: () => void;
}

const ROUNDS = 7;
const ROUND_MS = 120;

/** Operations per second of each contestant, and each one's ratio to the first named peer. */
export function race(contestants: readonly Contestant[], peer: string, onRound: () => void): Figure[] {
  const rates = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (const { run } of contestants) timed(run, ROUND_MS / 2);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of contestants) rates.get(name)!.push(timed(run, ROUND_MS));
    onRound();
  }
  const peerRate = median(rates.get(peer)!);
  return contestants.map(({ name }) => {
    const value = median(rates.get(name)!);
    return name === peer ? { name, value, unit: '1/s' } : { name, value, unit: '1/s', peer, ratio: value / peerRate };
  });
}

export const RACE_ROUNDS = ROUNDS;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A progress bar on standard error, or nothing where that is no terminal. */
export function progress(total: number, what: string): { step: () => void; stop: () => void } {
  if (!process.stderr.isTTY) return { step: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar({ format: `${what} {bar} {percentage}%`, stream: process.stderr, clearOnComplete: true }, cliProgress.Presets.shades_classic);
  bar.start(total, 0);
  return { step: () => { bar.increment(); }, stop: () => { bar.stop(); } };
}

/** One JSON object a line, or a table. */
export function print(figures: readonly Figure[], asJson: boolean): void {
  if (asJson) {
    for (const figure of figures) console.log(JSON.stringify(figure));
    return;
  }
  const width = Math.max(...figures.map(({ name }) => name.length));
  for (const { name, value, unit, peer, ratio } of figures) {
    const comparison = ratio === undefined ? '' : `   ${significant(ratio)} × ${peer ?? ''}`;
    console.log(`${name.padEnd(width)}  ${significant(value).padStart(9)} ${unit}${comparison}`);
  }
}

const significant = (value: number): string => (value >= 1000 ? Math.round(value).toString() : value.toPrecision(3));

function timed(run: () => void, atLeastMs: number): number {
  const start = performance.now();
  let count = 0;
  let elapsed = 0;
  do {
    run();
    count++;
    elapsed = performance.now() - start;
  } while (elapsed < atLeastMs);
  return (count * 1000) / elapsed;
}
