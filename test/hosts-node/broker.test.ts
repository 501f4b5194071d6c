import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { startBroker } from 'lorica/hosts/node/broker';
import type { Broker } from 'lorica/hosts/node/broker';
import { downTopic, gatewayOf, UP_FILTER, upTopic } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import { CertificateAuthority, readIdentity } from 'lorica/hosts/node/certificates';
import type { TlsIdentity } from 'lorica/hosts/node/certificates';
import { UserError } from 'lorica/hosts/node/failure';
import { MAX_IN_FLIGHT, openMqttBus } from 'lorica/hosts/node/mqtt-bus';

describe('broker and bus over TLS', () => {
  let folder: string;
  let authority: CertificateAuthority;
  let broker: Broker;
  const refusals: string[] = [];
  const open: Bus[] = [];
  /** What the health center has received and is not done with, for the gateways that a test watches. */
  const waitingOf = new Map<string, (() => void)[]>();

  const gateway = async (name: string, identity?: TlsIdentity): Promise<Bus> => {
    const id = identity ?? await authority.issue('gateway', name);
    return new Promise((resolve, reject) => {
      const bus = openMqttBus({ url: `mqtts://127.0.0.1:${broker.port}`, identity: id, clientId: name, onState: (up, error) => { if (up) resolve(bus); else reject(error ?? new Error('closed')); } });
      open.push(bus);
    });
  };
  const publish = (bus: Bus, topic: string, payload = new Uint8Array([1])): Promise<Error | undefined> =>
    new Promise((resolve) => { bus.publish(topic, payload, resolve); });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lorica-broker-'));
    authority = await CertificateAuthority.open(folder);
    const identity = await authority.keep(folder, 'health-center', 'center', ['127.0.0.1', 'localhost']);
    broker = await startBroker({ identity, host: '127.0.0.1', port: 0, onRefused: (reason) => refusals.push(reason) });
    broker.bus.subscribe(UP_FILTER, (topic, _payload, done) => {
      const held = waitingOf.get(gatewayOf(topic)!);
      if (held === undefined) done();
      else held.push(done);
    });
  });
  after(async () => {
    await Promise.all(open.map((bus) => new Promise<void>((resolve) => { bus.close(resolve); })));
    await broker.close();
    rmSync(folder, { recursive: true });
  });

  it('acknowledges a publish only when the health center is done with it', async () => {
    const bus = await gateway('ward-a');
    const waiting: (() => void)[] = [];
    waitingOf.set('ward-a', waiting);
    let acknowledged = false;
    const published = publish(bus, upTopic('ward-a')).then((error) => { acknowledged = true; return error; });
    while (waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(acknowledged, false);
    waiting[0]!();
    assert.equal(await published, undefined);
  });

  it('brings a gateway what is meant for it, and nothing for its neighbour', async () => {
    const [b, c] = [await gateway('ward-b'), await gateway('ward-c')];
    const seen: string[] = [];
    b.subscribe(downTopic('ward-b'), (topic, _payload, done) => { seen.push(topic); done(); });
    c.subscribe(downTopic('ward-b'), (topic, _payload, done) => { seen.push(`c: ${topic}`); done(); });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await publish(broker.bus, downTopic('ward-b'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(seen, [downTopic('ward-b')]);
    assert.ok(refusals.includes('topic'));
  });

  it('refuses a publish under another gateway\'s name', async () => {
    const bus = await gateway('ward-d');
    assert.ok(await publish(bus, upTopic('ward-a')) instanceof Error);
  });

  it('refuses a certificate of another authority and a client without one', async () => {
    const foreign = mkdtempSync(join(tmpdir(), 'lorica-foreign-'));
    const other = await (await CertificateAuthority.open(foreign)).issue('gateway', 'ward-a');
    rmSync(foreign, { recursive: true });
    await assert.rejects(gateway('ward-a', { ...other, authority: authority.root }));
    const socket = connectTls({ port: broker.port, host: '127.0.0.1', ca: authority.root });
    await new Promise<void>((resolve) => { socket.on('error', () => undefined); socket.on('close', () => { resolve(); }); });
    assert.ok(refusals.includes('certificate'));
  });

  it('cuts off a packet that claims more than an envelope can hold', async () => {
    const id = await authority.issue('gateway', 'ward-e');
    const socket = connectTls({ port: broker.port, host: '127.0.0.1', key: id.key, cert: id.certificate, ca: id.authority });
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    await new Promise<void>((resolve) => { socket.on('close', () => { resolve(); }); });
    assert.ok(refusals.includes('size'));
  });

  it('holds no more publishes in flight than its bound, and says so for the next', async () => {
    const bus = await gateway('ward-f');
    const waiting: (() => void)[] = [];
    waitingOf.set('ward-f', waiting);
    const results = Array.from({ length: MAX_IN_FLIGHT + 1 }, () => publish(bus, upTopic('ward-f')));
    assert.match(String(await results[MAX_IN_FLIGHT]), /in flight/);
    while (waiting.length < MAX_IN_FLIGHT) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const done of waiting) done();
    for (const result of results.slice(0, MAX_IN_FLIGHT)) assert.equal(await result, undefined);
  });

  it('keeps private keys for the owner alone, an authority that opens again, and says what to do when it cannot', async () => {
    assert.equal(statSync(join(folder, 'ca-key.pem')).mode & 0o777, 0o600);
    assert.equal((await CertificateAuthority.open(folder)).root, authority.root);
    const kept = await authority.keep(folder, 'health-center', 'center', ['127.0.0.1']);
    assert.equal(kept.certificate, readIdentity(folder, 'center').certificate);
    assert.notEqual((await authority.keep(folder, 'health-center', 'center', ['127.0.0.1'], Date.now() + 380 * 86_400_000)).certificate, kept.certificate);
    const broken = mkdtempSync(join(tmpdir(), 'lorica-broken-'));
    await CertificateAuthority.open(broken);
    writeFileSync(join(broken, 'ca-key.pem'), readFileSync(join(folder, 'ca-key.pem')));
    await assert.rejects(CertificateAuthority.open(broken), UserError);
    rmSync(broken, { recursive: true });
    assert.throws(() => readIdentity(folder, 'nobody'), UserError);
  });

  it('reads a gateway\'s name from its own topics only', () => {
    assert.equal(gatewayOf(upTopic('ward-a')), 'ward-a');
    for (const topic of ['', 'lorica/v1/x/down', 'lorica/v2/x/up', 'lorica/v1/X/up', 'lorica/v1/x/y/up', `lorica/v1/${'a'.repeat(64)}/up`]) assert.equal(gatewayOf(topic), undefined);
  });
});
