// A health center that kills itself: right after the commit of its first turn, or inside the transaction of its second.
// Started by crash.test.ts with its folder, the moment, and the time.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex } from 'lorica/bytes/bytes';
import { HealthCenter } from 'lorica/hosts/health-center/center';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { Store } from 'lorica/hosts/health-center/store';
import { VirtualTime } from 'lorica/hosts/simulator/virtual-time';
import { entropy } from 'lorica/primitives/entropy';
import { encodeEnvelope } from 'lorica/wire/envelope';

const [folder, moment, nowMs] = process.argv.slice(2) as [string, string, string];
const die = (): void => { process.kill(process.pid, 'SIGKILL'); };

const time = new VirtualTime(Number(nowMs));
const keys = Keystore.open(join(folder, 'unsealing-key'), entropy, false);
const store = Store.open({ path: join(folder, 'store.db'), keys, nowMs: Number(nowMs) });
const center = new HealthCenter({ store, keys, clock: time.clock, entropy, send: moment === 'after' ? die : () => undefined });
const records = readFileSync(join(folder, 'records'), 'utf8').split('\n').map((line) => fromHex(line)!);
const turn = (from: number, to: number): void => {
  center.receive('ward', encodeEnvelope({ handle: Uint8Array.of(1), messages: records.slice(from, to) }), () => undefined);
  time.run(time.elapsedMs + 100);
};
if (moment === 'before') {
  const { save } = store.rollUps;
  store.rollUps.save = () => {
    save.call(store.rollUps);
    die();
  };
}
turn(moment === 'after' ? 0 : 10, moment === 'after' ? 10 : 20);
process.exit(1);
