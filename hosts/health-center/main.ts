// `npm run health-center`: the health center as a service, with its embedded broker, and the commands that enrol.
// Settings: <LORICA_DATA>/health-center.json or LORICA_HEALTH_CENTER_<SETTING>.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { toHex } from 'lorica/bytes/bytes';
import { startBroker } from 'lorica/hosts/node/broker';
import { downTopic, gatewayOf, UP_FILTER } from 'lorica/hosts/node/bus';
import { CertificateAuthority } from 'lorica/hosts/node/certificates';
import { runService, tellProgress, type Service } from 'lorica/hosts/node/child';
import { systemClock } from 'lorica/hosts/node/clock';
import { dataFolder, port, readSettings, text } from 'lorica/hosts/node/config';
import { writeGatewayNodes, writeNodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { runMain } from 'lorica/hosts/node/failure';
import { Journalist, makeLogger } from 'lorica/hosts/node/log';
import { entropy } from 'lorica/primitives/entropy';
import { HealthCenter } from './center.ts';
import { databaseExists } from './database.ts';
import { Keystore } from './keystore.ts';
import { gatewayNodes, registerGateway, registerNode } from './provision.ts';
import { Store } from './store.ts';

interface EnrolOptions {
  readonly gateway: string;
  readonly gatewayFolder: string;
  readonly nodes: number;
  readonly nodeFolder: string;
}

await runMain('health-center', async () => {
  const program = new Command('health-center').description('The health center. Settings: <LORICA_DATA>/health-center.json or LORICA_HEALTH_CENTER_<SETTING>: port, broker-port, host.');
  program.command('serve', { isDefault: true }).description('receives, opens, stores and shows readings').action(() => runService(serve));
  program.command('enrol').description('makes a gateway and nodes known, and writes what they carry home')
    .requiredOption('--gateway <name>').requiredOption('--gateway-folder <folder>').requiredOption('--nodes <count>', 'new nodes', count).requiredOption('--node-folder <folder>')
    .action(enrol);
  await program.parseAsync();
});

function open(): { store: Store; keys: Keystore; folder: string } {
  const folder = join(dataFolder(), 'health-center');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'store.db');
  const keys = Keystore.open(join(folder, 'unsealing.key'), entropy, !databaseExists(path));
  return { folder, keys, store: Store.open({ path, keys, nowMs: Date.now() }) };
}

async function enrol(options: EnrolOptions): Promise<void> {
  const { store, keys, folder } = open();
  try {
    const nowMs = Date.now();
    const authority = await CertificateAuthority.open(folder);
    const gateway = store.registry.gatewayNamed(options.gateway) ?? registerGateway(store, options.gateway, nowMs);
    await authority.keep(options.gatewayFolder, 'gateway', options.gateway);
    const known = store.registry.nodes().length;
    for (let i = 0; i < options.nodes; i++) {
      tellProgress(`node ${String(i + 1)} of ${String(options.nodes)}`);
      const node = registerNode(store, keys, { nowMs, gateways: [options.gateway], patient: `Bed ${String(known + i + 1)}` });
      const place = join(options.nodeFolder, toHex(node.serial));
      mkdirSync(place, { recursive: true, mode: 0o700 });
      writeNodeEnrolment(join(place, 'enrolment.json'), node);
    }
    writeGatewayNodes(join(options.gatewayFolder, 'nodes.json'), gatewayNodes(store, gateway));
  } finally {
    store.close();
  }
}

async function serve(): Promise<Service> {
  const settings = readSettings('health-center', { port: port(0), brokerPort: port(8883), host: text('127.0.0.1') });
  const logger = makeLogger('health-center');
  const log = new Journalist(logger, () => Date.now());
  const { store, keys, folder } = open();
  const authority = await CertificateAuthority.open(folder);
  const identity = await authority.keep(folder, 'health-center', 'center', [settings.host, 'localhost']);
  const broker = await startBroker({ identity, host: settings.host, port: settings.brokerPort, onRefused: (reason, detail) => { log.note('bus-refused', { reason, detail }); } });
  let stored = 0;
  const center = new HealthCenter({
    store, keys, clock: systemClock, entropy,
    send: (gateway, payload) => { broker.bus.publish(downTopic(gateway), payload, () => undefined); },
    note: (code, detail) => { log.note(code, detail); },
    onCommitted: (readings) => { stored += readings.length; },
  });
  broker.bus.subscribe(UP_FILTER, (topic, payload, done) => { center.receive(gatewayOf(topic)!, payload, done); });
  return {
    facts: { brokerPort: broker.port },
    statistics: () => ({ stored }),
    async stop() {
      await broker.close();
      center.close();
      store.close();
    },
  };
}

function count(value: string): number {
  const n = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(n >= 1 && n <= 1024)) throw new InvalidArgumentError('a whole number from 1 to 1024.');
  return n;
}
