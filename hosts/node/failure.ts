// How a program of the services ends when something outside it is wrong: one clear sentence that says what to do,
// and a status other than zero. A stack trace is for defects of our own, and says so.

/** Trouble that the person at the keyboard can mend; the message is one sentence that says how. */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/** Runs a program's entry. A {@link UserError} ends in its sentence, anything else in a stack; both with exit status 1. */
export async function runMain(program: string, entry: () => Promise<void> | void): Promise<void> {
  let failed = false;
  const fail = (error: unknown): void => {
    if (failed) return;
    failed = true;
    const sentence = describeFailure(program, error);
    process.exitCode = 1;
    process.stderr.write(`${sentence}\n`, () => {
      // A child of `npm start` tells its parent, who prints it (child.ts).
      if (process.send === undefined || !process.connected) process.exit(1);
      process.send({ kind: 'failed', sentence }, () => { process.exit(1); });
    });
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  try {
    await entry();
  } catch (error) {
    fail(error);
  }
}

/** @returns what is printed for `error`: the sentence, or for a defect the stack */
export function describeFailure(program: string, error: unknown): string {
  if (error instanceof UserError) return `${program}: ${error.message}`;
  if (isSystemError(error)) {
    const sentence = SYSTEM_SENTENCES[error.code]?.(error);
    if (sentence !== undefined) return `${program}: ${sentence}`;
  }
  const stack = error instanceof Error ? error.stack ?? error.message : String(error);
  return `${program}: this is a defect of ours, please report it with the lines below.\n${stack}`;
}

interface SystemError extends Error {
  code: string;
  path?: string;
  port?: number;
  address?: string;
}

const SYSTEM_SENTENCES: Record<string, ((error: SystemError) => string) | undefined> = {
  EADDRINUSE: (e) => `port ${e.port ?? '?'} on ${e.address ?? 'this machine'} is in use; stop what listens there or choose another port.`,
  EACCES: (e) => `no permission for ${e.path ?? (e.port === undefined ? e.message : `port ${e.port}`)}; run as a user that has it or choose another place.`,
  ENOSPC: () => 'the disk is full; free some space and start again.',
  EROFS: (e) => `${e.path ?? 'the data folder'} cannot be written (read-only file system); choose another folder with LORICA_DATA.`,
};

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && typeof (error as { code?: unknown }).code === 'string';
}
