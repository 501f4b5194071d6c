// Who takes part: patients, nodes with their secrets, gateways, links between them, and the health center's own static
// keys. Secrets are sealed under the keystore's registry key; this file derives none and talks to nobody.
import { concat } from 'lorica/bytes/bytes';
import type { KeyPair } from 'lorica/noise/diffie-hellman';
import { keyIdentifier } from 'lorica/session/keys';
import { decodePlan, encodePlan, type Plan } from 'lorica/wire/command';
import type { Row, SqlDatabase } from './database.ts';
import type { Keystore } from './keystore.ts';
import { numberOrUndefined, plainBytes, rowNumber, seal, unseal } from './rows.ts';
import type { Sealer } from './sealer.ts';

const SECRET_LENGTH = 32;

export interface NodeSecretsAtRest {
  /** P */
  readonly enrolmentPsk: Uint8Array;
  /** M */
  readonly macKey: Uint8Array;
  /** of its advertisements */
  readonly identityKey: Uint8Array;
}

/** The row of a node without its secrets. */
export interface NodeRow {
  readonly id: number;
  /** 8 bytes */
  readonly serial: Uint8Array;
  readonly patient: number;
  readonly suite: number;
  readonly publicKey: Uint8Array;
  readonly enrolmentVersion: number;
  readonly collaborationMode: number;
  readonly offlineStep: number;
  readonly resendDue: boolean;
  readonly firmware: string | undefined;
  readonly lastHandshakeMs: number | undefined;
  readonly lastRecordMs: number | undefined;
  readonly createdMs: number;
  readonly revokedMs: number | undefined;
}

export interface NewNode {
  readonly serial: Uint8Array;
  readonly patient: number;
  readonly suite: number;
  readonly publicKey: Uint8Array;
  readonly secrets: NodeSecretsAtRest;
  /** O_0 */
  readonly offline: Uint8Array;
  readonly enrolmentVersion: number;
  readonly collaborationMode: number;
  readonly nowMs: number;
}

export interface GatewayRow {
  readonly id: number;
  readonly name: string;
  readonly createdMs: number;
  readonly revokedMs: number | undefined;
}

export interface LinkRow {
  readonly node: number;
  readonly gateway: number;
  readonly handle: Uint8Array;
  readonly linkKey: Uint8Array;
}

export class Registry {
  readonly #database: SqlDatabase;
  readonly #sealer: Sealer;
  /** those asked for by name: every envelope does */
  readonly #gateways = new Map<string, GatewayRow>();
  #revision = 0;

  constructor(database: SqlDatabase, keys: Keystore) {
    this.#database = database;
    this.#sealer = keys.sealer('registry');
  }

  /** Rises with every change after which nothing in memory may stand: static keys, a revoked node. */
  get revision(): number {
    return this.#revision;
  }

  /** After a transaction that failed. */
  forgetCached(): void {
    this.#gateways.clear();
  }

  // The health center's static keys: while a node is moved from one to the next, both live.

  addStaticKeys(suite: number, keys: KeyPair, nowMs: number): Uint8Array {
    this.#revision++;
    const id = keyIdentifier(keys.publicKey);
    this.#database
      .prepare('INSERT INTO health_center_keys (key_id, suite, public_key, secret_sealed, created_ms) VALUES (?, ?, ?, ?, ?)')
      .run(id, suite, keys.publicKey, seal(this.#sealer, 'health_center_keys.secret', id, keys.secretKey), nowMs);
    return id;
  }

  /** newest first; retired ones are left out */
  staticKeys(): { id: Uint8Array; suite: number; keys: KeyPair }[] {
    return this.#database
      .prepare('SELECT * FROM health_center_keys WHERE retired_ms IS NULL ORDER BY created_ms DESC, key_id')
      .all()
      .map((row) => {
        const id = plainBytes(row['key_id']);
        const secretKey = unseal(this.#sealer, 'health_center_keys.secret', id, row['secret_sealed']);
        return { id, suite: Number(row['suite']), keys: { publicKey: plainBytes(row['public_key']), secretKey } };
      });
  }

  retireStaticKeys(id: Uint8Array, nowMs: number): void {
    this.#revision++;
    this.#database.prepare('UPDATE health_center_keys SET retired_ms = ? WHERE key_id = ?').run(nowMs, id);
  }

  addPatient(label: string, nowMs: number): number {
    const { id } = this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM patients').get()!;
    const sealed = seal(this.#sealer, 'patients.label', rowNumber(Number(id)), new TextEncoder().encode(label));
    this.#database.prepare('INSERT INTO patients (id, label_sealed, created_ms) VALUES (?, ?, ?)').run(id!, sealed, nowMs);
    return Number(id);
  }

  patientLabel(id: number): string | undefined {
    const row = this.#database.prepare('SELECT label_sealed FROM patients WHERE id = ?').get(id);
    return row === undefined ? undefined : new TextDecoder().decode(unseal(this.#sealer, 'patients.label', rowNumber(id), row['label_sealed']));
  }

  addGateway(name: string, nowMs: number): number {
    this.#gateways.clear();
    return Number(this.#database.prepare('INSERT INTO gateways (name, created_ms) VALUES (?, ?)').run(name, nowMs).lastInsertRowid);
  }

  gateways(): GatewayRow[] {
    return this.#database.prepare('SELECT * FROM gateways ORDER BY id').all().map(gatewayOf);
  }

  gatewayNamed(name: string): GatewayRow | undefined {
    const known = this.#gateways.get(name);
    if (known !== undefined) return known;
    const row = this.#database.prepare('SELECT * FROM gateways WHERE name = ?').get(name);
    if (row === undefined) return undefined;
    const gateway = gatewayOf(row);
    this.#gateways.set(name, gateway);
    return gateway;
  }

  revokeGateway(id: number, nowMs: number): void {
    this.#gateways.clear();
    this.#database.prepare('UPDATE gateways SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL').run(nowMs, id);
  }

  addNode(node: NewNode): number {
    const { enrolmentPsk, macKey, identityKey } = node.secrets;
    const secrets = seal(this.#sealer, 'nodes.secrets', node.serial, concat(enrolmentPsk, macKey, identityKey));
    const offline = seal(this.#sealer, 'nodes.offline', node.serial, node.offline);
    const { lastInsertRowid } = this.#database
      .prepare(`INSERT INTO nodes (serial, patient, suite, public_key, secrets_sealed, offline_sealed, offline_step, enrolment_version,
        collaboration_mode, created_ms) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`)
      .run(node.serial, node.patient, node.suite, node.publicKey, secrets, offline, node.enrolmentVersion, node.collaborationMode, node.nowMs);
    return Number(lastInsertRowid);
  }

  nodes(): NodeRow[] {
    return this.#database.prepare('SELECT * FROM nodes ORDER BY serial').all().map(nodeOf);
  }

  node(id: number): NodeRow | undefined {
    const row = this.#database.prepare('SELECT * FROM nodes WHERE id = ?').get(id);
    return row && nodeOf(row);
  }

  nodeBySerial(serial: Uint8Array): NodeRow | undefined {
    const row = this.#database.prepare('SELECT * FROM nodes WHERE serial = ?').get(serial);
    return row && nodeOf(row);
  }

  nodeByKey(publicKey: Uint8Array): NodeRow | undefined {
    const row = this.#database.prepare('SELECT * FROM nodes WHERE public_key = ?').get(publicKey);
    return row && nodeOf(row);
  }

  secrets(node: NodeRow): NodeSecretsAtRest {
    const row = this.#database.prepare('SELECT secrets_sealed FROM nodes WHERE id = ?').get(node.id);
    const secrets = unseal(this.#sealer, 'nodes.secrets', node.serial, row?.['secrets_sealed']);
    const part = (i: number): Uint8Array => secrets.subarray(i * SECRET_LENGTH, (i + 1) * SECRET_LENGTH);
    return { enrolmentPsk: part(0), macKey: part(1), identityKey: part(2) };
  }

  /** O_j, and its j, of the first offline chain that has no row yet */
  offline(node: NodeRow): { step: number; secret: Uint8Array } {
    const row = this.#database.prepare('SELECT offline_sealed, offline_step FROM nodes WHERE id = ?').get(node.id);
    return { step: Number(row?.['offline_step']), secret: unseal(this.#sealer, 'nodes.offline', node.serial, row?.['offline_sealed']) };
  }

  setOffline(node: NodeRow, step: number, secret: Uint8Array): void {
    this.#database
      .prepare('UPDATE nodes SET offline_sealed = ?, offline_step = ? WHERE id = ?')
      .run(seal(this.#sealer, 'nodes.offline', node.serial, secret), step, node.id);
  }

  revokeNode(id: number, nowMs: number): void {
    this.#revision++;
    this.#database.prepare('UPDATE nodes SET revoked_ms = ? WHERE id = ? AND revoked_ms IS NULL').run(nowMs, id);
  }

  noteHandshake(id: number, firmware: string, nowMs: number): void {
    this.#database.prepare('UPDATE nodes SET firmware = ?, last_handshake_ms = ? WHERE id = ?').run(firmware, nowMs, id);
  }

  noteRecord(id: number, nowMs: number): void {
    this.#database.prepare('UPDATE nodes SET last_record_ms = ? WHERE id = ?').run(nowMs, id);
  }

  markResendDue(): void {
    this.#database.prepare('UPDATE nodes SET resend_due = 1').run();
  }

  clearResendDue(id: number): void {
    this.#database.prepare('UPDATE nodes SET resend_due = 0 WHERE id = ?').run(id);
  }

  /** The version of the next command; versions rise and are not used twice. */
  nextCommandVersion(id: number): number {
    this.#database.prepare('UPDATE nodes SET command_version = command_version + 1 WHERE id = ?').run(id);
    return Number(this.#database.prepare('SELECT command_version FROM nodes WHERE id = ?').get(id)?.['command_version']);
  }

  setPlan(node: NodeRow, plan: Plan): void {
    const version = this.nextCommandVersion(node.id);
    const sealed = seal(this.#sealer, 'nodes.plan', node.serial, concat(rowNumber(version), encodePlan(plan)));
    this.#database.prepare('UPDATE nodes SET plan_sealed = ? WHERE id = ?').run(sealed, node.id);
  }

  plan(node: NodeRow): { version: number; plan: Plan } | undefined {
    const row = this.#database.prepare('SELECT plan_sealed FROM nodes WHERE id = ?').get(node.id);
    if (row === undefined || row['plan_sealed'] === null) return undefined;
    const bytes = unseal(this.#sealer, 'nodes.plan', node.serial, row['plan_sealed']);
    const plan = decodePlan(bytes.subarray(8));
    if (plan === undefined) throw new TypeError('a stored plan does not decode');
    return { version: Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0)), plan };
  }

  /** Adds the link, or gives it a new key. */
  setLink(node: NodeRow, link: LinkRow, nowMs: number): void {
    const row = concat(node.serial, rowNumber(link.gateway));
    this.#database
      .prepare(`INSERT INTO links (node, gateway, handle, link_key_sealed, created_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (node, gateway) DO UPDATE SET handle = excluded.handle, link_key_sealed = excluded.link_key_sealed`)
      .run(link.node, link.gateway, link.handle, seal(this.#sealer, 'links.link_key', row, link.linkKey), nowMs);
  }

  linksOf(gateway: number): (LinkRow & { readonly serial: Uint8Array })[] {
    return this.#database
      .prepare('SELECT links.*, nodes.serial FROM links JOIN nodes ON nodes.id = links.node WHERE gateway = ? AND nodes.revoked_ms IS NULL ORDER BY nodes.serial')
      .all(gateway)
      .map((row) => {
        const serial = plainBytes(row['serial']);
        const linkKey = unseal(this.#sealer, 'links.link_key', concat(serial, rowNumber(gateway)), row['link_key_sealed']);
        return { node: Number(row['node']), gateway, handle: plainBytes(row['handle']), linkKey, serial };
      });
  }
}

function nodeOf(row: Row): NodeRow {
  return {
    id: Number(row['id']),
    serial: plainBytes(row['serial']),
    patient: Number(row['patient']),
    suite: Number(row['suite']),
    publicKey: plainBytes(row['public_key']),
    enrolmentVersion: Number(row['enrolment_version']),
    collaborationMode: Number(row['collaboration_mode']),
    offlineStep: Number(row['offline_step']),
    resendDue: row['resend_due'] === 1,
    firmware: typeof row['firmware'] === 'string' ? row['firmware'] : undefined,
    lastHandshakeMs: numberOrUndefined(row['last_handshake_ms']),
    lastRecordMs: numberOrUndefined(row['last_record_ms']),
    createdMs: Number(row['created_ms']),
    revokedMs: numberOrUndefined(row['revoked_ms']),
  };
}

const gatewayOf = (row: Row): GatewayRow => ({
  id: Number(row['id']), name: String(row['name']), createdMs: Number(row['created_ms']), revokedMs: numberOrUndefined(row['revoked_ms']),
});
