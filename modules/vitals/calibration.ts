// SpO2 calibration as data: a table from the ratio of ratios to oxygen saturation. A curve belongs to one sensor, its
// LEDs, its place on the body and the people it was fitted on; until someone has calibrated this hardware against
// blood samples or a reference oximeter, its readings are labelled uncalibrated.

/** A calibration table, as it comes in a command or from storage. */
export interface Spo2Calibration {
  /** For people: which curve this is. */
  readonly name: string;
  /** Whether someone has fitted it to this hardware. */
  readonly calibrated: boolean;
  /** Where it comes from. */
  readonly source: string;
  /** Pairs of ratio and percent; ratios rise, 2 to MAX_CALIBRATION_POINTS of them. */
  readonly points: readonly (readonly [ratio: number, percent: number])[];
}

export const MAX_CALIBRATION_POINTS = 32;

/** The line that textbooks print; no sensor was ever shipped with it. Right to some 5 points, on a good day. */
export const TEXTBOOK_CALIBRATION: Spo2Calibration = {
  name: 'textbook line 110 - 25 R',
  calibrated: false,
  source: 'J. G. Webster (ed.), Design of Pulse Oximeters, 1997, chapter 10',
  points: [[0.4, 100], [2, 60]],
};

/** @throws RangeError when the table is none */
export function checkCalibration(calibration: Spo2Calibration): void {
  const { points } = calibration;
  if (points.length < 2 || points.length > MAX_CALIBRATION_POINTS) throw new RangeError(`a calibration has 2 to ${MAX_CALIBRATION_POINTS} points`);
  for (let i = 0; i < points.length; i++) {
    const [ratio, percent] = points[i]!;
    if (!(ratio > 0 && ratio < 10) || !(percent >= 0 && percent <= 110)) throw new RangeError('calibration point out of range');
    if (i > 0 && ratio <= points[i - 1]![0]) throw new RangeError('calibration ratios must rise');
  }
}

/**
 * Reads the table, straight between its points.
 * @returns percent, 0 to 100, or `undefined` for a ratio far (a tenth of the table's width) outside the table
 */
export function saturation(calibration: Spo2Calibration, ratio: number): number | undefined {
  const { points } = calibration;
  const last = points.length - 1;
  const margin = (points[last]![0] - points[0]![0]) / 10;
  if (!(ratio >= points[0]![0] - margin && ratio <= points[last]![0] + margin)) return undefined;
  let i = 1;
  while (i < last && ratio > points[i]![0]) i++;
  const [r0, p0] = points[i - 1]!;
  const [r1, p1] = points[i]!;
  return Math.max(0, Math.min(100, p0 + ((ratio - r0) / (r1 - r0)) * (p1 - p0)));
}
