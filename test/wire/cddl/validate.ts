// Does a value match a rule? (RFC 8610, for the subset of ./ast.ts.) Also: how many octets may it take.
import { encode } from 'lorica/cbor/encode';
import { utf8Length } from 'lorica/cbor/utf8';
import type { CborValue } from 'lorica/cbor/value';
import { flatten, groupOf, resolve, type Cddl, type Entry, type Group, type Type } from './ast.ts';

export function matches(cddl: Cddl, name: string, value: CborValue): boolean {
  return matchesType(cddl, { is: 'name', name }, value);
}

function matchesType(cddl: Cddl, unresolved: Type, value: CborValue): boolean {
  const type = resolve(cddl, unresolved);
  switch (type.is) {
    case 'literal':
      return value === type.value;
    case 'range':
      return typeof value === 'number' && Number.isInteger(value) && value >= type.minimum && value <= type.maximum;
    case 'string': {
      const length = type.text ? (typeof value === 'string' ? utf8Length(value) : -1) : value instanceof Uint8Array ? value.length : -1;
      return length >= type.minimum && length <= type.maximum;
    }
    case 'choice':
      return type.of.some((each) => matchesType(cddl, each, value));
    case 'enumeration':
      return type.group[0]!.some((entry) => matchesType(cddl, entry.type, value));
    case 'map':
      return value instanceof Map && type.group.some((entries) => matchesMap(cddl, entries, value));
    case 'array':
      return Array.isArray(value) && type.group.some((entries) => matchesArray(cddl, entries, value));
    case 'name':
      return false;
  }
}

/** Each pair goes to the one entry that takes it; in the subset there is never more than one. */
function matchesMap(cddl: Cddl, entries: readonly Entry[], map: ReadonlyMap<number, CborValue>): boolean {
  const rest = new Map(map);
  for (const entry of flatten(cddl, entries)) {
    let count = 0;
    for (const [key, value] of rest) {
      if (!matchesPair(cddl, entry, key, value)) continue;
      rest.delete(key);
      count++;
    }
    if (count < entry.minimum || count > entry.maximum) return false;
  }
  return rest.size === 0;
}

function matchesPair(cddl: Cddl, entry: Entry, key: number, value: CborValue): boolean {
  const group = groupOf(cddl, entry);
  if (group !== undefined) return group.some((choice) => choice.length === 1 && matchesPair(cddl, choice[0]!, key, value));
  return matchesType(cddl, entry.key!, key) && matchesType(cddl, entry.type, value);
}

function matchesArray(cddl: Cddl, entries: readonly Entry[], items: readonly CborValue[]): boolean {
  let at = 0;
  for (const entry of entries) {
    let count = 0;
    while (count < entry.maximum && at < items.length && matchesType(cddl, entry.type, items[at]!)) {
      count++;
      at++;
    }
    if (count < entry.minimum) return false;
  }
  return at === items.length;
}

/** Least and greatest number of octets. */
export interface Size {
  readonly least: number;
  readonly greatest: number;
}

export function sizeOf(cddl: Cddl, name: string): Size {
  return sizeOfType(cddl, { is: 'name', name });
}

function sizeOfType(cddl: Cddl, unresolved: Type): Size {
  const type = resolve(cddl, unresolved);
  switch (type.is) {
    case 'literal':
      return { least: encode(type.value).length, greatest: encode(type.value).length };
    case 'range': {
      const ends = [type.minimum, type.maximum, ...(type.minimum < 0 && type.maximum >= 0 ? [0] : [])].map((end) => encode(end).length);
      return { least: Math.min(...ends), greatest: Math.max(...ends) };
    }
    case 'string':
      return { least: head(type.minimum) + type.minimum, greatest: head(type.maximum) + type.maximum };
    case 'choice':
      return either(type.of.map((each) => sizeOfType(cddl, each)));
    case 'enumeration':
      return either(type.group[0]!.map((entry) => sizeOfType(cddl, entry.type)));
    case 'map':
    case 'array':
      return sizeOfGroup(cddl, type.group, type.is === 'map');
    case 'name':
      throw new RangeError('unresolved');
  }
}

function sizeOfGroup(cddl: Cddl, group: Group, isMap: boolean): Size {
  return either(
    group.map((choice) => {
      const least = [0, 0];
      const greatest = [0, 0];
      for (const entry of isMap ? flatten(cddl, choice) : choice) {
        const { size, maximum } = sizeOfEntry(cddl, entry);
        least[0]! += entry.minimum;
        least[1]! += entry.minimum * size.least;
        greatest[0]! += maximum;
        greatest[1]! += maximum * size.greatest;
      }
      return { least: head(least[0]!) + least[1]!, greatest: head(greatest[0]!) + greatest[1]! };
    })
  );
}

/** Keys are there once, so a "+" of a choice of groups with one key each is at most each of them once. */
function sizeOfEntry(cddl: Cddl, entry: Entry): { size: Size; maximum: number } {
  const group = groupOf(cddl, entry);
  if (group !== undefined) return { size: either(group.map((choice) => sizeOfEntry(cddl, choice[0]!).size)), maximum: group.length };
  if (!Number.isFinite(entry.maximum)) throw new RangeError('nothing on the wire is unbounded');
  const value = sizeOfType(cddl, entry.type);
  const key = entry.key === undefined ? { least: 0, greatest: 0 } : sizeOfType(cddl, entry.key);
  return { size: { least: key.least + value.least, greatest: key.greatest + value.greatest }, maximum: entry.maximum };
}

function either(sizes: readonly Size[]): Size {
  return { least: Math.min(...sizes.map(({ least }) => least)), greatest: Math.max(...sizes.map(({ greatest }) => greatest)) };
}

/** octets of a head with this argument */
function head(argument: number): number {
  return encode(argument).length;
}
