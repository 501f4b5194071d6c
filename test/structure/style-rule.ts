// The house style as far as a machine can tell: names, sizes, syntax that the project does without, headers.
// ESLint covers the rest; what is here needs a file's place in the tree to judge.
import ts from 'typescript';
import { at, type Rule, START_FILES, type Tree, type Violation, walk } from './tree.ts';

/** Files of unrolled arithmetic or of tables, which no cut would make clearer: path and why. */
export type Exceptions = Readonly<Record<string, string>>;

export const nameRule: Rule = (tree) => tree.paths.filter(isSource).flatMap((file) => {
  const bad = file.split('/').find((part) => !KEBAB.test(part));
  return bad === undefined ? [] : [{ file, line: 1, message: `'${bad}' is not kebab-case: rename it` }];
});

export const languageRule: Rule = (tree) => tree.scripts().filter(isOurs).flatMap((file) => {
  if (file.endsWith('.ts') || START_FILES.has(file) || /^hosts\/[^/]+\/page\/.*\.js$/.test(file)) return [];
  return [{ file, line: 1, message: 'is not TypeScript: rewrite it as .ts' }];
});

export function lengthRule(tree: Tree, exceptions: Exceptions): Violation[] {
  const stale = Object.keys(exceptions).filter((file) => !tree.has(file))
    .map((file) => ({ file, line: 1, message: 'is excepted from the length rule and does not exist: remove the exception' }));
  const long = tree.paths.filter((file) => isOurs(file) && isSource(file) && !(file in exceptions)).flatMap((file) => {
    const limit = file.startsWith('test/') ? TEST_LINES : FILE_LINES;
    const lines = tree.text(file).replace(/\n$/, '').split('\n').length;
    return lines <= limit ? [] : [{ file, line: limit + 1, message: `${String(lines)} lines, at most ${String(limit)}: split it` }];
  });
  return [...stale, ...long];
}

export const functionRule: Rule = (tree) => perNode(tree, isOurs, (node, file) => {
  if (!ts.isFunctionLike(node) || !('body' in node) || node.body === undefined) return undefined;
  if (file.startsWith('test/') && isSuite(node.parent)) return undefined;
  const source = node.getSourceFile();
  const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
  const lines = source.getLineAndCharacterOfPosition(node.end).line - first + 1;
  return lines <= FUNCTION_LINES ? undefined : `function of ${String(lines)} lines, at most ${String(FUNCTION_LINES)}: split it`;
});

export const syntaxRule: Rule = (tree) => perNode(tree, () => true, (node) => {
  if (ts.isEnumDeclaration(node)) return 'enum: use a frozen object or a union of literals';
  return node.kind === ts.SyntaxKind.AnyKeyword ? 'any: use unknown and narrow it' : undefined;
});

export const exportRule: Rule = (tree) => perNode(tree, (file) => !mayExportDefault(file), (node) =>
  isDefaultExport(node) ? 'default export: export it by name' : undefined);

export const timerRule: Rule = (tree) => tree.scripts().filter((file) => /^(src|modules)\//.test(file)).flatMap((file) => {
  const source = tree.source(file);
  const asynchronous = new Set<string>();
  walk(source, (node) => { if (isAsync(node)) nameOf(node, asynchronous); });
  const violations: Violation[] = [];
  walk(source, (node) => {
    if (!ts.isCallExpression(node) || !TIMER.test(node.expression.getText(source))) return;
    for (const argument of node.arguments) {
      if (isAsync(argument) || asynchronous.has(lastName(argument))) {
        violations.push(at(argument, 'async callback of a timer: nobody sees it fail or overlap; let it start a step and return'));
      }
    }
  });
  return violations;
});

export const headerRule: Rule = (tree) => tree.paths.filter((file) => /^(src|modules|hosts)\//.test(file) && isSource(file)).flatMap((file) => {
  const text = tree.text(file).replace(/^#!.*\n/, '').trimStart();
  return /^\/[/*]/.test(text) ? [] : [{ file, line: 1, message: 'has no header comment: say what it is, which specification, what it does not do' }];
});

const FILE_LINES = 300;
const TEST_LINES = 350;
const FUNCTION_LINES = 50;
const KEBAB = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*)*$/;
const TIMER = /timer|timeout|interval|immediate|schedule|repeat/i;
const SUITE = new Set(['describe', 'context', 'it', 'before', 'after', 'beforeEach', 'afterEach']);

function isSource(file: string): boolean {
  return /\.([mc]?[jt]s|c|h)$/.test(file);
}

function isOurs(file: string): boolean {
  return /^(src|modules|hosts|test)\//.test(file);
}

function mayExportDefault(file: string): boolean {
  // A declaration file describes somebody else's module.
  return file === 'src/main.ts' || /provider\.ts$|\.d\.ts$|\.config\.[mc]?[jt]s$/.test(file) || file.startsWith('modules/sensors/');
}

function perNode(tree: Tree, wanted: (file: string) => boolean, judge: (node: ts.Node, file: string) => string | undefined): Violation[] {
  return tree.scripts().filter(wanted).flatMap((file) => {
    const violations: Violation[] = [];
    walk(tree.source(file), (node) => {
      const message = judge(node, file);
      if (message !== undefined) violations.push(at(node, message));
    });
    return violations;
  });
}

/** `describe(…)`, `it.skip(…)` and the like. */
function isSuite(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false;
  const callee = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : node.expression;
  return ts.isIdentifier(callee) && SUITE.has(callee.text);
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === 'default';
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

function isAsync(node: ts.Node): boolean {
  return ts.isFunctionLike(node) && ts.canHaveModifiers(node)
    && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
}

function nameOf(node: ts.Node, into: Set<string>): void {
  const named = ts.isFunctionExpression(node) || ts.isArrowFunction(node) ? node.parent : node;
  const name = ts.getNameOfDeclaration(named as ts.Declaration);
  if (name !== undefined) into.add(name.getText());
}

/** `tick`, `this.#tick`, `this.#tick.bind(this)` and `() => this.#tick()` all name `#tick`. */
function lastName(node: ts.Node): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text === 'bind' ? lastName(node.expression) : node.name.text;
  if (ts.isCallExpression(node) || ts.isVoidExpression(node)) return lastName(node.expression);
  return ts.isArrowFunction(node) ? lastName(node.body) : '';
}
