import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayNodes, readNodeEnrolment, writeGatewayNodes, writeNodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import type { NodeEnrolment } from 'lorica/hosts/node/enrolment-files';
import { UserError } from 'lorica/hosts/node/failure';
import { lockInstance } from 'lorica/hosts/node/instance-lock';

const bytes = (length: number, first = 1): Uint8Array => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
const NODE: NodeEnrolment = {
  serial: bytes(8), suite: 2, staticKeys: { secretKey: bytes(32, 2), publicKey: bytes(192, 3) }, enrolmentPsk: bytes(32, 4), macKey: bytes(32, 5),
  offline: bytes(32, 6), healthCenterKey: bytes(192, 7), collaboration: { mode: 1, k: 2, n: 3 }, version: 7, identityKey: bytes(32, 8),
  gateways: [{ id: bytes(8, 9), linkKey: bytes(32, 10) }],
};

describe('enrolment files', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lorica-enrolment-'));
    file = join(folder, 'file.json');
  });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  it('come back as they were written, and are for the owner alone', () => {
    writeNodeEnrolment(file, NODE);
    assert.deepEqual(readNodeEnrolment(file), NODE);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const nodes = [{ handle: bytes(1), identityKey: bytes(32), linkKey: bytes(32, 3) }, { handle: bytes(16), identityKey: bytes(32, 4), linkKey: bytes(32, 5) }];
    writeGatewayNodes(file, nodes);
    assert.deepEqual(readGatewayNodes(file), nodes);
  });

  it('are refused with a sentence when a value is missing, longer, shorter or of another kind', () => {
    writeNodeEnrolment(file, NODE);
    const whole = readFileSync(file, 'utf8');
    const content = JSON.parse(whole) as Record<string, unknown>;
    for (const name of Object.keys(content)) {
      for (const value of [undefined, null, 'zz', '00', 1e9, [], {}, [{}]]) {
        if (name === 'gateways' && Array.isArray(value) && value.length === 0) continue;
        writeFileSync(file, JSON.stringify({ ...content, [name]: value }));
        if (name === 'version' && value === 1e9) assert.equal(readNodeEnrolment(file).version, 1e9);
        else assert.throws(() => readNodeEnrolment(file), UserError, `${name} = ${JSON.stringify(value)}`);
      }
    }
    for (let length = 0; length < whole.length - 1; length += 7) {
      writeFileSync(file, whole.slice(0, length));
      assert.throws(() => readNodeEnrolment(file), UserError);
    }
    assert.throws(() => readGatewayNodes(join(folder, 'none.json')), /is not there; copy it/);
  });
});

describe('the lock of a data folder', () => {
  it('lets one process in, gives the folder back, and takes over from a process that was killed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lorica-lock-'));
    const file = join(folder, 'lock');
    const release = lockInstance(file);
    assert.equal(readFileSync(file, 'utf8'), `${String(process.pid)}\n`);
    release();
    writeFileSync(file, `${String(process.ppid)}\n`);
    assert.throws(() => lockInstance(file), (error) => error instanceof UserError && error.message.includes(`process ${String(process.ppid)} already runs`));
    for (const stale of ['999999999\n', 'nonsense', '']) {
      writeFileSync(file, stale);
      lockInstance(file)();
    }
    rmSync(folder, { recursive: true });
  });
});
