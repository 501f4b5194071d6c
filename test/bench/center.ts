// The health center under load: handshakes in its own process, and records the whole way from sealing over the real
// broker (TLS, client certificates) to the commit in the real store (WAL, synchronous FULL), acknowledged by MQTT only
// then. Sealing, gateway and health center share this process, so a machine for each of them does better.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { gatewayNodes, registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { Store } from 'lorica/hosts/health-center/store';
import { startBroker } from 'lorica/hosts/node/broker';
import type { Broker } from 'lorica/hosts/node/broker';
import { downTopic, gatewayOf, UP_FILTER, upTopic } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import { CertificateAuthority } from 'lorica/hosts/node/certificates';
import { systemClock } from 'lorica/hosts/node/clock';
import { openMqttBus } from 'lorica/hosts/node/mqtt-bus';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { entropy } from 'lorica/primitives/entropy';
import { encodeReading } from 'lorica/reading/encode';
import { VITAL } from 'lorica/reading/reading';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import { MAX_ENVELOPE_MESSAGES } from 'lorica/wire/message-type';
import { BareNode } from '../support/bare-node.ts';
import { median } from './harness.ts';
import type { Figure } from './harness.ts';

const GATEWAY = 'bench';
const NODES = 8;
const ROUNDS = 5;
const RECORDS_PER_ROUND = 2048;
const HANDSHAKES_PER_ROUND = 12;
/** Envelopes under way at a time, as a busy gateway has them. */
const IN_FLIGHT = 32;

export const CENTER_STEPS = 3 * ROUNDS;

interface Ward {
  readonly folder: string;
  readonly store: Store;
  readonly keys: Keystore;
  readonly nodes: readonly BareNode[];
  readonly handles: readonly Uint8Array[];
}

export async function centerFigures(step: () => void): Promise<Figure[]> {
  const full = handshakeRate(1, step);
  const light = handshakeRate(2, step);
  const records = await recordRate(step);
  return [full, light, records];
}

/** Both messages that the health center answers to, and the commits; the node's side is not on the clock. */
function handshakeRate(suite: 1 | 2, step: () => void): Figure {
  const ward = makeWard(suite);
  const time = new VirtualTime(Date.now());
  let replies: Uint8Array[] = [];
  const center = new HealthCenter({
    store: ward.store, keys: ward.keys, clock: time.clock, entropy,
    send: (_gateway, payload) => { replies.push(...decodeEnvelope(payload)!.messages); },
  });
  let spentMs = 0;
  const exchange = (node: number, message: Uint8Array): Uint8Array[] => {
    replies = [];
    const start = performance.now();
    center.receive(GATEWAY, encodeEnvelope({ handle: ward.handles[node]!, messages: [message] }), () => undefined);
    time.run(time.elapsedMs + 1_000);
    spentMs += performance.now() - start;
    return replies;
  };
  const rates = Array.from({ length: ROUNDS }, () => {
    spentMs = 0;
    for (let i = 0; i < HANDSHAKES_PER_ROUND; i++) {
      const node = i % NODES;
      const bare = ward.nodes[node]!;
      const [message2] = exchange(node, bare.begin());
      if (message2 === undefined || exchange(node, bare.confirm(message2)).length === 0) throw new Error('the health center did not answer');
      time.run(time.elapsedMs + 60_000);
    }
    step();
    return (HANDSHAKES_PER_ROUND * 1000) / spentMs;
  });
  center.close();
  closeWard(ward);
  return { name: `handshakes at the health center, ${suite === 1 ? 'Cheb2048' : 'Cheb1536'}`, value: median(rates), unit: '1/s' };
}

async function recordRate(step: () => void): Promise<Figure> {
  const ward = makeWard(1);
  const authority = await CertificateAuthority.open(ward.folder);
  const identity = await authority.keep(ward.folder, 'health-center', 'health-center', ['127.0.0.1']);
  const broker = await startBroker({ identity, host: '127.0.0.1', port: 0 });
  let committed = 0;
  const center = new HealthCenter({
    store: ward.store, keys: ward.keys, clock: systemClock, entropy,
    send: (gateway, payload) => { broker.bus.publish(downTopic(gateway), payload, () => undefined); },
    onCommitted: (readings) => { committed += readings.length; },
  });
  broker.bus.subscribe(UP_FILTER, (topic, payload, done) => { center.receive(gatewayOf(topic)!, payload, done); });
  const bus = await connect(broker, authority);
  await openSessions(bus, ward);
  const rates: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const before = committed;
    const start = performance.now();
    await publishRecords(bus, ward, round);
    const rate = (RECORDS_PER_ROUND * 1000) / (performance.now() - start);
    if (committed - before !== RECORDS_PER_ROUND) throw new Error(`${String(committed - before)} of ${String(RECORDS_PER_ROUND)} records were committed`);
    if (round > 0) rates.push(rate);
    if (round > 0) step();
  }
  await new Promise<void>((resolve) => { bus.close(resolve); });
  await broker.close();
  center.close();
  closeWard(ward);
  return { name: 'records sealed, sent over MQTT, opened and committed', value: median(rates), unit: '1/s' };
}

async function connect(broker: Broker, authority: CertificateAuthority): Promise<Bus> {
  const identity = await authority.issue('gateway', GATEWAY);
  return new Promise((resolve, reject) => {
    const bus = openMqttBus({
      url: `mqtts://127.0.0.1:${String(broker.port)}`, identity, clientId: GATEWAY,
      onState: (up, error) => { if (up) resolve(bus); else reject(error ?? new Error('the broker has closed')); },
    });
  });
}

function openSessions(bus: Bus, ward: Ward): Promise<void> {
  return new Promise((resolve) => {
    let waiting = NODES;
    const send = (node: number, message: Uint8Array): void => { bus.publish(upTopic(GATEWAY), encodeEnvelope({ handle: ward.handles[node]!, messages: [message] }), () => undefined); };
    bus.subscribe(downTopic(GATEWAY), (_topic, payload, done) => {
      const envelope = decodeEnvelope(payload)!;
      const node = ward.handles.findIndex((handle) => Buffer.compare(handle, envelope.handle) === 0);
      const bare = ward.nodes[node]!;
      if (!bare.hasSession) send(node, bare.confirm(envelope.messages[0]!));
      else if (waiting > 0 && --waiting === 0) resolve();
      done();
    });
    // The subscription goes first on the same connection.
    ward.nodes.forEach((bare, node) => { send(node, bare.begin()); });
  });
}

/** Seals and publishes, never more than IN_FLIGHT envelopes ahead of the acknowledgements. */
function publishRecords(bus: Bus, ward: Ward, round: number): Promise<void> {
  const envelopes = RECORDS_PER_ROUND / MAX_ENVELOPE_MESSAGES;
  return new Promise((resolve, reject) => {
    let sent = 0;
    let acknowledged = 0;
    const next = (): void => {
      const node = sent % NODES;
      const messages = Array.from({ length: MAX_ENVELOPE_MESSAGES }, (_, i) => ward.nodes[node]!.seal(vitals(round, (sent * MAX_ENVELOPE_MESSAGES + i) * 1000)));
      sent++;
      bus.publish(upTopic(GATEWAY), encodeEnvelope({ handle: ward.handles[node]!, messages }), (error) => {
        if (error !== undefined) reject(error);
        if (++acknowledged === envelopes) resolve();
        else if (sent < envelopes) next();
      });
    };
    for (let i = 0; i < Math.min(IN_FLIGHT, envelopes); i++) next();
  });
}

function vitals(boot: number, tick: number): Uint8Array {
  return encodeReading({
    kind: 'vitals', boot: boot + 1, tick,
    measurements: [
      { vital: VITAL.heartRate, value: 700 + (tick % 100), quality: 95 },
      { vital: VITAL.oxygenSaturation, value: 978, quality: 97 },
      { vital: VITAL.respirationRate, value: 148, quality: 90 },
      { vital: VITAL.skinTemperature, value: 3341, quality: 99 },
    ],
  });
}

function makeWard(suite: 1 | 2): Ward {
  const folder = mkdtempSync(join(tmpdir(), 'lorica-bench-'));
  const keys = Keystore.open(join(folder, 'unsealing.key'), entropy, true);
  const store = Store.open({ path: join(folder, 'store.db'), keys, nowMs: Date.now() });
  const gateway = registerGateway(store, GATEWAY, Date.now());
  const nodes = Array.from({ length: NODES }, (_, i) => new BareNode(registerNode(store, keys, { nowMs: Date.now(), gateways: [GATEWAY], patient: `bench ${String(i)}`, suite })));
  const links = gatewayNodes(store, gateway);
  const handles = nodes.map(({ enrolment }) => links.find(({ identityKey }) => Buffer.compare(identityKey, enrolment.identityKey) === 0)!.handle);
  return { folder, store, keys, nodes, handles };
}

function closeWard(ward: Ward): void {
  ward.store.close();
  rmSync(ward.folder, { recursive: true });
}
