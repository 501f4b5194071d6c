import assert from 'node:assert/strict';
import { checkCalibration, MAX_CALIBRATION_POINTS, saturation, TEXTBOOK_CALIBRATION } from 'lorica/vitals/calibration';
import type { Spo2Calibration } from 'lorica/vitals/calibration';
import { Spo2Monitor } from 'lorica/vitals/spo2-monitor';
import { EXTINCTION, makeFinger } from '../support/vitals/beer-lambert.ts';
import type { FingerOptions } from '../support/vitals/beer-lambert.ts';
import { makePulse, steadyBeats } from '../support/vitals/heart.ts';
import { SeededRandom } from '../support/vitals/random.ts';

const RATE_HZ = 100;
const SECONDS = 40;

function measure(percent: number, calibration: Spo2Calibration, options: Partial<FingerOptions> = {}, perMinute = 72): Spo2Monitor {
  const pulse = makePulse(steadyBeats(SECONDS, perMinute, 0.03, 4), SECONDS, RATE_HZ);
  const { red, infrared } = makeFinger({ saturation: () => percent / 100, pulse, rateHz: RATE_HZ, ...options });
  const monitor = new Spo2Monitor({ rateHz: RATE_HZ, calibration });
  for (let i = 0; i < pulse.length; i++) monitor.push(red[i]!, infrared[i]!);
  return monitor;
}

/** What someone with this sensor and a reference would do: hold the saturation, read the ratio, write both down. */
function calibrate(): Spo2Calibration {
  const points = [100, 92, 84, 76, 68].map((percent) => [measure(percent, TEXTBOOK_CALIBRATION).ratio ?? 0, percent] as const);
  return { name: 'modelled finger, 660 and 940 nm', calibrated: true, source: 'this test', points };
}

describe('oxygen saturation, on synthetic light', () => {
  it('measures the ratio that Beer and Lambert give', () => {
    for (const s of [0.7, 0.85, 1]) {
      const red = s * EXTINCTION[660].oxygenated + (1 - s) * EXTINCTION[660].reduced;
      const infrared = s * EXTINCTION[940].oxygenated + (1 - s) * EXTINCTION[940].reduced;
      const ratio = measure(100 * s, TEXTBOOK_CALIBRATION).ratio ?? 0;
      assert.ok(Math.abs(ratio - red / infrared) < 0.02, `${ratio} for ${red / infrared}`);
    }
  });

  it('is within 2 points from 70 to 100 % with the matching calibration, whatever pulse and perfusion', () => {
    const calibration = calibrate();
    for (const [pathMm, perMinute] of [[0.02, 72], [0.008, 50], [0.06, 130]] as const) {
      for (let percent = 70; percent <= 100; percent += 3) {
        const found = measure(percent, calibration, { pathMm }, perMinute).percent;
        assert.ok(found !== undefined && Math.abs(found - percent) <= 2, `${found} for ${percent} at ${pathMm} mm, ${perMinute}/min`);
      }
    }
  });

  it('is wrong with a calibration of another sensor, and says that it is uncalibrated', () => {
    const monitor = measure(70, TEXTBOOK_CALIBRATION);
    assert.equal(monitor.calibrated, false);
    assert.ok(Math.abs((monitor.percent ?? 0) - 70) > 5);
  });

  it('follows a fall from 98 to 80 %', () => {
    const monitor = measure(98, calibrate(), { saturation: (t) => (t < 20 ? 0.98 : 0.8) });
    assert.ok(Math.abs((monitor.percent ?? 0) - 80) <= 2);
  });

  it('withholds under motion, and does so at once when the accelerometer says so', () => {
    const random = new SeededRandom(4);
    let sway = 0;
    const motion = Float64Array.from({ length: SECONDS * RATE_HZ }, (_, i) => {
      sway += 0.3 * random.normal() - 0.05 * sway;
      return i > 2000 ? 0.02 * sway : 0;
    });
    assert.equal(measure(95, calibrate(), { motion }).percent, undefined);
    const still = measure(95, calibrate());
    assert.ok(still.percent !== undefined);
    still.motion(400);
    for (let i = 0; i < RATE_HZ; i++) still.push(118_000, 131_000);
    assert.equal(still.percent, undefined);
  });

  it('withholds what is no finger: converter noise, and light without a pulse', () => {
    const pulse = new Float64Array(SECONDS * RATE_HZ);
    const { red, infrared } = makeFinger({ saturation: () => 0.95, pulse, rateHz: RATE_HZ });
    const monitor = new Spo2Monitor({ rateHz: RATE_HZ });
    let shown = 0;
    for (let i = 0; i < pulse.length; i++) {
      monitor.push(red[i]!, infrared[i]!);
      if (monitor.percent !== undefined) shown++;
    }
    assert.equal(shown, 0);
  });

  it('forgets across missing samples', () => {
    const monitor = measure(95, calibrate());
    monitor.skip(50);
    assert.deepEqual([monitor.quality, monitor.ratio, monitor.percent], [0, undefined, undefined]);
  });

  it('reads the table straight between points, and nothing far outside it', () => {
    const table: Spo2Calibration = { name: '', calibrated: true, source: '', points: [[0.5, 100], [1, 85], [1.5, 70]] };
    assert.deepEqual([saturation(table, 0.75), saturation(table, 1.25), saturation(table, 0.41)], [92.5, 77.5, 100]);
    assert.deepEqual([saturation(table, 0.39), saturation(table, 1.61), saturation(table, Number.NaN)], [undefined, undefined, undefined]);
  });

  it('refuses a table that is none', () => {
    const bad = (points: Spo2Calibration['points']) => assert.throws(() => checkCalibration({ name: '', calibrated: false, source: '', points }), RangeError);
    bad([[1, 90]]);
    bad([[1, 90], [1, 80]]);
    bad([[1, 90], [2, 111]]);
    bad([[0, 90], [2, 80]]);
    bad(Array.from({ length: MAX_CALIBRATION_POINTS + 1 }, (_, i) => [1 + i / 100, 90] as const));
    checkCalibration(TEXTBOOK_CALIBRATION);
  });
});
