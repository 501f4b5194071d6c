// What can go wrong with a sensor, as codes: what `onError` gets. Each fault is followed by an attempt to start the
// sensor anew; none leaves the driver stuck, and none throws out of `sample`.

export const SENSOR_FAULT = {
  /** The bus threw: no acknowledgement, or it hangs. */
  bus: 1,
  /** Another chip answers at the address, or none that is known. */
  wrongPart: 2,
  /** The chip lost its settings: its supply dropped, or someone reset it. */
  resetInRun: 3,
  /** The FIFO was full and samples are lost; the batch says how many. */
  overrun: 4,
  /** The chip gave what it never gives: data is corrupt. */
  badData: 5,
  /** The chip does not finish what it was asked to do. */
  timeout: 6,
} as const;

export type SensorFault = (typeof SENSOR_FAULT)[keyof typeof SENSOR_FAULT];

/** Thrown inside a driver and caught in it. */
export class SensorTrouble extends Error {
  readonly fault: SensorFault;

  constructor(fault: SensorFault) {
    super(`sensor fault ${fault}`);
    this.fault = fault;
  }
}
