// What the firmware promises while nothing breaks: states, the plan, delivery, commands.
import assert from 'node:assert/strict';
import { toHex } from 'lorica/bytes/bytes';
import { encodeProvisioning } from 'lorica/node/provisioning';
import { CODE } from 'lorica/node/codes';
import { PAIRING_WINDOW_MS } from 'lorica/node/state-pairing';
import { CHANNEL, COUNTER, ENCODING, EVENT, VITAL, type WaveformReading } from 'lorica/reading/reading';
import { isAcknowledged } from 'lorica/session/acknowledgement';
import { decodeSamples } from 'lorica/waveform/rice';
import type { Plan } from 'lorica/wire/command';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { NodeWorld, type NodeWorldOptions } from '../support/node-world.ts';
import { sampleAt } from '../support/test-waveform.ts';

const PLAN: Plan = { vitalsIntervalMs: 500, waveforms: new Map(), deliveryIntervalMs: 5000, limits: new Map([[EVENT.heartRateHigh, 1000]]) };

function started(options?: NodeWorldOptions): NodeWorld {
  const world = new NodeWorld(options);
  world.switchOn();
  return world;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('firmware: states', () => {
  it('unpaired: nothing is sensed, said or written', () => {
    const world = started({ unpaired: true });
    const { operations } = world.power;
    world.run(600_000);
    assert.equal(world.firmware!.state, 'unpaired');
    assert.deepEqual([world.samples, world.isLinked, world.power.operations], [0, false, operations]);
  });

  it('pairing: a press opens a window that closes by itself', () => {
    const world = started({ unpaired: true });
    world.button.onPress!();
    assert.equal(world.firmware!.state, 'pairing');
    world.run(PAIRING_WINDOW_MS - 1);
    assert.equal(world.firmware!.state, 'pairing');
    world.run(1);
    assert.equal(world.firmware!.state, 'unpaired');
  });

  it('takes an enrolment in the window alone, whole or not at all', () => {
    const world = started({ unpaired: true });
    const bytes = encodeProvisioning(world.provisioning);
    assert.equal(world.firmware!.enrol(bytes), false);
    world.button.onPress!();
    for (let length = 0; length < bytes.length; length += 13) assert.equal(world.firmware!.enrol(bytes.slice(0, length)), false);
    assert.equal(world.firmware!.enrol(bytes), true);
    world.run(20_000);
    assert.equal(world.firmware!.state, 'delivering');
    assert.ok(world.storedSamples.size >= 9);
    assert.equal(world.firmware!.enrol(bytes), false);
  });

  it('says that an enrolment is damaged, and stays unpaired', () => {
    const world = new NodeWorld();
    world.storage.values.get('enrolment')![60]! ^= 0x01;
    world.switchOn();
    assert.equal(world.count(CODE.enrolmentDamaged), 1);
    assert.equal(world.firmware!.state, 'unpaired');
  });

  it('capturing without a gateway, delivering with one, and back', () => {
    const world = new NodeWorld();
    world.isGatewayThere = false;
    world.switchOn();
    world.run(5000);
    assert.equal(world.firmware!.state, 'capturing');
    world.bringGateway();
    world.run(1000);
    assert.equal(world.firmware!.state, 'delivering');
    world.isGatewayThere = false;
    world.dropLink();
    world.run(1000);
    assert.equal(world.firmware!.state, 'capturing');
    assert.deepEqual(world.patterns, ['capturing', 'delivering', 'capturing']);
  });

  it('stop puts gathered samples to rest, silences the radio, and a new start goes on', () => {
    const world = started();
    world.run(5300);
    world.firmware!.stop();
    const { samples } = world;
    world.run(60_000);
    assert.deepEqual([world.samples, world.isLinked], [samples, false]);
    world.cutPower();
    world.switchOn();
    world.run(15_000);
    const boot1 = world.center.readings('waveform').filter(({ boot }) => boot === 1);
    assert.equal(boot1.reduce((sum, { count }) => sum + count, 0), 1325);
  });

  it('drops a central that does not prove itself, and is there for its own gateway again', () => {
    const world = new NodeWorld();
    world.gateway = 1;
    Object.assign(world.provisioning.gateways[1]!.linkKey, new Uint8Array(32));
    world.switchOn();
    world.run(6000);
    assert.equal(world.firmware!.state, 'capturing');
    assert.ok(world.count(CODE.linkEnded) > 0);
    world.gateway = 0;
    world.run(6000);
    assert.equal(world.firmware!.state, 'delivering');
  });
});

describe('firmware: the plan', () => {
  it('vital signs every second, ten seconds of ECG in five minutes, a status first', () => {
    const world = started();
    world.run(601_000);
    const { center } = world;
    assert.deepEqual(center.readings('vitals').map(({ tick }) => tick).slice(0, 5), [1000, 2000, 3000, 4000, 5000]);
    assert.ok(center.readings('vitals').length >= 590);
    assert.equal(center.stored[0]?.reading.kind, 'status');
    const starts = new Set(center.readings('waveform').filter(({ firstIndex }) => firstIndex % 75_000 === 0).map(({ tick }) => tick));
    assert.deepEqual([...starts].sort((a, b) => a - b), [0, 300_000, 600_000].slice(0, starts.size));
    assert.ok(starts.size >= 2);
  });

  it('brings waveforms over bit for bit, in records that fit', () => {
    const world = started();
    world.run(30_000);
    const readings = world.center.readings('waveform');
    assert.equal(readings.reduce((sum, { count }) => sum + count, 0), 2500);
    let next = 0;
    for (const reading of readings) {
      assert.equal(reading.firstIndex, next);
      assert.ok(Math.abs(reading.tick - 4 * reading.firstIndex) <= 4);
      assert.deepEqual(samplesOf(reading), range(next, next + reading.count).map(sampleAt));
      next += reading.count;
    }
    assert.ok(readings.length <= 4, 'Rice code packs more than 480 samples into a record');
  });

  it('goes out in batches, and at once when something is urgent', () => {
    const world = started();
    world.run(31_500);
    const before = world.storedSamples.size;
    world.button.onPress!();
    world.run(500);
    assert.equal(world.center.readings('event').length, 1);
    assert.ok(world.storedSamples.size > before, 'the rest goes with it');
  });

  it('makes an event of a limit passed three times running, and again only after five minutes', () => {
    const world = started();
    world.vitals = (count) => [{ vital: VITAL.heartRate, value: count > 20 ? 1350 : 1250, quality: 90 }, { vital: VITAL.steps, value: count, quality: 100 }];
    world.run(340_000);
    const events = world.center.readings('event');
    assert.deepEqual(events.map(({ code, value, tick }) => [code, value, tick]), [
      [EVENT.heartRateHigh, 1350, 23_000], [EVENT.heartRateHigh, 1350, 323_000]
    ]);
    const bad = started();
    bad.vitals = (count) => [{ vital: VITAL.heartRate, value: 1900, quality: 49 }, { vital: VITAL.steps, value: count, quality: 100 }];
    bad.run(20_000);
    assert.deepEqual(bad.center.readings('event'), []);
  });

  it('holds back events that come too fast', () => {
    const world = started();
    world.run(3000);
    for (let i = 0; i < 50; i++) world.button.onPress!();
    world.run(1000);
    assert.equal(world.center.readings('event').length, 1);
    assert.equal(world.count(CODE.eventHeldBack), 49);
  });

  it('survives a sensor that throws or measures what cannot be', () => {
    const world = started();
    world.vitals = (count) => {
      if (count % 3 === 0) throw new Error('bus hangs');
      return [{ vital: VITAL.oxygenSaturation, value: count % 3 === 1 ? 5000 : 970, quality: 90 }, { vital: VITAL.steps, value: count, quality: 100 }];
    };
    world.run(30_000);
    assert.ok(world.storedSamples.size >= 6);
    assert.ok(world.firmware!.counters.get(COUNTER.sensorErrors) >= 19);
  });

  it('obeys a newer plan, keeps it over a reset, and no older one', () => {
    const world = started();
    world.run(12_000);
    world.say(world.center.say({ kind: 'plan', version: 3, plan: PLAN }));
    world.run(10_000);
    assert.ok(world.samples >= 30);
    world.say(world.center.say({ kind: 'plan', version: 3, plan: { ...PLAN, vitalsIntervalMs: 100 } }));
    world.say(world.center.say({ kind: 'plan', version: 2, plan: { ...PLAN, vitalsIntervalMs: 100 } }));
    const { samples } = world;
    world.run(10_000);
    assert.equal(world.samples - samples, 20);
    world.cutPower();
    world.switchOn();
    const again = world.samples;
    world.run(10_000);
    assert.equal(world.samples - again, 20);
    assert.equal(world.count(CODE.planTaken), 1);
  });
});

describe('firmware: delivery', () => {
  it('frees a record on its acknowledgement, and on nothing else', () => {
    const world = started();
    world.dropDown = (message) => message[0] === MESSAGE_TYPE.record && world.center.stored.length > 0;
    world.run(60_000);
    assert.ok(world.center.stored.length > 30);
    assert.equal(world.firmware!.counters.get(COUNTER.acknowledged), 0);
    world.dropDown = () => false;
    world.run(30_000);
    const counters = world.firmware!.counters;
    assert.ok(counters.get(COUNTER.acknowledged) >= counters.get(COUNTER.sealed) - 12);
    assert.ok(world.center.duplicates > 0);
  });

  it('keeps at most 128 records in flight, and sends again what is not acknowledged', () => {
    const world = started();
    world.run(12_000);
    const sent = new Map<string, number>();
    world.isGatewayThere = false;
    world.dropLink();
    world.run(300_000);
    world.onMessage = (up, message) => {
      if (!up || message[0] !== MESSAGE_TYPE.record) return;
      const name = toHex(message.subarray(1, 13));
      sent.set(name, (sent.get(name) ?? 0) + 1);
    };
    world.dropUp = () => true;
    world.bringGateway();
    world.run(30_000);
    assert.ok(sent.size <= 128, `${String(sent.size)} in flight`);
    assert.ok(sent.size >= 100);
    assert.ok([...sent.values()].every((times) => times >= 2 && times <= 4));
    world.dropUp = () => false;
    world.run(60_000);
    assert.ok(world.storedSamples.size >= world.completed.length - 12);
  });

  it('sends again at once over a new link what the last one may have lost', () => {
    const world = started();
    world.run(12_000);
    world.dropUp = (message) => message[0] === MESSAGE_TYPE.record;
    world.run(10_000);
    world.dropLink();
    world.dropUp = () => false;
    world.run(1500);
    assert.ok(world.storedSamples.size >= 20);
  });

  it('sends urgent ones first, then the oldest', () => {
    const world = started();
    world.run(12_000);
    world.isGatewayThere = false;
    world.dropLink();
    for (let i = 0; i < 5; i++) {
      world.run(60_000);
      world.button.onPress!();
    }
    const { length } = world.center.stored;
    world.bringGateway();
    world.run(20_000);
    const kinds = world.center.stored.slice(length).map(({ reading }) => reading.kind);
    assert.deepEqual(kinds.slice(0, 5), ['event', 'event', 'event', 'event', 'event']);
    const ticks = world.center.readings('vitals').map(({ tick }) => tick);
    assert.deepEqual(ticks, ticks.toSorted((a, b) => a - b));
  });

  it('changes gateways without a loss', () => {
    const world = started();
    for (let i = 1; i <= 8; i++) {
      world.run(7000);
      world.isGatewayThere = false;
      world.dropLink();
      world.bringGateway(i % 2);
    }
    world.run(15_000);
    assert.deepEqual([...world.storedSamples].sort((a, b) => a - b), range(1, world.storedSamples.size + 1));
    assert.ok(world.storedSamples.size > 55);
  });

  it('sends again what a restored backup has lost, as far as the journal reaches', () => {
    const world = started();
    world.run(60_000);
    const chain = world.center.sessions.at(-1)!.chains[0]!;
    const lost = world.center.stored.filter((each) => each.chain === chain && each.index >= 10 && each.index < 40);
    const arrived = new Set<number>();
    world.onMessage = (up, message) => { if (up && toHex(message.subarray(1, 9)) === chain) arrived.add(Buffer.from(message).readUInt32BE(9)); };
    const tag = Uint8Array.from(Buffer.from(chain, 'hex'));
    world.say(world.center.say({ kind: 'resend', version: 1, ranges: [{ tag, first: 10, last: 39 }] }));
    world.run(20_000);
    for (const { index } of lost) assert.ok(arrived.has(index), `index ${String(index)}`);
    arrived.clear();
    world.say(world.center.say({ kind: 'resend', version: 1, ranges: [{ tag, first: 10, last: 39 }] }));
    world.run(20_000);
    assert.equal(arrived.has(12), false, 'a version is obeyed once');
  });

  it('goes on sending again after a reset in the midst of it', () => {
    const world = started();
    world.run(60_000);
    const chain = world.center.sessions.at(-1)!.chains[0]!;
    const tag = Uint8Array.from(Buffer.from(chain, 'hex'));
    world.dropUp = (message) => message[0] === MESSAGE_TYPE.record;
    world.say(world.center.say({ kind: 'resend', version: 1, ranges: [{ tag, first: 10, last: 39 }] }));
    world.run(2000);
    world.cutPower();
    const arrived = new Set<number>();
    world.dropUp = () => false;
    world.onMessage = (up, message) => { if (up && toHex(message.subarray(1, 9)) === chain) arrived.add(Buffer.from(message).readUInt32BE(9)); };
    world.switchOn();
    world.run(30_000);
    for (const index of range(10, 40)) assert.ok(arrived.has(index), `index ${String(index)}`);
  });

  it('thins when it is away too long, and explains every index that is missing', () => {
    const world = started({ journalSectors: 12, waveforms: false });
    world.run(12_000);
    world.isGatewayThere = false;
    world.dropLink();
    world.run(1_800_000);
    assert.ok(world.firmware!.counters.get(COUNTER.thinned) > 500);
    world.button.onPress!();
    world.bringGateway();
    world.run(60_000);
    assert.ok(world.center.readings('gap').length > 0);
    const chain = world.center.chains.get(world.center.sessions.at(-1)!.chains[0]!)!;
    const { next, bitmap } = chain.opening.acknowledgement();
    assert.equal(bitmap.length, 0);
    assert.ok(isAcknowledged({ tag: chain.opening.tag, next, bitmap }, 1500));
    assert.equal(world.center.contradictions, 0);
  });

  it('tells the time by exchanges shorter than ten seconds, now and then', () => {
    const world = started();
    world.run(3_700_000);
    assert.equal(world.center.readings('sync').length, 1, 'message 3 has told the first one');
    for (const { sentTick, receivedTick, timeMs } of world.center.readings('sync')) {
      const clock = 1_750_000_000_000;
      assert.ok(receivedTick - sentTick < 10_000 && clock + sentTick <= timeMs && timeMs <= clock + receivedTick);
    }
  }).timeout(60_000);
});

function samplesOf({ encoding, samples, count, channel }: WaveformReading): number[] {
  assert.equal(channel, CHANNEL.ecgII);
  if (encoding === ENCODING.rice) return [...decodeSamples(samples, count)!];
  return range(0, count).map((i) => Buffer.from(samples).readInt16LE(2 * i));
}
