// The one error of the recording readers: its message is a single sentence that names the file, what is wrong with
// it and what to do, ready to be printed to a person.

/** A recording that cannot be read; the message is for people. */
export class WfdbError extends Error {
  override readonly name = 'WfdbError';
}

/** @returns the file's text or bytes through `read`, or throws a `WfdbError` when the file is not there or unreadable */
export function readOrExplain<T>(path: string, read: (path: string) => T): T {
  try {
    return read(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new WfdbError(`${path} does not exist: check the path.`);
    if (code === 'EISDIR') throw new WfdbError(`${path} is a folder: name a file in it.`);
    throw new WfdbError(`${path} cannot be read (${code ?? 'unknown reason'}): check its permissions.`);
  }
}
