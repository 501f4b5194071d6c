// Whether a port that somebody asked for is free, told before anything is started.
import { createServer } from 'node:net';
import { UserError } from 'lorica/hosts/node/failure';

/**
 * @param port on the loopback interface; 0 is always free
 * @param option by which it was chosen, for the sentence
 * @throws UserError when it is occupied or not allowed
 */
export async function requireFreePort(port: number, option: string): Promise<void> {
  if (port === 0) return;
  await new Promise<void>((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${error.code ?? error.message})`;
      reject(new UserError(`port ${String(port)} ${why}; choose another one with ${option}, or leave it out for a free one.`));
    });
    server.listen(port, '127.0.0.1', () => { server.close(() => { resolve(); }); });
  });
}
