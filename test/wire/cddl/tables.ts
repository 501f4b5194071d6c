// The tables of modules/wire/README.md, made from the CDDL: byte tables of the raw layouts, key tables of the maps, and the
// codes. Only what the CDDL says; nothing is added here.
import { enumeration, flatten, groupOf, resolve, type Cddl, type Entry, type Group, type Rule, type Type } from './ast.ts';
import { sizeOf } from './validate.ts';

/** a line of dashes above a section, and the title behind it */
const DASHES = /^-{20,}.*$/;

/** @returns Markdown */
export function renderTables(cddl: Cddl): string {
  const parts: string[] = [];
  for (const section of cddl.sections) {
    const rules = section.rules.map((name) => cddl.rules.get(name)!);
    const body = [...renderNames(cddl, rules), ...rules.flatMap((rule) => renderRule(cddl, rule))];
    if (body.length > 0) parts.push(`### ${section.title}`, ...body);
  }
  return parts.join('\n\n') + '\n';
}

/** One table of the short types that other tables name. */
function renderNames(cddl: Cddl, rules: readonly Rule[]): string[] {
  const rows = rules
    .filter(({ rows, type }) => rows.length === 0 && (type?.is === 'range' || type?.is === 'string' || type?.is === 'array'))
    .map((rule) => [rule.name, show(cddl, rule.type!), `${rule.comment.replace(DASHES, '')} ${rule.remark}`.trim()]);
  return rows.length === 0 ? [] : [table(['name', 'value', 'meaning'], rows)];
}

function renderRule(cddl: Cddl, rule: Rule): string[] {
  const intro = `**\`${rule.name}\`** ${`${rule.comment.replace(DASHES, '')} ${rule.remark}`.trim()}`.trim();
  if (rule.rows.length > 0) {
    const rows = rule.rows.map(({ offset, length, meaning }) => [offset, length, meaning]);
    return [`${intro} (${octets(rule)})`, table(['offset', 'length', 'meaning'], rows)];
  }
  if (rule.type?.is === 'enumeration') {
    const codes = Object.entries(enumeration(cddl, rule.name)).map(([name, code]) => [rule.name === 'message-type' ? hex(code) : String(code), name]);
    return [intro, table(['code', 'name'], codes)];
  }
  if (rule.group !== undefined && rule.group.length > 1) return [intro, table(['key', 'value', 'meaning'], rule.group.flatMap((choice) => entriesOf(cddl, choice)))];
  const alternatives = mapsOf(rule);
  if (alternatives.length === 0) return [];
  const { least, greatest } = sizeOf(cddl, rule.name);
  return [
    `${intro} (${least} to ${greatest} octets of CBOR)`,
    ...alternatives.map((entries) => table(['key', 'value', 'meaning'], entriesOf(cddl, entries)))
  ];
}

function mapsOf(rule: Rule): readonly (readonly Entry[])[] {
  const types = rule.type?.is === 'choice' ? rule.type.of : rule.type === undefined ? [] : [rule.type];
  return types.flatMap((type) => (type.is === 'map' ? type.group : []));
}

function entriesOf(cddl: Cddl, entries: readonly Entry[]): string[][] {
  return flatten(cddl, entries).map((entry) => {
    const key = `${show(cddl, entry.key!)}${entry.minimum === 0 ? ' (optional)' : ''}`;
    return [key, show(cddl, entry.type), entry.comment];
  });
}

function show(cddl: Cddl, type: Type): string {
  switch (type.is) {
    case 'literal':
      return String(type.value);
    case 'range':
      return `${type.minimum}..${type.maximum}`;
    case 'string':
      return `${type.text ? 'text' : 'bytes'} (${type.minimum === type.maximum ? type.minimum : `${type.minimum}..${type.maximum}`})`;
    case 'name': {
      const { is } = resolve(cddl, type);
      return is === 'map' || is === 'choice' || is === 'enumeration' ? `\`${type.name}\`` : type.name;
    }
    case 'choice':
      return type.of.map((each) => show(cddl, each)).join(' or ');
    case 'array':
      return `[${showGroup(cddl, type.group)}]`;
    case 'map':
      return `{${showGroup(cddl, type.group)}}`;
    case 'enumeration':
      return 'code';
  }
}

function showGroup(cddl: Cddl, group: Group): string {
  const entries = group[0]!.map((entry) => {
    if (groupOf(cddl, entry) !== undefined && entry.type.is === 'name') return `at least one \`${entry.type.name}\``;
    const count = entry.maximum === 1 ? '' : `${entry.minimum} to ${entry.maximum} × `;
    const key = entry.key === undefined ? '' : `${show(cddl, entry.key)}: `;
    const name = entry.name === undefined ? '' : `${entry.name}: `;
    return `${count}${key}${name}${show(cddl, entry.type)}`;
  });
  return entries.join(', ');
}

function octets(rule: Rule): string {
  const { type } = rule;
  if (type?.is !== 'string') throw new RangeError(`${rule.name} has rows and is no byte string`);
  return type.minimum === type.maximum ? `${type.minimum} octets` : `${type.minimum} to ${type.maximum} octets`;
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, '0')}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
