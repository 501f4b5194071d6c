// The health center's core: messages come in from gateways, records are opened, checked and committed once, and only
// then acknowledged. Synchronous and without a clock of its own, so it runs the same in virtual time. Messages gather
// for a moment and are committed together; when a transaction fails, everything in memory is loaded again from the
// store and the nodes, which still hold what was not acknowledged, send again.
// It does not speak MQTT (main.ts) and shows nothing (server.ts).
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Code } from 'lorica/hosts/node/log';
import type { Entropy } from 'lorica/primitives/entropy';
import type { Plan } from 'lorica/wire/command';
import { decodeEnvelope } from 'lorica/wire/envelope';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { HandshakeDesk } from './handshake-desk.ts';
import { Inbox, type Delivery, type Item } from './inbox.ts';
import { Keeper } from './keeper.ts';
import type { Keystore } from './keystore.ts';
import { Ledger } from './ledger.ts';
import { RecordDesk } from './record-desk.ts';
import { Reporter } from './reporter.ts';
import { SessionOpener } from './session-opener.ts';
import type { Store } from './store.ts';
import { Turn, type Committed } from './turn.ts';
import type { Refuse } from './refusal.ts';

/** How long messages gather. */
export const COMMIT_DELAY_MS = 20;
/** Records of one transaction; so many waiting are committed without delay. */
export const MAX_TURN_RECORDS = 1024;
/** Messages of one turn that may cost evaluations of the map: records do not wait behind a flood of them. */
export const MAX_TURN_HANDSHAKES = 4;
/** After a transaction that failed. */
export const RETRY_MS = 1_000;

/** Of the watermark's file. */
const DISK_TROUBLE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS']);

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
  readonly #opener: SessionOpener;
  readonly #ledger: Ledger;
  readonly #inbox = new Inbox();
  #scheduled: { readonly atMs: number; readonly cancel: () => void } | undefined;
  #retryAtMs = 0;
  #delivered = 0;
  #committed = 0;
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
    this.#opener = new SessionOpener(options.store, this.#keeper, this.#reporter);
    this.#registryRevision = options.store.registry.revision;
  }

  /** records that came, repeats included, and those of them that were committed, since the start */
  get statistics(): { readonly delivered: number; readonly committed: number } {
    return { delivered: this.#delivered, committed: this.#committed };
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
    this.#apart((turn) => {
      this.#store.registry.setPlan(node.row, plan);
      if (node.route !== undefined) this.#reporter.sendPlan(node, [node.route], turn);
    });
    return true;
  }

  /** A person gives up what is missing of a chain below what has come. @returns false if there is nothing of the kind */
  closeChain(serial: Uint8Array, tag: Uint8Array): boolean {
    const row = this.#store.registry.nodeBySerial(serial);
    const node = row && this.#keeper.node(row.id);
    const chain = this.#keeper.chain(tag);
    if (node === undefined || chain?.node !== node || chain.holeSinceMs === undefined) return false;
    this.#apart((turn) => {
      this.#reporter.giveUp(chain, turn);
      if (node.route !== undefined) this.#reporter.acknowledge(node, [chain], [node.route], turn);
    });
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

  /** What a person asks for: at rest first, then sent. @throws what the database throws; nothing has changed then */
  #apart(work: (turn: Turn) => void): void {
    this.#followRegistry();
    const turn = new Turn(this.#options.clock.now());
    try {
      this.#store.transaction(() => { work(turn); });
    } catch (error) {
      this.#keeper.forget();
      throw error;
    }
    turn.outbox.flush(this.#options.send);
  }

  #schedule(delayMs: number): void {
    const now = this.#options.clock.now();
    // The clock may have been set back meanwhile.
    this.#retryAtMs = Math.min(this.#retryAtMs, now + RETRY_MS);
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
      this.#delivered += records.length;
      this.#committed += turn.committed.length;
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
    if (typeof code === 'string' && (code.startsWith('SQLITE_') || DISK_TROUBLE.has(code))) {
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
        if (begun !== undefined) this.#opener.begin(begun, item, turn);
        return;
      }
      case MESSAGE_TYPE.resume1:
        return this.#handshakes.resume(item, turn);
      default:
        this.#ledger.note('message-malformed', item.delivery.gateway);
    }
  }
}

function settle(delivery: Delivery): void {
  delivery.left--;
  if (delivery.left === 0) delivery.done();
}
