// Server-sent events to whoever watches: what was committed, as it comes. A viewer that does not keep up is cut off
// and comes again by itself; it then asks for what it missed.
import type { ServerResponse } from 'node:http';
import { toHex } from 'lorica/bytes/bytes';
import { readingJson } from './presentation.ts';
import type { Committed } from './turn.ts';

export const MAX_VIEWERS = 64;
/** octets that may wait for one viewer */
const MAX_BACKLOG = 1_000_000;
/** Keeps proxies and viewers from taking silence for a dead line. */
export const HEARTBEAT_MS = 15_000;

export class LiveFeed {
  readonly #viewers = new Set<ServerResponse>();

  get viewers(): number {
    return this.#viewers.size;
  }

  /** @returns false if there are too many */
  join(response: ServerResponse): boolean {
    if (this.#viewers.size >= MAX_VIEWERS) return false;
    this.#viewers.add(response);
    response.on('close', () => { this.#viewers.delete(response); });
    response.write('retry: 3000\n\n');
    return true;
  }

  /** Readings that concern nobody's eyes (sync, status) are left out. */
  tell(readings: readonly Committed[]): void {
    if (this.#viewers.size === 0) return;
    const shown = readings.filter(({ reading }) => reading !== undefined && reading.kind !== 'sync' && reading.kind !== 'status');
    if (shown.length === 0) return;
    this.send('readings', shown.map((committed) => ({ serial: toHex(committed.serial), ...readingJson(committed.reading!, committed) })));
  }

  send(event: string, data: unknown): void {
    this.#write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  beat(): void {
    this.#write(': still here\n\n');
  }

  close(): void {
    for (const viewer of this.#viewers) viewer.end();
    this.#viewers.clear();
  }

  #write(text: string): void {
    for (const viewer of this.#viewers) {
      if (viewer.writableLength > MAX_BACKLOG) viewer.destroy();
      else viewer.write(text);
    }
  }
}
