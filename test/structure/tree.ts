// The project as the structure test sees it: a set of paths with their text, real or planted, parsed on demand.
// Paths are relative to the project's root, with forward slashes. It does not judge anything.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Violation {
  readonly file: string;
  readonly line: number;
  /** what is wrong and what to do */
  readonly message: string;
}

/** What runs before the TypeScript loader is there, and so is JavaScript and has no bare name. */
export const START_FILES: ReadonlySet<string> = new Set([
  'hosts/node/check-version.cjs', 'hosts/node/loader.mjs', 'hosts/node/register.mjs', 'hosts/node/run.js', 'test/support/mocha-loader.mjs',
]);

export type Rule = (tree: Tree) => Violation[];

export class Tree {
  readonly paths: readonly string[];
  readonly #read: (path: string) => string;
  readonly #known: ReadonlySet<string>;
  readonly #texts = new Map<string, string>();
  readonly #sources = new Map<string, ts.SourceFile>();

  constructor(paths: readonly string[], read: (path: string) => string) {
    this.paths = [...paths].sort();
    this.#read = read;
    this.#known = new Set(paths);
  }

  has(path: string): boolean {
    return this.#known.has(path);
  }

  text(path: string): string {
    let text = this.#texts.get(path);
    if (text === undefined) this.#texts.set(path, (text = this.#read(path)));
    return text;
  }

  source(path: string): ts.SourceFile {
    let source = this.#sources.get(path);
    if (source === undefined) {
      source = ts.createSourceFile(path, this.text(path), ts.ScriptTarget.ESNext, true);
      this.#sources.set(path, source);
    }
    return source;
  }

  /** The files that hold script, in any of its dialects. */
  scripts(): string[] {
    return this.paths.filter((path) => /\.[mc]?[jt]s$/.test(path));
  }

  /** @returns the members of a JSON object, or none if the file is absent or not such an object */
  json(path: string): Record<string, unknown> {
    if (!this.has(path)) return {};
    try {
      return record(JSON.parse(this.text(path)));
    } catch {
      return {};
    }
  }
}

/** What the project consists of: all that git tracks or would track, so that a file is judged before its first commit. */
export function projectTree(root: string): Tree {
  const paths = listed(root) ?? walked(root, '');
  return new Tree(paths, (path) => readFileSync(join(root, path), 'utf8'));
}

/** A tree in memory, with the project's package exports unless `files` brings its own. */
export function plantedTree(files: Readonly<Record<string, string>>): Tree {
  const all: Record<string, string> = { 'package.json': PLANTED_PACKAGE, ...files };
  return new Tree(Object.keys(all), (path) => all[path] ?? '');
}

/** @returns `value` as an object to look into; an empty one for all else */
export function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

export function at(node: ts.Node, message: string): Violation {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return { file: source.fileName, line: line + 1, message };
}

/** Where `needle` first stands in the file, for files that are no script. */
export function atText(tree: Tree, file: string, needle: string, message: string): Violation {
  const index = tree.has(file) ? tree.text(file).indexOf(needle) : -1;
  return { file, line: index < 0 ? 1 : tree.text(file).slice(0, index).split('\n').length, message };
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => { walk(child, visit); });
}

const PLANTED_PACKAGE = JSON.stringify({
  name: 'lorica',
  exports: {
    './primitives/provider': { node: './hosts/node/primitives/provider.ts' },
    './hosts/*': { node: './hosts/*.ts' },
    './node/*': { node: './src/*.ts' },
    './*': { node: './modules/*.ts' },
  },
  dependencies: { mqtt: '5' },
});

const NOT_PROJECT = new Set(['.git', '.lorica', 'node_modules', 'build', 'coverage']);

function listed(root: string): string[] | undefined {
  if (!existsSync(join(root, '.git'))) return undefined;
  try {
    const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
    const output = execFileSync('git', options, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 });
    const paths = new Set(output.split('\0').filter((path) => path !== ''));
    return [...paths].filter((path) => statSync(join(root, path), { throwIfNoEntry: false })?.isFile());
  } catch {
    return undefined;
  }
}

function walked(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_PROJECT.has(entry.name) ? [] : walked(root, path);
    return entry.isFile() ? [path] : [];
  });
}
