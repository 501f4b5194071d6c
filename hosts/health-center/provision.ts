// Makes gateways and nodes known: their rows in the registry, and what they carry home. A node's enrolment secret is
// drawn here, split into P, M and O_0 (protocol.md §4) and forgotten; the health center keeps the parts sealed. The way
// of a secret to the node (flashing, a card) is not this file's business.
import { ascii, toHex, wipe } from 'lorica/bytes/bytes';
import { GATEWAY_NAME } from 'lorica/hosts/node/bus';
import type { GatewayNodeEntry, NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { UserError } from 'lorica/hosts/node/failure';
import { expandLabel } from 'lorica/primitives/hkdf';
import { sha256 } from 'lorica/primitives/sha256';
import { suiteByNumber } from 'lorica/session/suites';
import { extendOffline, OFFLINE_LOOK_AHEAD } from './keeper.ts';
import type { Keystore } from './keystore.ts';
import type { GatewayRow, NodeRow } from './registry.ts';
import type { Store } from './store.ts';

const SECRET_LENGTH = 32;
const SERIAL_LENGTH = 8;
const HANDLE_LENGTH = 8;
const GATEWAY_ID_LENGTH = 8;

export interface NodeRequest {
  readonly nowMs: number;
  /** names of registered gateways that may carry for it, at most 8 */
  readonly gateways: readonly string[];
  /** 8 bytes; drawn if missing */
  readonly serial?: Uint8Array;
  /** an existing patient, or the label of a new one */
  readonly patient: number | string;
  /** 1 Cheb2048 (default), 2 Cheb1536 */
  readonly suite?: 1 | 2;
  readonly collaboration?: NodeEnrolment['collaboration'];
}

/** @returns the first 8 bytes of SHA-256 of a gateway's name, by which nodes know it */
export const gatewayId = (name: string): Uint8Array => sha256(ascii(name)).slice(0, GATEWAY_ID_LENGTH);

/** @throws UserError if the name cannot be one, or is taken */
export function registerGateway(store: Store, name: string, nowMs: number): GatewayRow {
  if (!GATEWAY_NAME.test(name)) throw new UserError(`"${name}" cannot be the name of a gateway; use up to 63 small letters, digits and hyphens, and no hyphen at the start.`);
  if (store.registry.gatewayNamed(name) !== undefined) throw new UserError(`there is a gateway "${name}" already; choose another name.`);
  return store.transaction(() => {
    const id = store.registry.addGateway(name, nowMs);
    store.chronicle.tell({ timeMs: nowMs, code: 'gateway-registered', gateway: id, alert: false, detail: name });
    return store.registry.gatewayNamed(name)!;
  });
}

/** The health center's public key of a suite; its key pair is made when it is first asked for. */
export function healthCenterKey(store: Store, keys: Keystore, suite: number, nowMs: number): Uint8Array {
  const known = store.registry.staticKeys().find((each) => each.suite === suite);
  if (known !== undefined) return known.keys.publicKey;
  const pair = suiteByNumber(suite).dh.generate((length) => keys.random(length));
  store.transaction(() => { store.registry.addStaticKeys(suite, pair, nowMs); });
  wipe(pair.secretKey);
  return pair.publicKey;
}

/**
 * Registers a node and makes all that flashing puts into it.
 * @throws UserError for an unknown gateway or a serial that is taken
 */
export function registerNode(store: Store, keys: Keystore, request: NodeRequest): NodeEnrolment {
  const { nowMs, suite = 1, collaboration = { mode: 0, k: 0, n: 0 } } = request;
  const serial = request.serial ?? keys.random(SERIAL_LENGTH);
  if (serial.length !== SERIAL_LENGTH) throw new RangeError('a serial has 8 bytes');
  if (store.registry.nodeBySerial(serial) !== undefined) throw new UserError(`there is a node with the serial ${toHex(serial)} already; a serial is given once.`);
  const gateways = request.gateways.map((name) => {
    const found = store.registry.gatewayNamed(name);
    if (found === undefined) throw new UserError(`there is no gateway "${name}"; enrol it first.`);
    return found;
  });
  const publicKey = healthCenterKey(store, keys, suite, nowMs);
  const staticKeys = suiteByNumber(suite).dh.generate((length) => keys.random(length));
  const { enrolmentPsk, macKey, offline } = splitEnrolment(keys.random(SECRET_LENGTH));
  const identityKey = keys.random(SECRET_LENGTH);
  const enrolmentVersion = 1;
  const linkKeys = store.transaction(() => {
    const patient = typeof request.patient === 'number' ? request.patient : store.registry.addPatient(request.patient, nowMs);
    const id = store.registry.addNode({
      serial, patient, suite, publicKey: staticKeys.publicKey, secrets: { enrolmentPsk, macKey, identityKey }, offline,
      enrolmentVersion, collaborationMode: collaboration.mode, nowMs,
    });
    const node = store.registry.node(id)!;
    extendOffline(store, node, 0, offline.slice(), OFFLINE_LOOK_AHEAD);
    store.chronicle.tell({ timeMs: nowMs, code: 'node-registered', node: id, alert: false });
    return gateways.map((gateway) => linkNode(store, keys, node, gateway, nowMs));
  });
  return {
    serial, suite, staticKeys, enrolmentPsk, macKey, offline, healthCenterKey: publicKey, collaboration, version: enrolmentVersion, identityKey,
    gateways: gateways.map(({ name }, i) => ({ id: gatewayId(name), linkKey: linkKeys[i]! })),
  };
}

/** What a gateway holds of the nodes that it may carry for. */
export function gatewayNodes(store: Store, gateway: GatewayRow): GatewayNodeEntry[] {
  return store.registry.linksOf(gateway.id).map(({ node, handle, linkKey }) => {
    const row = store.registry.node(node)!;
    return { handle, linkKey, identityKey: store.registry.secrets(row).identityKey };
  });
}

function linkNode(store: Store, keys: Keystore, node: NodeRow, gateway: GatewayRow, nowMs: number): Uint8Array {
  const linkKey = keys.random(SECRET_LENGTH);
  store.registry.setLink(node, { node: node.id, gateway: gateway.id, handle: keys.random(HANDLE_LENGTH), linkKey }, nowMs);
  return linkKey;
}

/** P ‖ M ‖ O_0 of the enrolment secret, which is wiped */
function splitEnrolment(secret: Uint8Array): { enrolmentPsk: Uint8Array; macKey: Uint8Array; offline: Uint8Array } {
  const parts = expandLabel(secret, 'enrolment', 3 * SECRET_LENGTH);
  wipe(secret);
  return { enrolmentPsk: parts.slice(0, SECRET_LENGTH), macKey: parts.slice(SECRET_LENGTH, 2 * SECRET_LENGTH), offline: parts.slice(2 * SECRET_LENGTH) };
}
