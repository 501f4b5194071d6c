// A body's state at one whole second. The numbers lie in a typed array behind accessors: a ward lives through some
// hundred thousand of these an hour, and boxed numbers made up most of their cost.

import type { Person } from './person.ts';

export class BodyState {
  leadOff = false;
  /** the impact of a fall is in this second */
  impact = false;
  readonly #numbers = new Float64Array(13);

  /** A person at rest, at second 0. */
  constructor(person: Person) {
    this.heartRate = person.restingHeartRate;
    this.respirationRate = person.restingRespirationRate;
    this.oxygenSaturation = person.oxygenSaturation;
    this.skinTemperature = person.skinTemperature;
    this.perfusionIndex = person.perfusionIndex;
    this.variability = 1;
  }

  /** whole seconds since the body's start */
  get second(): number { return this.#numbers[0]!; }
  set second(value: number) { this.#numbers[0] = value; }

  /** mean rate without its fluctuation, per minute */
  get heartRate(): number { return this.#numbers[1]!; }
  set heartRate(value: number) { this.#numbers[1] = value; }

  /** per minute */
  get respirationRate(): number { return this.#numbers[2]!; }
  set respirationRate(value: number) { this.#numbers[2] = value; }

  /** arterial, % */
  get oxygenSaturation(): number { return this.#numbers[3]!; }
  set oxygenSaturation(value: number) { this.#numbers[3] = value; }

  /** °C */
  get skinTemperature(): number { return this.#numbers[4]!; }
  set skinTemperature(value: number) { this.#numbers[4] = value; }

  /** % */
  get perfusionIndex(): number { return this.#numbers[5]!; }
  set perfusionIndex(value: number) { this.#numbers[5] = value; }

  /** mean acceleration beside gravity in this second, mg */
  get motion(): number { return this.#numbers[6]!; }
  set motion(value: number) { this.#numbers[6] = value; }

  /** steps a second, 0 when still */
  get cadence(): number { return this.#numbers[7]!; }
  set cadence(value: number) { this.#numbers[7] = value; }

  /** since the start, in fractions */
  get steps(): number { return this.#numbers[8]!; }
  set steps(value: number) { this.#numbers[8] = value; }

  /** 0 sinus rhythm … 1 atrial fibrillation */
  get irregularity(): number { return this.#numbers[9]!; }
  set irregularity(value: number) { this.#numbers[9] = value; }

  /** since the start, without fluctuation */
  get beats(): number { return this.#numbers[10]!; }
  set beats(value: number) { this.#numbers[10] = value; }

  /** since the start */
  get breaths(): number { return this.#numbers[11]!; }
  set breaths(value: number) { this.#numbers[11] = value; }

  /** factor on the heart rate's variability: exercise takes it away */
  get variability(): number { return this.#numbers[12]!; }
  set variability(value: number) { this.#numbers[12] = value; }
}
