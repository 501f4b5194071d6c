// Delivering: the node records, and a gateway carries its records away and brings answers. Recording does not wait for it.
import type { NodeLink } from 'lorica/link/link';
import type { Running, Stage, State } from 'lorica/node/state';

export class Delivering implements State {
  readonly name = 'delivering';
  readonly #stage: Stage;
  readonly #running: Running;
  readonly #link: NodeLink;

  constructor(stage: Stage, running: Running, link: NodeLink) {
    this.#stage = stage;
    this.#running = running;
    this.#link = link;
  }

  enter(): void {
    const { capturing, links, node } = this.#running;
    links.onLost = () => this.#stage.change(capturing());
    links.onMessage = (message) => node.receive(message);
    node.linkReady(this.#link);
  }

  leave(): void {
    const { links, node } = this.#running;
    links.onLost = links.onMessage = undefined;
    node.linkLost();
  }
}
