// What happens to one record: found by its tag, opened, checked, placed in time, stored once. All inside the turn's
// transaction. A record that does not open changes nothing and is charged to the gateway that brought it.
import { toHex } from 'lorica/bytes/bytes';
import { decodeReading } from 'lorica/reading/decode';
import { GAP_REASON, READING_KIND, type GapReading, type GapReason, type Reading, type StatusReading } from 'lorica/reading/reading';
import type { OpenedRecord } from 'lorica/session/opening-chain';
import { MAX_RECORD, RECORD_HEADER, RECORD_TAG_OFFSET, TAG_LENGTH } from 'lorica/wire/message-type';
import type { Item } from './inbox.ts';
import type { Keeper, LoadedChain } from './keeper.ts';
import type { Refuse } from './refusal.ts';
import { TIME_SOURCE, UNREADABLE_KIND, type NewReading, type PlacedTime } from './reading-store.ts';
import { CHAIN_STATUS } from './session-store.ts';
import type { Store } from './store.ts';
import type { Moved } from './time-store.ts';
import { routeOf, type Touched, type Turn } from './turn.ts';

interface Pending extends NewReading {
  readonly serial: Uint8Array;
  readonly reading: Reading | undefined;
  readonly item: Item;
}

export class RecordDesk {
  readonly #store: Store;
  readonly #keeper: Keeper;
  readonly #refuse: Refuse;
  #pending: Pending[] = [];

  constructor(store: Store, keeper: Keeper, refuse: Refuse) {
    this.#store = store;
    this.#keeper = keeper;
    this.#refuse = refuse;
  }

  receive(item: Item, turn: Turn): void {
    const { message } = item;
    if (message.length <= RECORD_HEADER || message.length > MAX_RECORD) return this.#refuse(item, 'message-malformed');
    const chain = this.#keeper.chain(message.subarray(RECORD_TAG_OFFSET, RECORD_TAG_OFFSET + TAG_LENGTH));
    if (chain === undefined) return this.#refuse(item, 'record-unknown-chain');
    const opened = chain.opening.open(message);
    if (opened === undefined) return this.#refuse(item, 'record-refused');
    const touched = turn.touch(chain.node, item);
    touched.chains.add(chain);
    // It proves nothing, so it changes nothing; but its sender may have missed the acknowledgement.
    if (opened === 'duplicate') return;
    touched.changed.add(chain);
    touched.hasRecord = true;
    chain.node.route = routeOf(item);
    if (chain.status === CHAIN_STATUS.closed) chain.status = CHAIN_STATUS.open;
    this.#follow(chain, touched);
    this.#keep(chain, opened, touched, item, turn);
  }

  /** What the chain itself says: the node uses this session, or this offline chain. */
  #follow({ node, row }: LoadedChain, touched: Touched): void {
    if (row.session !== undefined && this.#keeper.confirm(node, row.session)) touched.isPlanDue = true;
    if (row.offlineStep !== undefined) this.#keeper.useOffline(node, row.offlineStep);
  }

  #keep(chain: LoadedChain, { index, plaintext }: OpenedRecord, touched: Touched, item: Item, turn: Turn): void {
    const { node, row } = chain;
    const reading = decodeReading(plaintext);
    if (reading === undefined) this.#tellUnreadable(chain, index, item, turn);
    else this.#heed(reading, chain, touched, turn);
    const placed = this.#place(node.row.id, reading, item, turn.nowMs);
    if (reading !== undefined) touched.boots.add(reading.boot);
    this.#pending.push({
      node: node.row.id, patient: node.row.patient, chain: row.id, tag: row.tag, index, plaintext, ...placed,
      kind: reading === undefined ? UNREADABLE_KIND : READING_KIND[reading.kind],
      boot: reading?.boot, tick: reading?.tick, channel: reading?.kind === 'waveform' ? reading.channel : undefined,
      serial: node.row.serial, reading, item,
    });
  }

  /** Stores what has gathered. To be called before the turn ends, and before anything that moves readings in time. */
  flush(turn: Turn): void {
    if (this.#pending.length === 0) return;
    const pending = this.#pending;
    this.#pending = [];
    const refused = new Set<NewReading>(this.#store.readings.add(pending));
    for (const stored of pending) {
      const { node, patient, serial, tag, index, reading, timeMs, uncertaintyMs, source } = stored;
      if (refused.has(stored)) {
        this.#refuse(stored.item, 'record-stored-before');
        continue;
      }
      if (reading?.kind === 'vitals') this.#store.rollUps.add(node, patient, timeMs, reading);
      turn.committed.push({ node, serial, tag, index, reading, timeMs, uncertaintyMs, source });
    }
  }

  /** After a turn that failed. */
  forget(): void {
    this.#pending = [];
  }

  #place(node: number, reading: Reading | undefined, item: Item, nowMs: number): PlacedTime {
    if (reading !== undefined) {
      const placed = this.#store.times.place(node, reading.boot, reading.tick, nowMs);
      if (placed !== undefined) return placed;
      this.#refuse(item, 'time-implausible');
    }
    return { timeMs: nowMs, uncertaintyMs: 0, source: TIME_SOURCE.arrival };
  }

  /** What a reading says to the health center itself. */
  #heed(reading: Reading, chain: LoadedChain, touched: Touched, turn: Turn): void {
    switch (reading.kind) {
      case 'sync': {
        this.flush(turn);
        const { boot, sentTick, receivedTick, timeMs } = reading;
        this.moved(chain, this.#store.times.exchange(chain.node.row.id, { boot, sentTick, receivedTick, timeMs }, turn.nowMs));
        break;
      }
      case 'gap':
        this.#takeGap(reading, chain, touched, turn);
        break;
      case 'status':
        this.#takeStatus(reading, chain, touched, turn);
        break;
      default:
    }
  }

  /** Minutes whose readings were moved in time are summed up again. */
  moved({ node }: LoadedChain, moved: readonly Moved[] | undefined): void {
    this.#store.rollUps.save();
    for (const { fromMs, toMs } of moved ?? []) this.#store.rollUps.rebuild(node.row.id, node.row.patient, fromMs, toMs);
  }

  #takeGap({ tag, first, last, reason }: GapReading, { node }: LoadedChain, touched: Touched, turn: Turn): void {
    const chain = this.#keeper.chain(tag);
    const where = `chain ${toHex(tag)}, records ${first} to ${last}`;
    const event = { timeMs: turn.nowMs, node: node.row.id, alert: true } as const;
    if (chain?.node !== node) return this.#store.chronicle.tellOnce({ ...event, code: 'chain-unknown', detail: where });
    touched.chains.add(chain);
    if (!chain.opening.skip(first, last)) return this.#store.chronicle.tellOnce({ ...event, code: 'chain-contradiction', detail: where });
    touched.changed.add(chain);
    if (!this.#store.readings.addGap({ node: node.row.id, chain: chain.row.id, first, last, reason, createdMs: turn.nowMs })) return;
    // After a reset the rest of a block is left out although nothing was recorded under it: no cause for alarm.
    this.#store.chronicle.tell({ ...event, alert: reason !== GAP_REASON.reset, code: 'gap', detail: `${where}: ${GAP_TEXT[reason]}` });
  }

  /** Chains other than the one that this reading came on are not sealed under any more: they end where it says. */
  #takeStatus({ chains }: StatusReading, own: LoadedChain, touched: Touched, turn: Turn): void {
    for (const { tag, next } of chains) {
      const chain = this.#keeper.chain(tag);
      if (chain?.node !== own.node || isPairOf(chain, own)) continue;
      touched.chains.add(chain);
      if (chain.opening.finish(next)) touched.changed.add(chain);
      else this.#store.chronicle.tellOnce({ timeMs: turn.nowMs, node: own.node.row.id, code: 'chain-contradiction', alert: true, detail: `chain ${toHex(tag)} is said to end before ${next}` });
    }
  }

  #tellUnreadable({ node, row }: LoadedChain, index: number, item: Item, turn: Turn): void {
    this.#refuse(item, 'record-unreadable');
    this.#store.chronicle.tell({ timeMs: turn.nowMs, node: node.row.id, code: 'record-unreadable', alert: true, detail: `chain ${toHex(row.tag)}, record ${index}` });
  }
}

const GAP_TEXT: Record<GapReason, string> = {
  [GAP_REASON.reset]: 'left out after a reset of the node',
  [GAP_REASON.thinned]: 'given up by the node, whose journal was full',
  [GAP_REASON.journalDamaged]: 'damaged in the node\'s journal',
};

/** The normal and the urgent chain of one session, or of one offline step. */
function isPairOf({ row: a }: LoadedChain, { row: b }: LoadedChain): boolean {
  return a.session === b.session && a.offlineStep === b.offlineStep;
}
