// The health center's core: messages come in from gateways, records are opened, checked and committed once, and only
// then acknowledged. Synchronous and without a clock of its own, so it runs the same in virtual time. Messages gather
// for a moment and are committed together; when a transaction fails, everything in memory is loaded again from the
// store and the nodes, which still hold what was not acknowledged, send again.
// It does not speak MQTT (main.ts) and shows nothing (server.ts).
import { toHex } from 'lorica/bytes/bytes';
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Code } from 'lorica/hosts/node/log';
import type { Entropy } from 'lorica/primitives/entropy';
import type { Plan } from 'lorica/wire/command';
import { decodeEnvelope } from 'lorica/wire/envelope';
import { COLLABORATION_MODE } from 'lorica/wire/handshake-payload';
import { MAX_CHAINS } from 'lorica/reading/reading';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { HandshakeDesk, type Begun } from './handshake-desk.ts';
import { Inbox, type Delivery, type Item } from './inbox.ts';
import { isUnused, Keeper, type LoadedNode } from './keeper.ts';
import type { Keystore } from './keystore.ts';
import { Ledger } from './ledger.ts';
import { RecordDesk } from './record-desk.ts';
import { Reporter } from './reporter.ts';
import { CHAIN_STATUS } from './session-store.ts';
import type { Store } from './store.ts';
import { routeOf, Turn, type Committed, type Touched } from './turn.ts';
import type { Refuse } from './refusal.ts';

/** How long messages gather. */
export const COMMIT_DELAY_MS = 20;
/** Records of one transaction; so many waiting are committed without delay. */
export const MAX_TURN_RECORDS = 1024;
/** Messages of one turn that may cost evaluations of the map: records do not wait behind a flood of them. */
export const MAX_TURN_HANDSHAKES = 4;
/** After a transaction that failed. */
export const RETRY_MS = 1_000;

export interface HealthCenterOptions {
  readonly store: Store;
  readonly keys: Keystore;
  readonly clock: HostClock;
  readonly entropy: Entropy;
  /** Hands an envelope to a gateway; it may be lost. */
  readonly send: (gateway: string, payload: Uint8Array) => void;
  /** Counts and logs what was refused; public facts only. */
  readonly note?: (code: Code, detail?: Readonly<Record<string, string | number>>) => void;
  readonly onCommitted?: (readings: readonly Committed[]) => void;
  /** A defect of ours, met while a turn was processed; without it the turn throws. */
  readonly onDefect?: (error: unknown) => void;
  readonly commitDelayMs?: number;
}

export class HealthCenter {
  readonly #options: HealthCenterOptions;
  readonly #store: Store;
  readonly #keeper: Keeper;
  readonly #handshakes: HandshakeDesk;
  readonly #records: RecordDesk;
  readonly #reporter: Reporter;
  readonly #ledger: Ledger;
  readonly #inbox = new Inbox();
  #scheduled: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #retryAtMs = 0;
  #registryRevision: number;
  #isClosed = false;

  constructor(options: HealthCenterOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#keeper = new Keeper(options.store);
    this.#ledger = new Ledger(options.store, options.note);
    const refuse: Refuse = (item, code) => { this.#ledger.note(code, item.delivery.gateway); };
    this.#handshakes = new HandshakeDesk(options.store, this.#keeper, options.entropy, refuse);
    this.#records = new RecordDesk(options.store, this.#keeper, refuse);
    this.#reporter = new Reporter(options.store, this.#keeper);
    this.#registryRevision = options.store.registry.revision;
  }

  /** messages that wait for their turn, and handshakes that wait for message 3 */
  get load(): { readonly waiting: number; readonly halfOpen: number } {
    return { waiting: this.#inbox.size, halfOpen: this.#handshakes.halfOpen };
  }

  /**
   * Takes an envelope from a gateway whose name the transport has authenticated.
   * @param done called once all of it is committed or refused; until then the transport counts it as in flight
   */
  receive(gateway: string, payload: Uint8Array, done: () => void): void {
    if (this.#isClosed) return;
    const known = this.#store.registry.gatewayNamed(gateway);
    if (known === undefined || known.revokedMs !== undefined) {
      this.#ledger.note('gateway-unknown', { id: 0, name: gateway });
      return done();
    }
    // A Buffer's slices share its memory with the transport.
    const envelope = decodeEnvelope(Uint8Array.from(payload));
    if (envelope === undefined) {
      this.#ledger.note('envelope-malformed', known);
      return done();
    }
    const delivery: Delivery = { gateway: known, handle: envelope.handle, left: envelope.messages.length, done };
    for (const message of envelope.messages) {
      if (this.#inbox.push({ message, delivery })) continue;
      this.#ledger.note('queue-full', known);
      settle(delivery);
    }
    if (delivery.left > 0) this.#schedule(this.#inbox.size >= MAX_TURN_RECORDS ? 0 : (this.#options.commitDelayMs ?? COMMIT_DELAY_MS));
  }

  /** Gives a node a new plan; it goes out at once if it is known where the node is, and with every new session. */
  setPlan(serial: Uint8Array, plan: Plan): boolean {
    const row = this.#store.registry.nodeBySerial(serial);
    const node = row && this.#keeper.node(row.id);
    if (node === undefined) return false;
    const turn = new Turn(this.#options.clock.now());
    this.#store.transaction(() => {
      this.#store.registry.setPlan(node.row, plan);
      if (node.route !== undefined) this.#reporter.sendPlan(node, [node.route], turn);
    });
    turn.outbox.flush(this.#options.send);
    return true;
  }

  /** Commits what waits, then stops taking messages. The store stays open. */
  close(): void {
    while (this.#inbox.size > 0 && this.#retryAtMs <= this.#options.clock.now()) this.#run();
    this.#isClosed = true;
    this.#scheduled?.cancel();
    this.#ledger.flush();
    this.#handshakes.close();
    this.#keeper.forget();
  }

  #schedule(delayMs: number): void {
    const now = this.#options.clock.now();
    const atMs = Math.max(now + delayMs, this.#retryAtMs);
    if (this.#scheduled !== undefined && this.#scheduled.atMs <= atMs) return;
    this.#scheduled?.cancel();
    const cancel = this.#options.clock.after(atMs - now, () => {
      this.#scheduled = undefined;
      if (this.#isClosed) return;
      this.#run();
      if (this.#inbox.size > 0) this.#schedule(0);
    });
    this.#scheduled = { atMs, cancel };
  }

  /** One turn: taken, processed, committed, answered, acknowledged to the transport. */
  #run(): void {
    this.#followRegistry();
    const handshakes = this.#inbox.takeHandshakes(MAX_TURN_HANDSHAKES);
    const records = this.#inbox.takeRecords(MAX_TURN_RECORDS);
    const turn = new Turn(this.#options.clock.now());
    try {
      this.#store.transaction(() => {
        for (const item of handshakes) this.#handshake(item, turn);
        for (const item of records) this.#records.receive(item, turn);
        this.#records.flush(turn);
        this.#reporter.report(turn);
        this.#ledger.save(turn.nowMs);
      });
      for (const settled of turn.afterCommit) settled();
      turn.outbox.flush(this.#options.send);
      if (turn.committed.length > 0) this.#options.onCommitted?.(turn.committed);
    } catch (error) {
      this.#recover(error, turn.nowMs);
    } finally {
      for (const { delivery } of handshakes) settle(delivery);
      for (const { delivery } of records) settle(delivery);
      this.#keeper.trim();
    }
  }

  /** A revoked node is forgotten, and new static keys are known, with the next turn. */
  #followRegistry(): void {
    const { revision } = this.#store.registry;
    if (revision === this.#registryRevision) return;
    this.#registryRevision = revision;
    this.#keeper.forget();
    this.#handshakes.loadStaticKeys();
  }

  /** Nothing of the turn is at rest, so nothing of it may stay in memory. */
  #recover(error: unknown, nowMs: number): void {
    this.#keeper.forget();
    this.#records.forget();
    const code = (error as { code?: unknown }).code;
    if (typeof code === 'string' && code.startsWith('SQLITE_')) {
      this.#retryAtMs = nowMs + RETRY_MS;
      this.#ledger.note('store-failed', undefined, { reason: code });
      return;
    }
    if (this.#options.onDefect === undefined) throw error;
    this.#options.onDefect(error);
  }

  #handshake(item: Item, turn: Turn): void {
    switch (item.message[0]) {
      case MESSAGE_TYPE.handshake1:
        return this.#handshakes.begin(item, turn);
      case MESSAGE_TYPE.handshake3: {
        const begun = this.#handshakes.finish(item, turn);
        if (begun !== undefined) this.#beginSession(begun, item, turn);
        return;
      }
      case MESSAGE_TYPE.resume1:
        return this.#handshakes.resume(item, turn);
      default:
        this.#ledger.note('message-malformed', item.delivery.gateway);
    }
  }

  /**
   * Message 3 was accepted: the acknowledgement of the new chains, sealed under the new session, tells the node so, and
   * with it how far its older chains have come.
   */
  #beginSession({ node: id, session: sessionId, first }: Begun, item: Item, turn: Turn): void {
    const node = this.#keeper.node(id);
    const session = node?.sessions.find((s) => s.id === sessionId);
    if (node === undefined || session === undefined) return;
    const touched = turn.touch(node, item);
    node.route = routeOf(item);
    for (const chain of this.#store.sessions.openChainsOf(id)) if (chain.session === sessionId) touched.chains.add(this.#keeper.chain(chain.tag)!);
    if (first === undefined) return;
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
      else this.#store.chronicle.tell({ timeMs: turn.nowMs, node: node.row.id, code: 'chain-unknown', alert: true, detail: `chain ${toHex(tag)}` });
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

function settle(delivery: Delivery): void {
  delivery.left--;
  if (delivery.left === 0) delivery.done();
}
