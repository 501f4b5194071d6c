// The C compilers that XS and the native kernels are built with: one for this PC, one for rv32imc. It finds what is
// installed and installs nothing.
import { spawnSync } from 'node:child_process';

export type Target = 'pc' | 'rv32';

export interface Toolchain {
  readonly target: Target;
  readonly compiler: string;
  readonly archiver: string;
  /** first line of `--version`: part of what a build is cached under */
  readonly version: string;
  readonly compileFlags: readonly string[];
  readonly linkFlags: readonly string[];
  readonly libraries: readonly string[];
}

const CANDIDATES: Record<Target, readonly { compiler: string; archiver: string }[]> = {
  pc: [{ compiler: process.env['CC'] ?? 'cc', archiver: 'ar' }, { compiler: 'gcc', archiver: 'gcc-ar' }, { compiler: 'clang', archiver: 'ar' }],
  rv32: [{ compiler: 'riscv64-unknown-elf-gcc', archiver: 'riscv64-unknown-elf-ar' }],
};

const FLAGS: Record<Target, Pick<Toolchain, 'compileFlags' | 'linkFlags' | 'libraries'>> = {
  pc: { compileFlags: ['-O2'], linkFlags: [], libraries: ['-lm', '-lpthread'] },
  rv32: {
    // -Os as ESP-IDF builds; sections, so that the linker drops what nobody calls, as it does there
    compileFlags: ['-Os', '-march=rv32imc_zicsr', '-mabi=ilp32', '-ffunction-sections', '-fdata-sections', '--specs=picolibc.specs'],
    linkFlags: ['-march=rv32imc_zicsr', '-mabi=ilp32', '--specs=picolibc.specs', '--oslib=semihost', '--crt0=semihost', '-Wl,--gc-sections'],
    libraries: ['-lm'],
  },
};

/** @returns the toolchain, or `undefined` where no compiler for the target is installed */
export function findToolchain(target: Target): Toolchain | undefined {
  for (const { compiler, archiver } of CANDIDATES[target]) {
    const version = firstLine(compiler);
    if (version !== undefined && firstLine(archiver) !== undefined) return { target, compiler, archiver, version, ...FLAGS[target] };
  }
  return undefined;
}

function firstLine(command: string): string | undefined {
  const run = spawnSync(command, ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.split('\n')[0] : undefined;
}
