// XS 13.3 from the C sources in the npm package @agoric/xsnap, as a library for a target, and the two programs around
// it: the compiler of module images and the host that runs them. C lies in hosts/desktop/xs.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildLibrary, buildProgram, PROJECT } from '../c/c-build.ts';
import type { CSources } from '../c/c-build.ts';
import type { Toolchain } from '../c/toolchain.ts';

const XS = join(PROJECT, 'node_modules', '@agoric', 'xsnap', 'moddable', 'xs');
const HOST = join(PROJECT, 'hosts', 'desktop', 'xs');

const INCLUDES = [join(XS, 'includes'), join(XS, 'platforms'), join(XS, 'sources'), HOST];
const DEFINES = [
  '-DINCLUDE_XSPLATFORM', '-DXSPLATFORM="xs-host-platform.h"', '-DmxRun=1', '-DmxParse=1', '-DmxSloppy=1', '-DmxLockdown=1',
  '-DmxNoConsole=1', '-DmxBoundsCheck=1', '-DmxMinusZero=1', '-DmxRegExpUnicodePropertyEscapes=1', '-DmxStringNormalize=1',
];

/** `debug`: errors name lines, xsbug can be served; `release`: what instruction counts are taken of */
export type Variant = 'debug' | 'release';

/** The program that turns a list of JavaScript modules into a module image; it runs on this PC. */
export async function buildImageCompiler(toolchain: Toolchain, variant: Variant): Promise<string> {
  const sources = ours('xs-compile', variant, ['xs-compile.c', 'xs-host-platform.c', 'module-image.c']);
  return buildProgram(toolchain, sources, [await buildXs(toolchain, variant)]);
}

/**
 * The program that runs a module image.
 * @param natives C files whose `void xs_…(xsMachine* the)` functions TypeScript names by `native("…")`
 * @param more further C files, with the flags to compile them and to link
 */
export async function buildImageHost(
  toolchain: Toolchain, variant: Variant, natives: readonly string[],
  more: { files?: readonly string[]; flags?: readonly string[]; linkFlags?: readonly string[] } = {},
): Promise<string> {
  const sources = ours('xs-run', variant, ['xs-run.c', 'xs-natives.c', 'xs-host-platform.c', 'module-image.c']);
  const folders = natives.map((file) => join(file, '..'));
  return buildProgram(toolchain, {
    ...sources,
    files: [...sources.files, writeNativeTable(natives), ...natives, ...more.files ?? []],
    includes: [...new Set([...sources.includes, ...folders])],
    flags: [...sources.flags, ...more.flags ?? []],
  }, [await buildXs(toolchain, variant)], more.linkFlags);
}

async function buildXs(toolchain: Toolchain, variant: Variant): Promise<string> {
  const sources = join(XS, 'sources');
  const files = readdirSync(sources).filter((name) => name.endsWith('.c')).sort().map((name) => join(sources, name));
  return buildLibrary(toolchain, { name: `xs-${variant}`, files, includes: INCLUDES, flags: [...defines(variant), '-fno-common', '-w'] });
}

function defines(variant: Variant): string[] {
  return variant === 'debug' ? [...DEFINES, '-DmxDebug=1'] : DEFINES;
}

function ours(name: string, variant: Variant, files: readonly string[]): CSources {
  const flags = [...defines(variant), '-fno-common', '-Wall', '-Wextra', '-Wno-unused-parameter'];
  return { name, files: files.map((file) => join(HOST, file)), includes: INCLUDES, flags };
}

/** The table that the SDK's linker would make (xs-natives.h). @returns the path of the C file */
function writeNativeTable(natives: readonly string[]): string {
  const names = natives.flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^void (xs_\w+)\(xsMachine ?\* ?the\)/gm)].map((match) => match[1]!));
  const text = [
    '/* Generated from the C files of an image. */', '#include "xs-natives.h"', '',
    ...names.map((name) => `extern void ${name}(xsMachine* the);`), '',
    'const XsNative xsNatives[] = {', ...names.map((name) => `\t{ "${name}", ${name} },`), '\t{ 0, 0 }', '};', '',
  ].join('\n');
  const folder = join(PROJECT, 'build', 'c');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `native-table-${natives.map((file) => basename(file, '.c')).join('-') || 'empty'}.c`);
  writeFileSync(path, text);
  return path;
}
