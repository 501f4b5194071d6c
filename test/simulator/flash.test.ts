// Flash and storage of simulated nodes: the semantics that the journal and the vault rest on.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { UserError } from 'lorica/hosts/node/failure';
import { FileFlash, MemoryFlash } from 'lorica/hosts/simulator/flash';
import { FileStorage, MAX_VALUE_LENGTH, MemoryStorage } from 'lorica/hosts/simulator/storage';

describe('simulated flash', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-flash-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  it('starts erased, clears bits on writing and sets them only by erasing a sector', () => {
    const flash = new MemoryFlash(8192);
    assert.deepEqual(flash.read(4, 0), Uint8Array.of(255, 255, 255, 255));
    flash.write(Uint8Array.of(0xf0, 0x0f, 0xff, 0), 4096);
    flash.write(Uint8Array.of(0x3c, 0xff, 0xaa, 0xff), 4096);
    assert.deepEqual(flash.read(4, 4096), Uint8Array.of(0x30, 0x0f, 0xaa, 0));
    flash.write(new Uint8Array(4), 0);
    flash.erase(1);
    assert.deepEqual(flash.read(4, 4096), Uint8Array.of(255, 255, 255, 255));
    assert.deepEqual(flash.read(4, 0), new Uint8Array(4));
  });

  it('refuses what lies beyond its end, off the alignment or in no sector', () => {
    const flash = new MemoryFlash(4096);
    assert.throws(() => flash.read(1, 4096), RangeError);
    assert.throws(() => flash.read(1, -1), RangeError);
    assert.throws(() => { flash.write(new Uint8Array(8), 4092); }, RangeError);
    assert.throws(() => { flash.write(new Uint8Array(4), 2); }, RangeError);
    assert.throws(() => { flash.write(new Uint8Array(3), 0); }, RangeError);
    assert.throws(() => { flash.erase(1); }, RangeError);
    assert.throws(() => { flash.erase(0.5); }, RangeError);
    assert.throws(() => new MemoryFlash(4097), RangeError);
  });

  it('is in a file what it is in memory, also after the process is gone', () => {
    const operation = fc.oneof(
      fc.record({ sector: fc.integer({ min: 0, max: 3 }) }),
      fc.record({ offset: fc.integer({ min: 0, max: 4080 }).map((n) => n * 4), bytes: fc.uint8Array({ minLength: 4, maxLength: 64 }).map((b) => b.slice(0, b.length & ~3)) }),
    );
    let run = 0;
    fc.assert(fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const path = join(folder, `flash-${String(run++)}`);
      const memory = new MemoryFlash(16384);
      let file = new FileFlash(path, 16384);
      operations.forEach((step, index) => {
        for (const flash of [memory, file]) {
          if ('sector' in step) flash.erase(step.sector);
          else flash.write(step.bytes, step.offset);
        }
        if (index === operations.length >> 1) {
          file.close();
          file = new FileFlash(path, 16384);
        }
      });
      file.close();
      const reopened = new FileFlash(path, 16384);
      assert.deepEqual(reopened.read(16384, 0), memory.read(16384, 0));
      reopened.close();
    }), { numRuns: 30 });
  });

  it('tells in one sentence that an image was cut off', () => {
    const path = join(folder, 'flash');
    new FileFlash(path, 8192).close();
    truncateSync(path, 5000);
    assert.throws(() => new FileFlash(path, 8192), (error) => error instanceof UserError && /5000 bytes/.test(error.message));
  });
});

describe('simulated storage', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-storage-')); });
  afterEach(() => { rmSync(folder, { recursive: true, force: true }); });

  for (const kind of ['memory', 'file'] as const) {
    it(`keeps copies, replaces and deletes (${kind})`, () => {
      const storage = kind === 'memory' ? new MemoryStorage() : new FileStorage(folder);
      const value = Uint8Array.of(1, 2, 3);
      storage.set('key', value);
      value.fill(9);
      storage.get('key')!.fill(8);
      assert.deepEqual(storage.get('key'), Uint8Array.of(1, 2, 3));
      storage.set('key', new Uint8Array(0));
      assert.deepEqual(storage.get('key'), new Uint8Array(0));
      storage.delete('key');
      storage.delete('key');
      assert.equal(storage.get('key'), undefined);
    });

    it(`takes only keys that NVS takes, and values within the bound (${kind})`, () => {
      const storage = kind === 'memory' ? new MemoryStorage() : new FileStorage(folder);
      for (const key of ['', '../x', 'a/b', '.hidden', 'sixteen-letters-']) assert.throws(() => { storage.set(key, new Uint8Array(1)); }, RangeError);
      storage.set('fifteen-letters', new Uint8Array(MAX_VALUE_LENGTH));
      assert.throws(() => { storage.set('key', new Uint8Array(MAX_VALUE_LENGTH + 1)); }, RangeError);
    });
  }

  it('survives the process, and a file that was being replaced when it died', () => {
    new FileStorage(folder).set('enrolment', Uint8Array.of(1));
    writeFileSync(join(folder, 'enrolment~'), 'half a new val');
    const again = new FileStorage(folder);
    assert.deepEqual(again.get('enrolment'), Uint8Array.of(1));
    again.set('enrolment', Uint8Array.of(2));
    assert.deepEqual(again.get('enrolment'), Uint8Array.of(2));
    assert.deepEqual(readdirSync(folder), ['enrolment']);
  });
});
