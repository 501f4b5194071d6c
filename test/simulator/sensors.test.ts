// What a node's firmware sees of a body: plausible numbers with honest quality, samples at the right index and tick.
import assert from 'node:assert/strict';
import { Body } from 'lorica/hosts/simulator/bodies/body';
import { Random } from 'lorica/hosts/simulator/random';
import { bodySensors, BUFFER_SECONDS, LEAST_QUALITY } from 'lorica/hosts/simulator/sensors';
import { NodeTimer, VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { MAX_READ_SAMPLES } from 'lorica/node/world';
import { CHANNEL, EVENT, VITAL, VITALS, type EventCode, type Vital } from 'lorica/reading/reading';

function worn(seed: string, bornMs = 0) {
  const time = new VirtualTime(1_000_000);
  const random = new Random(seed);
  const body = new Body(random.stream('body'));
  const timer = new NodeTimer(time.clock);
  return { time, body, timer, sensors: bodySensors({ body, bornMs: 1_000_000 + bornMs, clock: time.clock, timer, random: random.stream('sensors') }) };
}

describe('sensors of a simulated body', () => {
  it('give each vital sign once, within its bounds on the wire, near the truth and with a quality', () => {
    for (let i = 0; i < 8; i++) {
      const { time, body, sensors } = worn(`vitals ${String(i)}`);
      for (let second = 10; second < 3600; second += 10) {
        time.run(1000 * second);
        const measured = sensors.vitals.sample();
        assert.deepEqual(measured.map(({ vital }) => vital), [1, 2, 3, 4, 5, 6, 7, 8]);
        for (const { vital, value, quality } of measured) {
          assert.ok(Number.isInteger(quality) && quality >= 0 && quality <= 100);
          if (value === undefined) { assert.ok(quality < LEAST_QUALITY); continue; }
          const { minimum, maximum } = VITALS[vital]!;
          assert.ok(Number.isInteger(value) && value >= minimum && value <= maximum, `${String(vital)}: ${String(value)}`);
        }
        const heart = measured[0]!;
        const truth = body.state(second).heartRate;
        if (heart.value !== undefined && body.state(second).irregularity === 0) assert.ok(Math.abs(heart.value / 10 - truth) < 30);
      }
    }
  });

  it('say by their quality how far they may be off: less with motion, and then nothing', () => {
    const errors: { quality: number; error: number }[] = [];
    let moving = 0;
    let withheld = 0;
    for (let i = 0; i < 20; i++) {
      const { time, body, sensors } = worn(`quality ${String(i)}`);
      for (let second = 20; second < 3600; second += 5) {
        time.run(1000 * second);
        const { value, quality } = sensors.vitals.sample().find(({ vital }) => vital === VITAL.oxygenSaturation)!;
        const state = body.state(second);
        if (state.motion > 600) {
          moving++;
          if (value === undefined) withheld++;
        }
        if (value !== undefined) errors.push({ quality, error: Math.abs(value / 10 - state.oxygenSaturation) });
      }
    }
    assert.ok(moving > 20 && withheld > 0.5 * moving, `${String(withheld)} of ${String(moving)} withheld in motion`);
    const mean = (list: typeof errors): number => list.reduce((sum, { error }) => sum + error, 0) / list.length;
    const good = errors.filter(({ quality }) => quality >= 85);
    const poor = errors.filter(({ quality }) => quality < 65);
    assert.ok(good.length > 500 && poor.length > 50);
    assert.ok(mean(poor) > 2 * mean(good), `${String(mean(poor))} against ${String(mean(good))}`);
  });

  it('withhold the heart rate and report the event when the lead is off', () => {
    let seen = 0;
    for (let i = 0; i < 12; i++) {
      const { time, body, sensors } = worn(`lead ${String(i)}`);
      const events: EventCode[] = [];
      sensors.events!.onEvent = (code) => events.push(code);
      let episodes = 0;
      let before = false;
      for (let second = 1; second < 3600; second++) {
        time.run(1000 * second);
        const { leadOff } = body.state(second);
        if (leadOff && !before) episodes++;
        before = leadOff;
        if (leadOff) assert.equal(sensors.vitals.sample()[0]!.value, undefined);
      }
      assert.equal(events.filter((code) => code === EVENT.leadOff).length, episodes);
      seen += episodes;
    }
    assert.ok(seen >= 2);
  });

  it('count the samples of a channel while it runs, and give each its tick', () => {
    const { time, sensors } = worn('wave', -60_000);
    const ecg = sensors.waveforms.find(({ channel }) => channel === CHANNEL.ecgII)!;
    time.run(10_000);
    assert.equal(ecg.read(), undefined);
    ecg.start();
    assert.equal(ecg.read(), undefined);
    let next = 0;
    for (let ms = 10_500; ms <= 20_000; ms += 500) {
      time.run(ms);
      const { firstIndex, tick, samples } = ecg.read()!;
      assert.equal(firstIndex, next);
      assert.equal(tick, 10_000 + next * 4);
      assert.equal(samples.length, 125);
      next += samples.length;
    }
    ecg.stop();
    time.run(30_000);
    assert.equal(ecg.read(), undefined);
    ecg.start();
    time.run(31_000);
    const again = ecg.read()!;
    assert.deepEqual([again.firstIndex, again.tick, again.samples.length], [next, 30_000, 250]);
  });

  it('keep the newest samples for a reader that was away, and say by the index what is missing', () => {
    for (const channel of [CHANNEL.ecgII, CHANNEL.ppgInfrared, CHANNEL.accelerationZ]) {
      const { time, sensors } = worn('away');
      const wave = sensors.waveforms.find((candidate) => candidate.channel === channel)!;
      const rate = wave.rateMilliHertz / 1000;
      time.run(1000);
      wave.start();
      time.run(101_000);
      const { firstIndex, samples } = wave.read()!;
      assert.equal(samples.length, Math.min(MAX_READ_SAMPLES, BUFFER_SECONDS * rate));
      assert.equal(firstIndex, 100 * rate - samples.length);
    }
  });

  it('have each channel once', () => {
    const channels = worn('a').sensors.waveforms.map(({ channel }) => channel);
    assert.equal(new Set(channels).size, channels.length);
    const vitals: Vital[] = worn('a').sensors.vitals.sample().map(({ vital }) => vital);
    assert.equal(new Set(vitals).size, vitals.length);
  });
});
