// What enrolment hands out as files, mode 0600: to a gateway its TLS identity (certificates.ts) and the list of its
// nodes; to a simulated node all that flashing would store. JSON with hexadecimal byte strings. Strict when read: a
// file that is damaged or of another version ends in a sentence that says what to do.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';

const FORMAT = 1;

/** What a gateway holds of a node. */
export interface GatewayNodeEntry {
  /** 1…16 bytes */
  readonly handle: Uint8Array;
  /** 32 bytes */
  readonly identityKey: Uint8Array;
  /** 32 bytes */
  readonly linkKey: Uint8Array;
}

/** What flashing gives a node: `Provisioning` of lorica/node/provisioning, which no service may import. */
export interface NodeEnrolment {
  readonly serial: Uint8Array;
  readonly suite: 1 | 2;
  readonly staticKeys: { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array };
  readonly enrolmentPsk: Uint8Array;
  readonly macKey: Uint8Array;
  readonly offline: Uint8Array;
  readonly healthCenterKey: Uint8Array;
  readonly collaboration: { readonly mode: 0 | 1 | 2; readonly k: number; readonly n: number };
  readonly version: number;
  readonly identityKey: Uint8Array;
  readonly gateways: readonly { readonly id: Uint8Array; readonly linkKey: Uint8Array }[];
}

/** `<folder>/nodes.json` of a gateway. */
export function writeGatewayNodes(file: string, nodes: readonly GatewayNodeEntry[]): void {
  writeAtomically(file, { format: FORMAT, nodes: nodes.map(({ handle, identityKey, linkKey }) => ({ handle: toHex(handle), identityKey: toHex(identityKey), linkKey: toHex(linkKey) })) });
}

/** @throws UserError for a file that is not there or not of the form */
export function readGatewayNodes(file: string): GatewayNodeEntry[] {
  return reading(file, 'list of nodes', (content) => list(content['nodes']).map((entry) => ({
    handle: bytes(entry['handle'], 1, 16), identityKey: bytes(entry['identityKey'], 32), linkKey: bytes(entry['linkKey'], 32),
  })));
}

export function writeNodeEnrolment(file: string, node: NodeEnrolment): void {
  const { staticKeys, collaboration, suite, version } = node;
  writeAtomically(file, {
    format: FORMAT, serial: toHex(node.serial), suite, version, collaboration,
    staticKeys: { secretKey: toHex(staticKeys.secretKey), publicKey: toHex(staticKeys.publicKey) },
    enrolmentPsk: toHex(node.enrolmentPsk), macKey: toHex(node.macKey), offline: toHex(node.offline), healthCenterKey: toHex(node.healthCenterKey),
    identityKey: toHex(node.identityKey), gateways: node.gateways.map(({ id, linkKey }) => ({ id: toHex(id), linkKey: toHex(linkKey) })),
  });
}

/** @throws UserError for a file that is not there or not of the form */
export function readNodeEnrolment(file: string): NodeEnrolment {
  return reading(file, 'enrolment of a node', (content) => {
    const suite = whole(content['suite'], 1, 2) as 1 | 2;
    const publicLength = suite === 1 ? 256 : 192;
    const keys = object(content['staticKeys']);
    const collaboration = object(content['collaboration']);
    return {
      serial: bytes(content['serial'], 8), suite, version: whole(content['version'], 0, 0xffffffff),
      staticKeys: { secretKey: bytes(keys['secretKey'], 32), publicKey: bytes(keys['publicKey'], publicLength) },
      enrolmentPsk: bytes(content['enrolmentPsk'], 32), macKey: bytes(content['macKey'], 32), offline: bytes(content['offline'], 32),
      healthCenterKey: bytes(content['healthCenterKey'], publicLength), identityKey: bytes(content['identityKey'], 32),
      collaboration: { mode: whole(collaboration['mode'], 0, 2) as 0 | 1 | 2, k: whole(collaboration['k'], 0, 16), n: whole(collaboration['n'], 0, 16) },
      gateways: list(content['gateways']).map((each) => ({ id: bytes(each['id'], 8), linkKey: bytes(each['linkKey'], 32) })),
    };
  });
}

type Content = Readonly<Record<string, unknown>>;

function reading<T>(file: string, what: string, take: (content: Content) => T): T {
  try {
    const content = object(JSON.parse(readFileSync(file, 'utf8')) as unknown);
    whole(content['format'], FORMAT, FORMAT);
    return take(content);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : `cannot be used (${(error as Error).message})`;
    throw new UserError(`the ${what} in ${file} ${why}; copy it from the health center again, or enrol anew.`);
  }
}

function object(value: unknown): Content {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('an object is missing');
  return value as Content;
}

function list(value: unknown): Content[] {
  if (!Array.isArray(value)) throw new Error('a list is missing');
  return value.map(object);
}

function bytes(value: unknown, least: number, most = least): Uint8Array {
  const result = typeof value === 'string' && /^([0-9a-f]{2})*$/.test(value) ? fromHex(value) : undefined;
  if (result === undefined || result.length < least || result.length > most) throw new Error(`${String(least)} bytes in hexadecimal are missing`);
  return result;
}

function whole(value: unknown, least: number, most: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most) throw new Error(`a number from ${String(least)} to ${String(most)} is missing`);
  return value;
}

function writeAtomically(file: string, content: unknown): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 1)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
