// Many simulated nodes as one: switched on one after the other, counted together, ended together.

import type { HostClock } from 'lorica/hosts/node/clock';
import { COUNTER } from 'lorica/reading/reading';
import type { SimulatedNode } from './node.ts';

/** What all nodes of a ward have counted since the ward was opened, over all their boots. */
export interface WardCounts {
  /** readings that were sealed */
  readonly captured: number;
  /** records that the health center is known to have stored */
  readonly acknowledged: number;
  readonly handshakes: number;
  readonly resumptions: number;
}

export class Ward {
  readonly nodes: readonly SimulatedNode[];

  constructor(nodes: readonly SimulatedNode[]) {
    this.nodes = nodes;
  }

  /** @param delayMs of a node, from now */
  switchOn(clock: HostClock, delayMs: (node: SimulatedNode) => number): void {
    for (const node of this.nodes) clock.after(delayMs(node), () => { node.switchOn(); });
  }

  counts(): WardCounts {
    return {
      captured: this.#sum(COUNTER.sealed), acknowledged: this.#sum(COUNTER.acknowledged),
      handshakes: this.#sum(COUNTER.handshakes), resumptions: this.#sum(COUNTER.resumptions),
    };
  }

  takeOff(): void {
    for (const node of this.nodes) node.takeOff();
  }

  /** In order: what is in memory comes to rest. */
  stop(): void {
    for (const node of this.nodes) node.stop();
  }

  #sum(counter: number): number {
    return this.nodes.reduce((total, node) => total + node.count(counter), 0);
  }
}
