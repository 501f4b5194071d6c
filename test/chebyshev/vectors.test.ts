import assert from 'node:assert/strict';
import { toHex } from 'lorica/bytes/bytes';
import { CHEB1536, CHEB2048 } from 'lorica/chebyshev/groups';
import type { ChebyshevGroup } from 'lorica/chebyshev/groups';
import { isMember, publicValue, sharedValue } from 'lorica/chebyshev/map';
import provider from 'lorica/chebyshev/provider';
import { clearCofactor, referenceChebyshev, toBytes, toInteger } from 'lorica/chebyshev/reference';
import { octets, ownVectors, sharedVectors } from '../support/read-vectors.ts';

interface GroupVectors {
  vectors: { n: string; x: string; y: string }[];
  agreements: { a: string; b: string; A: string; B: string; cleared_B: string; shared: string }[];
  rejected: { low_order: string[]; not_below_p: string[]; wrong_class: string[]; twice_order: string[] };
}

const GROUPS = { cheb2048: CHEB2048, cheb1536: CHEB1536 } as const;

describe('chebyshev: vectors of an independent program', () => {
  it('the selection in this repository', () => {
    const { groups } = ownVectors<{ groups: Record<string, GroupVectors> }>('chebyshev.json');
    for (const group of Object.values(GROUPS)) check(group, groups[group.name]!);
  });

  it('all of them', function () {
    this.timeout(60_000);
    const all = sharedVectors<Record<string, GroupVectors>>(this, 'chebyshev.json');
    for (const [name, group] of Object.entries(GROUPS)) check(group, all[name]!);
  });
});

function check(group: ChebyshevGroup, { vectors, agreements, rejected }: GroupVectors): void {
  for (const { n, x, y } of vectors) {
    assert.equal(toHex(referenceChebyshev.evaluate(group, octets(n), octets(x))), y);
    assert.equal(toHex(provider.evaluate(group, octets(n), octets(x))), y);
  }
  for (const { a, b, A, B, cleared_B, shared } of agreements) {
    assert.equal(toHex(publicValue(group, octets(a))), A);
    assert.equal(toHex(publicValue(group, octets(b))), B);
    assert.equal(toHex(toBytes(clearCofactor(toInteger(octets(B)), group.p), group.publicLength)), cleared_B);
    assert.equal(toHex(sharedValue(group, octets(a), octets(B))!), shared);
    assert.equal(toHex(sharedValue(group, octets(b), octets(A))!), shared);
    assert.ok(isMember(group, octets(A)) && isMember(group, octets(B)));
  }
  const secret = octets(agreements[0]!.a);
  for (const value of [...rejected.low_order, ...rejected.not_below_p]) {
    assert.equal(sharedValue(group, secret, octets(value)), undefined);
    assert.equal(isMember(group, octets(value)), false);
  }
  // Harmless in an agreement (protocol.md §1), but nobody's identity.
  for (const value of [...rejected.wrong_class, ...rejected.twice_order]) {
    assert.equal(sharedValue(group, secret, octets(value))?.length, group.publicLength);
    assert.equal(isMember(group, octets(value)), false);
  }
}
