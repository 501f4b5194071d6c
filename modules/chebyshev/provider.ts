// What XS gets as lorica/chebyshev/provider: the C kernel beside this file, by way of chebyshev-native.c. Node never loads
// it: package.json maps the name to hosts/node.
import type { ChebyshevProvider } from 'lorica/chebyshev/chebyshev-provider';

declare function native(name: string): (...values: unknown[]) => unknown;

const provider: ChebyshevProvider = {
  name: 'native',
  publicValue(group, secret) {
    const out = new Uint8Array(group.publicLength);
    publicValue(group.suite, out, secret);
    return out;
  },
  sharedValue(group, secret, received) {
    const out = new Uint8Array(group.publicLength);
    return sharedValue(group.suite, out, secret, received) ? out : undefined;
  },
  isMember: (group, received) => isMember(group.suite, received),
  evaluate(group, index, x) {
    const out = new Uint8Array(group.publicLength);
    evaluate(group.suite, out, index, x);
    return out;
  },
};

export default provider;

function publicValue(this: unknown, suite: number, out: Uint8Array, secret: Uint8Array): void {
  native('xs_chebyshev_public_value').call(this, suite, out, secret);
}

function sharedValue(this: unknown, suite: number, out: Uint8Array, secret: Uint8Array, x: Uint8Array): boolean {
  return native('xs_chebyshev_shared_value').call(this, suite, out, secret, x) as boolean;
}

function isMember(this: unknown, suite: number, x: Uint8Array): boolean {
  return native('xs_chebyshev_is_member').call(this, suite, x) as boolean;
}

function evaluate(this: unknown, suite: number, out: Uint8Array, index: Uint8Array, x: Uint8Array): void {
  native('xs_chebyshev_evaluate').call(this, suite, out, index, x);
}
