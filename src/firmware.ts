// The node's firmware: which state it is in, and how it comes from one to the next. All that touches the machine comes
// through the world that it is given; nothing here waits, blocks or knows a chip.
import { CODE } from 'lorica/node/codes';
import { Counters } from 'lorica/node/counters';
import { EnrolledNode } from 'lorica/node/enrolled-node';
import { Links } from 'lorica/node/links';
import { decodeProvisioning, hasEnrolment, installProvisioning, loadEnrolment, type Enrolment } from 'lorica/node/provisioning';
import type { Running, Stage, State, StateName } from 'lorica/node/state';
import { Capturing } from 'lorica/node/state-capturing';
import { Delivering } from 'lorica/node/state-delivering';
import { Pairing } from 'lorica/node/state-pairing';
import { Unpaired } from 'lorica/node/state-unpaired';
import type { World } from 'lorica/node/world';

const STATE_NUMBERS: Record<StateName, number> = { unpaired: 0, pairing: 1, capturing: 2, delivering: 3 };

export class Firmware {
  readonly #world: World;
  readonly #stage: Stage;
  readonly counters = new Counters();
  #state: State | undefined;
  #running: Running | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#stage = { world, change: (next) => this.#change(next) };
  }

  /** @returns the state; before `start` and after `stop` the node is as if unpaired */
  get state(): StateName {
    return this.#state?.name ?? 'unpaired';
  }

  /** Takes up what is at rest and goes on from there. @throws TypeError when it has started */
  start(): void {
    if (this.#state !== undefined) throw new TypeError('the firmware has started');
    const { storage } = this.#world;
    const enrolment = loadEnrolment(storage);
    if (enrolment === undefined && hasEnrolment(storage)) this.#world.log(CODE.enrolmentDamaged);
    this.#change(enrolment === undefined ? this.#unpaired() : this.#run(enrolment));
  }

  /** An orderly end: gathered samples are put to rest, keys in memory are wiped, the radio is silent. */
  stop(): void {
    this.#state?.leave();
    this.#state = undefined;
    this.#running?.links.stop();
    this.#running?.node.stop();
    this.#running = undefined;
    delete this.#world.button?.onPress;
    this.#world.indicator?.show('off');
    this.#world.log(CODE.stopped);
  }

  /**
   * Makes the node somebody's, by cable; only while its pairing window is open.
   * @param provisioning as `encodeProvisioning` of lorica/node/provisioning makes it
   * @returns whether it was taken
   */
  enrol(provisioning: Uint8Array): boolean {
    return this.#state instanceof Pairing && this.#state.enrol(provisioning);
  }

  #change(next: State): void {
    this.#state?.leave();
    this.#state = next;
    this.#world.log(CODE.state, STATE_NUMBERS[next.name]);
    this.#world.indicator?.show(next.name);
    next.enter();
  }

  #unpaired(): State {
    return new Unpaired(this.#stage, (provisioning) => this.#install(provisioning));
  }

  #install(bytes: Uint8Array): State | undefined {
    const { storage, vaultFlash } = this.#world;
    const provisioning = decodeProvisioning(bytes);
    if (provisioning === undefined || !installProvisioning(provisioning, storage, vaultFlash)) return undefined;
    return this.#run(provisioning);
  }

  /** Begins to record; the links are sought by the state that comes next. */
  #run(enrolment: Enrolment): State {
    const { counters } = this;
    const node = new EnrolledNode(this.#world, enrolment, counters);
    const links = new Links({ world: this.#world, enrolment, counters });
    const running: Running = {
      node,
      links,
      capturing: () => new Capturing(this.#stage, running),
      delivering: (link) => new Delivering(this.#stage, running, link)
    };
    this.#running = running;
    const { button } = this.#world;
    if (button !== undefined) button.onPress = () => node.press();
    node.start();
    links.start();
    return running.capturing();
  }
}
