// One turn of the health center: what is processed together, committed in one transaction and answered after it.
import { routeName, Outbox, type Route } from './outbox.ts';
import type { Item } from './inbox.ts';
import type { LoadedChain, LoadedNode } from './keeper.ts';
import type { Reading } from 'lorica/reading/reading';
import type { PlacedTime } from './reading-store.ts';

/** Links that one node's acknowledgement goes out through in one turn for what may be a replay. */
const MAX_TARGETS = 4;

/** A reading that has been committed, for whoever watches live. */
export interface Committed extends PlacedTime {
  readonly node: number;
  readonly serial: Uint8Array;
  readonly tag: Uint8Array;
  readonly index: number;
  /** `undefined` for an authentic record that could not be read */
  readonly reading: Reading | undefined;
}

/** A node that is to be told something after the commit. */
export interface Touched {
  readonly node: LoadedNode;
  readonly chains: Set<LoadedChain>;
  /** chains whose state has changed */
  readonly changed: Set<LoadedChain>;
  readonly boots: Set<number>;
  readonly targets: Map<string, Route>;
  /** a new session has been confirmed: the plan is sent again */
  isPlanDue: boolean;
  /** at least one record was authentic */
  hasRecord: boolean;
}

export class Turn {
  readonly nowMs: number;
  readonly outbox = new Outbox();
  readonly committed: Committed[] = [];
  readonly touched = new Map<number, Touched>();
  /** what becomes true in memory only once it is at rest */
  readonly afterCommit: (() => void)[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  touch(node: LoadedNode, item: Item): Touched {
    let touched = this.touched.get(node.row.id);
    if (touched === undefined) {
      touched = { node, chains: new Set(), changed: new Set(), boots: new Set(), targets: new Map(), isPlanDue: false, hasRecord: false };
      this.touched.set(node.row.id, touched);
    }
    const route = routeOf(item);
    if (touched.targets.size < MAX_TARGETS) touched.targets.set(routeName(route), route);
    return touched;
  }

  /** Where a touched node is answered: wherever something of it came from, and by all means where it spoke last. */
  static routes({ targets, node, hasRecord }: Touched): Route[] {
    const routes = new Map(targets);
    if (hasRecord && node.route !== undefined) routes.set(routeName(node.route), node.route);
    return [...routes.values()];
  }
}

export const routeOf = ({ delivery }: Item): Route => ({ gateway: delivery.gateway.name, handle: delivery.handle });
