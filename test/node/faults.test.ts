// The firmware under faults, from seeds: power cut at any change of flash or storage, at any moment; links cut at any
// message; messages lost either way. Checked throughout: no index bears two records (the health center of the test does
// that), so no key is used twice. Checked at the end: all that was captured before a cut is stored or explained, and all
// indices are settled. Recovery is possible because a record is at rest before its sample counts as captured.
import assert from 'node:assert/strict';
import { expandBlock, expandRecord, firstChainKey, messageKey, nextBlockKey, nextChainKey } from 'lorica/session/record-keys';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { NodeWorld } from '../support/node-world.ts';
import { seededRandom } from '../support/nor-flash.ts';

const MS = 1000;

/** No faults any more, no new samples: everything has to arrive. */
function settle(world: NodeWorld): void {
  world.power.cutAt = 0;
  world.dropUp = world.dropDown = () => false;
  world.isWorn = false;
  if (world.firmware === undefined) world.switchOn();
  world.bringGateway();
  for (let i = 0; i < 40 && (i < 3 || !isSettled(world)); i++) world.run(30 * MS);
}

function isSettled(world: NodeWorld): boolean {
  return world.completed.every((sample) => world.storedSamples.has(sample)) && world.center.isWhole && openEnds(world).length === 0;
}

function check(world: NodeWorld, name: string): void {
  const stored = world.storedSamples;
  const lost = world.completed.filter((sample) => !stored.has(sample));
  assert.deepEqual(lost, [], `${name}: samples lost`);
  assert.ok(world.center.isWhole, `${name}: indices missing`);
  assert.deepEqual(openEnds(world), [], `${name}: chains whose end nobody knows`);
  assert.equal(world.center.contradictions, 0, `${name}: the node contradicts itself`);
  assert.equal(world.center.unknown, 0, `${name}: a chain that nobody knows`);
  const ids = world.center.stored.map(({ chain, index }) => `${chain}/${String(index)}`);
  assert.equal(new Set(ids).size, ids.length, `${name}: stored twice`);
}

/** Chains that were used, are no longer sealed under, and of which the health center does not have all up to their end. */
function openEnds({ center }: NodeWorld): string[] {
  const inUse = center.sessions.at(-1)?.chains ?? [];
  return [...center.chains.values()]
    .filter(({ name, opening }) => !inUse.includes(name) && opening.acknowledgement().next > 0 && !opening.isComplete)
    .map(({ name }) => name);
}

/** Starts until it has started: the power may be cut in starting. */
function start(world: NodeWorld): void {
  while (world.firmware === undefined) world.switchOn();
}

/** Twenty seconds of a node's life with all that belongs to it: handshake, waveforms, an event, a plan. */
function live(world: NodeWorld): void {
  for (let second = 0; second < 20; second++) {
    start(world);
    world.run(MS);
    if (second === 8) world.button.onPress?.();
    if (second === 10) world.say(world.center.say({ kind: 'plan', version: 1, plan: { vitalsIntervalMs: 700, waveforms: new Map(), deliveryIntervalMs: 2000, limits: new Map() } }));
  }
}

function guarded(action: () => void, world: NodeWorld): void {
  try {
    action();
  } catch (error) {
    if ((error as Error).message !== 'power cut') throw error;
    world.cutPower();
  }
}

describe('firmware: faults', () => {
  it('power cut at every single change of flash and storage, from the first start on', () => {
    const dry = new NodeWorld({ journalSectors: 8 });
    const first = dry.power.operations;
    live(dry);
    const total = dry.power.operations;
    assert.ok(total - first > 60);
    for (let cutAt = first + 1; cutAt <= total; cutAt++) {
      const world = new NodeWorld({ journalSectors: 8, seed: 1 });
      world.power.cutAt = cutAt;
      guarded(() => { live(world); }, world);
      settle(world);
      check(world, `cut at change ${String(cutAt)}`);
    }
  }).timeout(300_000);

  it('power cut again and again, links lost, messages lost: from seeds', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const world = new NodeWorld({ seed, journalSectors: 24 });
      const random = seededRandom(seed * 31);
      const loss = random() * 0.4;
      world.dropUp = () => random() < loss;
      world.dropDown = () => random() < loss;
      for (let turn = 0; turn < 12; turn++) {
        if (random() < 0.4) world.power.cutAt = world.power.operations + 1 + Math.floor(random() * 60);
        guarded(() => {
          start(world);
          if (random() < 0.3) world.bringGateway(Math.floor(random() * 2));
          world.run(Math.floor(random() * 15 * MS));
          if (random() < 0.3) world.button.onPress?.();
          if (random() < 0.3) world.dropLink();
          if (random() < 0.2) world.isGatewayThere = !world.isGatewayThere;
          if (random() < 0.2) world.cutPower();
        }, world);
      }
      settle(world);
      check(world, `seed ${String(seed)}`);
    }
  }).timeout(300_000);

  it('the link is cut at any message of the first minute', () => {
    let count = 0;
    const dry = new NodeWorld();
    dry.onMessage = () => { count++; };
    dry.switchOn();
    dry.run(25 * MS);
    for (let at = 1; at <= count; at++) {
      const world = new NodeWorld();
      let left = at;
      world.onMessage = () => { if (--left === 0) world.dropLink(); };
      world.switchOn();
      world.run(25 * MS);
      settle(world);
      check(world, `link cut at message ${String(at)}`);
    }
  }).timeout(120_000);

  it('acknowledgements lost for a while: sent again, stored once', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const world = new NodeWorld({ seed });
      world.switchOn();
      world.run(12 * MS);
      world.dropDown = (message) => message[0] === MESSAGE_TYPE.record;
      world.run(seed * 40 * MS);
      settle(world);
      check(world, `seed ${String(seed)}`);
      assert.ok(world.center.duplicates > 0);
    }
  });

  it('a full journal and power cuts: urgent ones arrive, every index is settled', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const world = new NodeWorld({ seed, journalSectors: 8, waveforms: seed % 2 === 0 });
      const random = seededRandom(seed * 57);
      world.switchOn();
      world.run(12 * MS);
      world.isGatewayThere = false;
      world.dropLink();
      let presses = 0;
      for (let turn = 0; turn < 10; turn++) {
        if (random() < 0.7) world.power.cutAt = world.power.operations + 1 + Math.floor(random() * 150);
        guarded(() => {
          start(world);
          world.run(Math.floor(random() * 120 * MS));
        }, world);
        world.power.cutAt = 0;
        guarded(() => { start(world); world.button.onPress?.(); presses++; world.run(3 * MS); }, world);
      }
      settle(world);
      assert.equal(world.center.readings('event').length, presses, `seed ${String(seed)}: urgent ones lost`);
      assert.ok(world.center.isWhole, `seed ${String(seed)}: indices missing`);
      assert.equal(world.center.contradictions, 0);
    }
  }).timeout(120_000);

  it('rot in one sector: only what lay there is lost, and it is explained', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const world = new NodeWorld({ seed, waveforms: false });
      world.switchOn();
      world.run(12 * MS);
      world.isGatewayThere = false;
      world.dropLink();
      world.run(150 * MS);
      world.journalFlash.rot(1, 40);
      settle(world);
      const stored = world.storedSamples;
      const lost = world.completed.filter((sample) => !stored.has(sample));
      assert.ok(lost.length <= 45, `seed ${String(seed)}: ${String(lost.length)} lost`);
      assert.ok(world.center.isWhole, `seed ${String(seed)}: indices missing`);
    }
  });

  it('a thief who takes the node finds no key of a record that is already made', () => {
    const world = new NodeWorld({ waveforms: false });
    world.switchOn();
    world.run(300 * MS);
    const { chains, roots } = world.center.sessions.at(-1)!;
    const made = world.center.stored.filter(({ chain }) => chain === chains[0]).length;
    assert.ok(made > 256, 'a block was used up');
    world.firmware!.stop();
    const image = Buffer.concat([world.vaultFlash.cells, world.journalFlash.cells, ...world.storage.values.values()]);
    let blockKey = roots[0]!;
    for (let block = 0; block < 2; block++) {
      const expanded = expandBlock(blockKey);
      assert.equal(image.indexOf(blockKey.subarray(0, 8)), -1, `key of block ${String(block)}`);
      let chainKey = firstChainKey(expanded);
      for (let position = 0; position < 256; position++) {
        const output = expandRecord(chainKey);
        for (const secret of [chainKey, messageKey(output)]) assert.equal(image.indexOf(secret.subarray(0, 8)), -1);
        chainKey = nextChainKey(output).slice();
      }
      blockKey = nextBlockKey(expanded);
    }
    assert.ok(image.indexOf(blockKey) >= 0, 'the next block can be sealed after a reset');
    assert.equal(image.indexOf(world.provisioning.offline.subarray(0, 8)), -1);
  });
});
