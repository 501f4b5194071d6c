// The virtual radio does to firmware and gateway what a real one does, and no more.
import assert from 'node:assert/strict';
import type { CentralConnection, RadioConnection } from 'lorica/link/radio';
import { Random } from 'lorica/hosts/simulator/random';
import { Air, type AirOptions, CONNECT_TIMEOUT_MS, MAX_SERVICE_DATA } from 'lorica/hosts/simulator/radio';
import { MAX_EARLY_NOTIFICATIONS } from 'lorica/hosts/simulator/radio-link';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';

function world(options: Partial<AirOptions> = {}) {
  const time = new VirtualTime();
  const air = new Air({ clock: time.clock, random: new Random(1), ...options });
  return { time, air, radio: air.radio('node'), central: air.central() };
}

/** Advertises, scans, connects. */
function connected(options: Partial<AirOptions> = {}) {
  const { time, air, radio, central } = world(options);
  let node: RadioConnection | undefined;
  let gateway: CentralConnection | undefined;
  radio.onConnected = (connection) => { node = connection; };
  radio.advertise(Uint8Array.of(1));
  let asked = false;
  central.scan(({ address }) => {
    if (asked) return;
    asked = true;
    central.connect(address, (connection) => { gateway = connection; });
  });
  time.run(3000);
  assert.ok(node !== undefined && gateway !== undefined);
  return { time, air, radio, central, node, gateway };
}

describe('virtual radio', () => {
  it('advertises the service data again and again, under an address that changes with the data', () => {
    const { time, radio, central } = world();
    const seen: { address: string; data: number; rssi: number }[] = [];
    central.scan(({ address, serviceData, rssi }) => seen.push({ address, data: serviceData[0]!, rssi }));
    radio.advertise(Uint8Array.of(1));
    time.run(10_000);
    radio.advertise(Uint8Array.of(2));
    time.run(20_000);
    radio.advertise(undefined);
    const count = seen.length;
    time.run(30_000);
    assert.equal(seen.length, count);
    assert.ok(count >= 18 && count <= 20, String(count));
    const addresses = [1, 2].map((data) => new Set(seen.filter((advertisement) => advertisement.data === data).map(({ address }) => address)));
    assert.deepEqual(addresses.map((set) => set.size), [1, 1]);
    assert.notDeepEqual(addresses[0], addresses[1]);
    // Resolvable private: the two top bits are 01.
    for (const { address, rssi } of seen) {
      assert.match(address, /^[4-7][0-9a-f](:[0-9a-f]{2}){5}$/);
      assert.ok(rssi < -30 && rssi > -110);
    }
    assert.throws(() => { radio.advertise(new Uint8Array(MAX_SERVICE_DATA + 1)); }, RangeError);
  });

  it('exchanges the MTU before the central has the connection, and starts from 23', () => {
    const { time, radio, central } = world({ mtu: 247 });
    const sizes: number[] = [];
    radio.onConnected = (connection) => {
      sizes.push(connection.maximumValue);
      connection.onSubscribed = () => sizes.push(connection.maximumValue);
    };
    radio.advertise(Uint8Array.of(1));
    let asked = false;
    central.scan(({ address }) => {
      if (!asked) central.connect(address, (connection) => sizes.push(connection!.maximumValue));
      asked = true;
    });
    time.run(3000);
    assert.deepEqual(sizes, [20, 244, 244]);
  });

  it('carries bytes both ways, in order, as copies', () => {
    const { time, node, gateway } = connected();
    const up: Uint8Array[] = [];
    const down: Uint8Array[] = [];
    gateway.onNotification = (value) => up.push(value);
    node.onWrite = (value) => down.push(value);
    const value = Uint8Array.of(1, 2, 3);
    let returned = false;
    node.notify(value, (delivered) => {
      assert.ok(returned && delivered);
      node.notify(Uint8Array.of(4), () => undefined);
    });
    returned = true;
    gateway.write(value, (ok) => { assert.ok(ok); gateway.write(Uint8Array.of(5), () => undefined); });
    value.fill(0);
    time.run(4000);
    assert.deepEqual(up, [Uint8Array.of(1, 2, 3), Uint8Array.of(4)]);
    assert.deepEqual(down, [Uint8Array.of(1, 2, 3), Uint8Array.of(5)]);
  });

  it('keeps notifications until the central listens, within a bound', () => {
    const { time, node, gateway } = connected();
    const send = (i: number): void => { if (i < MAX_EARLY_NOTIFICATIONS + 3) node.notify(Uint8Array.of(i), () => { send(i + 1); }); };
    send(0);
    time.run(5000);
    const seen: number[] = [];
    gateway.onNotification = (value) => seen.push(value[0]!);
    assert.deepEqual(seen, []);
    node.notify(Uint8Array.of(99), () => undefined);
    time.run(6000);
    assert.deepEqual(seen, [...Array.from({ length: MAX_EARLY_NOTIFICATIONS }, (_, i) => i), 99]);
  });

  it('takes one packet at a time and none that is longer than the MTU allows', () => {
    const { node, gateway } = connected({ mtu: 23 });
    assert.throws(() => { node.notify(new Uint8Array(21), () => undefined); }, RangeError);
    assert.throws(() => { gateway.write(new Uint8Array(21), () => undefined); }, RangeError);
    node.notify(new Uint8Array(20), () => undefined);
    gateway.write(new Uint8Array(20), () => undefined);
    assert.throws(() => { node.notify(new Uint8Array(1), () => undefined); }, TypeError);
    assert.throws(() => { gateway.write(new Uint8Array(1), () => undefined); }, TypeError);
  });

  it('loses its share of packets; the node is not told, the writer is', () => {
    const { time, node, gateway } = connected({ loss: 0.3 });
    const counts = { arrived: 0, taken: 0, written: 0, confirmed: 0 };
    const total = 1000;
    gateway.onNotification = () => { counts.arrived++; };
    node.onWrite = () => { counts.written++; };
    const notify = (left: number): void => { if (left > 0) node.notify(Uint8Array.of(1), (ok) => { counts.taken += Number(ok); notify(left - 1); }); };
    const write = (left: number): void => { if (left > 0) gateway.write(Uint8Array.of(1), (ok) => { counts.confirmed += Number(ok); write(left - 1); }); };
    notify(total);
    write(total);
    time.run(60_000);
    assert.equal(counts.taken, total);
    assert.ok(counts.arrived > 630 && counts.arrived < 770, String(counts.arrived));
    assert.equal(counts.confirmed, counts.written);
    assert.ok(counts.written > 630 && counts.written < 770, String(counts.written));
  });

  it('tells the other end of a closed connection, and not the closer', () => {
    for (const closer of ['node', 'gateway'] as const) {
      const { time, node, gateway } = connected();
      const told: string[] = [];
      node.onDisconnected = () => told.push('node');
      gateway.onDisconnected = () => told.push('gateway');
      ({ node, gateway })[closer].close();
      let delivered: boolean | undefined;
      node.notify(Uint8Array.of(1), (ok) => { delivered = ok; });
      time.run(9000);
      assert.deepEqual(told, [closer === 'node' ? 'gateway' : 'node']);
      assert.equal(delivered, false);
    }
  });

  it('ends the connection at both ends when the node walks out of range, and finds it again', () => {
    const { time, air, radio, central, node, gateway } = connected();
    const told: string[] = [];
    node.onDisconnected = () => told.push('node');
    gateway.onDisconnected = () => told.push('gateway');
    air.setInRange(radio, central, false);
    time.run(20_000);
    assert.deepEqual(told.sort(), ['gateway', 'node']);
    radio.advertise(Uint8Array.of(9));
    let heard = 0;
    central.scan(() => heard++);
    time.run(30_000);
    assert.equal(heard, 0);
    air.setInRange(radio, central, true);
    time.run(40_000);
    assert.ok(heard > 5);
  });

  it('survives a step out of range that is shorter than the supervision time', () => {
    const { time, air, radio, central, node, gateway } = connected();
    node.onDisconnected = gateway.onDisconnected = () => { assert.fail('the connection should hold'); };
    air.setInRange(radio, central, false);
    time.run(time.elapsedMs + 1000);
    air.setInRange(radio, central, true);
    time.run(time.elapsedMs + 10_000);
  });

  it('calls nothing of a node that lost power, and lets the gateway notice', () => {
    const { time, radio, node, gateway } = connected();
    let gone = false;
    gateway.onDisconnected = () => { gone = true; };
    node.onDisconnected = node.onWrite = () => { assert.fail('the node is off'); };
    node.notify(Uint8Array.of(1), () => { assert.fail('the node is off'); });
    gateway.write(Uint8Array.of(1), () => undefined);
    radio.close();
    time.run(20_000);
    assert.ok(gone);
  });

  it('stops to advertise when it can hold no further connection', () => {
    const { time, air, radio } = connected({ connections: 1 });
    let heard = 0;
    air.central().scan(() => heard++);
    time.run(20_000);
    assert.equal(heard, 0);
    assert.equal(radio.address, undefined);
  });

  it('fails to connect to an address that nobody has, after the time-out', () => {
    const { time, central } = world();
    let failedAt: number | undefined;
    central.connect('40:00:00:00:00:00', (connection) => {
      assert.equal(connection, undefined);
      failedAt = time.elapsedMs;
    });
    time.run(60_000);
    assert.equal(failedAt, CONNECT_TIMEOUT_MS);
  });

  it('ends connections by chance, the same way for the same seed', () => {
    const ends = [0, 1].map(() => {
      const { time, gateway } = connected({ dropEveryMs: 60_000 });
      let at: number | undefined;
      gateway.onDisconnected = () => { at = time.elapsedMs; };
      time.run(3_600_000);
      return at;
    });
    assert.ok(ends[0] !== undefined);
    assert.equal(ends[0], ends[1]);
  });
});
