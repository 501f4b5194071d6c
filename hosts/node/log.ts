// Logs of the services: one JSON object a line on standard error (pino), readable lines on a terminal. What was
// refused is told by a code of the catalogue below, counted, and never told to the peer. No reading, no key and no
// label secret is ever logged.
import pino from 'pino';
import type { Logger } from 'pino';
import pretty from 'pino-pretty';

/** Why a service refused something or had trouble: code → what it means. */
export const CODES = {
  'envelope-malformed': 'an envelope from the bus is not of the specified form',
  'envelope-foreign': 'an envelope names a link that this gateway does not know',
  'message-malformed': 'a message is not of the specified form',
  'link-refused': 'a link did not prove that it holds the key',
  'link-frame-refused': 'a frame on a proven link did not open',
  'link-lost': 'a link ended',
  'queue-full': 'a bounded queue is full; the sender tries again',
  'bus-lost': 'the broker is out of reach',
  'bus-refused': 'the broker refused a peer or a packet',
  'handshake-refused': 'a handshake message did not open or came out of turn',
  'handshake-unknown-node': 'a handshake of a node that is not registered or is revoked',
  'record-unknown-chain': 'a record of a chain that is not known',
  'record-refused': 'a record did not open',
  'record-unreadable': 'an authentic record is not of the specified form',
  'record-stored-before': 'a record had been stored already',
  'time-implausible': 'an authentic record claims a time that cannot be',
  'gateway-unknown': 'an envelope of a gateway that is not registered or is revoked',
  'store-failed': 'the database could not take a commit; it is tried again',
  'rate-limited': 'a gateway or node sends more than it may',
  'gap': 'readings are missing and will not come',
} as const;

export type Code = keyof typeof CODES;

/** Counts and logs by code, so that a flood costs one log line a second and not one a message. */
export class Journalist {
  readonly counters = new Map<Code, number>();
  readonly #logger: Logger;
  readonly #now: () => number;
  readonly #lastLineMs = new Map<Code, number>();

  constructor(logger: Logger, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  /** One more event of `code`; `detail` holds public facts only. */
  note(code: Code, detail: Readonly<Record<string, string | number>> = {}): void {
    const count = (this.counters.get(code) ?? 0) + 1;
    this.counters.set(code, count);
    const now = this.#now();
    if (now - (this.#lastLineMs.get(code) ?? -Infinity) < LINE_INTERVAL_MS) return;
    this.#lastLineMs.set(code, now);
    this.#logger.warn({ code, count, ...detail }, CODES[code]);
  }
}

const LINE_INTERVAL_MS = 1_000;

/** @param level pino's level; LORICA_LOG overrides it */
export function makeLogger(name: string, level = 'info'): Logger {
  const options = { name, level: process.env['LORICA_LOG'] ?? level, base: { name } };
  if (process.stderr.isTTY) return pino(options, pretty({ destination: 2, ignore: 'pid,hostname', sync: true }));
  return pino(options, pino.destination({ fd: 2, sync: true }));
}
