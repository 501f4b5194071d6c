// Speaks to the kernel console (kernel-console.c): the C cores alone, under sanitizers where the compiler has them.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { fromHex, toHex } from 'lorica/bytes/bytes';
import { buildProgram, PROJECT } from 'lorica/hosts/node/c/c-build';
import type { Toolchain } from 'lorica/hosts/node/c/toolchain';

const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-g'];

/** the C files of the cores, without the glue for XS */
export function kernelSources(): { files: string[]; includes: string[] } {
  const includes = ['chebyshev', 'primitives'].map((area) => join(PROJECT, 'modules', area));
  const files = includes.flatMap((folder) => readdirSync(folder).filter((name) => name.endsWith('.c') && !name.endsWith('-native.c'))
    .sort().map((name) => join(folder, name)));
  return { files, includes };
}

/** @returns the console's path; built without sanitizers where they cannot be linked */
export async function buildConsole(toolchain: Toolchain, flags: readonly string[]): Promise<{ path: string; sanitized: boolean }> {
  const { files, includes } = kernelSources();
  const sources = (more: readonly string[]) => ({
    name: 'kernel-console', files: [...files, fileURLToPath(new URL('./kernel-console.c', import.meta.url))], includes,
    flags: ['-Wall', '-Wextra', ...flags, ...more],
  });
  try {
    return { path: await buildProgram(toolchain, sources(SANITIZERS), [], SANITIZERS), sanitized: true };
  } catch {
    return { path: await buildProgram(toolchain, sources([]), []), sanitized: false };
  }
}

export class Console {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];
  readonly #failed: ((error: Error) => void)[] = [];
  #complaint = '';

  constructor(path: string) {
    this.#child = spawn(path, [], { stdio: ['pipe', 'pipe', 'pipe'] });
    createInterface({ input: this.#child.stdout! }).on('line', (line) => {
      this.#failed.shift();
      this.#waiting.shift()?.(line);
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => { this.#complaint += chunk.toString(); });
    this.#child.on('close', (code) => {
      for (const fail of this.#failed) fail(new Error(`the console ended with ${code}\n${this.#complaint}`));
    });
  }

  /** @returns the answer's octets, `undefined` for none */
  ask(name: string, ...words: readonly (Uint8Array | number)[]): Promise<Uint8Array | undefined> {
    const line = [name, ...words.map((word) => typeof word === 'number' ? String(word) : toHex(word) || '-')].join(' ');
    return new Promise((resolve, reject) => {
      this.#waiting.push((answer) => { resolve(answer === '-' ? undefined : fromHex(answer)); });
      this.#failed.push(reject);
      this.#child.stdin!.write(`${line}\n`);
    });
  }

  close(): void {
    this.#child.stdin!.end();
  }
}
