// What lorica.cddl says in words because CDDL cannot: for each rule that a decoder reads, whether a value that matches the
// rule is right in these points too. Written from the comments of the CDDL, without a look into the decoders.
import type { CborValue } from 'lorica/cbor/value';

type Key = number | string;

/** The value at a path of keys and indices; `undefined` where there is none. */
function at(value: CborValue | undefined, ...path: readonly Key[]): CborValue | undefined {
  let found = value;
  for (const key of path) {
    if (found instanceof Map) found = (found as ReadonlyMap<number, CborValue>).get(key as number);
    else if (Array.isArray(found)) found = (found as readonly CborValue[])[key as number];
    else return undefined;
  }
  return found;
}

const number = (value: CborValue | undefined, ...path: readonly Key[]): number => at(value, ...path) as number;
const list = (value: CborValue | undefined, ...path: readonly Key[]): readonly CborValue[] => at(value, ...path) as readonly CborValue[];

function ascend(numbers: readonly CborValue[]): boolean {
  return numbers.every((each, i) => i === 0 || (each as number) > (numbers[i - 1] as number));
}

const READING: Record<number, (reading: CborValue) => boolean> = {
  1: () => true,
  2: (waveform) => number(waveform, 7) !== 0 || (at(waveform, 9) as Uint8Array).length === 2 * number(waveform, 8),
  3: () => true,
  4: (gap) => number(gap, 4) <= number(gap, 5),
  5: () => true,
  6: (sync) => number(sync, 3) <= number(sync, 4)
};

const COMMAND: Record<number, (command: CborValue) => boolean> = {
  32: (command) => list(command, 2).every((one) => (at(one, 2) as Uint8Array).at(-1) !== 0),
  33: (command) => isPlanRight(at(command, 2)!),
  34: (command) => list(command, 2).every((range) => number(range, 1) <= number(range, 2))
};

function isPlanRight(plan: CborValue): boolean {
  return [...(at(plan, 2) as ReadonlyMap<number, CborValue>).values()].every((duty) => number(duty, 0) <= number(duty, 1));
}

export const IN_WORDS: Record<string, (value: CborValue) => boolean> = {
  'handshake-1': (value) => at(value, 2) === undefined || number(value, 2) <= number(value, 3),
  'handshake-2': (value) => at(value, 2, 2) === undefined || ascend(list(value, 2, 2)),
  'handshake-3': (value) => number(value, 4, 1) <= number(value, 4, 2),
  'resume-reply': () => true,
  reading: (value) => READING[number(value, 0)]!(value),
  command: (value) => COMMAND[number(value, 0)]!(value),
  plan: isPlanRight,
  envelope: () => true,
  'share-message': () => true
};
