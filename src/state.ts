// The states that a node can be in. Each lies in a file of its own, does its work between `enter` and `leave`, and asks
// the firmware for the next one.
import type { NodeLink } from 'lorica/link/link';
import type { EnrolledNode } from 'lorica/node/enrolled-node';
import type { Links } from 'lorica/node/links';
import type { World } from 'lorica/node/world';

export type StateName = 'unpaired' | 'pairing' | 'capturing' | 'delivering';

export interface State {
  readonly name: StateName;
  enter(): void;
  leave(): void;
}

/** Of the firmware, what states need. */
export interface Stage {
  readonly world: World;
  /** Leaves the state that is, enters the next. */
  change(next: State): void;
}

/** What the two states of an enrolled node share. */
export interface Running {
  readonly node: EnrolledNode;
  readonly links: Links;
  capturing(): State;
  delivering(link: NodeLink): State;
}

