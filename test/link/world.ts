// A node's link and a gateway's on one connection, with all that they report.
import { GatewayLink, NodeLink, type LinkEnd, type NodeLinkOptions } from 'lorica/link/link';
import { Pair, seededEntropy, TestTimer, type Air } from './pair.ts';

export const KEY = new Uint8Array(32).fill(7);
export const OTHER_KEY = new Uint8Array(32).fill(8);
export const ID = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
export const OTHER_ID = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);

export interface Setup {
  mtu?: number;
  gatewayKey?: Uint8Array;
  linkKeys?: NodeLinkOptions['linkKeys'];
  pairing?: NodeLinkOptions['pairing'];
  gatewayMode?: 'pairing';
  air?: Air;
  subscribe?: boolean;
}

export class World {
  readonly timer = new TestTimer();
  readonly pair: Pair;
  readonly node: NodeLink;
  readonly gateway: GatewayLink;
  readonly ready: (Uint8Array | 'node')[] = [];
  readonly up: Uint8Array[] = [];
  readonly down: Uint8Array[] = [];
  readonly nodeEnds: LinkEnd[] = [];
  readonly gatewayEnds: LinkEnd[] = [];

  constructor(setup: Setup = {}) {
    const { timer } = this;
    this.pair = new Pair(timer, setup.mtu ?? 247);
    if (setup.air) this.pair.air = setup.air;
    this.node = new NodeLink({
      connection: this.pair.node,
      linkKeys: setup.linkKeys ?? (() => [{ id: OTHER_ID, key: OTHER_KEY }, { id: ID, key: KEY }]),
      entropy: seededEntropy(1),
      timer,
      onReady: (gateway) => this.ready.push(gateway),
      onMessage: (message) => this.down.push(message),
      onClosed: (code) => this.nodeEnds.push(code),
      pairing: setup.pairing
    });
    this.gateway = new GatewayLink({
      connection: this.pair.gateway,
      linkKey: setup.gatewayKey ?? KEY,
      mode: setup.gatewayMode,
      entropy: seededEntropy(2),
      timer,
      onReady: () => this.ready.push('node'),
      onMessage: (message) => this.up.push(message),
      onClosed: (code) => this.gatewayEnds.push(code)
    });
    if (setup.subscribe !== false) this.subscribe();
  }

  subscribe(): void {
    this.pair.node.onSubscribed!();
    this.timer.advance(100);
  }

  /** @returns what `done` said, in order */
  send(link: NodeLink | GatewayLink, ...messages: Uint8Array[]): boolean[] {
    const told: boolean[] = [];
    link.send(messages, (ok) => told.push(ok));
    return told;
  }
}

export function message(length: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i === 0 ? 1 : (i * 31 + seed * 7) & 255));
}

