// The vault forgets: what has been replaced is in no cell of the flash any more, whenever the power was cut.
import assert from 'node:assert/strict';
import { MAX_SECRET, MAX_SLOTS, MIN_VAULT_SECTORS, Vault, VAULT_SECTORS } from 'lorica/journal/vault';
import { NorFlash, Power, PowerCut, seededRandom } from '../support/nor-flash.ts';

const SECTOR = 4096;

/** Secrets of bytes that are neither 0x00 nor 0xff nor in a header, so that leftovers can be told. */
function secretOf(number: number, length: number): Uint8Array {
  const random = seededRandom(number * 7919 + 1);
  return Uint8Array.from({ length }, () => 1 + Math.floor(random() * 254));
}

/** @returns the cells outside of headers and living secrets that are neither blank nor zero */
function leftovers(flash: NorFlash, living: readonly Uint8Array[]): number[] {
  const cells = flash.cells.slice();
  for (const secret of living) {
    const at = find(cells, secret);
    assert.ok(at >= 0, 'a living secret is at rest');
    cells.fill(0, at - 4, at + secret.length);
  }
  const found: number[] = [];
  for (let sector = 0; sector * SECTOR < cells.length; sector++) {
    let at = sector * SECTOR + 16;
    while (at < (sector + 1) * SECTOR) {
      if (cells[at] === 0x5e && cells[at + 1]! < MAX_SLOTS) at += 12;
      if (cells[at] !== 0 && cells[at] !== 0xff) found.push(at);
      at++;
    }
  }
  return found;
}

function find(cells: Uint8Array, secret: Uint8Array): number {
  return Buffer.from(cells.buffer, cells.byteOffset, cells.length).indexOf(secret);
}

describe('journal: vault', () => {
  it('keeps the last secret of each slot, over a reopening', () => {
    const flash = new NorFlash(VAULT_SECTORS);
    const vault = new Vault(flash);
    assert.equal(vault.get(3), undefined);
    for (let i = 0; i < 200; i++) assert.ok(vault.put(i % 3, secretOf(i, 20 + (i % 3))));
    for (const at of [vault, new Vault(flash)]) {
      for (let i = 197; i < 200; i++) assert.deepEqual(at.get(i % 3), secretOf(i, 20 + (i % 3)));
    }
  });

  it('leaves nothing of a replaced secret', () => {
    const flash = new NorFlash(VAULT_SECTORS);
    const vault = new Vault(flash);
    for (let i = 0; i < 300; i++) {
      vault.put(i % 2, secretOf(i, 150));
      if (i > 0) assert.deepEqual(leftovers(flash, [secretOf(i, 150), secretOf(i - 1, 150)]), []);
      if (i > 1) assert.equal(find(flash.cells, secretOf(i - 2, 150).subarray(0, 4)), -1);
    }
    assert.ok(vault.destroy(0) && vault.destroy(1) && vault.destroy(1));
    assert.deepEqual(leftovers(flash, []), []);
    assert.equal(new Vault(flash).has(0), false);
  });

  it('has the old or the new secret after a power cut in any operation, and nothing of another', () => {
    const script = Array.from({ length: 70 }, (_, i) => ({ slot: i % 3, secret: secretOf(i, [157, 126, 40][i % 3]!) }));
    const total = run(script, new NorFlash(MIN_VAULT_SECTORS)).operations;
    assert.ok(total > 140);
    for (let cutAt = 1; cutAt <= total; cutAt++) {
      for (let seed = 0; seed < 3; seed++) cutOnce(script, cutAt, seed);
    }
  });

  it('recovers when recovery is cut as well, again and again', () => {
    const script = Array.from({ length: 40 }, (_, i) => ({ slot: i % 3, secret: secretOf(i, 157) }));
    const total = run(script, new NorFlash(VAULT_SECTORS)).operations;
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed);
      const power = new Power(seed);
      const flash = new NorFlash(VAULT_SECTORS, power);
      power.cutAt = 1 + Math.floor(random() * total);
      const { written, pending } = run(script, flash);
      for (let again = 0; again < 4; again++) {
        power.revive();
        power.cutAt = power.operations + 1 + Math.floor(random() * 6);
        try { new Vault(flash); } catch (error) { assert.ok(error instanceof PowerCut); }
      }
      power.revive();
      checkSecrets(flash, written, pending);
    }
  });

  it('says so when the flash does not obey, and does not take the bytes for a secret', () => {
    const flash = new NorFlash(VAULT_SECTORS);
    const vault = new Vault(flash);
    assert.ok(vault.put(0, secretOf(1, 100)));
    const write = flash.write.bind(flash);
    flash.write = (bytes, offset) => { if (bytes.length !== 116) write(bytes, offset); };
    assert.equal(vault.put(0, secretOf(2, 100)), false);
    flash.write = write;
    assert.deepEqual(new Vault(flash).get(0), secretOf(1, 100));
  });

  it('erases the sector of a secret whose bits do not fall', () => {
    const flash = new NorFlash(VAULT_SECTORS);
    const vault = new Vault(flash);
    vault.put(0, secretOf(1, 100));
    vault.put(1, secretOf(2, 60));
    const at = find(flash.cells, secretOf(1, 100));
    const write = flash.write.bind(flash);
    flash.write = (bytes, offset) => { write(bytes, offset); if (offset < at && offset + bytes.length > at) flash.cells[at] = 0x10; };
    assert.ok(vault.put(0, secretOf(3, 100)));
    flash.write = write;
    assert.deepEqual(leftovers(flash, [secretOf(3, 100), secretOf(2, 60)]), []);
  });

  it('holds to its bounds', () => {
    assert.throws(() => new Vault(new NorFlash(MIN_VAULT_SECTORS - 1)), RangeError);
    const vault = new Vault(new NorFlash(MIN_VAULT_SECTORS));
    assert.ok(vault.put(MAX_SLOTS - 1, secretOf(1, MAX_SECRET)));
    assert.throws(() => vault.put(MAX_SLOTS, secretOf(1, 1)), RangeError);
    assert.throws(() => vault.put(0, secretOf(1, MAX_SECRET + 1)), RangeError);
    assert.throws(() => vault.put(0, new Uint8Array(0)), RangeError);
    assert.throws(() => { for (let slot = 0; slot < MAX_SLOTS; slot++) vault.put(slot, secretOf(1, MAX_SECRET)); }, RangeError);
  });

  it('opens on any bytes', () => {
    for (let seed = 1; seed < 100; seed++) {
      const flash = new NorFlash(MIN_VAULT_SECTORS);
      const random = seededRandom(seed);
      for (let i = 0; i < flash.cells.length; i++) flash.cells[i] = Math.floor(random() * 256);
      const vault = new Vault(flash);
      assert.ok(vault.put(0, secretOf(seed, 32)));
      assert.deepEqual(new Vault(flash).get(0), secretOf(seed, 32));
    }
  });
});

interface Step { readonly slot: number; readonly secret: Uint8Array }

function run(script: readonly Step[], flash: NorFlash): { operations: number; written: Map<number, Uint8Array>; pending: Step | undefined } {
  const written = new Map<number, Uint8Array>();
  let pending: Step | undefined;
  try {
    const vault = new Vault(flash);
    for (const step of script) {
      pending = step;
      assert.ok(vault.put(step.slot, step.secret));
      written.set(step.slot, step.secret);
      pending = undefined;
    }
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  return { operations: flash.power.operations, written, pending };
}

function cutOnce(script: readonly Step[], cutAt: number, seed: number): void {
  const power = new Power(cutAt * 31 + seed);
  const flash = new NorFlash(MIN_VAULT_SECTORS, power);
  power.cutAt = cutAt;
  const { written, pending } = run(script, flash);
  power.revive();
  checkSecrets(flash, written, pending);
}

function checkSecrets(flash: NorFlash, written: ReadonlyMap<number, Uint8Array>, pending: Step | undefined): void {
  const vault = new Vault(flash);
  const living: Uint8Array[] = [];
  for (let slot = 0; slot < 3; slot++) {
    const secret = vault.get(slot);
    const allowed = [written.get(slot), ...(pending?.slot === slot ? [pending.secret] : [])];
    assert.ok(allowed.some((each) => isSame(each, secret)), `slot ${String(slot)}`);
    if (secret !== undefined) living.push(secret);
  }
  assert.deepEqual(leftovers(flash, living), []);
  assert.ok(vault.put(0, secretOf(999, 157)));
  assert.deepEqual(new Vault(flash).get(0), secretOf(999, 157));
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}
