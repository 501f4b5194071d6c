// The image that carries module tests into XS: every module by its manifest, the tests that need no Node, a small
// mocha, assert and fast-check under their usual names, and the vectors.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readManifests } from 'lorica/hosts/node/xs/manifest';
import type { ImageSources } from 'lorica/hosts/node/xs/manifest';
import type { ImageModule } from 'lorica/hosts/node/xs/module-image';
import { imageName } from 'lorica/hosts/node/xs/module-image';
import ts from 'typescript';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const TEST = join(PROJECT, 'test');
const SHARED = join(PROJECT, '..', 'shared', 'vectors');

/** Names that tests import, and what stands for them inside XS. */
const STAND_INS: ReadonlyMap<string, { readonly module: string; readonly asDefault?: string }> = new Map([
  ['node:assert/strict', { module: 'test/device/assert.xs', asDefault: 'assert' }],
  ['fast-check', { module: 'test/device/fast-check.xs', asDefault: 'fc' }],
  ['test/support/read-vectors', { module: 'test/device/read-vectors.xs' }],
]);

/** Tests that XS cannot run for a reason that their imports do not show. */
const STAY: ReadonlyMap<string, string> = new Map([
  ['test/collaboration/field.test', 'reads the source text of functions, which XS does not keep'],
]);

export interface DeviceTest {
  /** as `test/bytes/bytes.test` */
  readonly name: string;
  /** why it cannot run inside XS */
  readonly reason?: string;
}

export type Modules = Map<string, ImageModule>;

/** All manifests of modules/ at once. */
export function moduleSources(): ImageSources {
  const folder = join(PROJECT, 'modules');
  const manifests = readdirSync(folder).map((name) => join(folder, name, 'manifest.json')).filter((path) => existsSync(path));
  return readManifests(manifests, 'x-cli-lin');
}

/** The test files of the areas in modules/, each with the reason if it has to stay in Node. */
export function moduleTests(): DeviceTest[] {
  const areas = readdirSync(join(PROJECT, 'modules')).filter((name) => existsSync(join(TEST, name)));
  return areas.flatMap((area) => readdirSync(join(TEST, area)).filter((name) => name.endsWith('.test.ts')).sort().map((file) => {
    const name = `test/${area}/${file.slice(0, -3)}`;
    const stays = STAY.get(name);
    const reason = stays === undefined ? nodeOnly(name, new Set()) : `${name} ${stays}`;
    return reason === undefined ? { name } : { name, reason };
  }));
}

/** @returns everything that `tests` need, and for each a main module `main/<test>` */
export function testModules(tests: readonly DeviceTest[], propertyRuns: number): Modules {
  const modules: Modules = new Map([...moduleSources().modules].map(([name, file]) => [name, { file }]));
  add(modules, 'test/device/runner.xs');
  for (const { name } of tests) {
    add(modules, name);
    const main = `import { runTests } from 'test/device/runner.xs';\nimport '${name}';\nawait runTests();\n`;
    modules.set(`main/${name}`, { text: main });
  }
  addFastCheck(modules);
  modules.set('test/device/settings.xs', { text: `export const PROPERTY_RUNS = ${propertyRuns};\n` });
  modules.set('test/device/vectors.xs', { text: vectorModule() });
  return withStandIns(modules);
}

function add(modules: Modules, name: string): void {
  if (modules.has(name)) return;
  const file = join(PROJECT, `${name}.ts`);
  modules.set(name, { file });
  for (const imported of importsOf(name)) {
    const target = STAND_INS.get(imported)?.module ?? imported;
    if (target.startsWith('test/')) add(modules, target);
  }
}

/** The package as it is published, under a name of its own: the name that tests write leads to the stand-in. */
function addFastCheck(modules: Modules): void {
  const standIn = STAND_INS.get('fast-check')!.module;
  if (!modules.has(standIn)) return;
  modules.set(standIn, { ...modules.get(standIn)!, renames: new Map([['fast-check', 'npm/fast-check/lib/fast-check.js']]) });
  addPackageFile(modules, 'npm/fast-check/lib/fast-check.js');
}

function addPackageFile(modules: Modules, name: string): void {
  if (modules.has(name)) return;
  const file = join(PROJECT, name.replace('npm/', 'node_modules/'));
  const text = readFileSync(file, 'utf8');
  const renames = new Map<string, string>();
  modules.set(name, { file, renames });
  for (const specifier of specifiersOf(file, text)) {
    // pure-rand maps its names to lib/esm by "exports"
    const target = specifier.startsWith('.') ? imageName(name, specifier) : specifier.replace(/^pure-rand\/(.*)$/, 'npm/pure-rand/lib/esm/$1.js');
    renames.set(specifier, target);
    addPackageFile(modules, target);
  }
}

/** The name that a test writes leads to the stand-in. */
function withStandIns(modules: Modules): Modules {
  for (const [name, { module, asDefault }] of STAND_INS) {
    if (!modules.has(module)) continue;
    const named = `export * from '${module}';\n`;
    modules.set(name, { text: asDefault === undefined ? named : `${named}export { ${asDefault} as default } from '${module}';\n` });
  }
  return modules;
}

/** @returns why a test file or something that it imports cannot run without Node */
function nodeOnly(name: string, seen: Set<string>): string | undefined {
  if (seen.has(name)) return undefined;
  seen.add(name);
  for (const imported of importsOf(name)) {
    if (STAND_INS.has(imported)) continue;
    if (imported.startsWith('test/')) {
      const reason = nodeOnly(imported, seen);
      if (reason !== undefined) return reason;
    } else if (!imported.startsWith('lorica/') || imported.startsWith('lorica/hosts/')) return `${name} imports ${imported}`;
  }
  return /\b(?:Buffer|process|performance)\./.test(readFileSync(join(PROJECT, `${name}.ts`), 'utf8')) ? `${name} uses globals of Node` : undefined;
}

/** @returns what a test module imports at run time, relative names as names of the image */
function importsOf(name: string): string[] {
  const file = join(PROJECT, `${name}.ts`);
  return specifiersOf(file, readFileSync(file, 'utf8')).map((specifier) => specifier.startsWith('.') ? imageName(name, specifier) : specifier);
}

function specifiersOf(fileName: string, text: string): string[] {
  return ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2023).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (ts.isImportDeclaration(statement) ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword : statement.isTypeOnly) return [];
    return statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier) ? [statement.moduleSpecifier.text] : [];
  });
}

function vectorModule(): string {
  const files = [...jsonFiles(join(TEST, 'vectors'), 'test/vectors'), ...jsonFiles(SHARED, 'shared/vectors')];
  return `export const files = new Map(${JSON.stringify(files.map(([name, path]) => [name, readFileSync(path, 'utf8')]))});\n`;
}

function jsonFiles(folder: string, prefix: string): [string, string][] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json')).sort()
    .map((name) => [`${prefix}/${relative('.', name)}`, join(folder, name)]);
}
