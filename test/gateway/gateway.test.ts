import assert from 'node:assert/strict';
import { FIRST_REST_MS, LONGEST_REST_MS, MAX_ADDRESSES, AddressBook } from 'lorica/hosts/gateway/address-book';
import { MAX_ATTEMPTS, MAX_ATTEMPTS_PER_NODE, MAX_CONNECTIONS, MAX_NODES } from 'lorica/hosts/gateway/gateway';
import { GATHER_MS, MAX_ENVELOPES_IN_FLIGHT, MAX_WAITING_MESSAGES, Uplink } from 'lorica/hosts/gateway/uplink';
import { downTopic } from 'lorica/hosts/node/bus';
import type { Bus } from 'lorica/hosts/node/bus';
import { makeServiceData } from 'lorica/link/recognition';
import type { Central } from 'lorica/link/radio';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import { MAX_ENVELOPE_MESSAGES } from 'lorica/wire/message-type';
import { Wearable } from './wearable.ts';
import { World } from './world.ts';

const message = (...octets: number[]): Uint8Array => new Uint8Array([0x01, ...octets]);
const nothing = (): void => undefined;

describe('gateway: links', () => {
  it('recognises its nodes by their advertising, proves itself and leaves strangers alone', () => {
    const world = new World();
    const [own, foreign] = [world.node(1), world.node(2)];
    const [wearable, stranger] = [new Wearable(world, 'own', own), new Wearable(world, 'foreign', foreign)];
    const gateway = world.gateway([own]);
    world.run(10_000);
    assert.equal(wearable.ready, 1);
    assert.equal(stranger.connections, 0);
    assert.deepEqual([gateway.statistics.connected, gateway.statistics.links], [1, 1]);
  });

  it('drops a node that is recognised and cannot prove itself, and tries its address ever more seldom', () => {
    const world = new World();
    const node = world.node(1);
    const impostor = new Wearable(world, 'impostor', { ...node, linkKey: new Uint8Array(32) });
    const gateway = world.gateway([node]);
    world.run(600_000);
    assert.equal(impostor.ready, 0);
    assert.equal(gateway.statistics.links, 0);
    assert.ok(world.notes.includes('link-refused') || world.notes.includes('link-lost'));
    assert.ok(gateway.statistics.attemptsFailed > 1);
  });

  it('connects again after the link was lost, under the node\'s new address', () => {
    const world = new World({ dropEveryMs: 60_000 });
    const node = world.node(1);
    const wearable = new Wearable(world, 'a', node);
    const gateway = world.gateway([node]);
    world.run(600_000);
    assert.ok(wearable.ready > 3);
    assert.equal(gateway.statistics.links, wearable.ready);
    assert.ok(world.notes.includes('link-lost'));
  });

  it('holds its bound of connections, and the rest follow when there is room', () => {
    const world = new World();
    const nodes = Array.from({ length: 5 }, (_, i) => world.node(i));
    const wearables = nodes.map((node, i) => new Wearable(world, String(i), node));
    const gateway = world.gateway(nodes, world.air.central(), 3);
    world.run(20_000);
    assert.equal(gateway.statistics.connected, 3);
    const first = wearables.find(({ ready }) => ready > 0)!;
    first.radio.close();
    world.run(20_000);
    assert.equal(gateway.statistics.connected, 3);
    assert.equal(wearables.filter(({ ready }) => ready > 0).length, 4);
  });

  it('has no more attempts under way than its bounds, of all nodes and of one', () => {
    const world = new World();
    const nodes = Array.from({ length: 2 * MAX_ATTEMPTS }, (_, i) => world.node(i));
    let hear: Parameters<Central['scan']>[0] = nothing;
    let attempts = 0;
    const central: Central = { scan: (callback) => { hear = callback; }, connect: () => { attempts++; }, close: nothing };
    world.gateway(nodes, central);
    const advertise = (node: number, address: string): void => {
      hear({ address, serviceData: makeServiceData(nodes[node]!.identityKey, world.entropy), rssi: -60 });
    };
    for (let i = 0; i < 5; i++) advertise(0, `a${String(i)}`);
    assert.equal(attempts, MAX_ATTEMPTS_PER_NODE);
    advertise(0, 'a0');
    for (let i = 1; i < nodes.length; i++) advertise(i, `b${String(i)}`);
    assert.equal(attempts, MAX_ATTEMPTS);
  });

  it('knows a node again that it had to pass over while another claimed to be it', () => {
    const world = new World();
    const node = world.node(1);
    let hear: Parameters<Central['scan']>[0] = nothing;
    const attempts: { address: string; fail: () => void }[] = [];
    const central: Central = { scan: (callback) => { hear = callback; }, connect: (address, done) => { attempts.push({ address, fail: () => { done(undefined); } }); }, close: nothing };
    world.gateway([node], central);
    const own = makeServiceData(node.identityKey, world.entropy);
    for (const address of ['echo-1', 'echo-2', 'true']) hear({ address, serviceData: own, rssi: -60 });
    attempts[0]!.fail();
    hear({ address: 'true', serviceData: own, rssi: -60 });
    assert.deepEqual(attempts.map(({ address }) => address), ['echo-1', 'echo-2', 'true']);
  });

  it('refuses a name, a list of nodes or a limit that is out of bounds', () => {
    const world = new World();
    const many = Array.from({ length: MAX_NODES + 1 }, () => world.node(0));
    assert.throws(() => world.gateway(many), RangeError);
    assert.throws(() => world.gateway([], world.air.central(), MAX_CONNECTIONS + 1), RangeError);
    assert.throws(() => world.gateway([], world.air.central(), 0), RangeError);
  });
});

describe('gateway: relaying', () => {
  it('gathers what comes close together into one envelope, with the handle and the signal strength', () => {
    const world = new World();
    const node = world.node(1);
    const wearable = new Wearable(world, 'a', node);
    const gateway = world.gateway([node]);
    world.run(5_000);
    wearable.send(message(1), message(2), message(3));
    world.run(1_000);
    assert.equal(world.received.length, 1);
    assert.deepEqual(world.received[0]!.handle, node.handle);
    assert.deepEqual(world.received[0]!.messages, [message(1), message(2), message(3)]);
    assert.ok(world.received[0]!.rssi! < -20 && world.received[0]!.rssi! > -110);
    assert.deepEqual(gateway.statistics.up, { messages: 3, records: 3, bytes: 6, envelopes: 1, dropped: 0 });
  });

  it('brings a node what is for it, by handle, and nothing when it does not know the handle or has no link', () => {
    const world = new World();
    const [a, b] = [world.node(1), world.node(2)];
    const wearable = new Wearable(world, 'a', a);
    const gateway = world.gateway([a, b]);
    world.run(5_000);
    const publish = (payload: Uint8Array): void => { world.center.publish(downTopic('ward-a'), payload, nothing); };
    publish(encodeEnvelope({ handle: a.handle, messages: [message(1), message(2)] }));
    publish(encodeEnvelope({ handle: b.handle, messages: [message(3)] }));
    publish(encodeEnvelope({ handle: new Uint8Array([1]), messages: [message(4)] }));
    publish(message(5));
    world.run(1_000);
    assert.deepEqual(wearable.received, [message(1), message(2)]);
    assert.deepEqual(gateway.statistics.down, { messages: 2, bytes: 4, dropped: 2 });
    assert.deepEqual(world.notes, ['envelope-foreign', 'envelope-malformed']);
  });

  it('drops and counts what a link\'s queue does not take', () => {
    const world = new World();
    const node = world.node(1);
    new Wearable(world, 'a', node);
    const gateway = world.gateway([node]);
    world.run(5_000);
    const long = new Uint8Array(4096).fill(1);
    for (let i = 0; i < 3; i++) world.center.publish(downTopic('ward-a'), encodeEnvelope({ handle: node.handle, messages: [long, long] }), nothing);
    world.run(60_000);
    assert.deepEqual(gateway.statistics.down, { messages: 4, bytes: 4 * 4096, dropped: 2 });
    assert.ok(world.notes.includes('queue-full'));
  });

  it('drops and counts what it cannot publish while the broker is away, and goes on afterwards', () => {
    const world = new World();
    const node = world.node(1);
    const wearable = new Wearable(world, 'a', node);
    const gateway = world.gateway([node]);
    world.run(5_000);
    world.bus.drop();
    wearable.send(message(1));
    world.run(1_000);
    assert.equal(gateway.statistics.up.dropped, 1);
    assert.ok(world.notes.includes('bus-lost'));
    world.bus.resume();
    wearable.send(message(2));
    world.run(1_000);
    assert.deepEqual(world.received.flatMap(({ messages }) => messages), [message(2)]);
  });

  it('hands on what has gathered when it is closed, ends its links, and takes no further ones', () => {
    const world = new World();
    const node = world.node(1);
    const wearable = new Wearable(world, 'a', node);
    const gateway = world.gateway([node]);
    world.run(5_000);
    wearable.send(message(1));
    world.run(GATHER_MS / 2 + 4);
    let closed = false;
    gateway.close(() => { closed = true; });
    world.run(20_000);
    assert.equal(closed, true);
    assert.deepEqual(world.received.flatMap(({ messages }) => messages), [message(1)]);
    assert.equal(gateway.statistics.connected, 0);
    assert.equal(wearable.ready, 1);
  });
});

describe('gateway: uplink', () => {
  interface Publish { readonly messages: readonly Uint8Array[]; readonly handle: Uint8Array; done(error?: Error): void }
  function uplink(): { world: World; published: Publish[]; up: Uplink } {
    const world = new World();
    const published: Publish[] = [];
    const bus: Bus = { publish: (_topic, payload, done) => { published.push({ ...decodeEnvelope(payload)!, done }); }, subscribe: nothing, close: nothing };
    return { world, published, up: new Uplink({ bus, clock: world.time.clock, id: 'ward-a', log: { note: (code) => { world.notes.push(code); } } }) };
  }
  const handle = (node: number): Uint8Array => new Uint8Array([node]);

  it('sends at once when an envelope is full, and a message more in the next', () => {
    const { world, published, up } = uplink();
    for (let i = 0; i <= MAX_ENVELOPE_MESSAGES; i++) up.push(0, handle(0), message(i), -60);
    assert.deepEqual(published.map(({ messages }) => messages.length), [MAX_ENVELOPE_MESSAGES]);
    world.run(GATHER_MS);
    assert.deepEqual(published.map(({ messages }) => messages.length), [MAX_ENVELOPE_MESSAGES, 1]);
  });

  it('has no more envelopes in flight than its bound, and holds no more of one node than its bound', () => {
    const { world, published, up } = uplink();
    for (let node = 0; node < MAX_ENVELOPES_IN_FLIGHT; node++) up.push(node, handle(node), message(node), -60);
    world.run(GATHER_MS);
    assert.equal(published.length, MAX_ENVELOPES_IN_FLIGHT);
    for (let i = 0; i < MAX_WAITING_MESSAGES; i++) up.push(0, handle(0), message(i), -60);
    world.run(GATHER_MS);
    assert.deepEqual([published.length, up.counters.dropped], [MAX_ENVELOPES_IN_FLIGHT, 0]);
    up.push(0, handle(0), message(0), -60);
    assert.equal(up.counters.dropped, 1);
    assert.ok(world.notes.includes('queue-full'));
    published[0]!.done();
    assert.equal(published.length, MAX_ENVELOPES_IN_FLIGHT + 1);
    published[0]!.done();
    assert.equal(published.length, MAX_ENVELOPES_IN_FLIGHT + 1, 'an answer counts once');
  });

  it('lets nodes take turns when the bus is slow', () => {
    const { world, published, up } = uplink();
    for (let node = 0; node < MAX_ENVELOPES_IN_FLIGHT; node++) up.push(node, handle(node), message(node), -60);
    world.run(GATHER_MS);
    for (let i = 0; i < MAX_WAITING_MESSAGES; i++) up.push(100, handle(100), message(i), -60);
    up.push(101, handle(101), message(1), -60);
    world.run(GATHER_MS);
    for (const { done } of published.slice(0, 3)) done();
    assert.deepEqual(published.slice(MAX_ENVELOPES_IN_FLIGHT).map((each) => each.handle[0]), [100, 101, 100]);
  });
});

describe('gateway: address book', () => {
  it('lets an address rest after a failure, twice as long each time and no longer than its bound', () => {
    const world = new World();
    const book = new AddressBook(world.time.clock);
    for (let restMs = FIRST_REST_MS; restMs < 4 * LONGEST_REST_MS; restMs *= 2) {
      book.rest('a');
      const expectedMs = Math.min(restMs, LONGEST_REST_MS);
      world.run(expectedMs - 1);
      assert.equal(book.resting('a'), true);
      world.run(1);
      assert.equal(book.resting('a'), false);
    }
    book.rest('a');
    book.forgive('a');
    assert.equal(book.resting('a'), false);
  });

  it('forgets the oldest address at its bound', () => {
    const world = new World();
    const book = new AddressBook(world.time.clock);
    for (let i = 0; i < MAX_ADDRESSES; i++) book.rest(String(i));
    assert.equal(book.resting('0'), true);
    book.rest('one more');
    assert.equal(book.resting('0'), false);
    assert.equal(book.resting('1'), true);
  });
});
