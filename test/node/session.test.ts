// Sessions as the firmware keeps them: when they are made, how a lost message is said again, what a reset leaves.
import assert from 'node:assert/strict';
import { toHex } from 'lorica/bytes/bytes';
import { decodeSession } from 'lorica/node/secrets';
import { CODE } from 'lorica/node/codes';
import { FIRST_RETRY_MS, MAX_SENDS, RESUMPTION_AGE_MS } from 'lorica/node/session-desk';
import { SESSION_SLOT } from 'lorica/node/slots';
import { Vault } from 'lorica/journal/vault';
import { COUNTER, EVENT, GAP_REASON } from 'lorica/reading/reading';
import { MESSAGE_TYPE } from 'lorica/wire/message-type';
import { NodeWorld, type NodeWorldOptions } from '../support/node-world.ts';

function started(options?: NodeWorldOptions): NodeWorld {
  const world = new NodeWorld(options);
  world.switchOn();
  return world;
}

/** Messages of one type that went up, in hexadecimal. */
function watchUp(world: NodeWorld, type: number): string[] {
  const said: string[] = [];
  world.onMessage = (up, message) => { if (up && message[0] === type) said.push(toHex(message)); };
  return said;
}

/** Loses so many messages of a type, either way. */
function lose(world: NodeWorld, type: number, count: number): void {
  let left = count;
  const drop = (message: Uint8Array): boolean => message[0] === type && left-- > 0;
  world.dropUp = drop;
  world.dropDown = drop;
}

describe('firmware: session', () => {
  it('begins with a full handshake; what was sealed before is under an offline chain, and all of it arrives', () => {
    const world = started();
    world.run(25_000);
    assert.deepEqual([world.center.handshakes, world.center.resumptions], [1, 0]);
    const chains = new Set(world.center.stored.map(({ chain }) => chain));
    assert.ok(chains.size >= 2);
    assert.equal(world.storedSamples.size, 20);
    assert.ok(world.center.isWhole);
  });

  for (const [name, type] of [['message 1', MESSAGE_TYPE.handshake1], ['message 2', MESSAGE_TYPE.handshake2], ['message 3', MESSAGE_TYPE.handshake3]] as const) {
    it(`says the same again when ${name} is lost`, () => {
      const world = started();
      lose(world, type, 2);
      const up = type === MESSAGE_TYPE.handshake2 ? MESSAGE_TYPE.handshake1 : type;
      const said = watchUp(world, up);
      world.run(FIRST_RETRY_MS + 2 * FIRST_RETRY_MS + 20_000);
      assert.equal(said.length, 3);
      assert.equal(new Set(said).size, 1);
      assert.equal(world.center.handshakes, 1);
      assert.equal(world.storedSamples.size > 20, true);
    });
  }

  it('takes a session only when the health center has spoken under it', () => {
    const world = started();
    world.dropDown = (message) => message[0] === MESSAGE_TYPE.record;
    world.run(20_000);
    assert.equal(world.center.handshakes, 1);
    assert.equal(world.firmware!.counters.get(COUNTER.handshakes), 0);
    assert.equal(new Vault(world.vaultFlash).has(SESSION_SLOT), false);
    world.cutPower();
    world.dropDown = () => false;
    world.switchOn();
    world.run(30_000);
    assert.equal(world.center.handshakes, 2);
    assert.ok(world.storedSamples.size >= 40, 'nothing was sealed under the session that was given up');
  });

  it('goes on with the same handshake over a disconnect', () => {
    const world = started();
    world.dropDown = (message) => message[0] === MESSAGE_TYPE.handshake2;
    const said = watchUp(world, MESSAGE_TYPE.handshake1);
    for (let i = 0; i < 4; i++) {
      world.run(1500);
      world.dropLink();
    }
    world.dropDown = () => false;
    world.run(5000);
    assert.ok(said.length >= 4);
    assert.equal(new Set(said).size, 1);
    assert.equal(world.center.handshakes, 1);
  });

  it('gives up in time, backs off, and begins anew with another ephemeral', () => {
    const world = started({ journalSectors: 160, waveforms: false });
    world.dropUp = () => true;
    const said = watchUp(world, MESSAGE_TYPE.handshake1);
    world.run(3_600_000);
    assert.ok(new Set(said).size >= 4);
    assert.ok(said.length <= 20 * MAX_SENDS, `${String(said.length)} messages in an hour`);
    assert.ok(world.count(CODE.handshakeFailed) >= 3);
    world.dropUp = () => false;
    world.run(900_000);
    assert.equal(world.firmware!.counters.get(COUNTER.handshakes), 1);
    assert.ok(world.storedSamples.size > 4400);
  }).timeout(60_000);

  it('begins anew when the health center has forgotten the handshake half way', () => {
    const world = started();
    world.center.isForgetful = true;
    world.run(60_000);
    world.center.isForgetful = false;
    world.run(300_000);
    assert.equal(world.firmware!.counters.get(COUNTER.handshakes), 1);
  });

  it('refuses forged answers, tries three, and the true one still counts before that', () => {
    const world = started();
    let forged = 0;
    world.dropDown = (message) => {
      if (message[0] !== MESSAGE_TYPE.handshake2 || forged >= 2) return false;
      forged++;
      const bad = message.slice();
      bad[bad.length - 1]! ^= 1;
      world.say([bad]);
      return false;
    };
    world.run(5000);
    assert.ok(forged > 0 && world.count(CODE.messageRefused) > 0);
    assert.equal(world.firmware!.counters.get(COUNTER.handshakes), 1);
  });

  it('ignores what no node is sent, and goes on', () => {
    const world = started();
    world.run(5000);
    const record = world.center.say({ kind: 'acknowledgement', timeMs: 0, acknowledgements: [{ tag: new Uint8Array(8), next: 0, bitmap: new Uint8Array(0) }] })[0]!;
    const flipped = Array.from({ length: record.length }, (_, i) => { const bad = record.slice(); bad[i]! ^= 0x10; return bad; });
    world.say([Uint8Array.of(0), Uint8Array.of(0x99, 1), Uint8Array.of(1), Uint8Array.of(0x11), Uint8Array.of(0x21, 5), ...flipped]);
    world.run(20_000);
    assert.ok(world.storedSamples.size >= 20);
    assert.equal(world.firmware!.state, 'delivering');
  });
});

describe('firmware: resumption', () => {
  it('follows a reset, before anything is obeyed; chains go on at their next block, with a gap record', () => {
    const world = started();
    world.run(25_000);
    const [normal] = world.center.sessions.at(-1)!.chains;
    world.cutPower();
    world.switchOn();
    world.run(25_000);
    assert.deepEqual([world.center.handshakes, world.center.resumptions], [1, 1]);
    const gaps = world.center.readings('gap').filter(({ reason, tag }) => reason === GAP_REASON.reset && toHex(tag) === normal);
    assert.equal(gaps.length, 1);
    assert.ok(gaps[0]!.last === 255 && gaps[0]!.first <= 40);
    assert.ok(world.center.stored.some(({ chain, index }) => chain === normal && index >= 256));
    assert.equal(world.center.contradictions, 0);
    assert.ok(world.center.isWhole);
  });

  it('uses no attempt twice, whatever is lost', () => {
    const world = started();
    world.run(15_000);
    world.dropDown = (message) => message[0] === MESSAGE_TYPE.resume2;
    const said = watchUp(world, MESSAGE_TYPE.resume1);
    const ids = new Set<string>();
    for (let boot = 0; boot < 5; boot++) {
      world.cutPower();
      said.length = 0;
      world.switchOn();
      world.run(6000);
      for (const message of said) ids.add(message.slice(0, 36));
      assert.equal(new Set(said).size, 1);
    }
    assert.equal(ids.size, 5);
    world.dropDown = () => false;
    world.cutPower();
    world.switchOn();
    world.run(20_000);
    assert.equal(world.firmware!.counters.get(COUNTER.resumptions), 1);
    assert.equal(world.center.handshakes, 1);
  });

  it('falls back to a full handshake when the health center knows the session no more', () => {
    const world = started();
    world.run(15_000);
    world.center.sessions = [];
    world.cutPower();
    world.switchOn();
    world.run(200_000);
    assert.equal(world.center.handshakes, 2);
    assert.ok(world.storedSamples.size > 190);
  });

  it('is tried, and then a full handshake made, when nothing is acknowledged any more', () => {
    const world = started();
    world.run(15_000);
    world.center.sessions = [];
    world.run(600_000);
    assert.equal(world.center.handshakes, 2);
    assert.ok(world.storedSamples.size > 600);
    assert.equal(world.boots, 1);
    assert.ok(world.firmware!.counters.get(COUNTER.acknowledged) > 600);
  });

  it('is left alone while the health center speaks', () => {
    const world = started();
    world.run(900_000);
    assert.deepEqual([world.center.handshakes, world.center.resumptions], [1, 0]);
  });

  it('is due by age, and brings no break', () => {
    const world = started({ waveforms: false });
    world.run(20_000);
    world.say(world.center.say({ kind: 'plan', version: 1, plan: { vitalsIntervalMs: 60_000, waveforms: new Map(), deliveryIntervalMs: 600_000, limits: new Map() } }));
    world.run(RESUMPTION_AGE_MS + 1_300_000);
    assert.equal(world.center.resumptions, 1);
    assert.ok(world.storedSamples.size >= world.completed.length - 11);
  });

  it('gives way to a full handshake after some days', () => {
    const world = started({ waveforms: false });
    world.run(20_000);
    world.say(world.center.say({ kind: 'plan', version: 1, plan: { vitalsIntervalMs: 600_000, waveforms: new Map(), deliveryIntervalMs: 3_600_000, limits: new Map() } }));
    world.run(9 * RESUMPTION_AGE_MS);
    assert.deepEqual([world.center.handshakes, world.center.resumptions >= 6], [2, true]);
  }).timeout(60_000);

  it('leaves nothing in the vault of the session before', () => {
    const world = started();
    world.run(15_000);
    const before = decodeSession(new Vault(world.vaultFlash).get(SESSION_SLOT)!)!;
    world.cutPower();
    world.switchOn();
    world.run(15_000);
    const cells = Buffer.from(world.vaultFlash.cells);
    for (const secret of [before.resumption.secret, before.normal.blockKey, before.urgent.blockKey, world.provisioning.offline]) {
      for (let i = 0; i + 8 <= secret.length; i += 8) assert.equal(cells.indexOf(secret.subarray(i, i + 8)), -1);
    }
    const now = decodeSession(new Vault(world.vaultFlash).get(SESSION_SLOT)!)!;
    assert.ok(cells.indexOf(now.resumption.secret) >= 0, 'what is needed is there');
    assert.deepEqual([now.resumptions, now.attempt], [1, 0]);
  });
});

describe('firmware: collaboration', () => {
  it('required: no handshake is made without it, and readings wait', () => {
    const world = started({ collaboration: { mode: 2, k: 1, n: 1 } });
    world.run(60_000);
    assert.equal(world.center.handshakes, 0);
    assert.ok(world.count(CODE.collaborationMissing) > 0 && world.completed.length >= 60);
  });

  it('preferred: goes on without, and raises an alarm', () => {
    const world = started({ collaboration: { mode: 1, k: 1, n: 1 } });
    world.run(20_000);
    assert.equal(world.firmware!.counters.get(COUNTER.handshakes), 1);
    assert.deepEqual(world.center.readings('event').map(({ code }) => code), [EVENT.collaborationRefused]);
  });
});
