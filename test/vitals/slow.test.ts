import assert from 'node:assert/strict';
import { Alarm, CONDITION_LIMITS, DEFAULT_LIMITS } from 'lorica/vitals/alarms';
import { BatteryMonitor, LITHIUM_POLYMER } from 'lorica/vitals/battery';
import { MAX_MOTION_RATE_HZ, MotionMonitor } from 'lorica/vitals/motion';
import { checkPlan, CONTINUOUS_PLAN, DEFAULT_PLAN, MAX_PLAN_LIMITS, MAX_PLAN_SENSORS } from 'lorica/vitals/plan';
import type { SamplingPlan } from 'lorica/vitals/plan';
import { MAX_RING, Ring } from 'lorica/vitals/ring';
import { TemperatureMonitor } from 'lorica/vitals/temperature';
import { readCsv } from 'lorica/hosts/node/wfdb/csv';
import { SeededRandom } from '../support/vitals/random.ts';
import { recording } from '../support/recordings.ts';

const RATE_HZ = 25;

/** A wearer who stands still, with the noise of a cheap accelerometer. */
function stand(monitor: MotionMonitor, seconds: number, [x, y, z]: readonly [number, number, number] = [0, 0, 1000], noiseMg = 3): void {
  const random = new SeededRandom(2);
  for (let i = 0; i < seconds * RATE_HZ; i++) monitor.push(x + noiseMg * random.normal(), y + noiseMg * random.normal(), z + noiseMg * random.normal());
}

function walk(monitor: MotionMonitor, seconds: number, stepsPerS: number): void {
  for (let i = 0; i < seconds * RATE_HZ; i++) monitor.push(30, 20, 1000 + 350 * Math.sin((2 * Math.PI * stepsPerS * i) / RATE_HZ));
}

describe('motion', () => {
  it('counts the steps of a walk and none of a single jolt', () => {
    const monitor = new MotionMonitor({ rateHz: RATE_HZ });
    stand(monitor, 10);
    monitor.push(0, 0, 1600);
    stand(monitor, 10);
    assert.equal(monitor.steps, 0);
    walk(monitor, 60, 1.8);
    assert.ok(Math.abs(monitor.steps - 108) <= 4, `${monitor.steps}`);
    assert.ok(monitor.activityMg > 100);
  });

  function fallen(after: readonly [number, number, number], lieStillMg = 5): number {
    let falls = 0;
    const monitor = new MotionMonitor({ rateHz: RATE_HZ, onFall: () => falls++ });
    stand(monitor, 20);
    for (let i = 0; i < 8; i++) monitor.push(50, 30, 200);
    for (const z of [3200, 2600, 1500]) monitor.push(500, 300, z);
    stand(monitor, 10, after, lieStillMg);
    return falls;
  }

  it('tells a fall, once', () => assert.equal(fallen([1000, 0, 50]), 1));
  it('takes no jump for a fall: the wearer stands as before', () => assert.equal(fallen([0, 0, 1000]), 0));
  it('takes no tumble for a fall while the wearer moves on', () => assert.equal(fallen([1000, 0, 50], 200), 0));

  it('tells no motion after the time that was asked for, and motion at once', () => {
    const monitor = new MotionMonitor({ rateHz: RATE_HZ, noMotionS: 30 });
    stand(monitor, 29);
    assert.equal(monitor.noMotion, false);
    stand(monitor, 2);
    assert.equal(monitor.noMotion, true);
    monitor.push(400, 0, 1000);
    assert.equal(monitor.noMotion, false);
  });

  it('has no quality where there is no gravity', () => {
    const broken = new MotionMonitor({ rateHz: RATE_HZ });
    stand(broken, 20, [0, 0, 0]);
    const whole = new MotionMonitor({ rateHz: RATE_HZ });
    stand(whole, 20);
    assert.deepEqual([broken.quality, whole.quality], [0, 100]);
    assert.throws(() => new MotionMonitor({ rateHz: MAX_MOTION_RATE_HZ + 1 }), RangeError);
  });

  it('finds neither a fall nor a lasting stillness in a real wrist', function () {
    const path = recording(this, 'empatica-e4/ACC.csv');
    const axes = [1, 2, 3].map((column) => readCsv(path, { column, rate: 32 }).samples);
    let falls = 0;
    const monitor = new MotionMonitor({ rateHz: 32, onFall: () => falls++ });
    for (let i = 2; i < axes[0]!.length; i++) monitor.push((1000 * axes[0]![i]!) / 64, (1000 * axes[1]![i]!) / 64, (1000 * axes[2]![i]!) / 64);
    assert.deepEqual([falls, monitor.noMotion], [0, false]);
    assert.ok(monitor.quality > 50);
  });
});

describe('temperature', () => {
  it('shows the middle of steady readings, and nothing while the sensor warms up or lies on a table', () => {
    const monitor = new TemperatureMonitor();
    for (const celsius of [28, 30, 31.5, 32.4, 32.9]) monitor.push(celsius);
    assert.equal(monitor.celsius, undefined);
    for (const celsius of [33.2, 33.25, 33.3, 33.28, 33.26]) monitor.push(celsius);
    assert.deepEqual([monitor.celsius, monitor.quality], [33.26, 100]);
    monitor.push(19.9);
    assert.deepEqual([monitor.celsius, monitor.quality], [undefined, 0]);
    monitor.push(Number.NaN);
    assert.equal(monitor.celsius, undefined);
  });
});

describe('battery', () => {
  it('reads the curve at its points and between them, and drops what no cell has', () => {
    const percent = (millivolts: number) => {
      const monitor = new BatteryMonitor();
      monitor.push(millivolts);
      return monitor.percent;
    };
    for (const [millivolts, expected] of LITHIUM_POLYMER) assert.equal(percent(millivolts), expected);
    assert.deepEqual([percent(3440), percent(3000), percent(4300), percent(0), percent(9000)], [2.5, 0, 100, undefined, undefined]);
  });
});

describe('alarms', () => {
  it('rise after the hold time and end after the clear time, to the second', () => {
    const alarm = new Alarm({ kind: 'tachycardia', above: 140, holdS: 10, clearS: 5 });
    const changes: string[] = [];
    for (let t = 0; t < 60; t++) {
      const change = alarm.update(t >= 5 && t < 30 ? 141 : 140, t);
      if (change !== undefined) changes.push(`${change} ${t}`);
    }
    assert.deepEqual(changes, ['raised 15', 'cleared 35']);
  });

  it('are neither raised nor ended by withheld values, which break the hold', () => {
    const alarm = new Alarm({ kind: 'low-spo2', below: 90, holdS: 3, clearS: 3 });
    for (let t = 0; t < 3; t++) assert.equal(alarm.update(85, t), undefined);
    assert.equal(alarm.update(undefined, 3), undefined);
    for (let t = 4; t < 7; t++) assert.equal(alarm.update(85, t), undefined);
    assert.equal(alarm.update(85, 7), 'raised');
    for (let t = 8; t < 60; t++) alarm.update(undefined, t);
    assert.equal(alarm.active, true);
  });

  it('come at once where the limit says so, and need a limit', () => {
    assert.equal(new Alarm(CONDITION_LIMITS.fall).update(1, 0), 'raised');
    assert.throws(() => new Alarm({ kind: 'fall', holdS: 0, clearS: 0 }), RangeError);
    assert.throws(() => new Alarm({ ...DEFAULT_LIMITS.spo2[0], holdS: -1 }), RangeError);
  });
});

describe('the sampling plan', () => {
  it('has defaults that can be followed', () => assert.ok(checkPlan(DEFAULT_PLAN) && checkPlan(CONTINUOUS_PLAN)));

  it('refuses what no node could follow', () => {
    const [ecg, ...others] = DEFAULT_PLAN.sensors;
    const bad: SamplingPlan[] = [
      { ...DEFAULT_PLAN, version: -1 }, { ...DEFAULT_PLAN, version: 1.5 }, { ...DEFAULT_PLAN, reportS: 0 }, { ...DEFAULT_PLAN, deliverS: Number.NaN },
      { ...DEFAULT_PLAN, sensors: [{ ...ecg!, rateHz: 5000 }, ...others] }, { ...DEFAULT_PLAN, sensors: [{ ...ecg!, onS: 2 }, ...others] },
      { ...DEFAULT_PLAN, sensors: [{ ...ecg!, everyS: 10 }, ...others] }, { ...DEFAULT_PLAN, sensors: [ecg!, ecg!] },
      { ...DEFAULT_PLAN, sensors: new Array(MAX_PLAN_SENSORS + 1).fill(ecg!) }, { ...DEFAULT_PLAN, limits: [{ kind: 'fall', holdS: 0, clearS: 0 }] },
      { ...DEFAULT_PLAN, limits: new Array(MAX_PLAN_LIMITS + 1).fill(CONDITION_LIMITS.fall) },
    ];
    for (const plan of bad) assert.equal(checkPlan(plan), false, JSON.stringify(plan).slice(0, 200));
  });
});

describe('the ring', () => {
  it('keeps the last values and tells their middle', () => {
    const ring = new Ring(4);
    assert.deepEqual([ring.mean(), ring.quantile(0.5), ring.middleMean()], [0, 0, 0]);
    for (const value of [100, 9, 1, 5, 3]) ring.push(value);
    assert.deepEqual([ring.length, ring.full, ring.mean(), ring.quantile(0), ring.quantile(1), ring.middleMean(), ring.recent(0), ring.recent(3)], [4, true, 4.5, 1, 9, 4, 3, 9]);
    assert.throws(() => ring.recent(4), RangeError);
    assert.throws(() => new Ring(MAX_RING + 1), RangeError);
  });
});
