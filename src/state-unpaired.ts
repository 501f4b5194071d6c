// Unpaired: the node is nobody's. It senses nothing, says nothing, and waits for a press of its button.
import { Pairing, type Enrol } from 'lorica/node/state-pairing';
import type { Stage, State } from 'lorica/node/state';

export class Unpaired implements State {
  readonly name = 'unpaired';
  readonly #stage: Stage;
  readonly #enrol: Enrol;

  constructor(stage: Stage, enrol: Enrol) {
    this.#stage = stage;
    this.#enrol = enrol;
  }

  enter(): void {
    const { button } = this.#stage.world;
    if (button !== undefined) button.onPress = () => this.#openWindow();
  }

  leave(): void {
    delete this.#stage.world.button?.onPress;
  }

  #openWindow(): void {
    this.#stage.change(new Pairing(this.#stage, this.#enrol, () => new Unpaired(this.#stage, this.#enrol)));
  }
}
