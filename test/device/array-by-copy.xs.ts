// Array methods of ES2023 that the XS of @agoric/xsnap (13.3) lacks and the SDK's (17.9) has. Tests use them; the
// modules' own code runs with and without.
const missing = {
  toReversed(this: unknown[]) { return [...this].reverse(); },
  toSorted(this: unknown[], compare?: (a: unknown, b: unknown) => number) { return [...this].sort(compare); },
  toSpliced(this: unknown[], start: number, count: number, ...items: unknown[]) {
    const copy = [...this];
    copy.splice(start, count, ...items);
    return copy;
  },
  with(this: unknown[], index: number, value: unknown) {
    const copy = [...this];
    copy[index < 0 ? copy.length + index : index] = value;
    return copy;
  },
};

for (const [name, value] of Object.entries(missing)) {
  if (!(name in Array.prototype)) Object.defineProperty(Array.prototype, name, { value, configurable: true, writable: true });
}
