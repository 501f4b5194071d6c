// What the health center must be told: by `<LORICA_DATA>/health-center.json` or LORICA_HEALTH_CENTER_… in the
// environment. Everything has a default; a start without any of it works.
import { BlockList, isIP } from 'node:net';
import { join } from 'node:path';
import { dataFolder, port, readSettings, text } from 'lorica/hosts/node/config';
import { UserError } from 'lorica/hosts/node/failure';

export interface HealthCenterSettings {
  /** of the page and the API; anything but a loopback address is served over TLS */
  readonly host: string;
  readonly port: number;
  /** address of the embedded broker */
  readonly brokerHost: string;
  readonly brokerPort: number;
  /** mqtts://host:port of an external broker, instead of the embedded one; empty: embedded */
  readonly broker: string;
  /** more names and addresses, separated by commas, under which others reach this machine; they go into its certificate */
  readonly names: string;
  /** where the store, the certificates and the access token lie */
  readonly folder: string;
  /** the key file, best kept out of every backup of the folder */
  readonly keyFile: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

export function healthCenterSettings(environment: NodeJS.ProcessEnv = process.env): HealthCenterSettings {
  const folder = join(dataFolder(environment), 'health-center');
  const settings = readSettings('health-center', {
    host: text('127.0.0.1'), port: port(8080), brokerHost: text('127.0.0.1'), brokerPort: port(8883), broker: text(''), names: text(''),
    folder: text(folder), keyFile: text(join(folder, 'unsealing-key')),
  }, environment);
  for (const [name, host] of [['host', settings.host], ['brokerHost', settings.brokerHost]] as const) {
    if (isIP(host) === 0 && host !== 'localhost') throw new UserError(`the health center's setting "${name}" must be an IP address or "localhost", not "${host}".`);
  }
  if (settings.broker !== '' && !/^mqtts:\/\/[^/]+$/.test(settings.broker)) throw new UserError(`the broker's address "${settings.broker}" must be of the form mqtts://host:port.`);
  return settings;
}

/** @returns whether only this machine can reach the address */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** The names that the health center's certificate bears. */
export function certificateNames({ host, brokerHost, names }: HealthCenterSettings): string[] {
  const more = names.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const shown = [host, brokerHost].filter((name) => name !== '0.0.0.0' && name !== '::');
  return [...new Set(['localhost', '127.0.0.1', '::1', ...shown, ...more])];
}
