// The dependency rule: what may depend on what, one way and without cycles, and which globals protocol code must not
// know. Type imports count: who needs a type of another depends on it.
import ts from 'typescript';
import { type Import, importsOf, resolve, seamNames, type Target } from './imports.ts';
import { at, type Tree, type Violation, walk } from './tree.ts';

export function dependencyRule(tree: Tree): Violation[] {
  return tree.scripts().flatMap((file) => importsOf(tree, file).flatMap((found) => {
    const message = fault(tree, file, found);
    return message === undefined ? [] : [at(found.node, message)];
  }));
}

/** No cycles between files, nor between the areas of modules/. */
export function cycleRule(tree: Tree): Violation[] {
  const files = new Graph();
  const areas = new Graph();
  for (const file of tree.scripts()) {
    for (const { node, specifier } of importsOf(tree, file)) {
      const target = resolve(tree, file, specifier);
      if (target.kind !== 'file') continue;
      files.add(file, target.path, node);
      const [from, to] = [area(file), area(target.path)];
      if (from !== undefined && to !== undefined && from !== to) areas.add(from, to, node);
    }
  }
  return [...files.cycles(), ...areas.cycles()].map(({ node, members }) =>
    at(node, `closes the cycle ${members.join(' → ')}: move what both need into a third`));
}

/** Protocol code takes time, chance, timers and output from outside, and runs where Node's and the browser's globals are not. */
export function purityRule(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const file of tree.scripts().filter((path) => /^(src|modules)\//.test(path))) {
    walk(tree.source(file), (node) => {
      const name = impurity(node);
      if (name !== undefined) violations.push(at(node, `uses ${name}: let the caller inject it`));
    });
  }
  return violations;
}

const IMPURE = new Set([
  'Date', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'console', 'process', 'Buffer',
  'performance', 'globalThis', 'fetch', 'TextEncoder', 'TextDecoder', 'crypto',
]);

function fault(tree: Tree, file: string, { specifier }: Import): string | undefined {
  const target = resolve(tree, file, specifier);
  const to = seamNames(tree).has(specifier) ? 'modules' : zone(target);
  if (to === 'missing') return undefined;
  const from = zone({ kind: 'file', path: file });
  if (from === 'other' || from === 'test') return undefined;
  if (to === 'hosts/simulator' && from !== to) return `'${specifier}': only tests import the simulator`;
  const allowed = allowedFrom(from, file);
  if (allowed(to, specifier)) return undefined;
  return to === 'foreign' && !FIRMWARE.has(from)
    ? `'${specifier}' is no dependency of package.json: add it, or import by a name that exists`
    : `'${specifier}' (${to}) may not be imported from ${from === 'src' ? file : from}: turn the dependency round or inject it`;
}

const FIRMWARE = new Set(['hosts/esp32', 'hosts/desktop']);

function allowedFrom(from: string, file: string): (to: string, specifier: string) => boolean {
  if (from === 'modules') return (to) => to === 'modules';
  if (from === 'src') return (to) => to === 'modules' || to === 'src' || (to === 'seam' && file === 'src/main.ts');
  if (FIRMWARE.has(from)) {
    // The SDK has modules with names of Node's (`net`, `url`), so only the prefix tells them apart.
    return (to, specifier) => ['modules', 'seam', 'foreign', from].includes(to) || (to === 'node' && !specifier.startsWith('node:'));
  }
  if (from === 'hosts/simulator') return (to) => !FIRMWARE.has(to) && to !== 'seam' && to !== 'foreign';
  return (to) => ['modules', 'hosts/node', 'node', 'npm', from].includes(to);
}

function zone(target: Target): string {
  if (target.kind !== 'file') return target.kind;
  const [top, second, third] = target.path.split('/');
  if (top === 'hosts') return third === undefined ? 'other' : `hosts/${second!}`;
  return top === 'modules' || top === 'src' || top === 'test' ? top : 'other';
}

function area(path: string): string | undefined {
  return /^modules\/[^/]+(?=\/)/.exec(path)?.[0];
}

function impurity(node: ts.Node): string | undefined {
  if (isMathRandom(node)) return 'Math.random';
  if (!ts.isIdentifier(node) || !IMPURE.has(node.text) || isMemberName(node)) return undefined;
  return node.text;
}

function isMathRandom(node: ts.Node): boolean {
  const isMath = (part: ts.Node | undefined): boolean => part !== undefined && ts.isIdentifier(part) && part.text === 'Math';
  if (ts.isPropertyAccessExpression(node)) return isMath(node.expression) && node.name.text === 'random';
  if (ts.isElementAccessExpression(node)) {
    const key = node.argumentExpression;
    return isMath(node.expression) && !(ts.isStringLiteralLike(key) && key.text !== 'random');
  }
  if (!ts.isBindingElement(node) || !ts.isVariableDeclaration(node.parent.parent)) return false;
  const name = node.propertyName ?? node.name;
  return isMath(node.parent.parent.initializer) && ts.isIdentifier(name) && name.text === 'random';
}

/** `x.process`, `{ process: … }` and a method called `process` do not name the global. */
function isMemberName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  if (ts.isBindingElement(parent) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return parent.propertyName === node;
  if (ts.isShorthandPropertyAssignment(parent)) return false;
  return (ts.isClassElement(parent) || ts.isTypeElement(parent) || ts.isObjectLiteralElement(parent)) && parent.name === node;
}

class Graph {
  readonly #edges = new Map<string, Map<string, ts.Node>>();

  add(from: string, to: string, node: ts.Node): void {
    const edges = this.#edges.get(from) ?? new Map<string, ts.Node>();
    this.#edges.set(from, edges);
    if (!edges.has(to)) edges.set(to, node);
  }

  /** Each edge that leads back to a vertex on the way to it: at least one for each cycle, found depth first. */
  cycles(): { node: ts.Node; members: string[] }[] {
    const found: { node: ts.Node; members: string[] }[] = [];
    const done = new Set<string>();
    const trail: string[] = [];
    const visit = (vertex: string): void => {
      trail.push(vertex);
      for (const [next, node] of this.#edges.get(vertex) ?? []) {
        const start = trail.indexOf(next);
        if (start >= 0) found.push({ node, members: [...trail.slice(start), next] });
        else if (!done.has(next)) visit(next);
      }
      trail.pop();
      done.add(vertex);
    };
    for (const vertex of this.#edges.keys()) if (!done.has(vertex)) visit(vertex);
    return found;
  }
}
