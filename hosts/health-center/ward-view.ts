// What the page shows of each node at a glance: the newest vital signs, how fresh they are, the heart rate from its
// newest stored ECG, open holes. Kept in memory from what is committed; begun from the store.
import { toHex } from 'lorica/bytes/bytes';
import { decodeReading } from 'lorica/reading/decode';
import { CHANNEL, READING_KIND, type Reading, type WaveformReading } from 'lorica/reading/reading';
import { heartRateOf } from './heart-rate.ts';
import { timeJson, vitalJson, type TimeJson, type VitalJson } from './presentation.ts';
import { DAY_MS, type PlacedTime } from './reading-store.ts';
import type { NodeRow } from './registry.ts';
import type { Store } from './store.ts';
import type { Committed } from './turn.ts';

/** Of the node's built-in plan, where no other was given. */
const DEFAULT_DELIVERY_MS = 10_000;
/** A node is late after so many batches that did not come, and silent after so many. */
const LATE_AFTER = 3;
const SILENT_AFTER = 12;
/** For messages on their way. */
const GRACE_MS = 5_000;
/** Newest ECG that a heart rate is computed from. */
const ECG_MS = 30_000;
const MAX_STRIPS = 40;

export type NodeState = 'live' | 'late' | 'silent' | 'never' | 'revoked';

export interface EcgRateJson extends TimeJson {
  readonly perMinute: number | null;
  readonly quality: number;
  readonly beats: number;
  readonly seconds: number;
}

interface Latest {
  /** newest of each vital sign */
  readonly vitals: Map<number, VitalJson & TimeJson>;
  lastMs: number | undefined;
  ecg: EcgRateJson | undefined;
  isEcgDue: boolean;
}

export class WardView {
  readonly #store: Store;
  readonly #latest = new Map<number, Latest>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Takes what was just committed. */
  take(readings: readonly Committed[], nowMs: number): void {
    for (const committed of readings) {
      const latest = this.#of(committed.node);
      latest.lastMs = nowMs;
      if (committed.reading !== undefined) note(latest, committed.reading, committed);
    }
  }

  nodes(nowMs: number): Record<string, unknown>[] {
    return this.#store.registry.nodes().map((node) => this.node(node, nowMs));
  }

  node(node: NodeRow, nowMs: number): Record<string, unknown> {
    const latest = this.#of(node.id);
    const plan = this.#store.registry.plan(node);
    const deliveryMs = plan?.plan.deliveryIntervalMs ?? DEFAULT_DELIVERY_MS;
    const lastMs = latest.lastMs ?? node.lastRecordMs;
    const holes = this.#store.sessions.openChainsOf(node.id).filter(({ holeSinceMs }) => holeSinceMs !== undefined);
    return {
      serial: toHex(node.serial), patient: this.#store.registry.patientLabel(node.patient), suite: node.suite, firmware: node.firmware ?? null,
      state: stateOf(node, lastMs, deliveryMs, nowMs), lastRecordMs: lastMs ?? null, lastHandshakeMs: node.lastHandshakeMs ?? null,
      deliveryIntervalMs: deliveryMs, ecgIsContinuous: [...(plan?.plan.waveforms.entries() ?? [])].some(([channel, duty]) => channel <= CHANNEL.ecgII && duty.seconds === duty.everySeconds),
      vitals: [...latest.vitals.values()].sort((a, b) => a.vital - b.vital), ecgHeartRate: this.#ecgRate(node.id, latest, nowMs) ?? null,
      holes: holes.map(({ tag, holeSinceMs }) => ({ tag: toHex(tag), sinceMs: holeSinceMs! })),
    };
  }

  #of(node: number): Latest {
    let latest = this.#latest.get(node);
    if (latest === undefined) {
      latest = { vitals: new Map(), lastMs: undefined, ecg: undefined, isEcgDue: true };
      this.#latest.set(node, latest);
      const { lastRecordMs } = this.#store.registry.node(node) ?? {};
      if (lastRecordMs !== undefined) this.#recall(node, latest, lastRecordMs);
    }
    return latest;
  }

  /** After a start: the newest that the store has. */
  #recall(node: number, latest: Latest, lastRecordMs: number): void {
    for (const stored of this.#store.readings.between(node, READING_KIND.vitals, lastRecordMs - DAY_MS, lastRecordMs + DAY_MS, 1)) {
      const reading = decodeReading(stored.plaintext);
      if (reading !== undefined) note(latest, reading, stored);
    }
  }

  /** From stored samples, computed when somebody looks and new ones have come. */
  #ecgRate(node: number, latest: Latest, nowMs: number): EcgRateJson | undefined {
    if (!latest.isEcgDue) return latest.ecg;
    latest.isEcgDue = false;
    for (const channel of [CHANNEL.ecgII, CHANNEL.ecgI]) {
      const found = this.#store.readings.between(node, READING_KIND.waveform, 0, nowMs + DAY_MS, MAX_STRIPS, channel);
      const newest = found.at(-1);
      if (newest === undefined) continue;
      const recent = found.filter(({ timeMs, boot }) => boot === newest.boot && timeMs > newest.timeMs - ECG_MS);
      const strips = recent.map(({ plaintext }) => decodeReading(plaintext)).filter((r): r is WaveformReading => r?.kind === 'waveform');
      const rate = heartRateOf(strips);
      if (rate === undefined) continue;
      const rateHz = strips[0]!.rateMilliHertz / 1000;
      latest.ecg = {
        ...timeJson(newest), perMinute: rate.perMinute === undefined ? null : Math.round(rate.perMinute * 10) / 10, quality: Math.round(rate.quality),
        beats: rate.beats.length, seconds: Math.round(rate.samples / rateHz),
      };
      return latest.ecg;
    }
    return latest.ecg;
  }
}

function note(latest: Latest, reading: Reading, placed: PlacedTime): void {
  if (reading.kind === 'waveform' && reading.channel <= CHANNEL.ecgII) latest.isEcgDue = true;
  if (reading.kind !== 'vitals') return;
  for (const measurement of reading.measurements) {
    const known = latest.vitals.get(measurement.vital);
    // What comes late does not take the place of what is newer.
    if (known === undefined || known.timeMs <= placed.timeMs) latest.vitals.set(measurement.vital, { ...vitalJson(measurement), ...timeJson(placed) });
  }
}

function stateOf(node: NodeRow, lastMs: number | undefined, deliveryMs: number, nowMs: number): NodeState {
  if (node.revokedMs !== undefined) return 'revoked';
  if (lastMs === undefined) return 'never';
  const ageMs = nowMs - lastMs;
  if (ageMs > SILENT_AFTER * deliveryMs + GRACE_MS) return 'silent';
  return ageMs > LATE_AFTER * deliveryMs + GRACE_MS ? 'late' : 'live';
}
