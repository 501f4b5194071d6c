// The firmware before the real health center with its SQL store, under faults from seeds: power cut in the node at any
// change of flash, links and messages lost, the health center killed, and gone back to a backup. What a node has put to
// rest arrives once; what a backup has lost comes again as far as the journal reaches.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { registerGateway, registerNode } from 'lorica/hosts/health-center/provision';
import { readRows } from 'lorica/hosts/health-center/read-rows';
import { Store } from 'lorica/hosts/health-center/store';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import type { Provisioning } from 'lorica/node/provisioning';
import { decodeReading } from 'lorica/reading/decode';
import { VITAL } from 'lorica/reading/reading';
import { decodeEnvelope, encodeEnvelope } from 'lorica/wire/envelope';
import { entropyOf, NodeWorld, type CenterPort } from '../support/node-world.ts';
import { PowerCut, seededRandom } from '../support/nor-flash.ts';

const EPOCH_MS = 1_750_000_000_000;
const COMMIT_MS = 30;
const MS = 1000;

/** The health center and what is around it: a folder, a clock, a gateway's envelopes. */
class RealCenter implements CenterPort {
  readonly provisioning: Provisioning;
  readonly #folder = mkdtempSync(join(tmpdir(), 'lorica-firmware-'));
  readonly #path = join(this.#folder, 'store.db');
  readonly #time = new VirtualTime(EPOCH_MS);
  readonly #keys: Keystore;
  #store: Store;
  #center: HealthCenter;
  #starts = 0;
  #answers: Uint8Array[] = [];

  constructor(seed: number) {
    this.#keys = Keystore.inMemory(entropyOf(seed + 900));
    this.#store = this.#openStore();
    for (const name of ['ward', 'hall']) registerGateway(this.#store, name, EPOCH_MS);
    this.provisioning = registerNode(this.#store, this.#keys, { nowMs: EPOCH_MS, gateways: ['ward', 'hall'], patient: 'bed', suite: 2 });
    this.#center = this.#openCenter();
  }

  receive(messages: readonly Uint8Array[], elapsedMs: number): readonly Uint8Array[] {
    this.#time.run(Math.max(elapsedMs, this.#time.elapsedMs));
    this.#answers = [];
    for (let from = 0; from < messages.length; from += 64) {
      this.#center.receive('ward', encodeEnvelope({ handle: Uint8Array.of(1), messages: messages.slice(from, from + 64) }), () => undefined);
    }
    this.#time.run(this.#time.elapsedMs + COMMIT_MS);
    return this.#answers;
  }

  /** As `kill -9` does it. */
  crash(): void {
    this.#store.close();
    this.#store = this.#openStore();
    this.#center = this.#openCenter();
  }

  /** @returns what goes back to this moment */
  backUp(): () => void {
    this.#store.close();
    const copy = `${this.#path}.backup`;
    copyFileSync(this.#path, copy);
    this.#store = this.#openStore();
    this.#center = this.#openCenter();
    return () => {
      this.#store.close();
      for (const end of ['', '-wal', '-shm']) rmSync(this.#path + end, { force: true });
      copyFileSync(copy, this.#path);
      this.#store = this.#openStore();
      this.#center = this.#openCenter();
    };
  }

  /** counters of the samples of vital signs in the store, and whether any row is there twice */
  samples(): Set<number> {
    const found = new Set<number>();
    const names = new Set<string>();
    let rows = 0;
    for (const row of readRows(this.#store, this.#keys)) {
      rows++;
      names.add(`${Buffer.from(row.tag).toString('hex')}/${String(row.index)}`);
      const reading = decodeReading(row.plaintext);
      const steps = reading?.kind === 'vitals' ? reading.measurements.find(({ vital }) => vital === VITAL.steps)?.value : undefined;
      if (steps !== undefined) found.add(steps);
    }
    assert.equal(names.size, rows);
    return found;
  }

  close(): void {
    this.#center.close();
    this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #openStore(): Store {
    return Store.open({ path: this.#path, keys: this.#keys, nowMs: EPOCH_MS, durable: false });
  }

  #openCenter(): HealthCenter {
    return new HealthCenter({
      store: this.#store, keys: this.#keys, clock: this.#time.clock, entropy: entropyOf(7000 + this.#starts++),
      send: (_gateway, payload) => { this.#answers.push(...decodeEnvelope(payload)!.messages); }
    });
  }
}

function settle(world: NodeWorld, center: RealCenter): number[] {
  world.power.cutAt = 0;
  world.dropUp = world.dropDown = () => false;
  world.isWorn = false;
  if (world.firmware === undefined) world.switchOn();
  world.bringGateway();
  let lost: number[] = [];
  for (let i = 0; i < 40; i++) {
    world.run(30 * MS);
    const stored = center.samples();
    lost = world.completed.filter((sample) => !stored.has(sample));
    if (i >= 2 && lost.length === 0) break;
  }
  return lost;
}

describe('system: firmware and health center', () => {
  it('nothing that was at rest is lost, nothing stored twice: power cuts, losses, kills', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const center = new RealCenter(seed);
      const world = new NodeWorld({ seed, port: center, journalSectors: 24, waveforms: seed % 2 === 0 });
      const random = seededRandom(seed * 97);
      const loss = random() * 0.3;
      world.dropUp = world.dropDown = () => random() < loss;
      for (let turn = 0; turn < 12; turn++) {
        if (random() < 0.4) world.power.cutAt = world.power.operations + 1 + Math.floor(random() * 80);
        try {
          while (world.firmware === undefined) world.switchOn();
          world.run(Math.floor(random() * 20 * MS));
          if (random() < 0.3) world.button.onPress?.();
          if (random() < 0.3) world.dropLink();
        } catch (error) {
          if (!(error instanceof PowerCut)) throw error;
          world.cutPower();
        }
        if (random() < 0.25) center.crash();
      }
      assert.deepEqual(settle(world, center), [], `seed ${String(seed)}`);
      center.close();
    }
  }).timeout(300_000);

  it('what a backup has lost comes again, without a reset of the node', () => {
    const center = new RealCenter(50);
    const world = new NodeWorld({ seed: 50, port: center, journalSectors: 64, waveforms: false });
    world.switchOn();
    world.run(120 * MS);
    const restore = center.backUp();
    world.run(240 * MS);
    const before = center.samples().size;
    restore();
    assert.ok(center.samples().size < before - 200);
    world.run(900 * MS);
    assert.deepEqual(settle(world, center), []);
    assert.equal(world.boots, 1);
    center.close();
  }).timeout(120_000);
});
