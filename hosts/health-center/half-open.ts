// Handshakes that wait for message 3, and answers that may have to be given again: in memory only, bounded for each
// gateway and in all, and gone after a while. A repeated message 1 finds its entry by its hash and gets the same
// message 2; message 3 finds it by the 8 octets of the handshake's id.
import { toHex } from 'lorica/bytes/bytes';
import type { AwaitingConfirmation } from 'lorica/session/responder';
import type { SessionKeys } from 'lorica/session/keys';
import type { Message1, Message3 } from 'lorica/wire/handshake-payload';

export const MAX_HALF_OPEN = 4096;
export const MAX_HALF_OPEN_PER_GATEWAY = 512;
/** A handshake goes on across disconnects, so this is long. */
export const HALF_OPEN_MS = 300_000;
/** Anyone on the path can forge a message 3, and each costs an evaluation. */
export const MAX_MESSAGE3_TRIES = 3;

/** A message 3 that has opened; kept until its session is at rest, since the step that read it serves only once. */
export interface Accepted {
  readonly message3Hash: string;
  readonly node: number;
  readonly payload: Message3;
  readonly keys: SessionKeys;
}

export interface HalfOpen {
  readonly gateway: number;
  /** hex of SHA-256 over the message that began it */
  readonly firstHash: string;
  readonly expiresMs: number;
  readonly reply: Uint8Array;
  /** missing for a resumption, which has no third message */
  readonly handshake?: {
    readonly id: Uint8Array;
    readonly suite: number;
    readonly payload: Message1;
    /** the time that message 2 says */
    readonly timeMs: number;
    readonly step: AwaitingConfirmation;
    tries: number;
    accepted?: Accepted;
  };
}

export class HalfOpenTable {
  /** in the order of their ends */
  readonly #byHash = new Map<string, HalfOpen>();
  readonly #byId = new Map<string, HalfOpen>();
  readonly #perGateway = new Map<number, number>();

  get size(): number {
    return this.#byHash.size;
  }

  /** @returns false if the gateway, or all of them together, have too many; nothing has changed then */
  hasRoom(gateway: number, nowMs: number): boolean {
    this.#expire(nowMs);
    return this.#byHash.size < MAX_HALF_OPEN && (this.#perGateway.get(gateway) ?? 0) < MAX_HALF_OPEN_PER_GATEWAY;
  }

  add(entry: HalfOpen): void {
    this.#byHash.set(entry.firstHash, entry);
    if (entry.handshake !== undefined) this.#byId.set(toHex(entry.handshake.id), entry);
    this.#perGateway.set(entry.gateway, (this.#perGateway.get(entry.gateway) ?? 0) + 1);
  }

  byFirstHash(hash: string, nowMs: number): HalfOpen | undefined {
    this.#expire(nowMs);
    return this.#byHash.get(hash);
  }

  byId(id: Uint8Array, nowMs: number): HalfOpen | undefined {
    this.#expire(nowMs);
    return this.#byId.get(toHex(id));
  }

  remove(entry: HalfOpen): void {
    if (!this.#byHash.delete(entry.firstHash)) return;
    if (entry.handshake !== undefined) {
      this.#byId.delete(toHex(entry.handshake.id));
      entry.handshake.step.close();
    }
    const left = (this.#perGateway.get(entry.gateway) ?? 1) - 1;
    if (left === 0) this.#perGateway.delete(entry.gateway);
    else this.#perGateway.set(entry.gateway, left);
  }

  close(): void {
    for (const entry of [...this.#byHash.values()]) this.remove(entry);
  }

  #expire(nowMs: number): void {
    for (const entry of this.#byHash.values()) {
      if (entry.expiresMs > nowMs) break;
      this.remove(entry);
    }
  }
}
