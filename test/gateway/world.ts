// A gateway in virtual time, over the simulated air and the bus in memory; nodes are bare links, without firmware.
import { Gateway } from 'lorica/hosts/gateway/gateway';
import type { GatewayNode } from 'lorica/hosts/gateway/gateway';
import { UP_FILTER } from 'lorica/hosts/node/bus';
import type { Code } from 'lorica/hosts/node/log';
import { MemoryBroker } from 'lorica/hosts/simulator/bus';
import type { MemoryBus } from 'lorica/hosts/simulator/bus';
import { Air } from 'lorica/hosts/simulator/radio';
import type { AirOptions } from 'lorica/hosts/simulator/radio';
import { Random } from 'lorica/hosts/simulator/random';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import type { Central } from 'lorica/link/radio';
import type { Entropy } from 'lorica/primitives/entropy';
import { decodeEnvelope } from 'lorica/wire/envelope';
import type { Envelope } from 'lorica/wire/envelope';

export class World {
  readonly time = new VirtualTime(1_800_000_000_000);
  readonly random = new Random('gateway test');
  readonly entropy: Entropy = (length) => this.random.bytes(length);
  readonly clock = this.time.clock;
  readonly air: Air;
  readonly broker = new MemoryBroker({ clock: this.time.clock });
  readonly bus: MemoryBus = this.broker.connect();
  readonly center: MemoryBus = this.broker.connect();
  readonly received: Envelope[] = [];
  readonly notes: Code[] = [];
  /** deliveries that the health center is not done with, while it is held */
  readonly held: (() => void)[] = [];
  holding = false;

  constructor(options: Partial<AirOptions> = {}) {
    this.air = new Air({ clock: this.time.clock, random: this.random.stream('air'), ...options });
    this.center.subscribe(UP_FILTER, (_topic, payload, done) => {
      const envelope = decodeEnvelope(payload);
      if (envelope === undefined) throw new Error('the gateway published no envelope');
      this.received.push(envelope);
      if (this.holding) this.held.push(done);
      else done();
    });
  }

  node(number: number): GatewayNode {
    const part = (label: string): Uint8Array => this.random.stream(`${label} ${String(number)}`).bytes(32);
    return { handle: part('handle').slice(0, 8), identityKey: part('identity'), linkKey: part('link') };
  }

  gateway(nodes: readonly GatewayNode[], central: Central = this.air.central(), maxConnections?: number): Gateway {
    return new Gateway({
      central, bus: this.bus, clock: this.time.clock, entropy: this.entropy, id: 'ward-a', nodes,
      log: { note: (code) => { this.notes.push(code); } }, ...(maxConnections === undefined ? {} : { maxConnections }),
    });
  }

  run(ms: number): void {
    this.time.run(this.time.elapsedMs + ms);
  }
}
