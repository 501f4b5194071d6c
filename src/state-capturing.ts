// Capturing: the node records, and no gateway is there. It advertises until one has proved itself.
import type { Running, Stage, State } from 'lorica/node/state';

export class Capturing implements State {
  readonly name = 'capturing';
  readonly #stage: Stage;
  readonly #running: Running;

  constructor(stage: Stage, running: Running) {
    this.#stage = stage;
    this.#running = running;
  }

  enter(): void {
    const { links, delivering } = this.#running;
    links.onReady = (link) => this.#stage.change(delivering(link));
  }

  leave(): void {
    this.#running.links.onReady = undefined;
  }
}
