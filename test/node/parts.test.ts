// The firmware's parts by themselves: what is at rest, down chains, the window, the cutting of waveforms, the bounds.
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { VAULT_SECTORS } from 'lorica/journal/vault';
import { Counters } from 'lorica/node/counters';
import { DownChains } from 'lorica/node/down-chains';
import { EventGate, MIN_DISTANCE_MS, REPEAT_MS, SAMPLES_BEYOND_LIMIT } from 'lorica/node/event-gate';
import { JourneyLog } from 'lorica/node/journey-log';
import { Periodic } from 'lorica/node/periodic';
import {
  decodeEnrolment, decodeProvisioning, encodeEnrolment, encodeProvisioning, GATEWAY_ID_LENGTH, installProvisioning, loadEnrolment, MAX_GATEWAYS, type Provisioning
} from 'lorica/node/provisioning';
import { decodeOffline, decodeSession, encodeOffline, encodeSession } from 'lorica/node/secrets';
import { DEFAULT_PLAN, loadEndedChains, loadPlan, nextBoot, storeEndedChains } from 'lorica/node/settings';
import { FIRST_RESEND_MS, MAX_IN_FLIGHT, MAX_RESEND_MS, URGENT_RESERVE, Window } from 'lorica/node/window';
import { WaveformCutter } from 'lorica/node/waveform-cutter';
import { CHANNEL, COUNTER, ENCODING, EVENT, MAX_CHAINS, MAX_WAVEFORM_BYTES, VITAL, type WaveformReading } from 'lorica/reading/reading';
import type { ChainSeed } from 'lorica/session/keys';
import { OpeningChain } from 'lorica/session/opening-chain';
import { SealingChain } from 'lorica/session/sealing-chain';
import { encodeReading } from 'lorica/reading/encode';
import { decodeSamples } from 'lorica/waveform/rice';
import { NorFlash } from '../support/nor-flash.ts';
import { entropyOf, PoweredStorage } from '../support/node-world.ts';

const entropy = entropyOf(77);

function provisioningOf(gateways: number): Provisioning {
  return {
    serial: entropy(8), suite: 1, staticKeys: { secretKey: entropy(32), publicKey: entropy(256) }, enrolmentPsk: entropy(32), macKey: entropy(32),
    healthCenterKey: entropy(256), collaboration: { mode: 1, k: 2, n: 3 }, version: 7, identityKey: entropy(32), offline: entropy(32),
    gateways: Array.from({ length: gateways }, () => ({ id: entropy(GATEWAY_ID_LENGTH), linkKey: entropy(32) }))
  };
}

describe('firmware: enrolment at rest', () => {
  it('comes back as it was, with and without the offline secret', () => {
    for (const count of [0, 1, MAX_GATEWAYS]) {
      const whole = provisioningOf(count);
      const { offline, ...enrolment } = whole;
      assert.equal(offline.length, 32);
      assert.deepEqual(decodeProvisioning(encodeProvisioning(whole)), whole);
      assert.deepEqual(decodeEnrolment(encodeEnrolment(whole)), enrolment);
      assert.equal(decodeEnrolment(encodeProvisioning(whole)), undefined);
      assert.equal(decodeProvisioning(encodeEnrolment(whole)), undefined);
    }
    assert.throws(() => encodeEnrolment(provisioningOf(MAX_GATEWAYS + 1)), RangeError);
  });

  it('refuses every truncation, everything behind it, and random bytes', () => {
    const bytes = encodeProvisioning(provisioningOf(2));
    for (let length = 0; length < bytes.length; length++) assert.equal(decodeProvisioning(bytes.subarray(0, length)), undefined);
    assert.equal(decodeProvisioning(Uint8Array.of(...bytes, 0)), undefined);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (random) => decodeProvisioning(random) === undefined && decodeEnrolment(random) === undefined));
  });

  it('is not taken with a flipped bit anywhere', () => {
    const storage = new PoweredStorage(new NorFlash(1).power);
    installProvisioning(provisioningOf(1), storage, new NorFlash(VAULT_SECTORS));
    assert.ok(loadEnrolment(storage) !== undefined);
    const stored = storage.values.get('enrolment')!;
    for (let bit = 0; bit < stored.length * 8; bit += 3) {
      const bad = stored.slice();
      bad[bit >> 3]! ^= 1 << (bit & 7);
      storage.values.set('enrolment', bad);
      assert.equal(loadEnrolment(storage), undefined);
    }
  });

  it('keeps the offline secret out of storage', () => {
    const storage = new PoweredStorage(new NorFlash(1).power);
    const provisioning = provisioningOf(1);
    installProvisioning(provisioning, storage, new NorFlash(VAULT_SECTORS));
    for (const value of storage.values.values()) assert.equal(Buffer.from(value).indexOf(provisioning.offline.subarray(0, 8)), -1);
  });
});

describe('firmware: settings and secrets at rest', () => {
  it('boot ids rise, and are at rest first', () => {
    const storage = new PoweredStorage(new NorFlash(1).power);
    assert.deepEqual([nextBoot(storage), nextBoot(storage), nextBoot(storage)], [1, 2, 3]);
    storage.values.set('boot', Uint8Array.of(255, 255, 255, 255));
    assert.throws(() => nextBoot(storage), RangeError);
  });

  it('damaged settings are as if they were not there', () => {
    const storage = new PoweredStorage(new NorFlash(1).power);
    storage.values.set('plan', Uint8Array.of(1, 2, 3));
    storage.values.set('chains', Uint8Array.of(0xff));
    assert.deepEqual(loadPlan(storage), { version: 0, plan: DEFAULT_PLAN });
    assert.deepEqual(loadEndedChains(storage), []);
    const chains = Array.from({ length: MAX_CHAINS }, (_, i) => ({ tag: entropy(8), next: i }));
    storeEndedChains(storage, chains);
    assert.deepEqual(loadEndedChains(storage), chains);
  });

  it('secrets come back as they were, and foreign bytes do not', () => {
    const chain = () => ({ tag: entropy(8), block: 0xfffffe, blockKey: entropy(32) });
    const session = { resumption: { secret: entropy(32), hash: entropy(32) }, attempt: 9, resumptions: 3, fullTimeMs: 2 ** 48 - 1, normal: chain(), urgent: chain() };
    assert.deepEqual(decodeSession(encodeSession(session)), session);
    const offline = { step: 5, secret: entropy(32), chains: { normal: chain(), urgent: chain() } };
    assert.deepEqual(decodeOffline(encodeOffline(offline)), offline);
    assert.deepEqual(decodeOffline(encodeOffline({ step: 5, secret: offline.secret })), { step: 5, secret: offline.secret });
    for (const bytes of [encodeSession(session), encodeOffline(offline)]) {
      for (let length = 0; length < bytes.length; length++) {
        assert.equal(decodeSession(bytes.subarray(0, length)), undefined);
        if (length !== 38) assert.equal(decodeOffline(bytes.subarray(0, length)), undefined);
      }
    }
  });
});

const seedOf = (): ChainSeed => ({ tag: entropy(8), root: entropy(32) });

const PLAINTEXT = encodeReading({ kind: 'event', boot: 1, tick: 1, code: EVENT.button });

describe('firmware: down chains', () => {
  it('reads the newest and the one before it, until the newest is in use', () => {
    const seeds = [seedOf(), seedOf(), seedOf()];
    const senders = seeds.map((seed) => SealingChain.start(seed));
    for (const sender of senders) sender.beginBlock();
    const downs = new DownChains();
    for (const seed of seeds) downs.add(OpeningChain.start(seed), 5);
    const say = (i: number): Uint8Array => senders[i]!.seal(PLAINTEXT).record;
    assert.equal(downs.open(say(0)), undefined);
    assert.ok(downs.open(say(1)) !== undefined);
    const newest = say(2);
    assert.ok(downs.open(newest) !== undefined);
    assert.equal(downs.open(newest), undefined, 'once');
    assert.equal(downs.open(say(1)), undefined);
    assert.equal(downs.timeAt(10), 15);
  });

  it('goes on for ever although records are lost on the way', () => {
    const down = seedOf();
    const downs = new DownChains();
    downs.add(OpeningChain.start(down), 0);
    let atRest = { tag: down.tag, block: 0, blockKey: down.root };
    for (let block = 0; block < 1100; block++) {
      const sender = SealingChain.restore(atRest);
      atRest = sender.beginBlock();
      sender.seal(PLAINTEXT);
      assert.ok(downs.open(sender.seal(PLAINTEXT).record) !== undefined, `block ${String(block)}`);
    }
  });
});

describe('firmware: window', () => {
  it('has its bounds, keeps places for urgent ones, and says what is due', () => {
    const window = new Window();
    const tag = entropy(8);
    const position = { sector: 0, generation: 0, sequence: 0, offset: 0 };
    for (let index = 0; window.hasRoom(true); index++) {
      assert.equal(window.hasRoom(false), index < MAX_IN_FLIGHT - URGENT_RESERVE);
      window.add({ position, tag, index }, 1000, false);
    }
    assert.equal(window.size, MAX_IN_FLIGHT);
    assert.ok(window.has(tag, 5) && !window.has(tag, MAX_IN_FLIGHT) && !window.has(entropy(8), 5));
    assert.equal(window.due(1000 + FIRST_RESEND_MS - 1).length, 0);
    const due = window.due(1000 + FIRST_RESEND_MS);
    assert.equal(due.length, MAX_IN_FLIGHT);
    for (const record of due) record.tries = 20;
    assert.equal(window.due(1000 + MAX_RESEND_MS - 1).length, 0);
    const taken = window.take({ tag, next: 10, bitmap: Uint8Array.of(0b101) });
    assert.deepEqual(taken.map(({ index }) => index), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13]);
    assert.equal(window.take({ tag: entropy(8), next: 1000, bitmap: new Uint8Array(0) }).length, 0);
  });

  it('remembers the latest acknowledgement of as many chains as there can be', () => {
    const log = new JourneyLog();
    const tag = entropy(8);
    const none = new Uint8Array(0);
    log.noteAcknowledgement({ tag, next: 9, bitmap: none });
    log.noteAcknowledgement({ tag, next: 4, bitmap: none });
    assert.equal(log.chain(tag).acknowledgement?.next, 9);
    for (let i = 0; i < MAX_CHAINS; i++) log.chain(entropy(8));
    assert.equal(log.chain(tag).acknowledgement, undefined);
  });
});

describe('firmware: waveforms', () => {
  const cutter = (emit: (reading: WaveformReading) => void): WaveformCutter => new WaveformCutter(
    { channel: CHANNEL.ecgI, rateMilliHertz: 125_000, resolution: 1, baseline: -5, start: () => undefined, stop: () => undefined, read: () => undefined }, 3, emit
  );

  it('come out as they went in, in records that fit, whatever they are', () => {
    const part = fc.record({ gap: fc.nat(3), samples: fc.int16Array({ maxLength: 3000 }), calm: fc.boolean() });
    fc.assert(fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const out = new Map<number, number>();
      const cut = cutter((reading) => {
        assert.ok(reading.samples.length <= MAX_WAVEFORM_BYTES && encodeReading(reading).length <= 1024);
        const samples = reading.encoding === ENCODING.rice ? decodeSamples(reading.samples, reading.count)! : new Int16Array(reading.samples.slice().buffer);
        assert.equal(samples.length, reading.count);
        assert.equal(reading.tick, 100 + 8 * reading.firstIndex);
        samples.forEach((sample, i) => { out.set(reading.firstIndex + i, sample); });
      });
      const expected = new Map<number, number>();
      let at = 0;
      for (const { gap, samples, calm } of parts) {
        at += gap;
        const some = calm ? samples.map((sample) => sample >> 10) : samples;
        if (some.length > 0) cut.add({ firstIndex: at, tick: 100 + 8 * at, samples: some });
        some.forEach((sample, i) => { expected.set(at + i, sample); });
        at += some.length;
      }
      cut.flush();
      assert.deepEqual([...out].sort((a, b) => a[0] - b[0]), [...expected]);
    }), { numRuns: 60 });
  }).timeout(60_000);

  it('pack calm signals tighter than two octets a sample', () => {
    const counts: number[] = [];
    const cut = cutter(({ count, encoding }) => { counts.push(count); assert.equal(encoding, ENCODING.rice); });
    cut.add({ firstIndex: 0, tick: 0, samples: Int16Array.from({ length: 4000 }, (_, i) => Math.round(50 * Math.sin(i / 20))) });
    cut.flush();
    assert.ok(counts.length <= 4, `${String(counts.length)} records`);
  });
});

describe('firmware: small parts', () => {
  it('a periodic call neither drifts nor makes up for what it missed', () => {
    let now = 0;
    let set: { callback: () => void; at: number } | undefined;
    const timer = { ticks: () => now, set: (callback: () => void, delayMs: number) => (set = { callback, at: now + delayMs }), clear: () => { set = undefined; } };
    const ticks: number[] = [];
    const periodic = new Periodic(timer, () => { ticks.push(now); });
    periodic.start(100);
    for (const lateMs of [0, 30, 0, 250, 0]) {
      const { callback, at } = set!;
      now = at + lateMs;
      callback();
    }
    assert.deepEqual(ticks, [100, 230, 300, 650, 750]);
    periodic.stop();
    assert.equal(set, undefined);
  });

  it('an event of a limit comes at the third sample, one of a sensor not sooner than two seconds after another', () => {
    const gate = new EventGate();
    gate.setPlan({ ...DEFAULT_PLAN, limits: new Map([[EVENT.oxygenSaturationLow, 880]]) });
    const at = (tick: number, value: number): number => gate.check({ boot: 1, tick }, [{ vital: VITAL.oxygenSaturation, value, quality: 90 }]).length;
    assert.equal(SAMPLES_BEYOND_LIMIT, 3);
    assert.deepEqual([at(0, 879), at(1, 879), at(2, 880), at(3, 870), at(4, 870), at(5, 870), at(6, 870)], [0, 0, 0, 0, 0, 1, 0]);
    assert.deepEqual([at(5 + REPEAT_MS - 1, 870), at(5 + REPEAT_MS, 870)], [0, 1]);
    const pass = (tick: number): boolean => gate.pass({ boot: 1, tick }, EVENT.fall) !== undefined;
    assert.deepEqual([pass(0), pass(MIN_DISTANCE_MS - 1), pass(MIN_DISTANCE_MS)], [true, false, true]);
  });

  it('counters stop at their end', () => {
    const counters = new Counters();
    counters.add(COUNTER.sent, 0xfffffffe);
    counters.add(COUNTER.sent, 5);
    counters.add(COUNTER.captured);
    assert.deepEqual([...counters.snapshot()], [[COUNTER.captured, 1], [COUNTER.sent, 0xffffffff]]);
  });
});
