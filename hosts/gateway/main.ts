// `npm run gateway`: the gateway as a service. The radio is a pipe to whoever has one (the simulated ward, or a process
// that drives a controller); the broker is the health center's or any other that its certificate opens.
import { join } from 'node:path';
import { Command } from 'commander';
import { readIdentity } from 'lorica/hosts/node/certificates';
import { runService } from 'lorica/hosts/node/child';
import type { Service } from 'lorica/hosts/node/child';
import { systemClock } from 'lorica/hosts/node/clock';
import { readGatewayNodes } from 'lorica/hosts/node/enrolment-files';
import { runMain } from 'lorica/hosts/node/failure';
import { Journalist, makeLogger } from 'lorica/hosts/node/log';
import { openMqttBus } from 'lorica/hosts/node/mqtt-bus';
import { openRadioPipe } from 'lorica/hosts/node/radio-pipe';
import { entropy } from 'lorica/primitives/entropy';
import { Gateway } from './gateway.ts';
import { serveHealth } from './health.ts';
import { gatewaySettings } from './settings.ts';

/** At the end, for what the broker has not acknowledged. */
const CLOSE_DEADLINE_MS = 3_000;

await runMain('gateway', async () => {
  new Command('gateway')
    .description('Relays between wearable nodes and the health center. Settings: <LORICA_DATA>/gateway.json or LORICA_GATEWAY_<SETTING>: '
      + 'broker (mqtts://host:port), name, folder (certificate and nodes.json), radio (socket), health-port, connections.')
    .parse();
  await runService(start);
});

async function start(): Promise<Service> {
  const settings = gatewaySettings();
  const logger = makeLogger(settings.name);
  const identity = readIdentity(settings.folder, settings.name);
  const nodes = readGatewayNodes(join(settings.folder, 'nodes.json'));
  const reach = { broker: false, radio: false };
  const log = new Journalist(logger, () => systemClock.now());
  const bus = openMqttBus({
    url: settings.broker, identity, clientId: settings.name,
    onState: (connected, error) => {
      if (connected) logger.info({ broker: settings.broker }, 'the broker is in reach');
      else log.note('bus-lost', { broker: settings.broker, error: error?.message ?? 'closed' });
      reach.broker = connected;
    },
  });
  const central = openRadioPipe({
    address: /^\d+$/.test(settings.radio) ? Number(settings.radio) : settings.radio, clock: systemClock,
    onState: (connected) => {
      reach.radio = connected;
      logger.info({ radio: settings.radio }, connected ? 'the radio is in reach' : 'the radio is out of reach');
    },
  });
  const gateway = new Gateway({ central, bus, clock: systemClock, entropy, id: settings.name, nodes, log, maxConnections: settings.connections });
  const health = await serveHealth(settings.healthPort, () => ({ ...reach, nodes: nodes.length, statistics: gateway.statistics }));
  logger.info({ nodes: nodes.length, health: `http://127.0.0.1:${String(health.port)}/health` }, 'started');
  return {
    facts: { healthPort: health.port },
    statistics: () => {
      const { connected, up, down } = gateway.statistics;
      return { connected, up: up.messages, records: up.records, upDropped: up.dropped, down: down.messages, downDropped: down.dropped };
    },
    async stop() {
      await Promise.race([closed((done) => { gateway.close(done); }), after(CLOSE_DEADLINE_MS)]);
      await closed((done) => { bus.close(done); });
      await health.server.close();
      logger.info({ ...gateway.statistics.up }, 'stopped');
    },
  };
}

function closed(close: (done: () => void) => void): Promise<void> {
  return new Promise(close);
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, delayMs).unref(); });
}
