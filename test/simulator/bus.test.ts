// The in-memory broker keeps the promises of QoS 1 that gateways and the health center rest on.
import assert from 'node:assert/strict';
import { downTopic, UP_FILTER, upTopic } from 'lorica/hosts/node/bus';
import { MAX_QUEUED, MAX_UNACKNOWLEDGED, MemoryBroker } from 'lorica/hosts/simulator/bus';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';

function world() {
  const time = new VirtualTime();
  return { time, broker: new MemoryBroker({ clock: time.clock, latencyMs: 5 }) };
}

describe('in-memory broker', () => {
  it('delivers by filter, in order, and tells the sender when the broker has it', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const center = broker.connect();
    const seen: string[] = [];
    center.subscribe(UP_FILTER, (topic, payload, done) => { seen.push(`${topic} ${String(payload[0])}`); done(); });
    gateway.subscribe(downTopic('a'), () => { assert.fail('not for this client'); });
    let taken = 0;
    for (let i = 0; i < 5; i++) gateway.publish(upTopic('a'), Uint8Array.of(i), (error) => { assert.equal(error, undefined); taken++; });
    assert.equal(taken, 0);
    time.run(100);
    assert.equal(taken, 5);
    assert.deepEqual(seen, [0, 1, 2, 3, 4].map((i) => `lorica/v1/a/up ${String(i)}`));
  });

  it('hands over no more than the window until the receiver says done', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const center = broker.connect();
    const open: (() => void)[] = [];
    center.subscribe(UP_FILTER, (_topic, _payload, done) => { open.push(done); });
    for (let i = 0; i < MAX_UNACKNOWLEDGED + 10; i++) gateway.publish(upTopic('a'), Uint8Array.of(i), () => undefined);
    time.run(100);
    assert.equal(open.length, MAX_UNACKNOWLEDGED);
    open[0]!();
    open[0]!();
    time.run(200);
    assert.equal(open.length, MAX_UNACKNOWLEDGED + 1);
  });

  it('delivers again what was not acknowledged when a kept session comes back', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const center = broker.connect(false);
    const seen: number[] = [];
    let hold = true;
    center.subscribe(UP_FILTER, (_topic, payload, done) => { seen.push(payload[0]!); if (!hold) done(); });
    gateway.publish(upTopic('a'), Uint8Array.of(1), () => undefined);
    time.run(100);
    center.drop();
    gateway.publish(upTopic('a'), Uint8Array.of(2), () => undefined);
    time.run(200);
    hold = false;
    center.resume();
    time.run(300);
    assert.deepEqual(seen, [1, 1, 2]);
  });

  it('forgets what a clean session had not taken', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const center = broker.connect();
    const seen: number[] = [];
    center.subscribe(UP_FILTER, (_topic, payload) => { seen.push(payload[0]!); });
    gateway.publish(upTopic('a'), Uint8Array.of(1), () => undefined);
    time.run(100);
    center.drop();
    center.resume();
    time.run(200);
    assert.deepEqual(seen, [1]);
  });

  it('fails a publish whose connection broke, or that finds the queue full', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const away = broker.connect(false);
    const errors: unknown[] = [];
    gateway.publish(upTopic('a'), Uint8Array.of(1), (error) => errors.push(error?.message));
    gateway.drop();
    gateway.publish(upTopic('a'), Uint8Array.of(1), (error) => errors.push(error?.message));
    time.run(100);
    assert.deepEqual(errors, ['broker out of reach', 'broker lost']);
    gateway.resume();
    away.subscribe(UP_FILTER, () => undefined);
    away.drop();
    const more: (string | undefined)[] = [];
    for (let i = 0; i < MAX_QUEUED + 1; i++) gateway.publish(upTopic('a'), Uint8Array.of(1), (error) => more.push(error?.message));
    time.run(200);
    assert.equal(more.filter((error) => error === undefined).length, MAX_QUEUED);
    assert.equal(more.filter((error) => error === 'the broker is full').length, 1);
  });

  it('gives each receiver bytes of its own', () => {
    const { time, broker } = world();
    const gateway = broker.connect();
    const seen: Uint8Array[] = [];
    for (let i = 0; i < 2; i++) broker.connect().subscribe(UP_FILTER, (_topic, payload, done) => { seen.push(payload.slice()); payload.fill(0); done(); });
    const payload = Uint8Array.of(7);
    gateway.publish(upTopic('a'), payload, () => undefined);
    payload.fill(1);
    time.run(100);
    assert.deepEqual(seen, [Uint8Array.of(7), Uint8Array.of(7)]);
  });
});
