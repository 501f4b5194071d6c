// After the records of a turn: what each node is told (acknowledgements, its plan, what to send again), and what of its
// chains is saved, all inside the turn's transaction. The records themselves go out after the commit.
import { toHex } from 'lorica/bytes/bytes';
import { encodeCommand, MAX_ACKNOWLEDGEMENTS, MAX_RANGES, type RecordRange } from 'lorica/wire/command';
import { MAX_UINT32 } from 'lorica/reading/reading';
import type { Keeper, LoadedChain, LoadedNode, LoadedSession } from './keeper.ts';
import { isUnused } from './keeper.ts';
import type { Route } from './outbox.ts';
import { CHAIN_STATUS } from './session-store.ts';
import type { Store } from './store.ts';
import { Turn } from './turn.ts';
import { MAX_DOWN_PER_COMMIT } from './watermark.ts';

/** Beside them a plan and a request to send again; what does not fit is acknowledged when it comes again. */
const MAX_ACKNOWLEDGEMENT_RECORDS = MAX_DOWN_PER_COMMIT - 2;
/** reason of a gap that a person has closed */
const GIVEN_UP = 5;
/** How long indices may be missing below received ones until a person is told. */
export const HOLE_ALERT_MS = 900_000;

export class Reporter {
  readonly #store: Store;
  readonly #keeper: Keeper;

  constructor(store: Store, keeper: Keeper) {
    this.#store = store;
    this.#keeper = keeper;
  }

  /** Everything that a turn leaves behind for the nodes that it touched. */
  report(turn: Turn): void {
    for (const touched of turn.touched.values()) {
      for (const chain of touched.changed) this.#save(chain, turn);
      for (const boot of touched.boots) this.#store.times.save(touched.node.row.id, boot);
      if (touched.hasRecord) this.#store.registry.noteRecord(touched.node.row.id, turn.nowMs);
      const routes = Turn.routes(touched);
      this.acknowledge(touched.node, [...touched.chains], routes, turn);
      if (touched.isPlanDue) this.sendPlan(touched.node, routes, turn);
    }
    this.#store.rollUps.save();
  }

  /** The plan as it stands, to all sessions that the node may be listening on. */
  sendPlan(node: LoadedNode, routes: readonly Route[], turn: Turn): void {
    const plan = this.#store.registry.plan(node.row);
    if (plan === undefined) return;
    for (const session of this.#keeper.sendingSessions(node)) this.#send(session, encodeCommand({ kind: 'plan', ...plan }), routes, turn);
  }

  /** After a restore: what the backup lost and the node may still hold. */
  askAgain(node: LoadedNode, session: LoadedSession, routes: readonly Route[], turn: Turn): void {
    const ranges: RecordRange[] = [];
    for (const { tag, session: own } of this.#store.sessions.openChainsOf(node.row.id)) {
      const chain = this.#keeper.chain(tag);
      if (chain === undefined || own === session.id || isUnused(chain) || ranges.length === MAX_RANGES) continue;
      ranges.push({ tag, first: chain.opening.acknowledgement().next, last: MAX_UINT32 });
    }
    this.#store.registry.clearResendDue(node.row.id);
    if (ranges.length === 0) return;
    const version = this.#store.registry.nextCommandVersion(node.row.id);
    this.#send(session, encodeCommand({ kind: 'resend', version, ranges }), routes, turn);
  }

  /** Says how far chains have come, under all sessions that the node may be listening on. */
  acknowledge(node: LoadedNode, chains: readonly LoadedChain[], routes: readonly Route[], turn: Turn): void {
    const most = Math.min(chains.length, MAX_ACKNOWLEDGEMENT_RECORDS * MAX_ACKNOWLEDGEMENTS);
    for (let i = 0; i < most; i += MAX_ACKNOWLEDGEMENTS) {
      const acknowledgements = chains.slice(i, Math.min(i + MAX_ACKNOWLEDGEMENTS, most)).map(({ opening }) => opening.acknowledgement());
      const plaintext = encodeCommand({ kind: 'acknowledgement', timeMs: turn.nowMs, acknowledgements });
      for (const session of this.#keeper.sendingSessions(node)) this.#send(session, plaintext, routes, turn);
    }
  }

  /** A person gives up what is missing below what has come. */
  giveUp(chain: LoadedChain, turn: Turn): void {
    const { opening, row, node } = chain;
    const from = opening.acknowledgement().next;
    for (let first = from; first < reachOf(chain); first = opening.acknowledgement().next) {
      let last = first;
      while (!opening.isSettled(last + 1)) last++;
      opening.skip(first, last);
      this.#store.readings.addGap({ node: node.row.id, chain: row.id, first, last, reason: GIVEN_UP, createdMs: turn.nowMs });
    }
    this.#store.chronicle.tell({ timeMs: turn.nowMs, node: node.row.id, code: 'chain-closed', alert: false, detail: `chain ${toHex(row.tag)}: what was missing from record ${from} to ${opening.acknowledgement().next - 1}` });
    this.#save(chain, turn);
  }

  #send(session: LoadedSession, plaintext: Uint8Array, routes: readonly Route[], turn: Turn): void {
    const record = this.#keeper.seal(session, plaintext);
    for (const route of routes) turn.outbox.add(route, record);
  }

  #save(chain: LoadedChain, { nowMs }: Turn): void {
    const { opening } = chain;
    if (opening.isComplete) chain.status = CHAIN_STATUS.complete;
    const { next } = opening.acknowledgement();
    if (reachOf(chain) <= next) {
      chain.holeSinceMs = undefined;
      chain.holeTold = false;
    } else if (chain.holeSinceMs === undefined) chain.holeSinceMs = nowMs;
    else if (!chain.holeTold && nowMs - chain.holeSinceMs >= HOLE_ALERT_MS) {
      chain.holeTold = true;
      this.#store.chronicle.tell({ timeMs: nowMs, node: chain.node.row.id, code: 'hole', alert: true, detail: `chain ${toHex(chain.row.tag)}: records from ${next} on are missing, later ones are here` });
    }
    this.#keeper.saveChain(chain);
  }
}

/** One more than the highest index that has come or was given up; what a known end leaves out does not count. */
const reachOf = ({ opening }: LoadedChain): number => Math.min(opening.reach, opening.end ?? Infinity);
