// Finds the fastest Chebyshev map for this Node: the C kernel as an addon, compiled once into build/ where there is a C
// compiler, for the very processor it runs on; the BigInt reference where there is none. LORICA_KERNEL=reference asks for
// the reference.
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ChebyshevProvider } from 'lorica/chebyshev/chebyshev-provider';
import { referenceChebyshev } from 'lorica/chebyshev/reference';
import { buildAddon, PROJECT } from 'lorica/hosts/node/c/c-build';
import { findToolchain } from 'lorica/hosts/node/c/toolchain';

const KERNEL = join(PROJECT, 'modules', 'chebyshev');
const GLUE = join(PROJECT, 'hosts', 'node', 'primitives', 'chebyshev-addon.c');
/** the file beside the core that only XS can use */
const XS_GLUE = 'chebyshev-native.c';

interface Addon {
  publicValue(suite: number, out: Uint8Array, secret: Uint8Array): void;
  sharedValue(suite: number, out: Uint8Array, secret: Uint8Array, x: Uint8Array): boolean;
  evaluate(suite: number, out: Uint8Array, index: Uint8Array, x: Uint8Array): void;
  isMember(suite: number, x: Uint8Array): boolean;
}

export interface ChebyshevKernel {
  readonly provider: ChebyshevProvider;
  /** why it is not the addon, for a log */
  readonly reason?: string;
}

/** Never throws: what goes wrong while building becomes the reason. */
export async function findChebyshevKernel(): Promise<ChebyshevKernel> {
  if (process.env['LORICA_KERNEL'] === 'reference') return { provider: referenceChebyshev, reason: 'LORICA_KERNEL asks for it' };
  const toolchain = findToolchain('pc');
  if (!toolchain) return { provider: referenceChebyshev, reason: 'there is no C compiler' };
  try {
    const files = readdirSync(KERNEL).filter((name) => name.endsWith('.c') && name !== XS_GLUE).sort().map((name) => join(KERNEL, name));
    // the flags of one processor must not serve another: its name is part of what the build is cached under
    const flags = ['-O2', '-march=native', '-fwrapv', `-DLORICA_PROCESSOR="${cpus()[0]?.model.replace(/["\\]/g, '') ?? ''}"`];
    const path = await buildAddon(toolchain, { name: 'chebyshev-addon', files: [...files, GLUE], includes: [KERNEL], flags });
    return { provider: kernelProvider(createRequire(import.meta.url)(path) as Addon) };
  } catch (error) {
    return { provider: referenceChebyshev, reason: error instanceof Error ? error.message : String(error) };
  }
}

function kernelProvider(addon: Addon): ChebyshevProvider {
  return {
    name: 'C kernel',
    publicValue(group, secret) {
      const out = new Uint8Array(group.publicLength);
      addon.publicValue(group.suite, out, secret);
      return out;
    },
    sharedValue(group, secret, received) {
      const out = new Uint8Array(group.publicLength);
      return addon.sharedValue(group.suite, out, secret, received) ? out : undefined;
    },
    isMember: (group, received) => addon.isMember(group.suite, received),
    evaluate(group, index, x) {
      const out = new Uint8Array(group.publicLength);
      addon.evaluate(group.suite, out, index, x);
      return out;
    },
  };
}
