// What XS gets as lorica/primitives/provider. Node never loads this file: package.json maps the name to hosts/node.
import type { PrimitivesProvider } from 'lorica/primitives/primitives-provider';
import { referencePrimitives } from 'lorica/primitives/reference/reference-primitives';

declare function native(name: string): (...values: unknown[]) => unknown;

const provider: PrimitivesProvider = {
  ...referencePrimitives,
  entropy: (length) => {
    const out = new Uint8Array(length);
    fill(out);
    return out;
  },
};

export default provider;

function fill(this: unknown, out: Uint8Array): void {
  native('xs_primitives_entropy').call(this, out);
}
