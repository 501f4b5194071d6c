import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { gatewayNodes, registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { Store } from 'lorica/hosts/health-center/store';
import { startBroker } from 'lorica/hosts/node/broker';
import { downTopic, gatewayOf, UP_FILTER, upTopic } from 'lorica/hosts/node/bus';
import { CertificateAuthority } from 'lorica/hosts/node/certificates';
import { systemClock } from 'lorica/hosts/node/clock';
import { openMqttBus } from 'lorica/hosts/node/mqtt-bus';
import { entropy } from 'lorica/primitives/entropy';
import provider from 'lorica/primitives/provider';
import { encodeReading } from 'lorica/reading/encode';
import { CHANNEL, ENCODING, EVENT, VITAL } from 'lorica/reading/reading';
import type { Reading } from 'lorica/reading/reading';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import { BareNode } from '../support/bare-node.ts';
import { findForms, formsOf } from './clear-forms.ts';
import type { Form } from './clear-forms.ts';

const SAMPLES = Array.from({ length: 32 }, (_, i) => Math.round(12_000 * Math.sin(i / 3)) + i);
const VALUES = [1_234, 977, 163, 3_391];

/** A wave, four measurements and an event, all with numbers of their own. */
const KNOWN: readonly { readonly reading: Reading; readonly numbers: readonly number[] }[] = [
  {
    reading: {
      kind: 'waveform', boot: 1, tick: 5_000, channel: CHANNEL.ecgII, rateMilliHertz: 250_000, resolution: 1_000, baseline: 0, encoding: ENCODING.int16,
      count: SAMPLES.length, samples: new Uint8Array(Int16Array.from(SAMPLES).buffer), firstIndex: 0, quality: 97,
    },
    numbers: SAMPLES,
  },
  {
    reading: {
      kind: 'vitals', boot: 1, tick: 6_000,
      measurements: [VITAL.heartRate, VITAL.oxygenSaturation, VITAL.respirationRate, VITAL.skinTemperature].map((vital, i) => ({ vital, value: VALUES[i]!, quality: 91 })),
    },
    numbers: VALUES,
  },
  { reading: { kind: 'event', boot: 1, tick: 7_000, code: EVENT.heartRateHigh, value: 1_987_654_321, quality: 93 }, numbers: [1_987_654_321] },
];
/** The numbers as a program would write them down that does not know the wire's form. */
const FOREIGN = Uint8Array.from([...words(VALUES, false), ...words(VALUES, true), ...new TextEncoder().encode(VALUES.join(','))]);
const ALL: readonly Form[] = KNOWN.flatMap(({ reading, numbers }) => formsOf(reading, numbers));

/** Everything that a wiretap at the broker and a thief of the disk get, of one small session. */
async function record(): Promise<{ traffic: Uint8Array[]; files: Uint8Array[]; stored: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'lorica-traffic-'));
  const keys = Keystore.open(join(folder, 'keys', 'unsealing.key'), entropy, true);
  const store = Store.open({ path: join(folder, 'store', 'store.db'), keys, nowMs: Date.now() });
  const gateway = registerGateway(store, 'tapped', Date.now());
  const node = new BareNode(registerNode(store, keys, { nowMs: Date.now(), gateways: ['tapped'], patient: 'somebody' }));
  const { handle } = gatewayNodes(store, gateway)[0]!;
  const authority = await CertificateAuthority.open(folder);
  const identity = await authority.keep(folder, 'health-center', 'center', ['127.0.0.1']);
  const traffic: Uint8Array[] = [];
  const broker = await startBroker({ identity, host: '127.0.0.1', port: 0, onPacket: (_topic, payload) => { traffic.push(Uint8Array.from(payload)); } });
  let stored = 0;
  const center = new HealthCenter({
    store, keys, clock: systemClock, entropy,
    send: (name, payload) => { broker.bus.publish(downTopic(name), payload, () => undefined); },
    onCommitted: (readings) => { stored += readings.filter(({ reading }) => reading !== undefined).length; },
  });
  broker.bus.subscribe(UP_FILTER, (topic, payload, done) => { center.receive(gatewayOf(topic)!, payload, done); });
  const clientIdentity = await authority.issue('gateway', 'tapped');
  const bus = await new Promise<ReturnType<typeof openMqttBus>>((resolve) => {
    const made = openMqttBus({ url: `mqtts://127.0.0.1:${String(broker.port)}`, identity: clientIdentity, clientId: 'tapped', onState: (up) => { if (up) resolve(made); } });
  });
  const publish = (...messages: Uint8Array[]): Promise<void> => new Promise((resolve, reject) => {
    bus.publish(upTopic('tapped'), encodeEnvelope({ handle, messages }), (error) => { if (error === undefined) resolve(); else reject(error); });
  });
  await new Promise<void>((resolve) => {
    bus.subscribe(downTopic('tapped'), (_topic, payload, done) => {
      if (node.hasSession) resolve();
      else void publish(node.confirm(decodeEnvelope(payload)!.messages[0]!));
      done();
    });
    void publish(node.begin());
  });
  await publish(...KNOWN.map(({ reading }) => node.seal(encodeReading(reading))));
  // While the store is open: what is only in the write-ahead log is found too.
  const files = readdirSync(join(folder, 'store')).map((name) => readFileSync(join(folder, 'store', name)));
  await new Promise<void>((resolve) => { bus.close(resolve); });
  await broker.close();
  center.close();
  store.close();
  rmSync(folder, { recursive: true });
  return { traffic, files, stored };
}

describe('what an eavesdropper at the broker and a thief of the store find', () => {
  it('is no reading in clear, in no form', async () => {
    const { traffic, files, stored } = await record();
    assert.equal(stored, KNOWN.length);
    assert.ok(traffic.length >= 4 && files.length >= 2);
    assert.deepEqual([...findForms(ALL, traffic)], []);
    assert.deepEqual([...findForms(ALL, files)], []);
  });

  it('would be every reading, if nothing were sealed: the search finds what is there', async () => {
    const { seal, open } = provider;
    const naked = provider as { seal: typeof seal; open: typeof open };
    naked.seal = (_key, _nonce, _associated, plaintext) => Uint8Array.from([...plaintext, ...new Uint8Array(16)]);
    naked.open = (_key, _nonce, _associated, sealed) => sealed.slice(0, -16);
    try {
      const { traffic, files, stored } = await record();
      assert.equal(stored, KNOWN.length);
      for (const recordings of [traffic, files]) {
        for (const { reading, numbers } of KNOWN) assert.ok(findForms(formsOf(reading, numbers), recordings).has('CBOR'), `${reading.kind} as CBOR`);
        assert.ok(findForms(ALL, recordings).has('little-endian'), 'the samples');
      }
    } finally {
      naked.seal = seal;
      naked.open = open;
    }
  });

  it('would be found in the forms that the wire does not use, too', () => {
    assert.deepEqual([...findForms(formsOf(KNOWN[1]!.reading, VALUES), [FOREIGN])].sort(), ['ASCII', 'big-endian', 'little-endian']);
  });
});

function words(numbers: readonly number[], littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * numbers.length));
  numbers.forEach((number, i) => { view.setInt16(2 * i, number, littleEndian); });
  return new Uint8Array(view.buffer);
}
