// The subset of CDDL (RFC 8610) that modules/wire/lorica.cddl is written in, as a tree.

export type Type =
  | { readonly is: 'literal'; readonly value: number | boolean | null }
  | { readonly is: 'range'; readonly minimum: number; readonly maximum: number }
  | { readonly is: 'string'; readonly text: boolean; readonly minimum: number; readonly maximum: number }
  | { readonly is: 'name'; readonly name: string }
  | { readonly is: 'map'; readonly group: Group }
  | { readonly is: 'array'; readonly group: Group }
  /** `&( name: value, … )` */
  | { readonly is: 'enumeration'; readonly group: Group }
  | { readonly is: 'choice'; readonly of: readonly Type[] };

/** choices of sequences of entries */
export type Group = readonly (readonly Entry[])[];

export interface Entry {
  readonly minimum: number;
  readonly maximum: number;
  /** `key => type` */
  readonly key?: Type;
  /** `name: type` */
  readonly name?: string;
  readonly type: Type;
  /** what stands behind it on its last line */
  readonly comment: string;
}

export interface Row {
  readonly offset: string;
  readonly length: string;
  readonly meaning: string;
}

export interface Rule {
  readonly name: string;
  readonly type?: Type;
  /** for a rule in bare parentheses */
  readonly group?: Group;
  /** the lines of comment right above */
  readonly comment: string;
  /** the byte table right above, if any */
  readonly rows: readonly Row[];
  /** what stands behind its last line */
  readonly remark: string;
}

export interface Section {
  readonly title: string;
  readonly rules: readonly string[];
}

export interface Cddl {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly sections: readonly Section[];
}

/** The type or group behind names. */
export function resolve(cddl: Cddl, type: Type): Type {
  let found = type;
  for (let i = 0; found.is === 'name'; i++) {
    const rule = cddl.rules.get(found.name);
    if (rule?.type === undefined || i > 20) throw new RangeError(`no type ${found.name}`);
    found = rule.type;
  }
  return found;
}

/** Entries with groups that are named in their place put in: each has a key, or is an item of an array. */
export function flatten(cddl: Cddl, entries: readonly Entry[]): readonly Entry[] {
  return entries.flatMap((entry) => {
    const group = groupOf(cddl, entry);
    if (group === undefined || entry.minimum !== 1 || entry.maximum !== 1) return [entry];
    if (group.length !== 1) throw new RangeError('a choice of groups in a place for one');
    return flatten(cddl, group[0]!);
  });
}

/** The group that an entry names, if it names one and no type. */
export function groupOf(cddl: Cddl, entry: Entry): Group | undefined {
  if (entry.key !== undefined || entry.type.is !== 'name') return undefined;
  return cddl.rules.get(entry.type.name)?.group;
}

/** `&(a: 1, b: 2)` → {a: 1, b: 2} */
export function enumeration(cddl: Cddl, name: string): Record<string, number> {
  const type = cddl.rules.get(name)?.type;
  if (type?.is !== 'enumeration') throw new RangeError(`${name} is no enumeration`);
  const table: Record<string, number> = {};
  for (const entry of type.group[0]!) {
    const value = resolve(cddl, entry.type);
    if (value.is !== 'literal' || typeof value.value !== 'number' || entry.name === undefined) throw new RangeError(`odd entry in ${name}`);
    table[entry.name] = value.value;
  }
  return table;
}
