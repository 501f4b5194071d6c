// The parent's side of child.ts: starts services as child processes, hears what they have to say, and ends them in the
// reverse order. A child that ends without being asked to is a failure of the whole. What children print goes to a log
// file each. It restarts nothing: that is for a service manager.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, statSync, truncateSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STOP_DEADLINE_MS } from 'lorica/hosts/node/child';
import type { ChildMessage, Facts } from 'lorica/hosts/node/child';
import { UserError } from 'lorica/hosts/node/failure';

/** A log larger than this is begun anew at the next start. */
const MAX_LOG_BYTES = 8_000_000;
/** After the deadline of the service itself. */
const KILL_AFTER_MS = STOP_DEADLINE_MS + 2_000;
const READY_DEADLINE_MS = 120_000;

export interface Launch {
  /** as the person at the keyboard may read it: "health center" */
  readonly name: string;
  /** the program, below the project's folder */
  readonly script: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logFile: string;
}

export interface SupervisorOptions {
  readonly onProgress: (name: string, text: string) => void;
  readonly onStatistics: (name: string, facts: Facts) => void;
  /** Comes once, when a child has ended after it was ready and without being asked to. */
  readonly onFailure: (error: Error) => void;
}

interface Child {
  readonly name: string;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  sentence: string | undefined;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #children: Child[] = [];
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** @returns the child's facts when it is ready; rejects with its own sentence when it fails before */
  launch(launch: Launch): Promise<Facts> {
    const child = this.#fork(launch);
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => { reject(new UserError(`the ${launch.name} is not ready after ${String(READY_DEADLINE_MS / 1000)} s; see ${launch.logFile}.`)); }, READY_DEADLINE_MS);
      let ready = false;
      child.process.on('message', (message: ChildMessage) => {
        if (message.kind === 'progress') this.#options.onProgress(launch.name, message.text);
        else if (message.kind === 'statistics') this.#options.onStatistics(launch.name, message.facts);
        else if (message.kind === 'failed') child.sentence = message.sentence;
        else {
          ready = true;
          clearTimeout(deadline);
          resolve(message.facts);
        }
      });
      void child.ended.then(() => {
        clearTimeout(deadline);
        if (this.#stopping) return;
        const error = failureOf(child, launch);
        if (ready) this.#options.onFailure(error);
        else reject(error);
      });
    });
  }

  /** Runs a child to its end. Rejects with its own sentence when that is no success. */
  async run(launch: Launch): Promise<void> {
    const child = this.#fork(launch);
    child.process.on('message', (message: ChildMessage) => {
      if (message.kind === 'progress') this.#options.onProgress(launch.name, message.text);
      else if (message.kind === 'failed') child.sentence = message.sentence;
    });
    await child.ended;
    this.#children.splice(this.#children.indexOf(child), 1);
    if (child.process.exitCode !== 0) throw failureOf(child, launch);
  }

  /** Process ids by name; for tests that end one of them the hard way. */
  get processes(): ReadonlyMap<string, number> {
    return new Map(this.#children.map(({ name, process: { pid } }) => [name, pid ?? 0]));
  }

  /** Ends all, last started first; each has a deadline. @returns when none is left */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const child of [...this.#children].reverse()) {
      // A child that is still loading, or is no service, has no ear for messages.
      if (process.platform === 'win32' && child.process.connected) child.process.send('stop', () => undefined);
      else child.process.kill('SIGTERM');
      const deadline = setTimeout(() => { child.process.kill('SIGKILL'); }, KILL_AFTER_MS);
      await child.ended;
      clearTimeout(deadline);
    }
    this.#children.length = 0;
  }

  /** At once, whatever they are at: nothing acknowledged is lost even so. */
  kill(): void {
    for (const child of this.#children) child.process.kill('SIGKILL');
  }

  #fork({ name, script, arguments: args, environment, logFile }: Launch): Child {
    const log = openLog(logFile);
    const root = new URL('../../', import.meta.url);
    const process_ = fork(fileURLToPath(new URL(script, root)), [...args], {
      execArgv: ['--import', new URL('hosts/node/register.mjs', root).href],
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, ...environment },
    });
    closeSync(log);
    const ended = new Promise<void>((resolve) => {
      process_.on('error', () => { resolve(); });
      // What it said last is read before the channel closes, and that may be after its end.
      const both = (): void => { if (!process_.connected && (process_.exitCode ?? process_.signalCode) !== null) resolve(); };
      process_.on('exit', both);
      process_.on('disconnect', both);
    });
    const child: Child = { name, process: process_, ended, sentence: undefined };
    this.#children.push(child);
    return child;
  }
}

function failureOf(child: Child, { name, logFile }: Launch): Error {
  if (child.sentence !== undefined) return new UserError(child.sentence);
  const { exitCode, signalCode } = child.process;
  return new UserError(`the ${name} has ended unexpectedly (${signalCode ?? `status ${String(exitCode)}`}); see ${logFile}, then run the command again: nothing that was acknowledged is lost.`);
}

function openLog(file: string): number {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) truncateSync(file);
  return openSync(file, 'a', 0o600);
}
