// What a gateway must be told: by `<LORICA_DATA>/gateway.json` or LORICA_GATEWAY_… in the environment.
import { join } from 'node:path';
import { GATEWAY_NAME } from 'lorica/hosts/node/bus';
import { dataFolder, integer, port, readSettings, text } from 'lorica/hosts/node/config';
import { UserError } from 'lorica/hosts/node/failure';
import { MAX_CONNECTIONS } from './gateway.ts';

export interface GatewaySettings {
  /** mqtts://host:port */
  readonly broker: string;
  /** its name in topics, in its certificate and in the names of its files */
  readonly name: string;
  /** where enrolment put `<name>-key.pem`, `<name>.pem`, `<name>-ca.pem` and `nodes.json` */
  readonly folder: string;
  /** the socket of the radio */
  readonly radio: string;
  /** of the health endpoint on the loopback interface; 0: the system chooses */
  readonly healthPort: number;
  readonly connections: number;
}

export function gatewaySettings(environment: NodeJS.ProcessEnv = process.env): GatewaySettings {
  const data = dataFolder(environment);
  const settings = readSettings('gateway', {
    broker: text('mqtts://127.0.0.1:8883'),
    name: text('gateway-1'),
    folder: text(join(data, 'gateway')),
    radio: text(join(data, 'radio.sock')),
    healthPort: port(0),
    connections: integer(MAX_CONNECTIONS, 1, MAX_CONNECTIONS),
  }, environment);
  if (!GATEWAY_NAME.test(settings.name)) throw new UserError(`the gateway's name "${settings.name}" must be 1 to 63 small letters, digits and hyphens.`);
  if (!/^mqtts:\/\/[^/]+$/.test(settings.broker)) throw new UserError(`the broker's address "${settings.broker}" must be of the form mqtts://host:port.`);
  return settings;
}
