// Random values that match a rule, and values that nearly do.
import fc from 'fast-check';
import type { CborValue } from 'lorica/cbor/value';
import { flatten, groupOf, resolve, type Cddl, type Entry, type Group, type Type } from './ast.ts';

export function valuesOf(cddl: Cddl, name: string): fc.Arbitrary<CborValue> {
  return ofType(cddl, { is: 'name', name });
}

function ofType(cddl: Cddl, unresolved: Type): fc.Arbitrary<CborValue> {
  const type = resolve(cddl, unresolved);
  switch (type.is) {
    case 'literal':
      return fc.constant(type.value);
    case 'range': {
      const low = Math.min(type.maximum, Math.max(type.minimum, type.minimum + 20));
      return fc.oneof(
        fc.constantFrom(type.minimum, type.maximum),
        fc.integer({ min: type.minimum, max: low }),
        fc.integer({ min: type.minimum, max: type.maximum })
      );
    }
    case 'string':
      return type.text
        ? fc.oneof(fc.constantFrom('x'.repeat(type.minimum), 'x'.repeat(type.maximum)), fc.string({ unit: 'binary', maxLength: type.maximum >> 2 }))
        : fc.oneof(
            fc.uint8Array({ minLength: type.minimum, maxLength: type.maximum }),
            fc.uint8Array({ minLength: type.maximum, maxLength: type.maximum })
          );
    case 'choice':
      return fc.oneof(...type.of.map((each) => ofType(cddl, each)));
    case 'enumeration':
      return fc.oneof(...type.group[0]!.map((entry) => ofType(cddl, entry.type)));
    case 'map':
      return fc.oneof(...type.group.map((entries) => ofMap(cddl, entries)));
    case 'array':
      return fc.oneof(...type.group.map((entries) => ofArray(cddl, entries)));
    case 'name':
      throw new RangeError('unresolved');
  }
}

function ofMap(cddl: Cddl, entries: readonly Entry[]): fc.Arbitrary<CborValue> {
  const parts = flatten(cddl, entries).map((entry) => pairsOf(cddl, entry));
  return fc.tuple(...parts).map((lists) => new Map(lists.flat()));
}

type Pair = [number, CborValue];

function pairsOf(cddl: Cddl, entry: Entry): fc.Arbitrary<Pair[]> {
  const group: Group | undefined = groupOf(cddl, entry);
  const pair = group === undefined ? pairOf(cddl, entry) : fc.oneof(...group.map((choice) => pairOf(cddl, choice[0]!)));
  if (group === undefined && entry.maximum === 1) return fc.array(pair, { minLength: entry.minimum, maxLength: 1 });
  const maxLength = group?.length ?? Math.min(entry.maximum, 40);
  return fc.uniqueArray(pair, { minLength: entry.minimum, maxLength, selector: ([key]) => key });
}

function pairOf(cddl: Cddl, entry: Entry): fc.Arbitrary<Pair> {
  return fc.tuple(ofType(cddl, entry.key!) as fc.Arbitrary<number>, ofType(cddl, entry.type));
}

function ofArray(cddl: Cddl, entries: readonly Entry[]): fc.Arbitrary<CborValue> {
  const parts = entries.map((entry) => fc.array(ofType(cddl, entry.type), { minLength: entry.minimum, maxLength: entry.maximum }));
  return fc.tuple(...parts).map((lists) => lists.flat());
}

/** One small change somewhere in a value: a number moved, a key lost, added or moved, an item lost or doubled, another type. */
export function nearMisses(value: CborValue): fc.Arbitrary<CborValue> {
  const here: fc.Arbitrary<CborValue>[] = [fc.constantFrom<CborValue>(0, -1, null, true, 'x', new Uint8Array(8), [], new Map())];
  if (typeof value === 'number') here.push(fc.constantFrom(value + 1, value - 1, -value, 2 ** 32, 2 ** 48 + 1));
  if (typeof value === 'string') here.push(fc.constantFrom(value + 'é', [...value].slice(1).join(''), 'y'.repeat(33)));
  if (value instanceof Uint8Array) here.push(fc.constantFrom(value.slice(1), Uint8Array.of(...value, 0), Uint8Array.of(...value.slice(0, -1), 0)));
  if (Array.isArray(value)) here.push(...arrayMisses(value as CborValue[]));
  if (value instanceof Map) here.push(...mapMisses(value as Map<number, CborValue>));
  return fc.oneof(...here);
}

function arrayMisses(items: readonly CborValue[]): fc.Arbitrary<CborValue>[] {
  const misses: fc.Arbitrary<CborValue>[] = [fc.constant([...items, 0])];
  if (items.length === 0) return misses;
  const index = fc.nat(items.length - 1);
  misses.push(
    index.map((at) => items.toSpliced(at, 1)),
    index.map((at) => items.toSpliced(at, 0, items[at]!)),
    index.map((at) => items.toReversed().with(at, items[at]!)),
    fc.integer({ min: 1, max: 80 }).map((times) => new Array<readonly CborValue[]>(times).fill(items).flat().slice(0, 100))
  );
  misses.push(index.chain((at) => nearMisses(items[at]!).map((other) => items.with(at, other))));
  return misses;
}

function mapMisses(map: ReadonlyMap<number, CborValue>): fc.Arbitrary<CborValue>[] {
  const extra = fc.tuple(fc.integer({ min: -2, max: 30 }), fc.constantFrom<CborValue>(0, new Uint8Array(8), null));
  const misses: fc.Arbitrary<CborValue>[] = [extra.map(([key, value]) => new Map(map).set(key, value))];
  if (map.size === 0) return misses;
  const key = fc.constantFrom(...map.keys());
  misses.push(
    key.map((each) => new Map([...map].filter(([other]) => other !== each))),
    fc.tuple(key, fc.integer({ min: -2, max: 300 })).map(([from, to]) => new Map([...map].map(([each, value]) => [each === from ? to : each, value])))
  );
  misses.push(key.chain((each) => nearMisses(map.get(each)!).map((other) => new Map(map).set(each, other))));
  return misses;
}
