// Reads Moddable manifests as far as they say which modules an image holds: `include`, `modules`, `platforms`. What
// belongs to the SDK (paths that begin with a variable) is passed over. mcconfig does the rest of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export interface ImageSources {
  /** module name → TypeScript or JavaScript file */
  readonly modules: ReadonlyMap<string, string>;
  /** C files that the manifests bring in */
  readonly natives: readonly string[];
}

type Paths = string | readonly string[];
interface Section { include?: Paths; modules?: Readonly<Record<string, Paths>> }
interface Manifest extends Section { platforms?: Readonly<Record<string, Section>> }

const SCRIPT_ENDINGS = ['.ts', '.js', '.mjs'];

/**
 * @param paths manifests, each with all that it includes
 * @param platform as mcconfig's -p: `x-cli-lin`, `esp32`
 * @throws Error where a name is claimed for two files or a target is not there
 */
export function readManifests(paths: readonly string[], platform: string): ImageSources {
  const reader = new Reader(platform);
  for (const path of paths) reader.read(resolve(path));
  return { modules: reader.modules, natives: [...reader.natives] };
}

class Reader {
  readonly modules = new Map<string, string>();
  readonly natives = new Set<string>();
  readonly #seen = new Set<string>();
  readonly #platform: string;

  constructor(platform: string) {
    this.#platform = platform;
  }

  read(path: string): void {
    if (this.#seen.has(path)) return;
    this.#seen.add(path);
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    this.#section(manifest, path);
    const { [this.#platform]: own, '...': otherwise } = manifest.platforms ?? {};
    const section = own ?? otherwise;
    if (section) this.#section(section, path);
  }

  #section(section: Section, path: string): void {
    for (const include of list(section.include)) if (!include.startsWith('$')) this.read(resolve(dirname(path), include));
    const excluded = new Set(list(section.modules?.['~']).map((target) => resolve(dirname(path), target)));
    for (const [name, targets] of Object.entries(section.modules ?? {})) {
      if (name === '~') continue;
      for (const target of list(targets)) if (!target.startsWith('$')) this.#claim(name, resolve(dirname(path), target), excluded, path);
    }
  }

  #claim(name: string, target: string, excluded: ReadonlySet<string>, manifest: string): void {
    const files = target.endsWith('*') ? filesIn(dirname(target)) : filesNamed(target);
    if (files.length === 0) throw new Error(`${manifest}: "${name}" names ${target}, which is not there`);
    for (const file of files) {
      if (excluded.has(withoutEnding(file))) continue;
      if (file.endsWith('.c')) {
        this.natives.add(file);
        continue;
      }
      const full = name.replace('*', basename(withoutEnding(file)));
      const other = this.modules.get(full);
      if (other !== undefined && other !== file) throw new Error(`${manifest}: "${full}" is claimed for ${other} and for ${file}`);
      this.modules.set(full, file);
    }
  }
}

function list(paths: Paths | undefined): readonly string[] {
  return paths === undefined ? [] : typeof paths === 'string' ? [paths] : paths;
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().filter(isSource).map((name) => join(folder, name));
}

function filesNamed(target: string): string[] {
  return [...SCRIPT_ENDINGS, '.c'].map((ending) => target + ending).concat(target).filter((file) => isSource(file) && existsSync(file));
}

function isSource(name: string): boolean {
  return !name.endsWith('.d.ts') && [...SCRIPT_ENDINGS, '.c'].some((ending) => name.endsWith(ending));
}

function withoutEnding(file: string): string {
  return file.replace(/\.(?:ts|js|mjs|c)$/, '');
}
