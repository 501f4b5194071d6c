// Where the CDDL file and the README with its tables lie.
import { readFileSync, writeFileSync } from 'node:fs';
import type { Cddl } from './ast.ts';
import { parse } from './parse.ts';
import { renderTables } from './tables.ts';

const FOLDER = new URL('../../../modules/wire/', import.meta.url);
const README = new URL('README.md', FOLDER);
const BEGIN = '<!-- Made from lorica.cddl by test/wire/print-tables.ts; a test compares them. -->\n';
const END = '<!-- End of what is made. -->\n';

export function readCddl(): Cddl {
  return parse(readFileSync(new URL('lorica.cddl', FOLDER), 'utf8'));
}

export function readReadme(): string {
  return readFileSync(README, 'utf8');
}

export function writeReadme(text: string): void {
  writeFileSync(README, text);
}

/** @returns the README with the tables as they should be */
export function withTables(readme: string, cddl: Cddl): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new RangeError('the README has lost its marks');
  return `${readme.slice(0, begin + BEGIN.length)}\n${renderTables(cddl)}\n${readme.slice(end)}`;
}
