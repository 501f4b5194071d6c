// The import rule: by which name a file may be imported from where. What may depend on what is dependency-rule.ts.
import { bareName, importsOf, isRelative, resolve } from './imports.ts';
import { at, START_FILES, type Tree, type Violation } from './tree.ts';

/** Bare names for what is shared, relative ones inside one Node host or one test folder, and none that lead nowhere. */
export function importRule(tree: Tree): Violation[] {
  return tree.scripts().flatMap((file) => importsOf(tree, file).flatMap(({ node, specifier }) => {
    const message = fault(tree, file, specifier);
    return message === undefined ? [] : [at(node, message)];
  }));
}

function fault(tree: Tree, file: string, specifier: string): string | undefined {
  const target = resolve(tree, file, specifier);
  if (!isRelative(specifier)) {
    if (target.kind !== 'missing') return undefined;
    return `'${specifier}' leads to ${target.path}, which does not exist: name an existing file, without extension`;
  }
  if (specifier.startsWith('/')) {
    return isPage(file) ? undefined : `'${specifier}' is absolute: import by a bare name`;
  }
  if (target.kind === 'missing') return `'${specifier}' leads to ${target.path}, which does not exist`;
  const path = target.kind === 'file' ? target.path : specifier;
  const instead = bareName(path);
  const remedy = instead === undefined ? 'move it to test/support or keep it in one folder' : `write '${instead}'`;
  if (/^(src|modules)\//.test(file)) return `'${specifier}' is relative: ${remedy}`;
  if (/^hosts\/(esp32|desktop)\//.test(file)) {
    return `'${specifier}' is relative, compiles and fails at boot: map it as 'lorica/host/…' in the host's manifest`;
  }
  if (unit(file) === unit(path) || START_FILES.has(path)) return undefined;
  if (file.startsWith('test/') && path.startsWith('test/support/')) return undefined;
  return `'${specifier}' leaves ${unit(file)}: ${remedy}`;
}

/** The folder inside which relative imports may stay; test/x.test.ts shares the one of test/x/. */
function unit(path: string): string {
  const [top, second] = path.split('/');
  return second === undefined ? '.' : `${top!}/${second.split('.')[0]!}`;
}

function isPage(file: string): boolean {
  return /^hosts\/[^/]+\/page\//.test(file);
}
