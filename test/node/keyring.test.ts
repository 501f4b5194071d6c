// The keyring: no index twice, whatever happens; what a reset leaves out; where chains end; one attempt once.
import assert from 'node:assert/strict';
import { Vault, VAULT_SECTORS } from 'lorica/journal/vault';
import { Keyring, MAX_BLOCKS_UNACKNOWLEDGED, MAX_ENDED_CHAINS } from 'lorica/node/keyring';
import { encodeOffline, encodeSession } from 'lorica/node/secrets';
import { OFFLINE_SLOT, SESSION_SLOT } from 'lorica/node/slots';
import { encodeReading } from 'lorica/reading/encode';
import { EVENT, MAX_CHAINS } from 'lorica/reading/reading';
import type { SessionKeys } from 'lorica/session/keys';
import { NorFlash } from '../support/nor-flash.ts';
import { entropyOf, PoweredStorage } from '../support/node-world.ts';

const entropy = entropyOf(77);

interface KeyringBench { vault: Vault; storage: PoweredStorage; keyring: Keyring; logs: number[]; open(): Keyring }

function keyringBench(): KeyringBench {
  const flash = new NorFlash(VAULT_SECTORS);
  const storage = new PoweredStorage(flash.power);
  const vault = new Vault(flash);
  vault.put(OFFLINE_SLOT, encodeOffline({ step: 0, secret: entropy(32) }));
  const logs: number[] = [];
  const open = (): Keyring => new Keyring({ vault, storage, log: (code) => logs.push(code) });
  return { vault, storage, keyring: open(), logs, open };
}

function keysOf(): SessionKeys {
  const seed = () => ({ tag: entropy(8), root: entropy(32) });
  return { normal: seed(), urgent: seed(), down: seed(), resumption: { secret: entropy(32), hash: entropy(32) } };
}

const PLAINTEXT = encodeReading({ kind: 'event', boot: 1, tick: 1, code: EVENT.button });
const tagOf = (record: Uint8Array): string => Buffer.from(record.subarray(1, 9)).toString('hex');
const indexOf = (record: Uint8Array): number => Buffer.from(record).readUInt32BE(9);

describe('firmware: keyring', () => {
  it('uses no index twice over any number of resets', () => {
    const bench = keyringBench();
    const seen = new Set<string>();
    for (let reset = 0; reset < 30; reset++) {
      const keyring = bench.open();
      if (reset % 7 === 3) keyring.adopt(keysOf(), reset % 2 === 0 ? 1000 : undefined);
      for (let i = 0; i < 3 + 20 * reset; i++) {
        const record = keyring.seal(i % 5 === 0, PLAINTEXT)!;
        const name = `${tagOf(record)}/${String(indexOf(record))}`;
        assert.ok(!seen.has(name));
        seen.add(name);
      }
    }
  });

  it('says what a reset has left out of the block that was in use', () => {
    const bench = keyringBench();
    bench.keyring.adopt(keysOf(), 1000);
    for (let i = 0; i < 300; i++) bench.keyring.seal(false, PLAINTEXT);
    const { leftOut } = bench.open();
    assert.deepEqual(leftOut.map(({ first, last }) => [first, last]), [[256, 511]]);
    bench.keyring.close();
    assert.deepEqual(keyringBench().keyring.leftOut, []);
  });

  /** A session that has come to a block, as a reset finds it. */
  function farAhead(block: number): KeyringBench & { tag: Uint8Array } {
    const bench = keyringBench();
    const tag = entropy(8);
    const chain = (name: Uint8Array) => ({ tag: name, block, blockKey: entropy(32) });
    bench.vault.put(SESSION_SLOT, encodeSession({
      resumption: { secret: entropy(32), hash: entropy(32) }, attempt: 0, resumptions: 0, fullTimeMs: 0, normal: chain(tag), urgent: chain(entropy(8))
    }));
    return { ...bench, keyring: bench.open(), tag };
  }

  it('begins offline chains before it runs too far ahead, and lists where the ones before ended', () => {
    const { keyring, open, tag } = farAhead(MAX_BLOCKS_UNACKNOWLEDGED - 2);
    const first = Buffer.from(tag).toString('hex');
    let count = 0;
    while (tagOf(keyring.seal(false, PLAINTEXT)!) === first) count++;
    assert.equal(count, 2 * 256);
    const ended = keyring.undelivered.find((chain) => Buffer.compare(chain.tag, tag) === 0);
    assert.equal(ended?.next, MAX_BLOCKS_UNACKNOWLEDGED * 256);
    assert.ok(keyring.session !== undefined, 'its resumption is still there');
    const again = open();
    assert.notEqual(tagOf(again.seal(false, PLAINTEXT)!), first);
    assert.equal(again.nextIndex(tag), MAX_BLOCKS_UNACKNOWLEDGED * 256);
  });

  it('stays on a chain that is acknowledged in time', () => {
    const { keyring, tag } = farAhead(MAX_BLOCKS_UNACKNOWLEDGED - 2);
    keyring.acknowledge(tag, 700 * 256);
    for (let i = 0; i < 5 * 256; i++) assert.equal(indexOf(keyring.seal(false, PLAINTEXT)!), (MAX_BLOCKS_UNACKNOWLEDGED - 2) * 256 + i);
  });

  it('seals nothing any more when the vault does not take a key', () => {
    const { keyring, vault } = keyringBench();
    keyring.adopt(keysOf(), 1000);
    for (let i = 0; i < 256; i++) assert.ok(keyring.seal(false, PLAINTEXT) !== undefined);
    vault.put = () => false;
    assert.equal(keyring.seal(false, PLAINTEXT), undefined);
    assert.equal(keyring.seal(true, PLAINTEXT), undefined);
  });

  it('keeps the session before when the new one cannot be put to rest', () => {
    const { keyring, vault } = keyringBench();
    keyring.adopt(keysOf(), 1000);
    const before = keyring.seal(false, PLAINTEXT)!;
    const put = vault.put.bind(vault);
    vault.put = () => false;
    assert.equal(keyring.adopt(keysOf(), undefined), false);
    vault.put = put;
    const after = keyring.seal(false, PLAINTEXT)!;
    assert.deepEqual([tagOf(after), indexOf(after)], [tagOf(before), 1]);
    assert.equal(keyring.undelivered.length, 1);
  });

  it('lists at most 28 ended chains; what is delivered wholly is off the list, over resets', () => {
    const { keyring, open } = keyringBench();
    for (let i = 0; i < 40; i++) {
      keyring.adopt(keysOf(), undefined);
      keyring.seal(false, PLAINTEXT);
      keyring.seal(true, PLAINTEXT);
    }
    assert.equal(keyring.undelivered.length, MAX_ENDED_CHAINS + 2);
    assert.ok(keyring.undelivered.length <= MAX_CHAINS);
    const [first] = keyring.undelivered;
    assert.equal(keyring.acknowledge(first!.tag, 0), false);
    assert.equal(keyring.acknowledge(first!.tag, 1), true);
    assert.equal(keyring.nextIndex(first!.tag), undefined);
    assert.equal(open().undelivered.length, MAX_ENDED_CHAINS + 1);
  });

  it('gives each attempt at a resumption once', () => {
    const bench = keyringBench();
    assert.equal(bench.keyring.takeAttempt(), undefined);
    bench.keyring.adopt(keysOf(), 1000);
    const attempts = [bench.keyring, bench.open(), bench.open()].map((keyring) => keyring.takeAttempt()!.attempt);
    assert.deepEqual(attempts, [0, 1, 2]);
    assert.ok(bench.vault.has(SESSION_SLOT));
  });
});
