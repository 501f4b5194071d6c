// What the journal does when it is full: it merges neighbouring sectors into one, in their order. First where what is
// not acknowledged fits without loss; else it drops waveforms and then normal records, evenly, in the least thinned and
// oldest sectors. So the age that the journal reaches back grows while its resolution falls, oldest first. Urgent and kept records go last of all. Nothing here says what was dropped: the indices do.
import { concat } from 'lorica/bytes/bytes';
import { eachEntry } from 'lorica/journal/entries';
import { ERASED } from 'lorica/journal/flash';
import {
  CLEARED,
  COMMIT_AT,
  encodeSectorHeader,
  entryPriority,
  isLive,
  isWhole,
  PRIORITY,
  SECTOR_HEADER,
  type Priority,
  type SectorHeader
} from 'lorica/journal/layout';
import type { SectorTable } from 'lorica/journal/sector-table';

/** sectors that become one */
export const RUN_LENGTH = 4;
const MAX_LEVEL = 255;

export interface MergeResult {
  readonly dropped: number;
  /** urgent or kept ones among them */
  readonly keptDropped: number;
  readonly damaged: number;
}

interface Survivor {
  readonly sector: number;
  readonly at: number;
  readonly size: number;
  readonly priority: Priority;
}

/** @returns the sectors to merge, neighbours in the order; never the one that is written to */
export function chooseRun(table: SectorTable): readonly number[] {
  const candidates = table.order.slice(0, -1);
  return losslessRun(table, candidates) ?? thinnedRun(table, candidates);
}

/**
 * Copies what survives of `run` (one sector: all that lives) into `target`, which is erased, and puts that into the place of `run`. The caller marks
 * the sources as retired; a power cut before leaves either them or the merged sector.
 * @returns `undefined` when the target did not hold what was written: nothing has changed then
 */
export function mergeRun(table: SectorTable, run: readonly number[], target: number): MergeResult | undefined {
  const { entries, damaged } = collect(table, run);
  const survivors = choose(entries, table.sectorLength - SECTOR_HEADER);
  const isThinned = survivors.length < entries.length;
  const level = Math.min(MAX_LEVEL, Math.max(...run.map((sector) => table.level[sector]!)) + (isThinned ? 1 : 0));
  const first = table.first[run[0]!]!;
  const last = table.last[run.at(-1)!]!;
  const moves = run.length === 1 ? table.moves[run[0]!]! + 1 : 0;
  const place = { erases: table.erases[target]!, first, last, level, moves };
  const image = imageOf(table, survivors, place);
  const start = target * table.sectorLength;
  table.flash.write(image, start);
  const kept = table.flash.read(image.length, start);
  for (let i = 0; i < image.length; i++) if (kept[i] !== image[i]) return undefined;
  table.flash.write(CLEARED, start + COMMIT_AT);
  for (const sector of run) table.drop(sector);
  table.enter(target, place);
  for (const { priority, size } of survivors) table.addEntry(target, priority, size);
  return { dropped: entries.length - survivors.length, keptDropped: count(entries) - count(survivors), damaged };
}

/** Neighbours whose living entries fit into one sector: as many as can be had, the oldest of them. */
function losslessRun(table: SectorTable, candidates: readonly number[]): readonly number[] | undefined {
  let best: readonly number[] | undefined;
  for (let from = 0; from + 1 < candidates.length; from++) {
    let bytes = SECTOR_HEADER;
    let to = from;
    while (to < candidates.length && to - from < RUN_LENGTH) {
      bytes += table.liveBytes[candidates[to]!]!;
      if (bytes > table.sectorLength) break;
      to++;
    }
    if (to - from > Math.max(1, best?.length ?? 0)) best = candidates.slice(from, to);
  }
  return best;
}

/**
 * The oldest of the least thinned neighbours: such that are equally thinned, so that what survives lies evenly, and keep
 * what is not to be thinned, if there are any.
 */
function thinnedRun(table: SectorTable, candidates: readonly number[]): readonly number[] {
  let best = 0;
  let bestCost = Infinity;
  for (let from = 0; from + RUN_LENGTH <= candidates.length; from++) {
    const run = candidates.slice(from, from + RUN_LENGTH);
    const levels = run.map((sector) => table.level[sector]!);
    const level = Math.max(...levels);
    const isMixed = level !== Math.min(...levels);
    const kept = run.reduce((sum, sector) => sum + table.keptBytes[sector]!, SECTOR_HEADER);
    const cost = level + (isMixed ? MAX_LEVEL + 1 : 0) + (kept > table.sectorLength ? 4 * MAX_LEVEL : 0);
    if (cost >= bestCost) continue;
    best = from;
    bestCost = cost;
  }
  return candidates.slice(best, best + RUN_LENGTH);
}

function collect(table: SectorTable, run: readonly number[]): { entries: Survivor[]; damaged: number } {
  const entries: Survivor[] = [];
  let damaged = 0;
  for (const sector of run) {
    const bytes = table.flash.read(table.sectorLength, sector * table.sectorLength);
    eachEntry(bytes, table.used[sector]!, (at, size) => {
      if (!isLive(bytes, at)) return;
      if (isWhole(bytes, at)) entries.push({ sector, at, size, priority: entryPriority(bytes, at) });
      else damaged++;
    });
  }
  return { entries, damaged };
}

/** Thins until it fits: first waveforms, then normal records, evenly, at last the oldest of the rest. */
function choose(entries: readonly Survivor[], room: number): readonly Survivor[] {
  if (bytesOf(entries) <= room) return entries;
  const light = entries.filter(({ priority }) => priority !== PRIORITY.bulk);
  const normal = light.filter(({ priority }) => priority === PRIORITY.normal);
  const kept = light.filter(({ priority }) => priority <= PRIORITY.kept);
  const left = room - bytesOf(kept);
  if (left >= 0) return thinEvenly(light, normal, left);
  let from = 0;
  for (let bytes = bytesOf(kept); bytes > room; from++) bytes -= kept[from]!.size;
  return kept.slice(from);
}

/** @returns `entries` without some of `normal`, spread evenly, so that these take `room` at most */
function thinEvenly(entries: readonly Survivor[], normal: readonly Survivor[], room: number): readonly Survivor[] {
  let most = Math.min(normal.length, Math.floor((normal.length * room) / Math.max(1, bytesOf(normal))));
  for (;;) {
    const some = new Set(normal.filter((_, i) => Math.floor((i * most) / normal.length) > Math.floor(((i - 1) * most) / normal.length)));
    if (bytesOf([...some]) <= room) return entries.filter((entry) => entry.priority !== PRIORITY.normal || some.has(entry));
    most--;
  }
}

function imageOf(
  table: SectorTable,
  survivors: readonly Survivor[],
  place: Omit<SectorHeader, 'merged'>
): Uint8Array {
  const parts = [encodeSectorHeader({ ...place, merged: true })];
  for (const { sector, at, size } of survivors) {
    const bytes = table.flash.read(size, sector * table.sectorLength + at);
    bytes.fill(ERASED, 0, 4);
    parts.push(bytes);
  }
  return concat(...parts);
}

function bytesOf(entries: readonly Survivor[]): number {
  let sum = 0;
  for (const { size } of entries) sum += size;
  return sum;
}

function count(entries: readonly Survivor[]): number {
  let sum = 0;
  for (const { priority } of entries) if (priority <= PRIORITY.kept) sum++;
  return sum;
}
