// What a new session begins with, inside the turn's transaction: the node is told by an acknowledgement that it has it,
// its ticks are mapped to time, and the chains that it still holds something of are set beside those of the store.
import { toHex } from 'lorica/bytes/bytes';
import { MAX_CHAINS } from 'lorica/reading/reading';
import { COLLABORATION_MODE } from 'lorica/wire/handshake-payload';
import type { Begun } from './handshake-desk.ts';
import type { Item } from './inbox.ts';
import { isUnused, type Keeper, type LoadedNode } from './keeper.ts';
import type { Reporter } from './reporter.ts';
import { CHAIN_STATUS } from './session-store.ts';
import type { Store } from './store.ts';
import { routeOf, type Touched, type Turn } from './turn.ts';

export class SessionOpener {
  readonly #store: Store;
  readonly #keeper: Keeper;
  readonly #reporter: Reporter;

  constructor(store: Store, keeper: Keeper, reporter: Reporter) {
    this.#store = store;
    this.#keeper = keeper;
    this.#reporter = reporter;
  }

  /**
   * Message 3 was accepted: the acknowledgement of the new chains, sealed under the new session, tells the node so, and
   * with it how far its older chains have come.
   */
  begin({ node: id, session: sessionId, first }: Begun, item: Item, turn: Turn): void {
    const node = this.#keeper.node(id);
    const session = node?.sessions.find((s) => s.id === sessionId);
    if (node === undefined || session === undefined) return;
    const touched = turn.touch(node, item);
    for (const chain of this.#store.sessions.openChainsOf(id)) if (chain.session === sessionId) touched.chains.add(this.#keeper.chain(chain.tag)!);
    // A repeated message 3 may be a replay: it is answered where it came from, and changes nothing.
    if (first === undefined) return;
    node.route = routeOf(item);
    const { payload, timeMs } = first;
    this.#store.registry.noteHandshake(id, payload.firmware, turn.nowMs);
    this.#store.chronicle.tell({ timeMs: turn.nowMs, code: 'session-begun', node: id, gateway: item.delivery.gateway.id, alert: false });
    if (node.row.collaborationMode !== COLLABORATION_MODE.off) this.#store.chronicle.tell({ timeMs: turn.nowMs, code: 'collaboration-absent', node: id, gateway: item.delivery.gateway.id, alert: true });
    const moved = this.#store.times.exchange(id, { ...payload.round, timeMs }, turn.nowMs);
    for (const { fromMs, toMs } of moved ?? []) this.#store.rollUps.rebuild(id, node.row.patient, fromMs, toMs);
    this.#compareChains(node, sessionId, payload.chains.map(({ tag }) => tag), touched, turn);
    if (this.#store.registry.node(id)!.resendDue) this.#reporter.askAgain(node, session, [routeOf(item)], turn);
  }

  /** The chains that the node still holds something of, beside those that the store knows. */
  #compareChains(node: LoadedNode, session: number, listed: readonly Uint8Array[], touched: Touched, turn: Turn): void {
    const names = new Set<string>();
    for (const tag of listed) {
      names.add(toHex(tag));
      let chain = this.#keeper.chain(tag);
      if (chain === undefined && this.#keeper.findOffline(this.#store.registry.node(node.row.id)!, tag)) chain = this.#keeper.chain(tag);
      if (chain?.node === node) touched.chains.add(chain);
      else this.#store.chronicle.tellOnce({ timeMs: turn.nowMs, node: node.row.id, code: 'chain-unknown', alert: true, detail: `chain ${toHex(tag)}` });
    }
    // A full list may leave some out, and after a restore the node is asked again first.
    if (listed.length >= MAX_CHAINS || this.#store.registry.node(node.row.id)!.resendDue) return;
    for (const { tag, session: own } of this.#store.sessions.openChainsOf(node.row.id)) {
      const chain = this.#keeper.chain(tag)!;
      if (own === session || names.has(toHex(tag)) || isUnused(chain) || chain.holeSinceMs !== undefined) continue;
      chain.status = CHAIN_STATUS.closed;
      touched.changed.add(chain);
    }
  }
}

