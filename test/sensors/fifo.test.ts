import assert from 'node:assert/strict';
import { SimulatedI2c } from 'lorica/hosts/simulator/chips/i2c';
import { Lis3dhChip } from 'lorica/hosts/simulator/chips/lis3dh';
import { Max30003Chip } from 'lorica/hosts/simulator/chips/max30003';
import { Max30102Chip } from 'lorica/hosts/simulator/chips/max30102';
import { SENSOR_FAULT } from 'lorica/sensors/fault';
import type { SensorFault } from 'lorica/sensors/fault';
import { Lis3dh, LIS3DH_RATE_HZ } from 'lorica/sensors/lis3dh';
import { Max30003, MAX30003_RATE_HZ } from 'lorica/sensors/max30003';
import { Max30102 } from 'lorica/sensors/max30102';
import { SLOW_ATTEMPT_CALLS } from 'lorica/sensors/starter';

/** A chip and its driver, seen alike: each signal is a clock itself, so a sample tells when it was taken. */
interface Bench {
  readonly name: string;
  readonly rateHz: number;
  readonly faults: SensorFault[];
  /** Time in ms that passes before `poll`. @returns times that the samples tell, and how many were lost before them */
  poll(afterMs: number): { lost: number; times: number[] } | undefined;
  readonly chip: { hangs: boolean; drift: number; powerUp(): void };
  breakBus(transfers: number): void;
  wrongPart(): void;
  rightPart(): void;
  transfers(): number;
  close(): void;
}

/** One step of the signal, in ms; it wraps after WRAP steps. */
const STEP_MS = 1;
const WRAP = 1900;

function makeMax30102(): Bench {
  let now = 0;
  const faults: SensorFault[] = [];
  const bus = new SimulatedI2c();
  // Kept between the thresholds of the current control, which would scale the clock.
  const chip = new Max30102Chip(() => now, (at) => [100_000, 100_000 + 8 * (Math.round(at / STEP_MS) % WRAP)]);
  bus.attach(0x57, chip);
  const driver = new Max30102({ sensor: { io: bus.io }, clock: { now: () => now }, onError: (fault) => faults.push(fault) });
  return {
    name: 'MAX30102', rateHz: 100, faults, chip,
    poll(afterMs) {
      now += afterMs;
      const batch = driver.sample();
      return batch === undefined ? undefined : { lost: batch.lost, times: [...batch.infrared.subarray(0, batch.count)].map((value) => ((value - 100_000) / 8) * STEP_MS) };
    },
    breakBus: (transfers) => { bus.nack(transfers); },
    wrongPart: () => { chip.part = 0x11; }, rightPart: () => { chip.part = 0x15; },
    transfers: () => bus.transfers, close: () => { driver.close(); },
  };
}

function makeLis3dh(): Bench {
  let now = 0;
  const faults: SensorFault[] = [];
  const bus = new SimulatedI2c();
  const chip = new Lis3dhChip(() => now, (at) => {
    const step = Math.round(at / STEP_MS) % WRAP;
    return [(step % 44) * 4, Math.floor(step / 44) * 4, 1000];
  });
  bus.attach(0x18, chip);
  const driver = new Lis3dh({ sensor: { io: bus.io }, clock: { now: () => now }, onError: (fault) => faults.push(fault) });
  return {
    name: 'LIS3DH', rateHz: LIS3DH_RATE_HZ, faults, chip,
    poll(afterMs) {
      now += afterMs;
      const batch = driver.sample();
      return batch === undefined ? undefined : { lost: batch.lost, times: Array.from({ length: batch.count }, (_, i) => (batch.x[i]! / 4 + (batch.y[i]! / 4) * 44) * STEP_MS) };
    },
    breakBus: (transfers) => { bus.nack(transfers); },
    wrongPart: () => { chip.identity = 0x32; }, rightPart: () => { chip.identity = 0x33; },
    transfers: () => bus.transfers, close: () => { driver.close(); },
  };
}

function makeMax30003(): Bench {
  let now = 0;
  const faults: SensorFault[] = [];
  const chip = new Max30003Chip(() => now, (at) => 10 * (Math.round(at / STEP_MS) % WRAP));
  const driver = new Max30003({ sensor: { io: chip.io }, clock: { now: () => now }, onError: (fault) => faults.push(fault) });
  return {
    name: 'MAX30003', rateHz: MAX30003_RATE_HZ, faults, chip,
    poll(afterMs) {
      now += afterMs;
      const batch = driver.sample();
      return batch === undefined ? undefined : { lost: batch.lost, times: [...batch.microvolts.subarray(0, batch.count)].map((value) => Math.round(value / 10) * STEP_MS) };
    },
    breakBus: (transfers) => { chip.failures = transfers; },
    wrongPart: () => { chip.information = 0xff_ffff; }, rightPart: () => { chip.information = 0x51_0000; },
    transfers: () => chip.transfers, close: () => { driver.close(); },
  };
}

/** Follows the stream as a consumer does: by counting; and compares with what the samples themselves say. */
class Follower {
  readonly bench: Bench;
  samples = 0;
  lost = 0;
  worstSamples = 0;
  #index = 0;

  constructor(bench: Bench) {
    this.bench = bench;
    // The first call starts the chip, at time 0.
    this.poll(0);
  }

  poll(afterMs: number): boolean {
    const batch = this.bench.poll(afterMs);
    if (batch === undefined) return false;
    this.#index += batch.lost;
    this.lost += batch.lost;
    for (const time of batch.times) {
      this.#index++;
      this.samples++;
      const counted = ((1000 * this.#index) / this.bench.rateHz) % (WRAP * STEP_MS);
      const apart = Math.abs(counted - time);
      this.worstSamples = Math.max(this.worstSamples, (Math.min(apart, WRAP * STEP_MS - apart) * this.bench.rateHz) / 1000);
    }
    return true;
  }
}

for (const make of [makeMax30102, makeLis3dh, makeMax30003]) {
  describe(`the driver of ${make().name}`, () => {
    /** A pause that never fills the FIFO, and one that overfills it by a few samples. */
    const { rateHz } = make();
    const pause = (1000 * 20) / rateHz;
    const tooLong = (1000 * 45) / rateHz;
    const farTooLong = (1000 * 300) / rateHz;

    it('gives each sample once, in order, at its time', () => {
      const follower = new Follower(make());
      for (let i = 0; i < 50; i++) assert.ok(follower.poll(i % 3 === 0 ? pause : pause / 7));
      assert.deepEqual([follower.lost, follower.bench.faults], [0, []]);
      assert.ok(follower.samples > 300 && follower.worstSamples < 1, `${follower.worstSamples}`);
    });

    for (const [what, wait] of [['a short', tooLong], ['a long', farTooLong]] as const) {
      it(`tells ${what} overrun and gives no sample the time of another`, () => {
        const follower = new Follower(make());
        for (let i = 0; i < 5; i++) follower.poll(pause);
        follower.poll(wait);
        for (let i = 0; i < 20; i++) follower.poll(pause);
        assert.deepEqual([...new Set(follower.bench.faults)], [SENSOR_FAULT.overrun]);
        assert.ok(follower.lost >= 10 && follower.worstSamples <= 1.5, `${follower.lost} lost, ${follower.worstSamples} samples off`);
      });
    }

    it('starts anew after a reset in mid-run, and keeps time', () => {
      const follower = new Follower(make());
      for (let i = 0; i < 5; i++) follower.poll(pause);
      follower.bench.chip.powerUp();
      assert.equal(follower.poll(pause), false);
      assert.deepEqual(follower.bench.faults, [SENSOR_FAULT.resetInRun]);
      for (let i = 0; i < 20; i++) assert.ok(follower.poll(pause));
      assert.ok(follower.lost >= 15 && follower.worstSamples <= 2, `${follower.lost} lost, ${follower.worstSamples} samples off`);
    });

    it('survives a bus that fails at any one transfer', () => {
      for (let at = 0; at < 40; at++) {
        const follower = new Follower(make());
        for (let i = 0; i < 3; i++) follower.poll(pause);
        const before = follower.bench.transfers();
        let failed = false;
        for (let i = 0; i < 30; i++) {
          // One failing transfer, `at` transfers after the third batch or in a later one.
          if (!failed && follower.bench.transfers() - before >= at) {
            follower.bench.breakBus(1);
            failed = true;
          }
          follower.poll(pause);
        }
        assert.ok(follower.bench.faults.every((fault) => fault === SENSOR_FAULT.bus || fault === SENSOR_FAULT.overrun), `${follower.bench.faults.join()}`);
        assert.ok(follower.bench.faults.length <= 3 && follower.worstSamples <= 3, `${follower.worstSamples} samples off`);
        assert.ok(follower.poll(pause));
      }
    });

    it('tells a wrong part, tries less and less often, and recovers when the right one is there', () => {
      const bench = make();
      bench.wrongPart();
      for (let i = 0; i < 3; i++) assert.equal(bench.poll(pause), undefined);
      assert.deepEqual(bench.faults, [SENSOR_FAULT.wrongPart, SENSOR_FAULT.wrongPart, SENSOR_FAULT.wrongPart]);
      const transfers = bench.transfers();
      for (let i = 0; i < 4 * SLOW_ATTEMPT_CALLS; i++) bench.poll(pause);
      assert.equal(bench.faults.length, 7);
      assert.ok(bench.transfers() - transfers <= 4 * 4, 'a dead chip costs little');
      bench.rightPart();
      for (let i = 0; i < SLOW_ATTEMPT_CALLS + 1; i++) bench.poll(pause);
      assert.ok((bench.poll(pause)?.times.length ?? 0) > 10);
    });

    it('notices a chip that stops sampling, and starts it anew', () => {
      const follower = new Follower(make());
      for (let i = 0; i < 5; i++) follower.poll(pause);
      follower.bench.chip.hangs = true;
      for (let i = 0; i < 3; i++) follower.poll(pause);
      assert.ok(follower.bench.faults.includes(SENSOR_FAULT.timeout));
      follower.bench.chip.hangs = false;
      for (let i = 0; i < 10; i++) follower.poll(pause);
      assert.ok(follower.poll(pause) && follower.worstSamples <= 2, `${follower.worstSamples}`);
    });

    it('does not take the drift of an oscillator for loss', () => {
      for (const drift of [-0.03, 0.03]) {
        const bench = make();
        bench.chip.drift = drift;
        bench.poll(0);
        let lost = 0;
        for (let i = 0; i < 200; i++) lost += bench.poll(pause)?.lost ?? 0;
        assert.deepEqual([lost, bench.faults], [0, []]);
      }
    });

    it('throws after it was closed, if asked again, no further than its own call', () => {
      const bench = make();
      bench.poll(0);
      bench.close();
      assert.equal(bench.poll(pause), undefined);
    });
  });
}

describe('MAX30102 in particular', () => {
  function lit(light: (at: number) => readonly [number, number]) {
    let now = 0;
    const faults: SensorFault[] = [];
    const bus = new SimulatedI2c();
    const chip = new Max30102Chip(() => now, light);
    bus.attach(0x57, chip);
    const driver = new Max30102({ sensor: { io: bus.io }, clock: { now: () => now }, onError: (fault) => faults.push(fault) });
    return { driver, chip, faults, bus, after: (ms: number) => { now += ms; return driver.sample(); } };
  }

  it('turns its LEDs down where it is bright and up where it is dim, and gives the change as lost', () => {
    const bench = lit(() => [300_000, 30_000]);
    let lost = 0;
    let count = 0;
    for (let i = 0; i < 60; i++) {
      const batch = bench.after(200);
      lost += batch?.lost ?? 0;
      count += batch?.count ?? 0;
    }
    const batch = bench.after(200)!;
    assert.ok(batch.red[0]! < 230_000 && batch.infrared[0]! > 60_000, `${batch.red[0]} ${batch.infrared[0]}`);
    assert.ok(lost > 0 && lost < 60);
    // The first call starts the chip; 59 more, 200 ms apart, account for every sample.
    assert.equal(lost + count, 59 * 20);
  });

  it('turns them up for no dark room', () => {
    const bench = lit(() => [300, 200]);
    for (let i = 0; i < 20; i++) bench.after(200);
    assert.deepEqual(bench.driver.currents, { redMa: 6.4, infraredMa: 6.4 });
  });

  it('reads the die temperature, below zero too', () => {
    const bench = lit(() => [100_000, 100_000]);
    assert.equal(bench.driver.dieTemperature(), 31.25);
    bench.chip.dieCelsius = -5.5;
    assert.equal(bench.driver.dieTemperature(), -5.5);
  });

  it('clocks a stuck bus free, and goes on when it cannot but someone else does', () => {
    const bench = lit(() => [100_000, 100_000]);
    bench.after(0);
    bench.bus.stick();
    assert.equal(bench.after(100), undefined);
    assert.ok(bench.after(100) !== undefined);
    bench.bus.stick(false);
    for (let i = 0; i < 10; i++) assert.equal(bench.after(100), undefined);
    bench.bus.free();
    for (let i = 0; i < SLOW_ATTEMPT_CALLS; i++) bench.after(100);
    assert.ok(bench.after(100) !== undefined);
    assert.ok(bench.faults.every((fault) => fault === SENSOR_FAULT.bus || fault === SENSOR_FAULT.overrun));
  });

  it('sleeps with its LEDs off and wakes as a new stream', () => {
    const bench = lit(() => [100_000, 100_000]);
    bench.after(0);
    bench.after(200);
    bench.driver.sleep();
    assert.deepEqual([bench.after(60_000)?.lost, bench.after(200)?.lost, bench.faults.length], [0, 0, 0]);
  });

  it('refuses a rate that the chip has not', () => {
    assert.throws(() => new Max30102({ sensor: { io: new SimulatedI2c().io }, clock: { now: () => 0 }, rateHz: 60 }), RangeError);
  });
});

describe('MAX30003 in particular', () => {
  it('gives microvolts of both signs, lead-off, and refuses garbled words', () => {
    let now = 0;
    const faults: SensorFault[] = [];
    const chip = new Max30003Chip(() => now, (at) => (at > 500 ? -1234 : 1234));
    const driver = new Max30003({ sensor: { io: chip.io }, clock: { now: () => now }, onError: (fault) => faults.push(fault) });
    driver.sample();
    now = 100;
    assert.equal(driver.sample()?.microvolts[0], 1234);
    for (; now < 640; now += 80) driver.sample();
    chip.leadOff = true;
    const batch = driver.sample()!;
    assert.deepEqual([batch.microvolts[batch.count - 1], batch.leadOff, faults.length], [-1234, true, 0]);
    chip.garble = 1;
    now += 80;
    assert.equal(driver.sample(), undefined);
    assert.deepEqual(faults, [SENSOR_FAULT.badData]);
    now += 80;
    assert.ok(driver.sample() !== undefined);
  });
});
