// The bus over MQTT 3.1.1 and TLS 1.3 with a client certificate. QoS 1; a received message is acknowledged to the
// broker when its `done` is called. Sessions are clean and nothing is queued while the broker is away: what could not
// be handed over is reported at once, and the node, which still holds it, sends again.
import { connect } from 'mqtt';
import type { IPublishPacket, MqttClient } from 'mqtt';
import { filterPattern } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import type { TlsIdentity } from 'lorica/hosts/node/certificates';

/** Publishes handed to the broker and not acknowledged yet. */
export const MAX_IN_FLIGHT = 64;
/** Handed on to node:tls as it is; the library's types do not list it. */
const TLS_1_3: object = { minVersion: 'TLSv1.3' };
const RECONNECT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 10_000;

export interface MqttBusOptions {
  /** mqtts://host:port */
  readonly url: string;
  readonly identity: TlsIdentity;
  readonly clientId: string;
  /** The name that the server's certificate must bear, where it is not the URL's host. */
  readonly serverName?: string;
  readonly onState?: (connected: boolean, error?: Error) => void;
}

export function openMqttBus(options: MqttBusOptions): Bus {
  const client = connect(options.url, {
    clientId: options.clientId,
    clean: true,
    protocolVersion: 4,
    key: options.identity.key,
    cert: options.identity.certificate,
    ca: options.identity.authority,
    rejectUnauthorized: true,
    ...TLS_1_3,
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
    reconnectPeriod: RECONNECT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    queueQoSZero: false,
    resubscribe: true,
  });
  let lastError: Error | undefined;
  client.on('error', (error) => { lastError = error; });
  client.on('connect', () => options.onState?.(true));
  client.on('close', () => options.onState?.(false, lastError));
  return busOver(client);
}

function busOver(client: MqttClient): Bus {
  client.setMaxListeners(MAX_IN_FLIGHT + 10);
  const handlers: { filter: RegExp; onMessage: (topic: string, payload: Uint8Array, done: () => void) => void }[] = [];
  let inFlight = 0;
  client.handleMessage = (packet: IPublishPacket, callback): void => {
    const handler = handlers.find(({ filter }) => filter.test(packet.topic));
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    if (handler === undefined) return callback();
    handler.onMessage(packet.topic, payload, () => { callback(); });
  };
  return {
    publish(topic, payload, done) {
      if (!client.connected) return done(new Error('broker out of reach'));
      if (inFlight >= MAX_IN_FLIGHT) return done(new Error('too many in flight'));
      inFlight++;
      let open = true;
      const finish = (error?: Error): void => {
        if (!open) return;
        open = false;
        inFlight--;
        client.off('close', lost);
        done(error);
      };
      // A publish that the connection took down with it will not be heard of again before the next connection.
      const lost = (): void => { finish(new Error('broker lost')); };
      client.once('close', lost);
      client.publish(topic, Buffer.from(payload), { qos: 1 }, (error) => { finish(error ?? undefined); });
    },
    subscribe(filter, onMessage) {
      handlers.push({ filter: filterPattern(filter), onMessage });
      client.subscribe(filter, { qos: 1 }, () => undefined);
    },
    close(done) {
      client.end(true, {}, () => done?.());
    },
  };
}
