// The machine below a test that runs inside XS (device-natives.c).
declare function native(name: string): (...values: unknown[]) => unknown;

/** Writes one line. */
export function print(line: string): void {
  native('xs_device_print').call(undefined, line);
}

/** @returns instructions retired so far; 0 where the machine does not count them */
export function instructions(): number {
  return native('xs_device_instructions').call(undefined) as number;
}
