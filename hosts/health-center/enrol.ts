// The enrolment commands: what the registry learns, and the files that a gateway and a node are given. The files hold
// secrets and are readable by their owner alone; they are to be brought to their machines and removed here.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { writeIdentity } from 'lorica/hosts/node/certificates';
import { tellProgress } from 'lorica/hosts/node/child';
import { writeGatewayNodes, writeNodeEnrolment, type NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { UserError } from 'lorica/hosts/node/failure';
import { openAuthority, openStore } from './open.ts';
import { gatewayNodes, registerGateway, registerNode, type NodeRequest } from './provision.ts';
import type { HealthCenterSettings } from './settings.ts';
import type { Store } from './store.ts';

const ENROLMENT_FILE = 'enrolment.json';

export interface NodeOptions {
  readonly gateways: readonly string[];
  readonly folder: string;
  readonly patient?: string;
  readonly suite?: number;
  readonly serial?: string;
}

/** Registers a gateway and writes its certificate and its list of nodes; one that is known gets new files. */
export async function enrolGateway(settings: HealthCenterSettings, name: string, folder: string): Promise<void> {
  const { store } = openStore(settings);
  try {
    const gateway = store.registry.gatewayNamed(name) ?? registerGateway(store, name, Date.now());
    await giveToGateway(settings, store, gateway.name, folder);
  } finally {
    store.close();
  }
}

/** Registers one node and writes all that flashing puts into it; gateways have to be given their new lists afterwards. */
export function enrolNode(settings: HealthCenterSettings, options: NodeOptions): string {
  requireNoEnrolment(options.folder);
  const { store, keys } = openStore(settings);
  try {
    const enrolment = registerNode(store, keys, requestOf(options));
    giveToNode(enrolment, options.folder);
    return toHex(enrolment.serial);
  } finally {
    store.close();
  }
}

export interface WardOptions {
  readonly gateway: string;
  readonly gatewayFolder: string;
  readonly nodes: number;
  readonly nodeFolder: string;
}

/** A gateway and so many new nodes for it, in one go; each node in a folder of its own, named by its serial. */
export async function enrolWard(settings: HealthCenterSettings, { gateway, gatewayFolder, nodes, nodeFolder }: WardOptions): Promise<void> {
  const { store, keys } = openStore(settings);
  try {
    const { id } = store.registry.gatewayNamed(gateway) ?? registerGateway(store, gateway, Date.now());
    const known = store.registry.linksOf(id).length;
    for (let i = 0; i < nodes; i++) {
      const enrolment = registerNode(store, keys, { nowMs: Date.now(), gateways: [gateway], patient: `Patient ${known + i + 1}` });
      giveToNode(enrolment, join(nodeFolder, toHex(enrolment.serial)));
      tellProgress(`wearable ${i + 1} of ${nodes}`);
    }
    await giveToGateway(settings, store, gateway, gatewayFolder);
  } finally {
    store.close();
  }
}

/** From now on nothing of the node is accepted; what is stored stays. */
export function revokeNode(settings: HealthCenterSettings, serialText: string): void {
  const { store } = openStore(settings);
  try {
    const serial = fromHex(serialText);
    const node = serial && store.registry.nodeBySerial(serial);
    if (node === undefined) throw new UserError(`there is no node with the serial ${serialText}; "list" shows those that are registered.`);
    store.transaction(() => {
      store.registry.revokeNode(node.id, Date.now());
      store.chronicle.tell({ timeMs: Date.now(), code: 'node-revoked', node: node.id, alert: false });
    });
  } finally {
    store.close();
  }
}

/** From now on nothing of the gateway is accepted, though its certificate is still one of this health center's. */
export function revokeGateway(settings: HealthCenterSettings, name: string): void {
  const { store } = openStore(settings);
  try {
    const gateway = store.registry.gatewayNamed(name);
    if (gateway === undefined) throw new UserError(`there is no gateway "${name}"; "list" shows those that are registered.`);
    store.transaction(() => {
      store.registry.revokeGateway(gateway.id, Date.now());
      store.chronicle.tell({ timeMs: Date.now(), code: 'gateway-revoked', gateway: gateway.id, alert: false });
    });
  } finally {
    store.close();
  }
}

/** @returns a line for each gateway and node */
export function listRegistry(settings: HealthCenterSettings): string[] {
  const { store } = openStore(settings);
  try {
    const gateways = store.registry.gateways().map(({ name, revokedMs }) => `gateway ${name}${revokedMs === undefined ? '' : ' (revoked)'}`);
    const nodes = store.registry.nodes().map(({ serial, patient, suite, revokedMs }) => `node ${toHex(serial)}  suite ${suite}  ${store.registry.patientLabel(patient) ?? ''}${revokedMs === undefined ? '' : ' (revoked)'}`);
    return [...gateways, ...nodes];
  } finally {
    store.close();
  }
}

async function giveToGateway(settings: HealthCenterSettings, store: Store, name: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const authority = await openAuthority(settings);
  writeIdentity(folder, name, await authority.issue('gateway', name));
  writeGatewayNodes(join(folder, 'nodes.json'), gatewayNodes(store, store.registry.gatewayNamed(name)!));
}

/** Before anything is registered: secrets that nobody has been given would stay in the registry for ever. */
function requireNoEnrolment(folder: string): void {
  if (existsSync(join(folder, ENROLMENT_FILE))) throw new UserError(`${folder} holds the enrolment of a node already; choose another folder.`);
}

function giveToNode(enrolment: NodeEnrolment, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeNodeEnrolment(join(folder, ENROLMENT_FILE), enrolment);
}

function requestOf({ gateways, patient, suite, serial }: NodeOptions): NodeRequest {
  if (suite !== undefined && suite !== 1 && suite !== 2) throw new UserError('the suite must be 1 (Cheb2048) or 2 (Cheb1536).');
  const bytes = serial === undefined ? undefined : fromHex(serial);
  if (serial !== undefined && bytes?.length !== 8) throw new UserError('a serial has 16 hexadecimal digits.');
  return { nowMs: Date.now(), gateways, patient: patient ?? 'Patient', ...(suite === undefined ? {} : { suite }), ...(bytes === undefined ? {} : { serial: bytes }) };
}
