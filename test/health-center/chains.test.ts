// What a node says of its chains and what the health center makes of it: ends, gaps, holes, what is unknown, and where
// acknowledgements go.
import assert from 'node:assert/strict';
import { MAX_CANDIDATES, OFFLINE_LOOK_AHEAD } from 'lorica/hosts/health-center/keeper';
import { HOLE_ALERT_MS } from 'lorica/hosts/health-center/reporter';
import { CHAIN_STATUS } from 'lorica/hosts/health-center/session-store';
import { GAP_REASON, type ChainEnd, type Reading } from 'lorica/reading/reading';
import { isAcknowledged } from 'lorica/session/acknowledgement';
import { Bench, type BareNode } from './bench.ts';

const status = (node: BareNode, chains: ChainEnd[]): Reading => ({ kind: 'status', boot: node.boot, tick: Math.round(node.tick), firmware: 'test', resetReason: 1, counters: new Map(), chains });
const gap = (node: BareNode, tag: Uint8Array, first: number, last: number): Reading => ({ kind: 'gap', boot: node.boot, tick: Math.round(node.tick), tag, first, last, reason: GAP_REASON.reset });
const chainOf = (bench: Bench, tag: Uint8Array) => bench.store.sessions.chainByTag(tag)!;
const codes = (bench: Bench): string[] => bench.store.chronicle.events({ alertsOnly: true }).map(({ code }) => code);

describe('health center: chains', () => {
  it('completes an old chain where a status reading on a later one says that it ends', () => {
    const bench = new Bench();
    const node = bench.node();
    node.useOffline();
    const { tag } = node.chains!.normal;
    const records = [1, 2].map((rate) => node.seal(node.vitals(rate)));
    node.send([records[0]!]);
    node.handshake({ listed: [{ tag, next: 2 }] });
    node.commands();
    node.send([node.seal(status(node, [{ tag, next: 2 }, { tag: node.chains!.normal.tag, next: 0 }]))]);
    assert.equal(chainOf(bench, tag).status, CHAIN_STATUS.open, 'record 1 is still out');
    assert.equal(chainOf(bench, node.chains!.normal.tag).status, CHAIN_STATUS.open, 'its own chain goes on');
    node.send([records[1]!]);
    assert.equal(chainOf(bench, tag).status, CHAIN_STATUS.complete);
    // Whoever missed the acknowledgement gets it again, though nothing opens any more.
    node.commands();
    node.send([records[1]!]);
    assert.deepEqual(node.acknowledgements().map(({ next }) => next), [2]);
  });

  it('does not let message 3 end a chain under which the node may still seal', () => {
    const bench = new Bench();
    const node = bench.node();
    node.useOffline();
    const offline = node.chains!;
    const first = node.seal(node.vitals(1));
    node.handshake({ listed: [{ tag: offline.normal.tag, next: 1 }] });
    const session = node.chains!;
    node.chains = offline;
    node.send([first, node.seal(node.vitals(2))]);
    assert.equal(bench.store.readings.count(), 2);
    node.chains = session;
  });

  it('takes a gap for settled, lists it, and tells nobody the same twice', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.commands();
    const records = [0, 1, 2, 3, 4].map((rate) => node.seal(node.vitals(rate)));
    const { tag } = node.chains!.normal;
    node.send([records[4]!]);
    node.send([node.seal(gap(node, tag, 0, 3)), node.seal(gap(node, tag, 0, 3))]);
    assert.equal(node.acknowledgements().at(-1)?.next, 7);
    assert.deepEqual(bench.store.readings.gapsOf(1, 10).map(({ first, last, reason }) => [first, last, reason]), [[0, 3, 1]]);
    node.send([records[0]!]);
    assert.equal(bench.store.readings.count(), 3, 'what was given up is not taken back in silence');
  });

  it('tells a person of a gap in a chain that it does not know, or that is another node\'s', () => {
    const bench = new Bench();
    const [a, b] = [bench.node(), bench.node()];
    a.handshake();
    b.handshake();
    a.send([a.seal(gap(a, b.chains!.normal.tag, 0, 9)), a.seal(gap(a, new Uint8Array(8), 0, 9))]);
    assert.equal(codes(bench).filter((code) => code === 'chain-unknown').length, 2);
    assert.equal(chainOf(bench, b.chains!.normal.tag).holeSinceMs, undefined);
    b.send([b.seal(b.vitals(1))]);
    assert.equal(bench.store.readings.count(), 3, 'the other node is not harmed');
  });

  it('tells a person once when something has been missing for a while, however much it is', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    const records = Array.from({ length: 700 }, (_, i) => node.seal(node.vitals(i)));
    node.send([records[650]!]);
    assert.ok(chainOf(bench, node.chains!.normal.tag).holeSinceMs !== undefined, 'beyond the reach of the bitmap, too');
    bench.settle(HOLE_ALERT_MS / 2);
    node.send([records[651]!]);
    assert.deepEqual(codes(bench), []);
    bench.settle(HOLE_ALERT_MS);
    node.send([records[652]!]);
    node.send([records[653]!]);
    assert.deepEqual(codes(bench), ['hole']);
    for (let i = 0; i < 650; i += 50) node.send(records.slice(i, i + 50));
    assert.equal(chainOf(bench, node.chains!.normal.tag).holeSinceMs, undefined);
  });

  it('names chains under keys that it does not have, once', () => {
    const bench = new Bench();
    const node = bench.node();
    const tag = new Uint8Array(8).fill(9);
    node.handshake({ listed: [{ tag, next: 5 }] });
    bench.settle(60_000);
    node.handshake({ listed: [{ tag, next: 5 }] });
    assert.deepEqual(codes(bench), ['chain-unknown']);
  });

  it('closes what the node does not list any more, and opens it again for a late record', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    const old = node.chains!;
    node.handshake();
    assert.equal(chainOf(bench, old.normal.tag).status, CHAIN_STATUS.closed);
    const session = node.chains!;
    node.chains = old;
    node.send([node.seal(node.vitals(2))]);
    assert.equal(bench.store.readings.count(), 2);
    assert.equal(chainOf(bench, old.normal.tag).status, CHAIN_STATUS.open);
    node.chains = session;
  });

  it('acknowledges through the gateway that brought the records, duplicates too', () => {
    const bench = new Bench({ gateways: ['ward', 'home'] });
    const node = bench.node();
    node.handshake();
    const records = [node.seal(node.vitals(1))];
    node.send(records);
    bench.takeDown();
    // The acknowledgement was lost and the node has moved: it sends again what it still holds.
    node.send(records, 'home');
    assert.deepEqual([...new Set(bench.down.map(({ gateway }) => gateway))], ['home']);
    assert.equal(node.acknowledgements()[0]?.next, 1);
  });

  it('keeps apart what two nodes send in one turn', () => {
    const bench = new Bench();
    const nodes = [bench.node(), bench.node()];
    for (const node of nodes) {
      node.handshake();
      node.commands();
    }
    for (const [i, node] of nodes.entries()) bench.up([node.seal(node.vitals(i)), node.seal(node.vitals(10 + i))], { handle: node.handle, wait: false });
    bench.settle();
    for (const node of nodes) {
      const acknowledgements = node.acknowledgements();
      assert.equal(acknowledgements.length, 1);
      assert.ok(isAcknowledged(acknowledgements[0]!, 1) && !isAcknowledged(acknowledgements[0]!, 2));
    }
    assert.deepEqual([...bench.store.readings.rows()].length, 4);
  });

  it('bounds the candidates of a node and the offline chains that it knows ahead', () => {
    const bench = new Bench();
    const node = bench.node();
    assert.equal(bench.store.sessions.chainsOf(1).length, 2 * OFFLINE_LOOK_AHEAD);
    for (let i = 0; i < MAX_CANDIDATES + 3; i++) {
      node.handshake();
      bench.settle(20_000);
    }
    assert.equal(bench.store.sessions.sessionsOf(1).length, MAX_CANDIDATES);
    node.send([node.seal(node.vitals(1))]);
    assert.deepEqual(bench.store.sessions.sessionsOf(1).map(({ confirmed }) => confirmed), [true]);
    assert.equal(bench.store.readings.count(), 1);
  });
});
