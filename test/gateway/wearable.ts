// The node's end of a link, without firmware: advertises until it has a link, and again after it was lost.
import type { GatewayNode } from 'lorica/hosts/gateway/gateway';
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Air, NodeRadio } from 'lorica/hosts/simulator/radio';
import { NodeTimer } from 'lorica/hosts/simulator/virtual-time';
import { NodeLink } from 'lorica/link/link';
import { makeServiceData } from 'lorica/link/recognition';
import type { Entropy } from 'lorica/primitives/entropy';

export const GATEWAY_ID = new Uint8Array(8).fill(9);

export interface Surroundings {
  readonly air: Air;
  readonly clock: HostClock;
  readonly entropy: Entropy;
}

export class Wearable {
  readonly radio: NodeRadio;
  readonly received: Uint8Array[] = [];
  link: NodeLink | undefined;
  ready = 0;
  connections = 0;

  constructor({ air, clock, entropy }: Surroundings, name: string, { identityKey, linkKey }: GatewayNode) {
    this.radio = air.radio(name);
    const advertise = (): void => { this.radio.advertise(makeServiceData(identityKey, entropy)); };
    this.radio.onConnected = (connection) => {
      this.connections++;
      this.radio.advertise(undefined);
      this.link = new NodeLink({
        connection, linkKeys: () => [{ id: GATEWAY_ID, key: linkKey }], entropy, timer: new NodeTimer(clock),
        onReady: () => { this.ready++; },
        onMessage: (message) => { this.received.push(message); },
        onClosed: () => {
          this.link = undefined;
          advertise();
        },
      });
    };
    advertise();
  }

  send(...messages: Uint8Array[]): void {
    if (this.link === undefined) throw new Error('no link');
    this.link.send(messages, () => undefined);
  }
}
