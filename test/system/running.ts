// `npm start` as a real process, for the tests: started with a data folder, read, interrupted, killed.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Keystore } from 'lorica/hosts/health-center/keystore';
import { readRows } from 'lorica/hosts/health-center/read-rows';
import { Store } from 'lorica/hosts/health-center/store';
import { entropy } from 'lorica/primitives/entropy';
import { toHex } from 'lorica/bytes/bytes';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface Counts {
  readonly captured: number;
  readonly delivered: number;
  readonly stored: number;
  readonly acknowledged: number;
}

export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  #output = '';
  #errors = '';

  constructor(data: string, ...args: readonly string[]) {
    this.process = spawn(process.execPath, ['--import', './hosts/node/register.mjs', 'hosts/node/start.ts', '--data', data, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process.stdout!.on('data', (chunk: Buffer) => { this.#output += chunk.toString(); });
    this.process.stderr!.on('data', (chunk: Buffer) => { this.#errors += chunk.toString(); });
    this.ended = new Promise((resolve) => {
      this.process.on('close', (status) => { resolve({ status, output: this.#output, errors: this.#errors }); });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** The last line of counts, if there was one. */
  get counts(): Counts | undefined {
    const lines = [...this.#output.matchAll(/captured (\d+) · delivered (\d+) · stored (\d+) · acknowledged (\d+)/g)];
    const last = lines.at(-1);
    return last && { captured: Number(last[1]), delivered: Number(last[2]), stored: Number(last[3]), acknowledged: Number(last[4]) };
  }

  /** @throws Error when the process ends before, with what it said */
  async until(what: string, condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(`ended before ${what}:\n${this.#output}\n${this.#errors}`);
      await new Promise((resolve) => { setTimeout(resolve, 100); });
    }
  }

  /** Process ids of the services. */
  children(): number[] {
    const pid = String(this.process.pid);
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter((id) => id !== '').map(Number);
  }

  /** @param script a part of its command line */
  child(script: string): number {
    const found = this.children().find((pid) => readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(script));
    if (found === undefined) throw new Error(`no child runs ${script}`);
    return found;
  }

  interrupt(): Promise<Ended> {
    this.process.kill('SIGINT');
    return this.ended;
  }
}

export const nodesOf = (data: string): string[] => readdirSync(join(data, 'nodes')).sort();

/** Every reading of the store as text, opened: who, and what was said. */
export function storedReadings(data: string): string[] {
  const keys = Keystore.open(join(data, 'health-center', 'unsealing-key'), entropy, false);
  const store = Store.open({ path: join(data, 'health-center', 'store.db'), keys, nowMs: Date.now() });
  const readings: string[] = [];
  for (const { serial, plaintext } of readRows(store, keys)) readings.push(`${toHex(serial)} ${toHex(plaintext)}`);
  store.close();
  return readings;
}
