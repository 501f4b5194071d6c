// The store: opened whole or not at all, one clear sentence for what is wrong, nothing in clear, nothing twice, and no
// key of a rolled-back database used again.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Libsql from 'libsql';
import { UserError } from 'lorica/hosts/node/failure';
import { SqlDatabase } from 'lorica/hosts/health-center/database';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { Store } from 'lorica/hosts/health-center/store';
import { LOT_COMMITS } from 'lorica/hosts/health-center/watermark';
import { Random } from 'lorica/hosts/simulator/random';
import { Bench, temporaryFolder } from './bench.ts';

const { entropy } = new Random('store');

function fresh(): { folder: string; path: string; keyFile: string; keys: Keystore } {
  const folder = temporaryFolder();
  const keyFile = join(folder, 'keys', 'unsealing-key');
  return { folder, path: join(folder, 'store.db'), keyFile, keys: Keystore.open(keyFile, entropy, true) };
}

const open = (path: string, keys: Keystore): Store => Store.open({ path, keys, nowMs: 1000 });

/** One sentence: it ends with a stop, holds no stack, and says what to do. */
function sentence(work: () => unknown, ...patterns: RegExp[]): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof UserError, String(error));
    assert.match(error.message, /^[^\n]+\.$/);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

describe('store: opening', () => {
  it('keeps the key in a file of its own that only its owner can read', () => {
    const { path, keyFile, keys } = fresh();
    const store = open(path, keys);
    store.close();
    const key = readFileSync(keyFile, 'utf8').trim().split(' ')[1]!;
    const database = readFileSync(path);
    assert.equal(key.length, 64);
    assert.equal(database.includes(Buffer.from(key, 'hex')) || database.includes(key), false);
    if (process.platform !== 'win32') {
      chmodSync(keyFile, 0o644);
      sentence(() => Keystore.open(keyFile, entropy, false), /chmod 600/);
    }
  });

  it('says that the key file is missing, is no key file, or belongs to another database', () => {
    const { path, keyFile, keys } = fresh();
    open(path, keys).close();
    sentence(() => open(path, Keystore.inMemory(entropy)), /does not belong to the database/);
    writeFileSync(keyFile, 'lorica-unsealing-key-1 00ff\n', { mode: 0o600 });
    sentence(() => Keystore.open(keyFile, entropy, false), /not a key file/, /backup/);
    rmSync(keyFile);
    sentence(() => Keystore.open(keyFile, entropy, false), /is missing/, /backup/);
  });

  it('says that the database is damaged: no database, cut, or with pages overwritten', () => {
    const { path, keys, folder } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    node.send(Array.from({ length: 60 }, (_, i) => node.seal(node.vitals(i))));
    bench.center.close();
    bench.store.close();
    const whole = readFileSync(path);
    const damaged = join(folder, 'damaged.db');
    const damages: [string, Buffer][] = [
      ['foreign bytes', Buffer.alloc(8192, 0x5a)],
      ['cut', whole.subarray(0, whole.length - 4096 * 3)],
      ['pages overwritten', Buffer.concat([whole.subarray(0, 4096 * 6), Buffer.alloc(4096 * 20, 0xa5), whole.subarray(4096 * 26)])],
    ];
    for (const [, bytes] of damages) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(damaged + suffix, { force: true });
      writeFileSync(damaged, bytes);
      sentence(() => open(damaged, keys), /is damaged/, /backup/);
    }
  });

  it('refuses the database of another program and one of a later version', () => {
    const { path, keys, folder } = fresh();
    const foreign = new Libsql(join(folder, 'foreign.db'));
    foreign.exec('CREATE TABLE cats (name TEXT)');
    foreign.close();
    sentence(() => open(join(folder, 'foreign.db'), keys), /another program/);
    open(path, keys).close();
    const later = new Libsql(path);
    later.exec('PRAGMA user_version = 99');
    later.close();
    sentence(() => open(path, keys), /newer version/);
  });

  it('says that another process has the database, and gives it back at the end', () => {
    const { path, keys } = fresh();
    const store = open(path, keys);
    const code = `import Database from 'libsql'; const d = new Database(${JSON.stringify(path)}); try { d.exec('BEGIN IMMEDIATE'); console.log('got it'); } catch (e) { console.log(e.code); }`;
    assert.match(spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', cwd: process.cwd() }).stdout, /SQLITE_BUSY/);
    sentence(() => open(path, keys), /in use by another process/);
    store.close();
    open(path, keys).close();
    assert.equal(existsSync(`${path}-wal`), false, 'all is in the one file');
  });

  it('says that a folder cannot be the database', () => {
    const { folder, keys } = fresh();
    sentence(() => open(folder, keys), /cannot be opened/);
  });
});

describe('store: what lies in it', () => {
  it('holds by constraint that nothing is stored twice, or for a node that is not there', () => {
    const bench = new Bench();
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    const [row] = [...bench.store.readings.rows()];
    const chain = bench.store.sessions.chainByTag(row!.tag)!;
    const again = { node: chain.node, patient: 1, chain: chain.id, tag: chain.tag, index: 0, kind: 1, timeMs: 5, uncertaintyMs: 0, source: 0 as const, boot: 1, tick: 2, channel: undefined, plaintext: Uint8Array.of(9) };
    const many = Array.from({ length: 41 }, (_, i) => ({ ...again, index: i }));
    assert.deepEqual(bench.store.readings.add(many).map(({ index }) => index), [0], 'only the one that was there is refused');
    assert.equal(bench.store.readings.count(), 41);
    assert.deepEqual([...bench.store.readings.rows()][0]?.plaintext, row?.plaintext);
    assert.throws(() => bench.store.readings.add([{ ...again, index: 99, node: 77 }]), /constraint/);
    assert.throws(() => bench.store.readings.add([{ ...again, index: 99, kind: 7 }]), /constraint/);
    assert.throws(() => bench.store.readings.add([{ ...again, index: 99, timeMs: -86_400_000 }]), /constraint/);
    assert.throws(() => bench.store.readings.add([{ ...again, index: 99, channel: 3 }]), /constraint/);
  });

  it('holds no reading, no label and no key in clear', () => {
    const { path, keys } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node({ patient: 'Johanna Doe' });
    node.handshake();
    const secret = Uint8Array.from({ length: 48 }, (_, i) => 0x41 + (i % 26));
    node.send([node.seal({ kind: 'waveform', boot: 1, tick: 5, channel: 2, rateMilliHertz: 250_000, resolution: 1000, baseline: 0, encoding: 0, count: 24, samples: secret, firstIndex: 0, quality: 9 })]);
    const plaintext = [...bench.store.readings.rows()][0]!.plaintext;
    assert.ok(Buffer.from(plaintext).includes(Buffer.from(secret)), 'the control: the reading does hold it');
    const secrets = bench.store.registry.secrets(bench.store.registry.nodes()[0]!);
    bench.center.close();
    bench.store.close();
    const file = readFileSync(path);
    for (const clear of [Buffer.from(secret), Buffer.from('Johanna'), Buffer.from(secrets.enrolmentPsk), Buffer.from(secrets.macKey), Buffer.from(node.enrolment.offline), Buffer.from(node.chains!.keys!.resumption.secret)]) {
      assert.equal(file.includes(clear), false);
    }
    assert.ok(file.includes(Buffer.from(node.enrolment.serial)), 'the control: what is in clear is found');
  });

  it('notices a sealed value that was changed or moved to another row', () => {
    const { path, keys } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1)), node.seal(node.vitals(2))]);
    bench.center.close();
    bench.store.close();
    const tampered = SqlDatabase.open({ path });
    tampered.prepare('UPDATE readings SET value_sealed = (SELECT value_sealed FROM readings WHERE idx = 1) WHERE idx = 0').run();
    tampered.close();
    const store = open(path, keys);
    sentence(() => [...store.readings.rows()], /changed by somebody else/);
    store.close();
  });

  it('destroys a patient\'s day with the day\'s key', () => {
    const { path, keys } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.center.close();
    bench.store.close();
    const database = SqlDatabase.open({ path });
    database.prepare("UPDATE day_keys SET key_sealed = x'00'").run();
    database.close();
    const store = open(path, keys);
    assert.throws(() => [...store.readings.rows()], UserError);
    store.close();
  });
});

describe('store: closed, killed, restored', () => {
  it('tells a restored database from one that was closed, and lets its sessions only receive', () => {
    const { path, keys, folder } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    node.send([node.seal(node.vitals(1))]);
    bench.crash();
    assert.equal(bench.store.wasRestored, false);
    bench.store.close();
    const backup = join(folder, 'backup.db');
    copyFileSync(path, backup);
    bench.store = bench.openStore();
    bench.center = bench.openCenter();
    node.send([node.seal(node.vitals(2))]);
    node.commands();
    bench.store.close();
    for (const suffix of ['-wal', '-shm']) rmSync(path + suffix, { force: true });
    copyFileSync(backup, path);
    bench.store = bench.openStore();
    bench.center = bench.openCenter();
    assert.equal(bench.store.wasRestored, true);
    assert.ok(bench.store.chronicle.events({ alertsOnly: true }).some(({ code }) => code === 'store-restored'));
    // Received, but not answered: the down chain and the resumption of the old session are not used again.
    node.send([node.seal(node.vitals(3))]);
    assert.equal(bench.store.readings.count(), 2);
    assert.equal(bench.takeDown(node.handle).length, 0);
    assert.equal(node.resume().message2, undefined);
    const old = node.chains!;
    node.handshake({ listed: [{ tag: old.normal.tag, next: 3 }] });
    const commands = node.commands();
    const resend = commands.find(({ kind }) => kind === 'resend');
    assert.ok(resend?.kind === 'resend', 'what the backup lost is asked for');
    assert.deepEqual(resend.ranges.map(({ tag, first }) => [Buffer.from(tag).toString('hex'), first]), [[Buffer.from(old.normal.tag).toString('hex'), 1]]);
    bench.store.close();
    const reopened = bench.openStore();
    assert.equal(reopened.wasRestored, false, 'only once');
    reopened.close();
  });

  it('never seals with a down index again after a rollback too short to be seen', () => {
    const { path, keys } = fresh();
    const bench = new Bench({ path, keys });
    const node = bench.node();
    node.handshake();
    const sealed = new Map<string, Buffer>();
    const remember = (): void => {
      for (const message of bench.takeDown(node.handle)) {
        const place = Buffer.from(message.subarray(1, 13)).toString('hex');
        assert.ok(sealed.get(place)?.equals(message) !== false, 'one index, one plaintext');
        sealed.set(place, Buffer.from(message));
      }
    };
    remember();
    const saved = ['', '-wal'].map((suffix) => readFileSync(path + suffix));
    // More than a block of 256, or the block at rest would do; and across the end of a lot.
    for (let i = 0; i < 300; i++) node.send([node.seal(node.vitals(i))]);
    remember();
    const before = sealed.size;
    bench.store.close();
    for (const [i, suffix] of ['', '-wal'].entries()) writeFileSync(path + suffix, saved[i]!);
    bench.store = bench.openStore();
    bench.center = bench.openCenter();
    assert.equal(bench.store.wasRestored, false, 'nothing outside of the database tells the two apart');
    assert.equal(bench.store.readings.count(), 0);
    for (let i = 0; i < 40; i++) node.send([node.seal(node.vitals(100 + i))]);
    remember();
    assert.ok(before > 300 && sealed.size >= before + 40);
    bench.store.close();
  });

  it('writes the watermark ahead of each lot of commits', () => {
    const { path, keys, keyFile } = fresh();
    const store = open(path, keys);
    const before = readFileSync(`${keyFile}.watermark`, 'utf8');
    for (let i = 0; i < LOT_COMMITS + 1; i++) store.transaction(() => undefined);
    const [epoch, lot] = before.trim().split(' ').map(Number);
    assert.equal(readFileSync(`${keyFile}.watermark`, 'utf8'), `${epoch} ${lot! + 1}\n`);
    store.close();
    writeFileSync(`${keyFile}.watermark`, 'rubbish');
    sentence(() => open(path, keys), /damaged/);
  });
});
