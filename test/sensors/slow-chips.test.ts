import assert from 'node:assert/strict';
import { SimulatedI2c } from 'lorica/hosts/simulator/chips/i2c';
import { Max17048Chip, Max30205Chip, Tmp117Chip } from 'lorica/hosts/simulator/chips/slow-chips';
import { Ad8232 } from 'lorica/sensors/ad8232';
import { SENSOR_FAULT } from 'lorica/sensors/fault';
import type { SensorFault } from 'lorica/sensors/fault';
import { Max17048 } from 'lorica/sensors/max17048';
import { Max30205, Tmp117 } from 'lorica/sensors/thermometers';

function thermometer(kind: 'tmp117' | 'max30205', celsius: number) {
  let now = 0;
  const faults: SensorFault[] = [];
  const bus = new SimulatedI2c();
  const chip = kind === 'tmp117' ? new Tmp117Chip(() => now, celsius) : new Max30205Chip(() => now, celsius);
  bus.attach(0x48, chip);
  const options = { sensor: { io: bus.io }, onError: (fault: SensorFault) => faults.push(fault) };
  const driver = kind === 'tmp117' ? new Tmp117(options) : new Max30205(options);
  return { driver, chip, bus, faults, after: (ms: number) => { now += ms; return driver.sample(); } };
}

for (const kind of ['tmp117', 'max30205'] as const) {
  describe(`the thermometer ${kind}`, () => {
    it('gives what the call before asked for, to its resolution', () => {
      for (const celsius of [33.25, -4.5, 0]) {
        const { after } = thermometer(kind, celsius);
        assert.equal(after(0), undefined);
        assert.equal(after(1000), celsius);
      }
    });

    it('starts anew after a reset, a missing acknowledgement and a stuck bus', () => {
      const bench = thermometer(kind, 33);
      bench.after(0);
      bench.chip.powerUp();
      assert.equal(bench.after(1000), undefined);
      bench.after(1000);
      assert.equal(bench.after(1000), 33);
      bench.bus.nack(1);
      assert.equal(bench.after(1000), undefined);
      bench.after(1000);
      bench.bus.stick();
      assert.equal(bench.after(1000), undefined);
      bench.after(1000);
      assert.equal(bench.after(1000), 33);
      assert.deepEqual(bench.faults, [SENSOR_FAULT.resetInRun, SENSOR_FAULT.bus, SENSOR_FAULT.bus]);
    });

    it('tells a wrong part', () => {
      const bench = thermometer(kind, 33);
      if (bench.chip instanceof Tmp117Chip) bench.chip.part = 0x118;
      else bench.chip.hysteresis = 0;
      assert.equal(bench.after(0), undefined);
      assert.deepEqual(bench.faults, [SENSOR_FAULT.wrongPart]);
    });
  });
}

describe('thermometers in trouble', () => {
  it('tell a conversion that never ends', () => {
    const bench = thermometer('tmp117', 33);
    (bench.chip as Tmp117Chip).hangs = true;
    for (let i = 0; i < 5; i++) assert.equal(bench.after(1000), undefined);
    assert.deepEqual(bench.faults, [SENSOR_FAULT.timeout]);
  });

  it('tell a temperature that no body has', () => {
    const bench = thermometer('max30205', 100);
    bench.after(0);
    assert.equal(bench.after(1000), undefined);
    assert.deepEqual(bench.faults, [SENSOR_FAULT.badData]);
  });
});

describe('the fuel gauge MAX17048', () => {
  function gauge() {
    const faults: SensorFault[] = [];
    const bus = new SimulatedI2c();
    const chip = new Max17048Chip(() => 0);
    bus.attach(0x36, chip);
    return { chip, bus, faults, driver: new Max17048({ sensor: { io: bus.io }, onError: (fault) => faults.push(fault) }) };
  }

  it('reads voltage, charge and the direction it goes', () => {
    const charge = gauge().driver.sample()!;
    assert.ok(Math.abs(charge.millivolts - 3900) < 0.1 && charge.percent === 64 && Math.abs(charge.percentPerHour + 0.6) < 0.11);
  });

  it('tells reset, wrong part and corrupt charge, and goes on', () => {
    const { chip, driver, faults, bus } = gauge();
    driver.sample();
    chip.powerUp();
    assert.equal(driver.sample(), undefined);
    assert.ok(driver.sample() !== undefined);
    chip.percent = 200;
    assert.equal(driver.sample(), undefined);
    chip.percent = 105;
    assert.equal(driver.sample()?.percent, 100);
    bus.nack(1);
    assert.equal(driver.sample(), undefined);
    chip.version = 0x0200;
    assert.equal(driver.sample(), undefined);
    assert.deepEqual(faults, [SENSOR_FAULT.resetInRun, SENSOR_FAULT.badData, SENSOR_FAULT.bus, SENSOR_FAULT.wrongPart]);
  });
});

describe('the ECG front end AD8232', () => {
  function frontEnd() {
    const state = { raw: 2048, plus: 0, minus: 0, fails: false };
    const faults: SensorFault[] = [];
    const close = () => {};
    const driver = new Ad8232({
      input: { resolution: 12, close, read: () => { if (state.fails) throw new Error('converter'); return state.raw; } },
      leadOffPlus: { read: () => state.plus, close }, leadOffMinus: { read: () => state.minus, close },
      fullScaleMv: 3300, onError: (fault) => faults.push(fault),
    });
    return { state, faults, driver };
  }

  it('gives microvolts around the middle', () => {
    const { state, driver } = frontEnd();
    assert.equal(driver.sample(), 0);
    state.raw = 4095;
    assert.equal(driver.sample(), Math.round((2047 * 3_300_000) / 4096 / 1100));
    state.raw = 0;
    assert.equal(driver.sample(), -1500);
  });

  it('gives nothing while either lead is off', () => {
    const { state, driver } = frontEnd();
    state.plus = 1;
    assert.deepEqual([driver.sample(), driver.leadOff], [undefined, true]);
    state.plus = 0;
    state.minus = 1;
    assert.equal(driver.sample(), undefined);
    state.minus = 0;
    assert.equal(driver.sample(), 0);
  });

  it('tells a converter that fails or hangs, once, and goes on', () => {
    const { state, driver, faults } = frontEnd();
    state.fails = true;
    assert.equal(driver.sample(), undefined);
    state.fails = false;
    for (let i = 0; i < 1500; i++) driver.sample();
    assert.equal(driver.sample(), undefined);
    state.raw = 2050;
    assert.ok(driver.sample() !== undefined);
    assert.deepEqual(faults, [SENSOR_FAULT.bus, SENSOR_FAULT.timeout]);
  });
});
