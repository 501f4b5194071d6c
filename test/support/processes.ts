// For tests that start real processes: whether one is still there.
import { readFileSync } from 'node:fs';

/** @returns false also for a process that has ended and that nobody has waited for (a container without an init) */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // proc(5): the state follows the name, which stands in parentheses.
    return !/\) [ZX] /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
