// `serve`: the health center as a service. Store, broker, core, page; started in this order and ended in the reverse.
import { downTopic, gatewayOf, UP_FILTER, type Bus } from 'lorica/hosts/node/bus';
import { startBroker } from 'lorica/hosts/node/broker';
import { tellProgress, type Service } from 'lorica/hosts/node/child';
import { systemClock } from 'lorica/hosts/node/clock';
import type { TlsIdentity } from 'lorica/hosts/node/certificates';
import { Journalist, makeLogger } from 'lorica/hosts/node/log';
import { openMqttBus } from 'lorica/hosts/node/mqtt-bus';
import { entropy } from 'lorica/primitives/entropy';
import { HealthCenter } from './center.ts';
import { LiveFeed } from './live.ts';
import { openIdentity, openStore, openToken, pageLink } from './open.ts';
import { startServer } from './server.ts';
import { healthCenterSettings, isLoopback, type HealthCenterSettings } from './settings.ts';
import { WardView } from './ward-view.ts';

interface Line {
  readonly bus: Bus;
  readonly port: number;
  close(): Promise<void>;
}

type Logger = ReturnType<typeof makeLogger>;

export async function serve(): Promise<Service> {
  const settings = healthCenterSettings();
  const logger = makeLogger('health-center');
  const log = new Journalist(logger, () => systemClock.now());
  tellProgress('opening the store');
  const { store, keys } = openStore(settings);
  if (store.wasRestored) logger.warn('the database is older than the one that was last in use; nodes are asked to send again what they still have');
  const identity = await openIdentity(settings);
  tellProgress('starting the broker');
  const line = await openLine(settings, identity, logger, log);
  const live = new LiveFeed();
  const view = new WardView(store);
  const center = new HealthCenter({
    store, keys, clock: systemClock, entropy,
    send: (gateway, payload) => { line.bus.publish(downTopic(gateway), payload, (error) => { if (error !== undefined) log.note('bus-lost', { gateway, error: error.message }); }); },
    note: (code, detail) => { log.note(code, detail); },
    onCommitted: (readings) => {
      view.take(readings, systemClock.now());
      live.tell(readings);
    },
    onDefect: (error) => { logger.error({ err: error }, 'a defect of ours, please report it'); },
  });
  line.bus.subscribe(UP_FILTER, (topic, payload, done) => {
    const gateway = gatewayOf(topic);
    if (gateway === undefined) done();
    else center.receive(gateway, payload, done);
  });
  tellProgress('starting the page');
  const token = openToken(settings);
  const tls = isLoopback(settings.host) ? undefined : identity;
  const { server, port } = await startServer({
    store, center, view, live, token, tls, host: settings.host, port: settings.port, now: () => systemClock.now(), startedMs: systemClock.now(),
    onError: (error) => { logger.error({ err: error }, 'a request could not be answered'); },
  });
  const dashboard = pageLink(settings, tls !== undefined, port, token);
  logger.info({ nodes: store.registry.nodes().length, page: dashboard.split('?')[0], broker: line.port }, 'started');
  if (process.send === undefined) process.stdout.write(`\n  Page    ${dashboard}\n  Broker  port ${line.port}\n  Ctrl-C ends it.\n\n`);
  return {
    facts: { dashboard, port, brokerPort: line.port },
    statistics: () => ({ delivered: center.statistics.delivered, stored: store.readings.count() }),
    async stop() {
      await server.close();
      await line.close();
      center.close();
      store.close();
      logger.info({ ...center.statistics }, 'stopped');
    },
  };
}

/** The embedded broker, or an external one. */
async function openLine(settings: HealthCenterSettings, identity: TlsIdentity, logger: Logger, log: Journalist): Promise<Line> {
  if (settings.broker !== '') {
    const bus = openMqttBus({
      url: settings.broker, identity, clientId: 'health-center',
      onState: (connected, error) => {
        if (connected) logger.info({ broker: settings.broker }, 'the broker is in reach');
        else log.note('bus-lost', { broker: settings.broker, error: error?.message ?? 'closed' });
      },
    });
    return { bus, port: Number(new URL(settings.broker).port), close: () => new Promise((resolve) => { bus.close(() => { resolve(); }); }) };
  }
  return startBroker({
    identity, host: settings.brokerHost, port: settings.brokerPort,
    onRefused: (reason, detail) => { log.note('bus-refused', { reason, detail }); },
  });
}
