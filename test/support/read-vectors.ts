// Published vectors: the small ones in test/vectors, and the large ones in ../shared beside the project, which may be
// absent. Inside XS the test image carries them instead (test/device).
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromHex } from 'lorica/bytes/bytes';

const OWN = new URL('../vectors/', import.meta.url);
const SHARED = new URL('../../../shared/vectors/', import.meta.url);

/** @returns the parsed file of test/vectors */
export function ownVectors<T>(name: string): T {
  return JSON.parse(readFileSync(fileURLToPath(new URL(name, OWN)), 'utf8')) as T;
}

/** @returns the parsed file of ../shared/vectors, or skips the running test with a line that says why */
export function sharedVectors<T>(test: { skip(): void }, name: string): T {
  const path = fileURLToPath(new URL(name, SHARED));
  if (!existsSync(path)) {
    console.log(`      skipped: the vectors ${name} are not in ../shared/vectors`);
    test.skip();
  }
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

/** @returns the octets of a vector's hexadecimal. @throws Error if it is none */
export function octets(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (!bytes) throw new Error(`not hexadecimal: ${hex}`);
  return bytes;
}
