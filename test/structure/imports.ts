// What a file imports and where that leads: the project's bare names (through the `exports` of package.json, as Node
// and tsc do it), relative paths, Node's own modules, npm packages, and names that only a manifest can provide.
import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import ts from 'typescript';
import { record, type Tree, walk } from './tree.ts';

export interface Import {
  readonly node: ts.Node;
  readonly specifier: string;
}

export type Target =
  | { readonly kind: 'file'; readonly path: string }
  /** a name of ours, or a relative path, that leads nowhere */
  | { readonly kind: 'missing'; readonly path: string }
  /** `lorica/host/…`, which each firmware host provides by its manifest */
  | { readonly kind: 'seam' }
  | { readonly kind: 'node' }
  | { readonly kind: 'npm' }
  | { readonly kind: 'foreign' };

/** Static, dynamic and type imports and re-exports, in the order of the text. */
export function importsOf(tree: Tree, path: string): Import[] {
  const found: Import[] = [];
  walk(tree.source(path), (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined && ts.isStringLiteralLike(specifier)) found.push({ node, specifier: specifier.text });
  });
  return found;
}

export function isRelative(specifier: string): boolean {
  return /^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..';
}

export function resolve(tree: Tree, from: string, specifier: string): Target {
  if (isRelative(specifier)) return relativeTarget(tree, from, specifier);
  if (specifier.startsWith('lorica/host/')) return { kind: 'seam' };
  if (specifier === 'lorica' || specifier.startsWith('lorica/')) {
    const path = exported(tree, `.${specifier.slice('lorica'.length)}`);
    return path !== undefined && tree.has(path) ? { kind: 'file', path } : { kind: 'missing', path: path ?? specifier };
  }
  if (isBuiltin(specifier)) return { kind: 'node' };
  const parts = specifier.split('/');
  const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]!;
  return { kind: packages(tree).has(name) ? 'npm' : 'foreign' };
}

/** @returns the bare name under which the file at `path` is to be imported, or `undefined` if it has none */
export function bareName(path: string): string | undefined {
  const match = /^(?:modules\/(.+)|src\/(.+)|(hosts\/.+))\.ts$/.exec(path);
  if (match === null) return undefined;
  if (match[1] !== undefined) return `lorica/${match[1]}`;
  return match[2] !== undefined ? `lorica/node/${match[2]}` : `lorica/${match[3]!}`;
}

/** Names of ours that package.json maps one by one, since each machine provides its own file for them. */
export function seamNames(tree: Tree): Set<string> {
  const keys = Object.keys(record(tree.json('package.json')['exports'])).filter((key) => !key.includes('*'));
  return new Set(keys.map((key) => `lorica${key.slice(1)}`));
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return node.arguments[0];
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined;
  if (ts.isExternalModuleReference(node)) return node.expression;
  return undefined;
}

function relativeTarget(tree: Tree, from: string, specifier: string): Target {
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  // A browser's page names the script that it will load, which may be written in TypeScript.
  const found = [path, path.replace(/\.js$/, '.ts')].find((candidate) => tree.has(candidate));
  return found === undefined ? { kind: 'missing', path } : { kind: 'file', path: found };
}

/** Node's rule for `exports`: an exact key first, then the pattern with the longest part before its star. */
function exported(tree: Tree, key: string): string | undefined {
  const exports = record(tree.json('package.json')['exports']);
  const exact = nodeCondition(exports[key]);
  if (exact !== undefined) return exact.slice(2);
  const patterns = Object.keys(exports)
    .filter((pattern) => pattern.includes('*') && key.startsWith(pattern.slice(0, pattern.indexOf('*'))))
    .sort((a, b) => b.indexOf('*') - a.indexOf('*'));
  const pattern = patterns[0];
  const target = pattern === undefined ? undefined : nodeCondition(exports[pattern]);
  if (pattern === undefined || target === undefined) return undefined;
  return target.slice(2).replace('*', () => key.slice(pattern.indexOf('*')));
}

function nodeCondition(entry: unknown): string | undefined {
  const target = typeof entry === 'string' ? entry : record(entry)['node'];
  return typeof target === 'string' ? target : undefined;
}

function packages(tree: Tree): Set<string> {
  const json = tree.json('package.json');
  const groups = ['dependencies', 'devDependencies', 'optionalDependencies'].map((group) => record(json[group]));
  return new Set(groups.flatMap((group) => Object.keys(group)));
}
