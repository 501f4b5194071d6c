// test/support/read-vectors.ts for inside XS: the files come with the image.
import { fromHex } from 'lorica/bytes/bytes';
import { print } from './machine.xs.ts';
import { files } from './vectors.xs.ts';

export function ownVectors<T>(name: string): T {
  return parse(`test/vectors/${name}`)!;
}

export function sharedVectors<T>(test: { skip(): void }, name: string): T {
  const vectors = parse<T>(`shared/vectors/${name}`);
  if (vectors === undefined) {
    print(`# skipped: the vectors ${name} are not in ../shared/vectors`);
    test.skip();
  }
  return vectors!;
}

export function octets(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (!bytes) throw new Error(`not hexadecimal: ${hex}`);
  return bytes;
}

function parse<T>(name: string): T | undefined {
  const text = files.get(name);
  return text === undefined ? undefined : JSON.parse(text) as T;
}
