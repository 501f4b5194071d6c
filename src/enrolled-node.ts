// Everything that a node with an enrolment does, put together: what is captured is sealed and at rest whether there is a
// link or not; with a link it is delivered, and commands are obeyed. The states of lorica/node/firmware drive it.
import { Journal } from 'lorica/journal/journal';
import { Vault } from 'lorica/journal/vault';
import { Capture } from 'lorica/node/capture';
import { CODE } from 'lorica/node/codes';
import type { Counters } from 'lorica/node/counters';
import { Delivery, MAX_ROUND_MS, type LinkPort } from 'lorica/node/delivery';
import type { Established } from 'lorica/node/exchange';
import { Keyring } from 'lorica/node/keyring';
import type { Enrolment } from 'lorica/node/provisioning';
import { Recorder } from 'lorica/node/recorder';
import { SessionDesk } from 'lorica/node/session-desk';
import { loadPlan, nextBoot, storePlan } from 'lorica/node/settings';
import type { World } from 'lorica/node/world';
import { COUNTER, EVENT, GAP_REASON, MAX_CHAINS, type GapReason } from 'lorica/reading/reading';
import { decodeCommand, type AcknowledgementCommand, type Command, type PlanCommand } from 'lorica/wire/command';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';

/** A clock drifts by some 20 ppm: within an hour by 72 ms. */
export const SYNC_INTERVAL_MS = 3_600_000;

export class EnrolledNode {
  readonly #world: World;
  readonly #counters: Counters;
  readonly #boot: number;
  readonly #journal: Journal;
  readonly #keyring: Keyring;
  readonly #recorder: Recorder;
  readonly #capture: Capture;
  readonly #desk: SessionDesk;
  readonly #delivery: Delivery;
  #planVersion: number;
  #syncTick: number | undefined;

  /** Takes up what is at rest; nothing is captured or sent yet. */
  constructor(world: World, enrolment: Enrolment, counters: Counters) {
    const { timer, storage, sensors } = world;
    const log = (code: number, detail?: number): void => world.log(code, detail);
    this.#world = world;
    this.#counters = counters;
    this.#boot = nextBoot(storage);
    this.#journal = new Journal({ flash: world.journalFlash, ...this.#journalCallbacks() });
    this.#keyring = new Keyring({ vault: new Vault(world.vaultFlash), storage, log });
    const onRecord = (urgent: boolean): void => this.#delivery.notice(urgent);
    this.#recorder = new Recorder({ keyring: this.#keyring, journal: this.#journal, counters, log, onRecord });
    this.#capture = new Capture({ world: { timer, sensors, log }, boot: this.#boot, recorder: this.#recorder, counters });
    this.#desk = this.#makeDesk(enrolment);
    this.#delivery = this.#makeDelivery();
    this.#planVersion = loadPlan(storage).version;
  }

  /** Says what the reset has left out and how the node is, then captures by the plan. */
  start(): void {
    this.#world.log(CODE.started, this.#boot);
    for (const { tag, first, last } of this.#keyring.leftOut) {
      const highest = this.#journal.highest(tag) ?? -1;
      this.#recordGap(tag, Math.max(first, highest + 1), last, GAP_REASON.reset);
    }
    this.#recordStatus();
    this.#follow();
  }

  /** A gateway has proved itself. */
  linkReady(link: LinkPort): void {
    this.#counters.add(COUNTER.connections);
    this.#desk.linkReady((message) => link.send([message], ignore));
    this.#delivery.attach(link);
  }

  linkLost(): void {
    this.#delivery.detach();
    this.#desk.linkLost();
  }

  /** A message from the health center, or from somebody who says so. */
  receive(message: Uint8Array): void {
    const type = message[0];
    if (type === MESSAGE_TYPE.handshake2 || type === MESSAGE_TYPE.resume2) return this.#desk.receive(message);
    if (type === MESSAGE_TYPE.record) return this.#receiveRecord(message);
    this.#counters.add(COUNTER.recordsRefused);
    this.#world.log(CODE.messageRefused, type);
  }

  press(): void {
    this.#capture.event(EVENT.button);
  }

  /** Puts to rest what was gathered; no key stays in memory. */
  stop(): void {
    this.#capture.stop();
    this.linkLost();
    this.#desk.close();
    this.#keyring.close();
  }

  #journalCallbacks(): { onThinned: (count: number) => void; onError: (code: number) => void } {
    return {
      onThinned: (count) => {
        this.#counters.add(COUNTER.thinned, count);
        this.#world.log(CODE.thinned, count);
      },
      onError: (code) => {
        this.#counters.add(COUNTER.journalErrors);
        this.#world.log(CODE.journal, code);
      }
    };
  }

  #makeDesk(enrolment: Enrolment): SessionDesk {
    return new SessionDesk({
      world: this.#world,
      enrolment,
      boot: this.#boot,
      keyring: this.#keyring,
      counters: this.#counters,
      onEstablished: (established) => this.#established(established),
      onCollaborationRefused: () => this.#capture.event(EVENT.collaborationRefused)
    });
  }

  #makeDelivery(): Delivery {
    const { timer, storage } = this.#world;
    return new Delivery({
      timer,
      journal: this.#journal,
      storage,
      counters: this.#counters,
      nextIndex: (tag) => this.#keyring.nextIndex(tag),
      onGone: (tag, first, last) => this.#recordGone(tag, first, last),
      onRound: (sentTick, receivedTick, timeMs) => this.#noteRound(sentTick, receivedTick, timeMs),
      onTurn: () => this.#desk.check(),
      onSilence: () => this.#desk.suspect()
    });
  }

  /** A new session: chains before it have ended, which the status says. */
  #established({ kind, sentTick, receivedTick, timeMs }: Established): void {
    if (receivedTick - sentTick < MAX_ROUND_MS) {
      // After a full handshake the health center has these times from message 3.
      if (kind === 1) this.#syncTick = receivedTick;
      else this.#noteRound(sentTick, receivedTick, timeMs);
    }
    this.#recordStatus();
    this.#delivery.begin();
  }

  #noteRound(sentTick: number, receivedTick: number, timeMs: number): void {
    const tick = this.#world.timer.ticks();
    if (this.#syncTick !== undefined && tick - this.#syncTick < SYNC_INTERVAL_MS) return;
    this.#syncTick = tick;
    this.#recorder.record({ kind: 'sync', boot: this.#boot, tick, sentTick, receivedTick, timeMs });
  }

  #receiveRecord(record: Uint8Array): void {
    // After a reset the health center still speaks under the session before it, too.
    if (!this.#desk.knows(record)) return;
    const plaintext = this.#desk.open(record);
    const command = plaintext === undefined ? undefined : decodeCommand(plaintext);
    if (command !== undefined) return this.#obey(command);
    this.#counters.add(COUNTER.recordsRefused);
    this.#world.log(plaintext === undefined ? CODE.recordRefused : CODE.commandUnreadable);
  }

  #obey(command: Command): void {
    switch (command.kind) {
      case 'acknowledgement':
        return this.#takeAcknowledgement(command);
      case 'plan':
        return this.#takePlan(command);
      case 'resend':
        if (this.#delivery.resend(command)) this.#world.log(CODE.resendTaken, command.version);
    }
  }

  #takeAcknowledgement(command: AcknowledgementCommand): void {
    this.#delivery.acknowledge(command);
    for (const { tag, next } of command.acknowledgements) this.#keyring.acknowledge(tag, next);
  }

  #takePlan(command: PlanCommand): void {
    if (command.version <= this.#planVersion) return;
    storePlan(this.#world.storage, command);
    this.#planVersion = command.version;
    this.#world.log(CODE.planTaken, command.version);
    this.#follow();
  }

  #follow(): void {
    const { plan } = loadPlan(this.#world.storage);
    this.#capture.start(plan);
    this.#delivery.setInterval(plan.deliveryIntervalMs);
  }

  #recordStatus(): void {
    const { timer, firmwareVersion: firmware, resetReason } = this.#world;
    const chains = this.#keyring.undelivered.slice(0, MAX_CHAINS);
    const counters = this.#counters.snapshot();
    this.#recorder.record({ kind: 'status', boot: this.#boot, tick: timer.ticks(), firmware, resetReason, counters, chains });
  }

  #recordGone(tag: Uint8Array, first: number, last: number): void {
    const reason = this.#journal.isThinned ? GAP_REASON.thinned : GAP_REASON.journalDamaged;
    // Before all others: behind a full window of records that cannot be acknowledged it would never get through.
    this.#recordGap(tag, first, last, reason, true);
  }

  #recordGap(tag: Uint8Array, first: number, last: number, reason: GapReason, urgent = false): void {
    if (first > last) return;
    this.#world.log(CODE.gapTold, last - first + 1);
    this.#recorder.record({ kind: 'gap', boot: this.#boot, tick: this.#world.timer.ticks(), tag, first, last, reason }, urgent);
  }
}

/** A handshake message that was lost is said again in time. */
function ignore(): void {
  // nothing to do
}
