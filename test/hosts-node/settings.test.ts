import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gatewaySettings } from 'lorica/hosts/gateway/settings';
import { dataFolder, integer, readSettings, text } from 'lorica/hosts/node/config';
import { describeFailure, UserError } from 'lorica/hosts/node/failure';
import { startOptions } from 'lorica/hosts/node/start-options';

describe('settings of the services', () => {
  let folder: string;
  const settings = { place: text('here'), count: integer(3, 1, 5) };
  const read = (environment: Record<string, string> = {}): { place: string; count: number } => readSettings('some-service', settings, { LORICA_DATA: folder, ...environment });
  const refuses = (environment: Record<string, string>, message: RegExp): void => {
    assert.throws(() => read(environment), (error) => error instanceof UserError && message.test(error.message));
  };

  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'lorica-settings-')); });
  afterEach(() => { rmSync(folder, { recursive: true }); });

  it('come from defaults, then the file, then the environment', () => {
    assert.deepEqual(read(), { place: 'here', count: 3 });
    writeFileSync(join(folder, 'some-service.json'), '{"place": "file", "count": 4}');
    assert.deepEqual(read(), { place: 'file', count: 4 });
    assert.deepEqual(read({ LORICA_SOME_SERVICE_COUNT: '5' }), { place: 'file', count: 5 });
  });

  it('are refused with a sentence when they are unknown, out of bounds, or no JSON object', () => {
    refuses({ LORICA_SOME_SERVICE_COUNT: '6' }, /LORICA_SOME_SERVICE_COUNT must be a whole number from 1 to 5, not "6"/);
    refuses({ LORICA_SOME_SERVICE_COUNT: '3.5' }, /whole number/);
    refuses({ LORICA_SOME_SERVICE_CONFIG: join(folder, 'none.json') }, /cannot be read/);
    for (const [content, message] of [['{"colour": 1}', /unknown setting "colour".*place, count/], ['{"count": 0}', /"count" in .* must be/], ['[1]', /one JSON object/], ['{', /as JSON/]] as const) {
      writeFileSync(join(folder, 'some-service.json'), content);
      refuses({}, message);
    }
  });

  it('keep the data folder for its owner alone', () => {
    const inner = join(folder, 'a', 'b');
    assert.equal(dataFolder({ LORICA_DATA: inner }), inner);
    assert.equal(statSync(inner).mode & 0o777, 0o700);
  });

  it('of a gateway are checked for form', () => {
    const of = (environment: Record<string, string>): unknown => gatewaySettings({ LORICA_DATA: folder, ...environment });
    assert.throws(() => of({ LORICA_GATEWAY_NAME: 'Ward A' }), UserError);
    assert.throws(() => of({ LORICA_GATEWAY_BROKER: 'mqtt://plain:1883' }), UserError);
    assert.throws(() => of({ LORICA_GATEWAY_CONNECTIONS: '0' }), UserError);
    assert.equal((of({ LORICA_GATEWAY_HEALTH_PORT: '9000' }) as { healthPort: number }).healthPort, 9000);
  });
});

describe('options of npm start', () => {
  it('have bounds, and a recording that is not there is told at once', () => {
    const options = startOptions([], {});
    assert.deepEqual([options.nodes, options.port, options.record], [8, 0, undefined]);
    assert.equal(startOptions(['--nodes', '64'], {}).nodes, 64);
    assert.throws(() => startOptions(['--record', '/none/100'], {}), (error) => error instanceof UserError && /no recording \/none\/100/.test(error.message));
    assert.equal(startOptions(['--data', '/somewhere'], { LORICA_DATA: '/elsewhere' }).data, '/somewhere');
    assert.equal(startOptions([], { LORICA_DATA: '/elsewhere' }).data, '/elsewhere');
  });
});

describe('failures', () => {
  it('of the surroundings are one sentence, defects of ours show where', () => {
    assert.equal(describeFailure('x', new UserError('the moon is full; wait.')), 'x: the moon is full; wait.');
    const occupied = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE', port: 8443, address: '127.0.0.1' });
    assert.equal(describeFailure('x', occupied), 'x: port 8443 on 127.0.0.1 is in use; stop what listens there or choose another port.');
    assert.match(describeFailure('x', new TypeError('oops')), /defect of ours[^]*TypeError: oops\n\s+at /);
  });
});
