// The node's side of the radio: advertises so that its own gateways know it, lets each of them prove itself, and keeps
// one link. The newest that has proved itself is kept: a gateway connects again when it has lost the one before.
import { LINK_END, NodeLink, type LinkEnd } from 'lorica/link/link';
import type { RadioConnection } from 'lorica/link/radio';
import { makeServiceData } from 'lorica/link/recognition';
import { CODE } from 'lorica/node/codes';
import type { Counters } from 'lorica/node/counters';
import type { Enrolment } from 'lorica/node/provisioning';
import { Periodic } from 'lorica/node/periodic';
import type { World } from 'lorica/node/world';
import { COUNTER } from 'lorica/reading/reading';

/** centrals at a time that may try to prove themselves */
export const MAX_LINKS = 3;
/** advertising changes after this, with the address */
export const ADVERTISING_PERIOD_MS = 900_000;

export interface LinksOptions {
  readonly world: Pick<World, 'radio' | 'timer' | 'entropy' | 'log'>;
  readonly enrolment: Pick<Enrolment, 'identityKey' | 'gateways'>;
  readonly counters: Counters;
}

export class Links {
  readonly #options: LinksOptions;
  readonly #links = new Set<NodeLink>();
  readonly #period: Periodic;
  #ready: NodeLink | undefined;
  #isRunning = false;
  /** A gateway has proved itself. */
  onReady?: ((link: NodeLink) => void) | undefined;
  /** The link that was ready is no more. */
  onLost?: (() => void) | undefined;
  onMessage?: ((message: Uint8Array) => void) | undefined;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#period = new Periodic(options.world.timer, () => this.#advertise());
  }

  start(): void {
    this.#isRunning = true;
    this.#options.world.radio.onConnected = (connection) => this.#connected(connection);
    this.#advertise();
  }

  /** Drops all links; nothing is told afterwards. */
  stop(): void {
    this.#isRunning = false;
    this.#period.stop();
    this.#options.world.radio.advertise(undefined);
    for (const link of this.#links) link.close();
    this.#links.clear();
    this.#ready = undefined;
  }

  #advertise(): void {
    const { world, enrolment } = this.#options;
    if (!this.#isRunning) return;
    if (this.#ready !== undefined) {
      world.radio.advertise(undefined);
      this.#period.stop();
    } else {
      world.radio.advertise(makeServiceData(enrolment.identityKey, world.entropy));
      this.#period.start(ADVERTISING_PERIOD_MS);
    }
  }

  #connected(connection: RadioConnection): void {
    const { world, enrolment } = this.#options;
    if (!this.#isRunning || this.#links.size >= MAX_LINKS) return connection.close();
    const link: NodeLink = new NodeLink({
      connection,
      entropy: world.entropy,
      timer: world.timer,
      linkKeys: () => enrolment.gateways.map(({ id, linkKey }) => ({ id, key: linkKey })),
      onReady: () => this.#proved(link),
      onMessage: (message) => {
        if (link === this.#ready) this.onMessage?.(message);
      },
      onClosed: (code) => this.#closed(link, code)
    });
    this.#links.add(link);
  }

  #proved(link: NodeLink): void {
    const before = this.#ready;
    this.#ready = link;
    if (before !== undefined) {
      this.#links.delete(before);
      before.close();
      this.onLost?.();
    }
    this.#advertise();
    this.#options.world.log(CODE.linkReady);
    this.onReady?.(link);
  }

  #closed(link: NodeLink, code: LinkEnd): void {
    this.#links.delete(link);
    this.#options.world.log(CODE.linkEnded, code);
    if (code !== LINK_END.disconnected) this.#options.counters.add(COUNTER.linkErrors);
    this.#options.counters.add(COUNTER.framesRefused, link.counters.framesRefused);
    const wasReady = link === this.#ready;
    if (wasReady) this.#ready = undefined;
    if (this.#ready === undefined) this.#advertise();
    if (wasReady) this.onLost?.();
  }
}
