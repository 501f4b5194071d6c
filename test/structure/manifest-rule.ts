// What mcconfig takes without a word and fails on later, or never: names claimed twice, names that nobody provides,
// JSON files that turn into modules, compiler options that differ from those of tsconfig.json.
import { importsOf, resolve, seamNames } from './imports.ts';
import { type Claim, imageOf, manifestPaths, targetsOf } from './manifests.ts';
import { at, atText, record, type Rule, type Tree, type Violation } from './tree.ts';

/** Each folder of modules/ has its README and a manifest that maps the folder; so has src/, under `lorica/node/`. */
export function folderRule(tree: Tree): Violation[] {
  return folders(tree).flatMap((folder) => {
    const manifest = `${folder}/manifest.json`;
    if (!tree.has(manifest)) return [{ file: manifest, line: 1, message: `is missing: ${mapping(folder)}` }];
    const violations: Violation[] = [];
    if (folder !== 'src' && !tree.has(`${folder}/README.md`)) {
      violations.push({ file: `${folder}/README.md`, line: 1, message: 'is missing: purpose, a ten-line example, limits' });
    }
    if (modulesOf(tree, manifest)[`${prefix(folder)}*`] !== './*') {
      violations.push(atText(tree, manifest, '"modules"', mapping(folder)));
    }
    return [...violations, ...unclaimed(tree, folder)];
  });
}

/** In no image do two entries claim one name, one file two names, or two C files one object file. */
export function claimRule(tree: Tree): Violation[] {
  return unique(manifestPaths(tree).flatMap((manifest) => targetsOf(tree).flatMap((target) => {
    const { claims, violations } = imageOf(tree, manifest, target);
    const modules = claims.filter(({ kind }) => kind === 'script' || kind === 'json');
    const natives = claims.filter(({ kind }) => kind === 'native').map((claim) => ({ ...claim, name: claim.file.split('/').at(-1)! }));
    return [
      ...violations,
      ...twice(tree, modules, ({ name }) => name, ({ name }) => `claims '${name}' again`),
      ...twice(tree, modules, ({ file }) => file, ({ file }) => `gives ${file} a second name, which mcconfig drops`),
      ...twice(tree, natives.filter(distinctFiles), ({ name }) => name, ({ file }) => `object file of ${file} has a taken name`),
      ...claims.filter(({ kind, wildcard }) => kind === 'json' && wildcard)
        .map(({ manifest: by, key, file }) => atText(tree, by, `"${key}"`, `${file} becomes a module: move it away`)),
    ];
  })));
}

/** Each import of ours in modules/ and src/ is provided by what the folder's own manifest reaches. */
export function provisionRule(tree: Tree): Violation[] {
  const seams = seamNames(tree);
  return folders(tree).filter((folder) => tree.has(`${folder}/manifest.json`)).flatMap((folder) => {
    const manifest = `${folder}/manifest.json`;
    const provided = new Set(targetsOf(tree).flatMap((target) => imageOf(tree, manifest, target).claims.map(({ name }) => name)));
    return ours(tree, tree.scripts().filter((path) => path.startsWith(`${folder}/`)))
      .filter(({ specifier }) => !seams.has(specifier) && !specifier.startsWith('lorica/host/') && !provided.has(specifier))
      .map(({ violation, specifier }) => violation(`nothing that ${manifest} includes provides '${specifier}': include its module's manifest`));
  });
}

/** The image of the root manifest is whole: it reaches src/ and the host of each target, and provides all that they import. */
export function imageRule(tree: Tree): Violation[] {
  const hosts = [['esp32', 'hosts/esp32/manifest.json'], ['x-cli-lin', 'hosts/desktop/manifest.json']] as const;
  const seams = seamNames(tree);
  return unique(hosts.flatMap(([target, host]) => {
    const { manifests, claims } = imageOf(tree, ROOT, target);
    const missing = ['src/manifest.json', host].filter((path) => tree.has(path) && !manifests.includes(path))
      .map((path) => atText(tree, ROOT, '"include"', `does not include ./${path} for ${target}`));
    const provided = new Set(claims.map(({ name }) => name));
    const scripts = claims.filter(({ kind }) => kind === 'script').map(({ file }) => file);
    const isSeam = (name: string): boolean => seams.has(name) || name.startsWith('lorica/host/');
    const absent = ours(tree, scripts)
      .filter(({ specifier }) => !provided.has(specifier) && (tree.has(host) || !isSeam(specifier)))
      .map(({ violation, specifier }) => violation(`the image for ${target} lacks '${specifier}': map it in a manifest that ${ROOT} reaches`));
    return [...missing, ...absent];
  }));
}

/** mcconfig takes each JSON file beside the sources for a module, and a nested package.json hides the package's own name. */
export function strayRule(tree: Tree): Violation[] {
  return tree.paths.flatMap((file) => {
    const base = file.split('/').at(-1)!;
    if (base === 'package.json' && file !== base) return [{ file, line: 1, message: 'nested package.json: remove it' }];
    const stray = /^(src|modules)\/.*\.json$/.test(file) && base !== 'manifest.json' && base !== 'tsconfig.json';
    return stray ? [{ file, line: 1, message: 'stray JSON beside sources: move it to test/vectors or make it TypeScript' }] : [];
  });
}

/** The image is compiled as strictly as `npm run check` compiles; a `paths` entry would replace mcconfig's own map. */
export const strictnessRule: Rule = (tree) => {
  const violations = manifestPaths(tree).filter((path) => 'paths' in compilerOptions(tree.json(path)['typescript']))
    .map((path) => atText(tree, path, '"paths"', 'replaces the map that mcconfig generates: remove it'));
  if (!tree.has(ROOT)) return [...violations, { file: ROOT, line: 1, message: 'is missing' }];
  const wanted = record(tree.json('tsconfig.json')['compilerOptions']);
  const set = compilerOptions(tree.json(ROOT)['typescript']);
  for (const [name, value] of Object.entries(wanted)) {
    if (typeof value !== 'boolean' || NOT_STRICTNESS.has(name) || set[name] === value) continue;
    violations.push(atText(tree, ROOT, `"${name}"`, `"typescript" must set ${name}: ${String(value)}, as tsconfig.json does`));
  }
  return violations;
};

const ROOT = 'manifest.json';
/** Options that say how Node's side runs, not what is an error. */
const NOT_STRICTNESS = new Set(['allowImportingTsExtensions', 'resolveJsonModule', 'noEmit', 'incremental', 'tsBuildInfoFile']);

/** src/ and the folders of modules/, as far as they hold sources. */
function folders(tree: Tree): string[] {
  const found = tree.paths.map((path) => /^modules\/[^/]+(?=\/)|^src(?=\/.*\.ts$)/.exec(path)?.[0]);
  return [...new Set(found.filter((folder) => folder !== undefined))];
}

function prefix(folder: string): string {
  return folder === 'src' ? 'lorica/node/' : `lorica/${folder.slice('modules/'.length)}/`;
}

function mapping(folder: string): string {
  return `"modules" needs "${prefix(folder)}*": "./*"`;
}

function unclaimed(tree: Tree, folder: string): Violation[] {
  const own = manifestPaths(tree).filter((path) => path.startsWith(`${folder}/`));
  const claims = own.flatMap((path) => targetsOf(tree).flatMap((target) => imageOf(tree, path, target).claims));
  const claimed = new Set(claims.map(({ name, file }) => `${name} ${file}`));
  return tree.scripts()
    .filter((path) => path.startsWith(`${folder}/`) && path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .filter((path) => !claimed.has(`${prefix(folder)}${path.slice(folder.length + 1, -3)} ${path}`))
    .map((path) => ({ file: path, line: 1, message: 'no manifest maps it: wildcards cover one directory, so give the sub-folder an entry' }));
}

interface OwnImport {
  readonly specifier: string;
  readonly violation: (message: string) => Violation;
}

function ours(tree: Tree, files: readonly string[]): OwnImport[] {
  // A name that leads nowhere is the import rule's business.
  const isOurs = (file: string, name: string): boolean => name.startsWith('lorica/') && resolve(tree, file, name).kind !== 'missing';
  return files.flatMap((file) => importsOf(tree, file).filter(({ specifier }) => isOurs(file, specifier))
    .map(({ node, specifier }) => ({ specifier, violation: (message) => at(node, message) })));
}

function twice(tree: Tree, claims: readonly Claim[], by: (claim: Claim) => string, message: (claim: Claim) => string): Violation[] {
  const first = new Map<string, Claim>();
  return claims.flatMap((claim) => {
    const earlier = first.get(by(claim));
    if (earlier === undefined) {
      first.set(by(claim), claim);
      return [];
    }
    return [atText(tree, claim.manifest, `"${claim.key}"`, `${message(claim)} (first: "${earlier.key}" of ${earlier.manifest}): keep one`)];
  });
}

function distinctFiles({ file }: Claim, index: number, all: readonly Claim[]): boolean {
  return all.findIndex((other) => other.file === file) === index;
}

function modulesOf(tree: Tree, manifest: string): Record<string, unknown> {
  return record(tree.json(manifest)['modules']);
}

function compilerOptions(typescript: unknown): Record<string, unknown> {
  return record(record(record(typescript)['tsconfig'])['compilerOptions']);
}

function unique(violations: readonly Violation[]): Violation[] {
  return [...new Map(violations.map((violation) => [JSON.stringify(violation), violation])).values()];
}
