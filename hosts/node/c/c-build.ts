// Compiles C into build/, each result under a hash of all that went into it, so that nothing is built twice and
// nothing stale is ever used. Two processes may build at once: each works in a folder of its own, the first to finish
// gives it its name.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Toolchain } from './toolchain.ts';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
const BUILD = join(PROJECT, 'build', 'c');
const OUTPUT_MAX_BYTES = 16 * 1024 * 1024;

const run = promisify(execFile);

export interface CSources {
  /** the result's name, for people who look into build/ */
  readonly name: string;
  readonly files: readonly string[];
  readonly includes: readonly string[];
  readonly flags: readonly string[];
}

/** Compiles and archives. @returns the path of the static library. @throws Error with the compiler's words */
export async function buildLibrary(toolchain: Toolchain, sources: CSources): Promise<string> {
  return cached(toolchain, sources, `lib${sources.name}.a`, [], async (folder, output) => {
    const objects = await compile(toolchain, sources, folder);
    await run(toolchain.archiver, ['rcs', output, ...objects]);
    for (const object of objects) rmSync(object);
  });
}

/** Compiles and links. @returns the path of the program. @throws Error with the compiler's or linker's words */
export async function buildProgram(
  toolchain: Toolchain, sources: CSources, libraries: readonly string[], linkFlags: readonly string[] = [],
): Promise<string> {
  return cached(toolchain, sources, sources.name, [...libraries, ...linkFlags], async (folder, output) => {
    const objects = await compile(toolchain, sources, folder);
    await run(toolchain.compiler, [...toolchain.linkFlags, ...linkFlags, ...objects, ...libraries, ...toolchain.libraries, '-o', output]);
  });
}

/** Compiles and links an addon for this Node. @returns the path of the addon. @throws Error with the compiler's words */
export async function buildAddon(toolchain: Toolchain, sources: CSources): Promise<string> {
  const native = { ...sources, flags: [...sources.flags, '-fPIC', '-fvisibility=hidden'] };
  const undefinedSymbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];
  return cached(toolchain, native, `${sources.name}.node`, ['addon'], async (folder, output) => {
    const objects = await compile(toolchain, native, folder);
    await run(toolchain.compiler, ['-shared', ...undefinedSymbols, ...objects, '-o', output]);
  });
}

async function cached(
  toolchain: Toolchain, sources: CSources, result: string, also: readonly string[],
  make: (folder: string, output: string) => Promise<void>,
): Promise<string> {
  const folder = join(BUILD, `${toolchain.target}-${sources.name}-${digest(toolchain, sources, also)}`);
  if (!existsSync(folder)) {
    mkdirSync(BUILD, { recursive: true });
    const work = mkdtempSync(join(BUILD, '.work-'));
    try {
      await make(work, join(work, result));
      publish(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return join(folder, result);
}

function publish(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // somebody else was first: theirs is the same
  }
}

async function compile(toolchain: Toolchain, sources: CSources, folder: string): Promise<string[]> {
  const flags = [...toolchain.compileFlags, ...sources.flags, ...sources.includes.map((path) => `-I${path}`)];
  const waiting = [...sources.files.entries()];
  const objects: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, file] = next;
      const object = join(folder, `${index}-${basename(file, '.c')}.o`);
      await run(toolchain.compiler, [...flags, '-c', file, '-o', object], { maxBuffer: OUTPUT_MAX_BYTES });
      objects[index] = object;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return objects;
}

function digest(toolchain: Toolchain, sources: CSources, also: readonly string[]): string {
  const hash = createHash('sha256');
  const { compiler, version, compileFlags, linkFlags, libraries } = toolchain;
  hash.update(JSON.stringify({ compiler, version, compileFlags, linkFlags, libraries, ...sources, also }));
  for (const file of sources.files) hash.update(readFileSync(file));
  for (const folder of sources.includes) {
    for (const header of readdirSync(folder).filter((name) => name.endsWith('.h')).sort()) hash.update(readFileSync(join(folder, header)));
  }
  for (const path of also) if (existsSync(path) && statSync(path).isFile()) hash.update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
