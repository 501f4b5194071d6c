// The radio pipe carries GATT between processes, and bears a peer that breaks its rules, in either direction.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { concat } from 'lorica/bytes/bytes';
import { systemClock } from 'lorica/hosts/node/clock';
import { UserError } from 'lorica/hosts/node/failure';
import { openRadioPipe } from 'lorica/hosts/node/radio-pipe';
import { decodePipe, encodePipe, MAX_FRAME, PIPE_VERSION, type PipeMessage, PipeParser } from 'lorica/hosts/node/radio-pipe-codec';
import { MAX_SOCKET_PATH, type RadioPipeServer, serveRadioPipe } from 'lorica/hosts/node/radio-pipe-server';
import { Random } from 'lorica/hosts/simulator/random';
import { Air } from 'lorica/hosts/simulator/radio';
import { MAX_VALUE, type Central, type CentralConnection, type RadioConnection } from 'lorica/link/radio';

const value = fc.uint8Array({ maxLength: MAX_VALUE });
const id = fc.integer({ min: 0, max: 0xffffffff });
const address = fc.stringMatching(/^[0-9a-f][0-9a-f:]{0,16}$/);
const rssi = fc.integer({ min: -128, max: 127 });
const message: fc.Arbitrary<PipeMessage> = fc.oneof(
  fc.record({ type: fc.constantFrom('hello' as const, 'welcome' as const), version: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ type: fc.constant('scan' as const) }),
  fc.record({ type: fc.constant('connect' as const), id, address }),
  fc.record({ type: fc.constantFrom('write' as const, 'notification' as const), id, value }),
  fc.record({ type: fc.constantFrom('close' as const, 'failed' as const, 'disconnected' as const), id }),
  fc.record({ type: fc.constant('advertisement' as const), rssi, address, serviceData: fc.uint8Array({ maxLength: 31 }) }),
  fc.record({ type: fc.constant('connected' as const), id, maximumValue: fc.integer({ min: 0, max: MAX_VALUE }), rssi }),
  fc.record({ type: fc.constant('written' as const), id, ok: fc.boolean() }),
);

const until = async (condition: () => boolean, what: string): Promise<void> => {
  for (const deadline = Date.now() + 5000; !condition();) {
    if (Date.now() > deadline) assert.fail(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('radio pipe, its bytes', () => {
  it('reads what it writes, cut anywhere', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }), (messages, cuts) => {
      const stream = concat(...messages.map(encodePipe));
      const parser = new PipeParser();
      const seen: PipeMessage[] = [];
      for (let at = 0, i = 0; at < stream.length; i++) {
        const chunk = stream.slice(at, at + cuts[i % cuts.length]!);
        at += chunk.length;
        seen.push(...parser.push(chunk)!);
      }
      assert.deepEqual(seen.map((each) => JSON.stringify(each)), messages.map((each) => JSON.stringify(each)));
    }));
  });

  it('takes each message in one form only: whatever decodes encodes to the same bytes', () => {
    fc.assert(fc.property(fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      // One bit of a good frame flipped, or its end cut off.
      fc.tuple(message, fc.nat(), fc.boolean()).map(([good, n, cut]) => {
        const frame = encodePipe(good).slice(4);
        if (cut) return frame.slice(0, n % frame.length);
        frame[(n >> 3) % frame.length]! ^= 1 << (n & 7);
        return frame;
      }),
    ), (frame) => {
      const decoded = decodePipe(frame);
      if (decoded !== undefined) assert.deepEqual(encodePipe(decoded).slice(4), frame);
    }), { numRuns: 5000 });
  });

  it('refuses a length of nothing or beyond the bound, and then everything', () => {
    for (const length of [0, MAX_FRAME + 1, 0xffffffff]) {
      const parser = new PipeParser();
      const head = new Uint8Array(4);
      new DataView(head.buffer).setUint32(0, length);
      assert.equal(parser.push(head), undefined);
      assert.equal(parser.push(encodePipe({ type: 'scan' })), undefined);
    }
    assert.equal(encodePipe({ type: 'write', id: 1, value: new Uint8Array(MAX_VALUE) }).length, 4 + MAX_FRAME);
    assert.throws(() => encodePipe({ type: 'write', id: 1, value: new Uint8Array(MAX_VALUE + 1) }), RangeError);
    assert.throws(() => encodePipe({ type: 'connect', id: 1, address: 'Z' }), RangeError);
  });
});

describe('radio pipe', () => {
  let folder: string;
  let closers: (() => unknown)[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lorica-pipe-'));
    closers = [];
  });
  afterEach(async () => {
    for (const close of closers.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const path = (): string => join(folder, 'radio');
  const fastAir = (): Air => new Air({ clock: systemClock, random: new Random(1), advertisingMs: 10, connectMs: 1, packetMs: 1, supervisionMs: 20 });

  async function served(air = fastAir()): Promise<RadioPipeServer> {
    const server = await serveRadioPipe(path(), () => air.central());
    closers.push(() => server.close());
    return server;
  }

  function central(onState?: (connected: boolean) => void): Central {
    const pipe = openRadioPipe({ address: path(), clock: systemClock, ...(onState === undefined ? {} : { onState }) });
    closers.push(() => { pipe.close(); });
    return pipe;
  }

  function connectFirst(pipe: Central): Promise<CentralConnection> {
    let asked = false;
    return new Promise((resolve) => {
      pipe.scan((seen) => {
        if (asked) return;
        asked = true;
        pipe.connect(seen.address, (connection) => { if (connection !== undefined) resolve(connection); });
      });
    });
  }

  it('carries advertisements, connections and values both ways', async () => {
    const air = fastAir();
    const radio = air.radio('node');
    let node: RadioConnection | undefined;
    const down: Uint8Array[] = [];
    radio.onConnected = (connection) => {
      node = connection;
      connection.onWrite = (written) => down.push(written);
    };
    radio.advertise(Uint8Array.of(1, 2, 3));
    await served(air);
    const gateway = await connectFirst(central());
    assert.equal(gateway.maximumValue, 244);
    assert.ok(gateway.rssi < 0);
    const up: Uint8Array[] = [];
    // Before anybody listens: it must be kept.
    node!.notify(Uint8Array.of(9), () => undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
    gateway.onNotification = (notified) => up.push(notified);
    const written = await new Promise<boolean>((resolve) => { gateway.write(Uint8Array.of(7), resolve); });
    assert.ok(written);
    node!.notify(Uint8Array.of(8), () => undefined);
    await until(() => up.length === 2, 'notifications');
    assert.deepEqual([up, down], [[Uint8Array.of(9), Uint8Array.of(8)], [Uint8Array.of(7)]]);
    assert.throws(() => { gateway.write(new Uint8Array(245), () => undefined); }, RangeError);
    let gone = false;
    gateway.onDisconnected = () => { gone = true; };
    node!.close();
    await until(() => gone, 'the end of the connection');
    assert.equal(await new Promise<boolean>((resolve) => { gateway.write(Uint8Array.of(7), resolve); }), false);
  });

  it('tells the gateway of all its connections when the pipe breaks, and finds the radio again', async () => {
    const air = fastAir();
    const radio = air.radio('node');
    radio.advertise(Uint8Array.of(1));
    const first = await serveRadioPipe(path(), () => air.central());
    const states: boolean[] = [];
    const pipe = central((connected) => states.push(connected));
    const gateway = await connectFirst(pipe);
    let gone = false;
    gateway.onDisconnected = () => { gone = true; };
    let written: boolean | undefined;
    gateway.write(Uint8Array.of(1), (ok) => { written = ok; });
    await first.close();
    await until(() => gone && written !== undefined, 'the loss');
    const failed = await new Promise<unknown>((resolve) => { pipe.connect('40:00', resolve); });
    assert.equal(failed, undefined);
    await served(air);
    let heard = false;
    pipe.scan(() => { heard = true; });
    radio.advertise(Uint8Array.of(2));
    await until(() => heard, 'an advertisement after the pipe came back');
    assert.deepEqual(states, [true, false, true]);
  });

  it('says in one sentence that the place is taken, and clears away a dead socket', async () => {
    await served();
    await assert.rejects(serveRadioPipe(path(), () => fastAir().central()), (error) => error instanceof UserError && /in use/.test(error.message));
    await assert.rejects(serveRadioPipe(join(folder, 'x'.repeat(MAX_SOCKET_PATH)), () => fastAir().central()), UserError);
    const port = await serveRadioPipe(0, () => fastAir().central());
    closers.push(() => port.close());
    assert.ok(typeof port.address === 'number');
    await assert.rejects(serveRadioPipe(port.address, () => fastAir().central()), (error) => error instanceof UserError && /port/.test(error.message));
    await closers.shift()!();
    assert.ok(!existsSync(path()));
  });

  it('drops a gateway that breaks the rules', async () => {
    const server = await served();
    const hello: PipeMessage = { type: 'hello', version: PIPE_VERSION };
    const bad: PipeMessage[][] = [
      [{ type: 'scan' }],
      [{ type: 'hello', version: PIPE_VERSION + 1 }],
      [hello, hello],
      [hello, { type: 'welcome', version: PIPE_VERSION }],
      [hello, { type: 'connect', id: 5, address: '40:00' }, { type: 'connect', id: 5, address: '40:00' }],
      [hello, { type: 'connect', id: 0, address: '40:00' }],
      [hello, { type: 'write', id: 9, value: new Uint8Array(1) }],
      [hello, { type: 'connect', id: 1, address: '40:00' }, { type: 'write', id: 1, value: new Uint8Array(1) }],
    ];
    for (const messages of bad) {
      const socket: Socket = connect({ path: path() });
      let closed = false;
      socket.on('close', () => { closed = true; });
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(concat(...messages.map(encodePipe)));
      await until(() => closed, JSON.stringify(messages));
    }
    assert.equal(server.gateways, 0);
  });

  it('leaves a radio that breaks the rules, and tries again', async () => {
    let tries = 0;
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      tries++;
      socket.write(tries === 1 ? Buffer.from('HTTP/1.1 400 Bad Request\r\n') : Buffer.from(encodePipe({ type: 'scan' })));
    });
    await new Promise<void>((resolve) => { server.listen(path(), resolve); });
    closers.push(() => { server.close(); });
    central();
    await until(() => tries >= 3, 'three tries');
  });
});
