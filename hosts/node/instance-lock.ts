// One `npm start` for a data folder at a time: a file with the process id of the one that has it. A file that a killed
// process left behind is taken over. It guards against a second start by mistake, and against nobody else.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { UserError } from 'lorica/hosts/node/failure';

/** @returns what gives the folder back. @throws UserError when another living process has it */
export function lockInstance(file: string): () => void {
  for (;;) {
    try {
      writeFileSync(file, `${String(process.pid)}\n`, { flag: 'wx', mode: 0o600 });
      return () => { rmSync(file, { force: true }); };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = ownerOf(file);
    if (owner !== undefined && owner !== process.pid && isRunning(owner)) {
      throw new UserError(`process ${String(owner)} already runs with this data folder; stop it, or choose another folder with --data.`);
    }
    rmSync(file, { force: true });
  }
}

function ownerOf(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
