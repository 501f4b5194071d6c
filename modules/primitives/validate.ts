// The check at the boundary of the primitives: a programmer's error throws before any computation starts.
// It does not judge contents.

/** @throws TypeError if `value` is not a Uint8Array, RangeError if it has not exactly `length` bytes (where given) */
export function requireBytes(value: Uint8Array, what: string, length?: number): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} must be a Uint8Array`);
  if (length !== undefined && value.length !== length) throw new RangeError(`${what} must have ${length} bytes, not ${value.length}`);
}

/** @throws TypeError if `value` is not a whole number, RangeError if it lies outside `minimum`..`maximum` */
export function requireCount(value: number, what: string, minimum: number, maximum: number): void {
  if (typeof value !== 'number' || !Number.isInteger(value)) throw new TypeError(`${what} must be a whole number`);
  if (value < minimum || value > maximum) throw new RangeError(`${what} must lie between ${minimum} and ${maximum}`);
}
