// The embedded MQTT broker (aedes, MQTT 3.1.1) over TLS 1.3 with client certificates, and the bus end that the health
// center holds inside the same process. A gateway may publish its own `up` topic and subscribe its own `down` topic,
// as its certificate names it. Nothing is kept for absent subscribers: delivery is end to end, nodes send again.
import { createServer } from 'node:tls';
import type { Server, TLSSocket } from 'node:tls';
import { Aedes } from 'aedes';
import type { Client } from 'aedes';
import { downTopic, filterPattern, GATEWAY_NAME, UP_FILTER, upTopic } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import type { Role, TlsIdentity } from 'lorica/hosts/node/certificates';

/** An envelope holds at most 64 messages of 4096 bytes; what is larger is cut off with its connection. */
export const MAX_PACKET_BYTES = 300_000;
/** Packets that one connection may have under way; the socket is not read beyond. */
const MAX_QUEUED_PACKETS = 64;
/** Connections in all: beyond, new ones are closed at once. */
const MAX_CONNECTIONS = 1024;
const HANDSHAKE_TIMEOUT_MS = 5_000;

export interface BrokerOptions {
  readonly identity: TlsIdentity;
  readonly host: string;
  readonly port: number;
  /** Counts and logs what was refused. */
  readonly onRefused?: (reason: 'certificate' | 'topic' | 'size' | 'protocol', detail: string) => void;
  /** Sees each packet as the broker does; for tests that record the traffic. */
  readonly onPacket?: (topic: string, payload: Uint8Array) => void;
}

export interface Broker {
  readonly port: number;
  /** The bus inside this process. A gateway's publish is acknowledged only when `done` of the subscriber was called. */
  readonly bus: Bus;
  close(): Promise<void>;
}

interface Peer {
  readonly role: Role;
  readonly name: string;
}

export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const peers = new WeakMap<object, Peer>();
  const refused = options.onRefused ?? ((): void => undefined);
  const bus = new InProcessBus();
  const aedes = await createAedes(peers, bus, refused);
  bus.broker = aedes;
  aedes.on('clientError', (client: Client, error: Error) => refused('protocol', `${peers.get(client)?.name ?? '?'}: ${error.message}`));
  aedes.on('connectionError', (_client: Client, error: Error) => refused('protocol', error.message));
  if (options.onPacket !== undefined) {
    const tap = options.onPacket;
    aedes.on('publish', (packet) => { if (!packet.topic.startsWith('$SYS')) tap(packet.topic, payloadOf(packet.payload)); });
  }
  const server = await listen(options, (socket) => {
    const peer = peerOf(socket);
    if (peer === undefined) {
      refused('certificate', socket.remoteAddress ?? '?');
      socket.destroy();
      return;
    }
    limitPackets(socket, () => refused('size', peer.name));
    peers.set(aedes.handle(socket), peer);
  }, refused);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    bus,
    close: () => new Promise((resolve) => {
      aedes.close(() => { server.close(() => { resolve(); }); });
    }),
  };
}

/** The broker with its access rules. */
function createAedes(peers: WeakMap<object, Peer>, bus: InProcessBus, refused: NonNullable<BrokerOptions['onRefused']>): Promise<Aedes> {
  return Aedes.createBroker({
    heartbeatInterval: 30_000,
    connectTimeout: HANDSHAKE_TIMEOUT_MS,
    queueLimit: MAX_QUEUED_PACKETS,
    maxTopicLevels: 4,
    authorizePublish(client, packet, callback) {
      const peer = client === null ? undefined : peers.get(client);
      if (client === null || (peer !== undefined && mayPublish(peer, packet.topic))) {
        packet.retain = false;
        // aedes sends its PUBACK before it distributes, but after this call: so the health center gets the packet here.
        return bus.deliver(packet.topic, payloadOf(packet.payload), () => { callback(null); });
      }
      refused('topic', `${peer?.name ?? '?'} publishes ${packet.topic}`);
      callback(new Error('not authorized'));
    },
    authorizeSubscribe(client, subscription, callback) {
      const peer = peers.get(client);
      if (peer !== undefined && maySubscribe(peer, subscription.topic)) return callback(null, subscription);
      refused('topic', `${peer?.name ?? '?'} subscribes ${subscription.topic}`);
      callback(null, null);
    },
  });
}

function listen(options: BrokerOptions, accept: (socket: TLSSocket) => void, refused: NonNullable<BrokerOptions['onRefused']>): Promise<Server> {
  const server = createServer({
    key: options.identity.key,
    cert: options.identity.certificate,
    ca: options.identity.authority,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  }, accept);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('tlsClientError', (error) => { refused('certificate', error.message); });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function peerOf(socket: TLSSocket): Peer | undefined {
  const subject = socket.getPeerCertificate().subject as { O?: string | string[]; CN?: string | string[] } | undefined;
  const role = subject?.O;
  const name = subject?.CN;
  if (typeof name !== 'string' || !GATEWAY_NAME.test(name)) return undefined;
  return role === 'gateway' || role === 'health-center' ? { role, name } : undefined;
}

function mayPublish(peer: Peer, topic: string): boolean {
  return peer.role === 'gateway' ? topic === upTopic(peer.name) : /^lorica\/v1\/[a-z0-9-]+\/down$/.test(topic);
}

function maySubscribe(peer: Peer, topic: string): boolean {
  return peer.role === 'gateway' ? topic === downTopic(peer.name) : topic === UP_FILTER;
}

/**
 * aedes takes packets of any length (up to 256 MB) into memory, so the lengths are read here as they pass:
 * fixed header, then the remaining length as a variable byte integer (MQTT 3.1.1 §2.2.3).
 */
function limitPackets(socket: TLSSocket, onOversize: () => void): void {
  let remaining = 0;
  let lengthOctets = -1; // −1: at the first octet of a packet; else how many length octets were read
  let length = 0;
  socket.on('data', (chunk: Buffer) => {
    for (let i = 0; i < chunk.length;) {
      if (remaining > 0) {
        const step = Math.min(remaining, chunk.length - i);
        remaining -= step;
        i += step;
        continue;
      }
      const octet = chunk[i++]!;
      if (lengthOctets < 0) {
        lengthOctets = 0;
        length = 0;
        continue;
      }
      length += (octet & 0x7f) * 128 ** lengthOctets++;
      if (length > MAX_PACKET_BYTES || lengthOctets > 4) {
        onOversize();
        socket.destroy();
        return;
      }
      if ((octet & 0x80) === 0) {
        remaining = length;
        lengthOctets = -1;
      }
    }
  });
}

/** The health center's end of the bus, inside the broker's process. */
class InProcessBus implements Bus {
  readonly #handlers: { filter: RegExp; onMessage: Parameters<Bus['subscribe']>[1] }[] = [];
  broker: Aedes | undefined;

  deliver(topic: string, payload: Uint8Array, done: () => void): void {
    const handler = this.#handlers.find(({ filter }) => filter.test(topic));
    if (handler === undefined) done();
    else handler.onMessage(topic, payload, done);
  }

  publish(topic: string, payload: Uint8Array, done: (error?: Error) => void): void {
    if (this.broker === undefined) return done(new Error('closed'));
    this.broker.publish({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 1, retain: false, dup: false }, (error) => { done(error ?? undefined); });
  }

  subscribe(filter: string, onMessage: Parameters<Bus['subscribe']>[1]): void {
    this.#handlers.push({ filter: filterPattern(filter), onMessage });
  }

  close(done?: () => void): void {
    this.broker = undefined;
    done?.();
  }
}

const payloadOf = (payload: Buffer | string): Uint8Array => (typeof payload === 'string' ? Buffer.from(payload) : payload);
