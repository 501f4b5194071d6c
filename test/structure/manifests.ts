// Reads manifests as mcconfig does (tools/mcmanifest.js of Moddable SDK 8.2): includes depth first, platform sections,
// `build` variables, wildcards over one directory. What lies outside the project, such as $(MODDABLE), is passed over.
import { posix } from 'node:path';
import { atText, record, type Tree, type Violation } from './tree.ts';

/** One file that a manifest puts into the image under a name. */
export interface Claim {
  readonly name: string;
  readonly file: string;
  readonly manifest: string;
  /** the member of "modules" that says so */
  readonly key: string;
  readonly kind: 'script' | 'typing' | 'native' | 'json';
  readonly wildcard: boolean;
}

/** All that one manifest brings into the image for one target. */
export interface Image {
  readonly manifests: readonly string[];
  readonly claims: readonly Claim[];
  /** manifests or sources that are named and not there */
  readonly violations: readonly Violation[];
}

export function manifestPaths(tree: Tree): string[] {
  return tree.paths.filter((path) => /(^|\/)manifest[^/]*\.json$/.test(path) && !/(^|\/)page\//.test(path));
}

/** Every platform that some manifest of the project tells apart, and the two that the project builds for. */
export function targetsOf(tree: Tree): string[] {
  const keys = manifestPaths(tree).flatMap((path) => Object.keys(record(tree.json(path)['platforms'])));
  const named = keys.filter((key) => key !== '...' && !key.startsWith('*/')).map((key) => key.replace(/\*$/, 'any'));
  return [...new Set(['esp32', 'x-cli-lin', ...named])];
}

export function imageOf(tree: Tree, manifest: string, target: string): Image {
  const builder = new ImageBuilder(tree, target);
  builder.include(manifest);
  return builder.image();
}

class ImageBuilder {
  readonly #tree: Tree;
  readonly #target: string;
  readonly #variables = new Map<string, string>();
  readonly #seen = new Set<string>();
  readonly #manifests: string[] = [];
  readonly #violations: Violation[] = [];
  readonly #excluded = new Set<string>();

  constructor(tree: Tree, target: string) {
    this.#tree = tree;
    this.#target = target;
  }

  include(path: string): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    for (const section of this.#sections(path)) {
      this.#define(path, record(section['build']));
    }
    for (const include of this.#sections(path).flatMap((section) => strings(section['include']))) {
      const found = this.#locate(path, include);
      if (found === undefined) continue;
      if (this.#tree.has(found)) this.include(found);
      else this.#violations.push(atText(this.#tree, path, include, `includes ${found}, which does not exist`));
    }
    this.#manifests.push(path);
  }

  image(): Image {
    this.#expand((key) => key === '~').forEach(({ file }) => this.#excluded.add(file));
    const claims = this.#expand((key) => key !== '~').filter(({ file }) => !this.#excluded.has(file));
    return { manifests: this.#manifests, claims, violations: this.#violations };
  }

  /** The manifest itself and its section for the target. */
  #sections(path: string): Record<string, unknown>[] {
    const json = this.#tree.json(path);
    const platforms = record(json['platforms']);
    const key = matchPlatform(Object.keys(platforms), this.#target);
    return key === undefined ? [json] : [json, record(platforms[key])];
  }

  #define(path: string, build: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(build)) {
      if (typeof value !== 'string') continue;
      const text = this.#substitute(value);
      const here = posix.dirname(path);
      this.#variables.set(name.replace(/ \?=$/, ''), text.startsWith('./') ? `/${posix.join(here, text)}` : text);
    }
  }

  #substitute(text: string): string {
    return text.replace(/\$\(([^)]+)\)/g, (whole, name: string) => this.#variables.get(name) ?? whole);
  }

  /** @returns the path inside the project, or `undefined` for what lies outside */
  #locate(manifest: string, text: string): string | undefined {
    const path = this.#substitute(text);
    if (path.includes('$(')) return undefined;
    const found = path.startsWith('/') ? posix.normalize(path.slice(1)) : posix.join(posix.dirname(manifest), path);
    return found.startsWith('../') ? undefined : found;
  }

  #expand(wanted: (key: string) => boolean): Claim[] {
    return this.#manifests.flatMap((manifest) => this.#sections(manifest).flatMap((section) =>
      Object.entries(record(section['modules'])).filter(([key]) => wanted(key)).flatMap(([key, sources]) =>
        strings(sources).flatMap((source) => this.#match(manifest, key, source)))));
  }

  #match(manifest: string, key: string, source: string): Claim[] {
    const located = this.#locate(manifest, source);
    if (located === undefined) return [];
    const { dir, base } = posix.parse(located);
    const star = base.lastIndexOf('*');
    const prefix = star < 0 ? base : base.slice(0, star);
    const claims: Claim[] = [];
    let matched = false;
    for (const file of this.#tree.paths) {
      if (posix.dirname(file) !== (dir === '' ? '.' : dir) || posix.basename(file).startsWith('.')) continue;
      const { stem, extension } = split(posix.basename(file));
      if (star < 0 ? stem !== prefix && stem + extension !== prefix : !stem.startsWith(prefix)) continue;
      matched = true;
      const kind = KINDS.get(extension);
      if (kind === undefined || (kind === 'json' && stem.startsWith('manifest'))) continue;
      const name = key.includes('*') ? key.slice(0, key.lastIndexOf('*')) + (star < 0 ? stem : stem.slice(prefix.length)) : key;
      claims.push({ name, file, manifest, key, kind, wildcard: star >= 0 });
    }
    const isFolder = located.endsWith('/');
    if (!matched && !isFolder && key !== '~') {
      this.#violations.push(atText(this.#tree, manifest, source, `'${source}' matches no file of ${dir}/`));
    }
    return claims;
  }
}

const KINDS = new Map<string, Claim['kind']>([
  ['.ts', 'script'], ['.js', 'script'], ['.mjs', 'script'], ['.d.ts', 'typing'], ['.json', 'json'],
  ['.c', 'native'], ['.cc', 'native'], ['.cpp', 'native'],
]);

function split(base: string): { stem: string; extension: string } {
  const extension = base.endsWith('.d.ts') ? '.d.ts' : posix.extname(base);
  return { stem: base.slice(0, base.length - extension.length), extension };
}

function strings(value: unknown): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((item) => record(item)['source'] ?? item).filter((item) => typeof item === 'string');
}

/** mcconfig's order: the longest part of `esp32/board` first, in each case the first key that fits, `...` for the rest. */
function matchPlatform(keys: readonly string[], target: string): string | undefined {
  const parts = target.split('/');
  for (let length = parts.length; length > 0; length--) {
    const partial = parts.slice(0, length).join('/');
    const found = keys.find((key) => {
      if (key.endsWith('/*')) return partial.startsWith(key.slice(0, -1));
      if (key.startsWith('*/')) return partial.endsWith(key.slice(1));
      return key === partial;
    });
    if (found !== undefined) return found;
  }
  return keys.find((key) => key === '...');
}
