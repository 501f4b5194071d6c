// Pairing: a window of limited time, opened by a press of the button, in which the node can become somebody's. It takes
// an enrolment from whoever flashes or provisions it by cable (`Firmware.enrol`); it stays silent on the radio.
import type { Stage, State } from 'lorica/node/state';

export const PAIRING_WINDOW_MS = 120_000;

/** Stores an enrolment. @returns the state to go on with, or `undefined` for bytes that are none */
export type Enrol = (provisioning: Uint8Array) => State | undefined;

export class Pairing implements State {
  readonly name = 'pairing';
  readonly #stage: Stage;
  readonly #enrol: Enrol;
  readonly #afterwards: () => State;
  #deadline: unknown;

  /** @param afterwards the state after a window in which nothing happened */
  constructor(stage: Stage, enrol: Enrol, afterwards: () => State) {
    this.#stage = stage;
    this.#enrol = enrol;
    this.#afterwards = afterwards;
  }

  enter(): void {
    const close = (): void => this.#stage.change(this.#afterwards());
    this.#deadline = this.#stage.world.timer.set(close, PAIRING_WINDOW_MS);
  }

  leave(): void {
    this.#stage.world.timer.clear(this.#deadline);
  }

  /** @returns whether the node is somebody's now */
  enrol(provisioning: Uint8Array): boolean {
    const next = this.#enrol(provisioning);
    if (next !== undefined) this.#stage.change(next);
    return next !== undefined;
  }
}
