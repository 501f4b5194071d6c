// The house rules, run over the project. Beside each rule stands what it must find and what it must let pass, in
// small planted trees, so that a rule which has stopped finding anything fails too.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { cycleRule, dependencyRule, purityRule } from './structure/dependency-rule.ts';
import { importRule } from './structure/import-rule.ts';
import { claimRule, folderRule, imageRule, provisionRule, strayRule, strictnessRule } from './structure/manifest-rule.ts';
import {
  type Exceptions, exportRule, functionRule, headerRule, languageRule, lengthRule, nameRule, syntaxRule, timerRule,
} from './structure/style-rule.ts';
import { textRule } from './structure/text-rule.ts';
import { plantedTree, projectTree, type Rule } from './structure/tree.ts';

/** Files longer than the limit, each with the reason why a cut would make it no clearer. */
const LONG_FILES: Exceptions = {
  'modules/chebyshev/chebyshev-table-1536.c': 'a generated table',
  'modules/chebyshev/chebyshev-table-2048.c': 'a generated table',
};

type Files = Readonly<Record<string, string>>;

const project = projectTree(fileURLToPath(new URL('..', import.meta.url)));

function holds(rule: Rule): void {
  const lines = rule(project).map(({ file, line, message }) => `  ${file}:${String(line)} ${message}`);
  if (lines.length > 0) assert.fail(`${String(lines.length)} violation(s)\n${lines.join('\n')}`);
}

function finds(rule: Rule, files: Files, ...places: string[]): void {
  const found = rule(plantedTree(files)).map(({ file, line }) => `${file}:${String(line)}`);
  assert.deepEqual([...new Set(found)].sort(), [...places].sort());
}

const passes = (rule: Rule, files: Files): void => { finds(rule, files); };

/** A tree of one-line files, each importing the names given. */
function importing(files: Readonly<Record<string, readonly string[]>>): Files {
  return Object.fromEntries(Object.entries(files).map(([path, names]) => [path, names.map((name) => `import '${name}';`).join('\n')]));
}

const json = (value: unknown): string => JSON.stringify(value, undefined, 2);

/** A module with manifest and README. */
function area(name: string, include: readonly string[], files: Files): Files {
  const manifest = json({ include, modules: { [`lorica/${name}/*`]: './*' } });
  const sources = Object.entries(files).map(([file, text]) => [`modules/${name}/${file}`, text] as const);
  return { [`modules/${name}/manifest.json`]: manifest, [`modules/${name}/README.md`]: '', ...Object.fromEntries(sources) };
}

describe('structure: the project', () => {
  it('has files to judge', () => {
    assert.ok(project.scripts().length > 10);
    assert.ok(project.has('package.json') && project.has('modules/bytes/bytes.ts'));
  });
  it('imports shared files by bare name and private ones inside one folder', () => { holds(importRule); });
  it('depends one way', () => { holds(dependencyRule); });
  it('has no cycles', () => { holds(cycleRule); });
  it('keeps time, chance and the environment out of modules/ and src/', () => { holds(purityRule); });
  it('has a manifest and a README in each module', () => { holds(folderRule); });
  it('claims no name twice in any image', () => { holds(claimRule); });
  it('provides by manifest what modules/ and src/ import', () => { holds(provisionRule); });
  it('has a whole image for each host', () => { holds(imageRule); });
  it('has no JSON where mcconfig or Node would take it up', () => { holds(strayRule); });
  it('compiles the image as strictly as Node\'s side', () => { holds(strictnessRule); });
  it('names files in kebab-case', () => { holds(nameRule); });
  it('is written in TypeScript', () => { holds(languageRule); });
  it('has no overlong file', () => { holds((tree) => lengthRule(tree, LONG_FILES)); });
  it('has no overlong function', () => { holds(functionRule); });
  it('has neither enum nor any', () => { holds(syntaxRule); });
  it('exports by name', () => { holds(exportRule); });
  it('gives timers no async callback', () => { holds(timerRule); });
  it('begins each source with what it is', () => { holds(headerRule); });
  it('names no path of one machine and no registry', () => { holds(textRule); });
});

describe('structure: what the import rules find', () => {
  it('relative imports of shared files, and names that lead nowhere', () => {
    const shared = { 'modules/a/a.ts': '', 'src/node.ts': '', 'test/support/x.ts': '', 'test/b/y.ts': '', 'hosts/node/z.ts': '' };
    const bad = { 'modules/a/b.ts': ['./a.ts'], 'src/main.ts': ['lorica/a/none', 'lorica/a/a.ts', './node.ts'],
      'test/c/c.test.ts': ['../../modules/a/a.ts', '../b/y.ts', './none.ts'], 'hosts/gateway/g.ts': ['../node/z.ts', '/z.js'],
      'hosts/esp32/e.ts': ['./e2.ts'], 'hosts/esp32/e2.ts': [] };
    finds(importRule, { ...shared, ...importing(bad) }, 'modules/a/b.ts:1', 'src/main.ts:1', 'src/main.ts:2', 'src/main.ts:3',
      'test/c/c.test.ts:1', 'test/c/c.test.ts:2', 'test/c/c.test.ts:3', 'hosts/gateway/g.ts:1', 'hosts/gateway/g.ts:2', 'hosts/esp32/e.ts:1');
    const good = { 'modules/a/b.ts': ['lorica/a/a'], 'src/main.ts': ['lorica/node/node', 'lorica/host/clock'],
      'test/c/c.test.ts': ['../support/x.ts', './d.ts', 'lorica/hosts/node/z'], 'test/c/d.ts': [], 'test/c.test.ts': ['./c/d.ts'],
      'hosts/node/deep/y.ts': ['../z.ts'], 'hosts/node/page/p.js': ['./q.js', '/vendor.js'], 'hosts/node/page/q.ts': [] };
    passes(importRule, { ...shared, ...importing(good) });
  });

  it('every form of import', () => {
    const text = ['import type { A } from \'./a.ts\';', 'export * from \'./a.ts\';', 'const a = import(\'./a.ts\');', 'type B = import(\'./a.ts\').A;',
      '// import \'./a.ts\'', 'const s = "import \'./a.ts\'";'].join('\n');
    finds(importRule, { 'modules/a/a.ts': '', 'modules/a/b.ts': text }, ...[1, 2, 3, 4].map((line) => `modules/a/b.ts:${String(line)}`));
  });

  const world = { 'modules/a/a.ts': '', 'src/s.ts': '', 'hosts/node/n.ts': '', 'hosts/gateway/g.ts': '', 'hosts/simulator/w.ts': '',
    'hosts/esp32/e.ts': '', 'hosts/node/primitives/provider.ts': '' };

  it('dependencies that run the wrong way', () => {
    const bad = { 'modules/a/b.ts': ['node:fs', 'mqtt', 'lorica/node/s', 'lorica/hosts/node/n', 'timer', 'lorica/host/x'],
      'src/t.ts': ['node:fs', 'lorica/host/x'], 'hosts/node/m.ts': ['lorica/hosts/gateway/g', 'lorica/hosts/simulator/w', 'lorica/node/s', 'nowhere'],
      'hosts/health-center/h.ts': ['lorica/hosts/gateway/g'], 'hosts/esp32/f.ts': ['node:fs', 'mqtt', 'lorica/hosts/node/n', 'lorica/node/s'],
      'hosts/simulator/v.ts': ['lorica/hosts/esp32/e', 'lorica/host/x'] };
    finds(dependencyRule, { ...world, ...importing(bad) },
      ...Object.entries(bad).flatMap(([file, names]) => names.map((_, index) => `${file}:${String(index + 1)}`)));
  });

  it('and lets pass those that run the right way', () => {
    passes(dependencyRule, { ...world, ...importing({ 'modules/a/b.ts': ['lorica/a/a', 'lorica/primitives/provider'], 'src/t.ts': ['lorica/a/a', 'lorica/node/s'],
      'src/main.ts': ['lorica/host/x', 'lorica/node/s'], 'hosts/node/m.ts': ['node:fs', 'mqtt', './n.ts', 'lorica/a/a'],
      'hosts/gateway/f.ts': ['lorica/hosts/node/n', 'mqtt', 'fs'], 'hosts/esp32/f.ts': ['timer', 'net', 'embedded:io/i2c', 'lorica/a/a', 'lorica/host/e'],
      'hosts/simulator/v.ts': ['lorica/hosts/gateway/g', 'lorica/node/s', 'node:fs'], 'test/x.test.ts': ['lorica/hosts/simulator/w', 'mocha-helper'] }) });
  });

  it('cycles of files and of areas', () => {
    finds(cycleRule, importing({ 'modules/a/a.ts': ['lorica/a/b'], 'modules/a/b.ts': ['lorica/a/a'], 'hosts/node/self.ts': ['./self.ts'] }), 'modules/a/b.ts:1', 'hosts/node/self.ts:1');
    const areas = { 'modules/a/a.ts': ['lorica/b/b'], 'modules/b/b.ts': [], 'modules/b/c.ts': ['lorica/c/c'], 'modules/c/c.ts': ['lorica/a/d'], 'modules/a/d.ts': [] };
    finds(cycleRule, importing(areas), 'modules/c/c.ts:1');
    passes(cycleRule, importing({ ...areas, 'modules/c/c.ts': [], 'modules/a/a.ts': ['lorica/b/b', 'lorica/c/c'] }));
  });

  it('globals of the environment in protocol code', () => {
    const bad = ['new Date();', 'Math.random();', 'Math["random"]();', 'const { random } = Math;', 'setTimeout(f, 1);', 'console.log(1);', 'let b: Buffer;',
      'globalThis.x;', 'const o = { crypto };', 'new TextEncoder();'];
    for (const file of ['modules/a/a.ts', 'src/a.ts']) {
      finds(purityRule, { [file]: bad.join('\n') }, ...bad.map((_, index) => `${file}:${String(index + 1)}`));
    }
    passes(purityRule, { 'hosts/node/a.ts': bad.join('\n'), 'src/a.ts': 'class A { process(): void { this.process(); this.x.fetch(); } }\nconst o = { console: Math.floor(1) };\n// Date' });
  });
});

describe('structure: what the manifest rules find', () => {
  it('modules without manifest, README or mapping, and sub-folders that no entry covers', () => {
    finds(folderRule, { 'modules/a/a.ts': '' }, 'modules/a/manifest.json:1');
    finds(folderRule, { ...area('a', [], { 'deep/b.ts': '' }), 'src/s.ts': '' }, 'modules/a/deep/b.ts:1', 'src/manifest.json:1');
    finds(folderRule, { 'modules/a/manifest.json': '{\n"modules": { "lorica/b/*": "./*" } }' }, 'modules/a/README.md:1', 'modules/a/manifest.json:2');
    const whole = json({ modules: { 'lorica/a/*': './*', 'lorica/a/deep/*': './deep/*' } });
    passes(folderRule, { ...area('a', [], { 'a.ts': '', 'deep/b.ts': '' }), 'modules/a/manifest.json': whole });
  });

  it('names, files and object files claimed twice, and manifests and sources that are not there', () => {
    const root = (modules: unknown, include: readonly string[] = ['./modules/a/manifest.json']): Files =>
      ({ ...area('a', [], { 'a.ts': '', 'k.c': '' }), 'x/a.ts': '', 'x/k.c': '', 'manifest.json': json({ include, modules }) });
    passes(claimRule, root({ 'lorica/x/*': './x/a*' }));
    finds(claimRule, root({ 'lorica/a/a': './x/a.ts' }), 'manifest.json:6');
    finds(claimRule, root({ again: './modules/a/a.ts' }), 'manifest.json:6');
    finds(claimRule, root({ '*': './x/k.c' }), 'manifest.json:6');
    finds(claimRule, root({ 'lorica/x/*': './none/*' }), 'manifest.json:6');
    finds(claimRule, root({}, ['$(MODDABLE)/examples/manifest_base.json', './none/manifest.json']), 'manifest.json:4');
    passes(claimRule, { ...root({ 'lorica/a/a': './x/a.ts', '~': './modules/a/a.ts' }) });
  });

  it('a second provider on one target alone, and JSON that a wildcard takes up', () => {
    const platforms = (sections: unknown): Files => ({ 'x/p.ts': '', 'y/p.ts': '', 'manifest.json': json({ build: { HERE: './x' }, platforms: sections }) });
    passes(claimRule, platforms({ esp32: { modules: { p: '$(HERE)/p' } }, lin: { modules: { p: './y/p' } } }));
    finds(claimRule, { ...platforms({ esp32: { modules: { p: './y/p' }, include: './x/manifest.json' }, '...': { modules: { p: './y/p' } } }),
      'x/manifest.json': json({ modules: { p: './p' } }) }, 'manifest.json:8');
    finds(claimRule, area('a', [], { 'tsconfig.json': '{}' }), 'modules/a/manifest.json:4');
  });

  it('imports that the module\'s own manifest does not reach', () => {
    const text = 'import \'lorica/b/b\';\nimport \'lorica/primitives/provider\';';
    finds(provisionRule, { ...area('a', [], { 'a.ts': text }), ...area('b', [], { 'b.ts': '' }) }, 'modules/a/a.ts:1');
    passes(provisionRule, { ...area('a', ['../b/manifest.json'], { 'a.ts': text }), ...area('b', [], { 'b.ts': '' }) });
    passes(provisionRule, { ...area('a', ['../c/manifest.json'], { 'a.ts': text }), ...area('c', ['../b/manifest.json'], {}), ...area('b', [], { 'b.ts': '' }) });
  });

  it('an image that lacks src/, a host or what they import', () => {
    const parts = { 'src/main.ts': 'import \'lorica/host/clock\';', 'src/manifest.json': json({ modules: { 'lorica/node/*': './*' } }),
      'hosts/esp32/clock.ts': '', 'hosts/esp32/manifest.json': json({ modules: { 'lorica/host/*': './*' } }) };
    const root = (json_: unknown): Files => ({ ...parts, 'manifest.json': json(json_) });
    passes(imageRule, root({ include: ['./src/manifest.json'], platforms: { esp32: { include: './hosts/esp32/manifest.json' } } }));
    finds(imageRule, root({ include: ['./src/manifest.json'] }), 'manifest.json:2', 'src/main.ts:1');
    finds(imageRule, root({ include: [], platforms: { esp32: { include: './hosts/esp32/manifest.json' } } }), 'manifest.json:2');
    finds(imageRule, { ...parts, 'manifest.json': json({ include: ['./src/manifest.json'], platforms: { esp32: { include: './hosts/esp32/manifest.json' } } }),
      'src/main.ts': 'import \'lorica/a/a\';', 'modules/a/a.ts': '' }, 'src/main.ts:1');
  });

  it('stray JSON and nested packages', () => {
    finds(strayRule, { 'modules/a/table.json': '', 'src/x/y.json': '', 'hosts/node/package.json': '' }, 'modules/a/table.json:1', 'src/x/y.json:1', 'hosts/node/package.json:1');
    passes(strayRule, { 'modules/tsconfig.json': '', 'modules/a/manifest.json': '', 'test/vectors/a.json': '' });
  });

  it('strictness that differs, and paths', () => {
    const tsconfig = { 'tsconfig.json': json({ compilerOptions: { strict: true, noEmit: true, target: 'ES2023' } }) };
    const root = (compilerOptions: unknown): Files => ({ ...tsconfig, 'manifest.json': json({ typescript: { tsconfig: { compilerOptions } } }) });
    passes(strictnessRule, root({ strict: true }));
    finds(strictnessRule, tsconfig, 'manifest.json:1');
    finds(strictnessRule, root({}), 'manifest.json:1');
    finds(strictnessRule, root({ strict: false }), 'manifest.json:5');
    finds(strictnessRule, root({ strict: true, paths: {} }), 'manifest.json:6');
  });
});

describe('structure: what the style rules find', () => {
  it('names that are not kebab-case', () => {
    finds(nameRule, { 'src/HeartRate.ts': '', 'hosts/healthCenter/a.ts': '', 'modules/a/my_kernel.c': '' }, 'src/HeartRate.ts:1', 'hosts/healthCenter/a.ts:1', 'modules/a/my_kernel.c:1');
    passes(nameRule, { 'src/heart-rate.ts': '', 'modules/a/README.md': '', 'test/a/x25519.test.ts': '' });
  });

  it('script that is not TypeScript', () => {
    finds(languageRule, { 'src/a.js': '', 'hosts/node/b.mjs': '', 'test/c.cjs': '' }, 'src/a.js:1', 'hosts/node/b.mjs:1', 'test/c.cjs:1');
    passes(languageRule, { 'hosts/node/register.mjs': '', 'hosts/gateway/page/app.js': '', 'eslint.config.js': '' });
  });

  it('files and functions beyond their limits, to the line', () => {
    const lines = (count: number): string => '//\n'.repeat(count);
    const length: Rule = (tree) => lengthRule(tree, { 'modules/a/unrolled.ts': 'rounds', 'src/gone.ts': 'was here once' });
    finds(length, { 'src/a.ts': lines(300), 'src/b.ts': lines(301), 'test/c.ts': lines(350), 'test/d.ts': lines(351), 'modules/a/unrolled.ts': lines(999) },
      'src/b.ts:301', 'test/d.ts:351', 'src/gone.ts:1');
    const body = (count: number): string => `{\n${'//\n'.repeat(count - 2)}}`;
    finds(functionRule, { 'src/a.ts': `function f() ${body(50)}\nclass A { m() ${body(51)} }`, 'test/a.test.ts': `it('x', () => ${body(99)});\nconst g = () => ${body(51)};` },
      'src/a.ts:51', 'test/a.test.ts:100');
  });

  it('enum, any and default exports', () => {
    finds(syntaxRule, { 'src/a.ts': 'enum A { b }\nlet a: any;\nlet s: string[] = ["any"];' }, 'src/a.ts:1', 'src/a.ts:2');
    finds(exportRule, { 'src/a.ts': 'export default 1;', 'modules/a/b.ts': '\nexport default class {}', 'hosts/node/c.ts': 'const c = 1;\nexport { c as default };' },
      'src/a.ts:1', 'modules/a/b.ts:2', 'hosts/node/c.ts:2');
    passes(exportRule, { 'src/main.ts': 'export default 1;', 'hosts/node/primitives/provider.ts': 'export default 1;', 'modules/sensors/x.ts': 'export default 1;', 'eslint.config.js': 'export default 1;' });
  });

  it('async callbacks of timers', () => {
    finds(timerRule, { 'src/a.ts': 'timer.set(async () => {}, 1);\nclass A { async #tick() {} go() {\nthis.#timer.repeat(() => { this.#tick(); });\nthis.#timer.repeat(() => this.#tick());\nschedule(this.#tick.bind(this)); } }' },
      'src/a.ts:1', 'src/a.ts:4', 'src/a.ts:5');
    passes(timerRule, { 'src/a.ts': 'timer.set(() => { step(); }, 1);\nlist.map(async () => {});', 'hosts/node/a.ts': 'timer.set(async () => {});' });
  });

  it('sources without a header', () => {
    finds(headerRule, { 'src/a.ts': 'import "x";\n// late', 'modules/a/k.c': 'int x;', 'hosts/node/b.mjs': '' }, 'src/a.ts:1', 'modules/a/k.c:1', 'hosts/node/b.mjs:1');
    passes(headerRule, { 'src/a.ts': '// What it is.\n', 'hosts/node/b.ts': '#!/usr/bin/env node\n/** What. */', 'test/c.ts': '' });
  });

  it('paths of one machine, registries and addresses in the lock file', () => {
    const path = (...parts: string[]): string => ['', ...parts].join('/');
    const registry = ['registry', 'npmjs', 'org'].join('.');
    finds(textRule, { 'README.md': `\nsee ${path('home', 'me', 'x')}`, 'src/a.ts': `'${path('tmp', 'out')}'`, '.npmrc': `r=https://${registry}/`, 'package-lock.json': '{\n"resolved": "x" }' },
      'README.md:2', 'src/a.ts:1', '.npmrc:1', 'package-lock.json:2');
    passes(textRule, { 'Dockerfile': `WORKDIR ${path('home', 'node', 'app')}`, 'README.md': `./work/x, https://example.org${path('home', 'a')}, ../tmp/x, registry.add(x)`, 'a.png': path('work', 'x') });
  });
});
