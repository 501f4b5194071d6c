// Shares that reach the health center before message 1 does: the two go different ways. Each assistant has a small room
// of its own, so that one which floods displaces its own shares and nobody else's.
import { equal, toHex, wipe } from 'lorica/bytes/bytes';
import { requireSid } from 'lorica/collaboration/commitment';
import { faultOf, type Contribution, type Verdict } from 'lorica/collaboration/contribution';

/** sessions for which the shares of one assistant are kept; the oldest gives way */
export const MAX_EARLY_PER_ASSISTANT = 64;
export const MAX_EARLY_ASSISTANTS = 1024;
/** ms that a share waits: message 1 is sent before the shares are, so it is late or lost */
export const EARLY_LIFETIME_MS = 60_000;

interface Early {
  readonly contribution: Contribution;
  readonly expiresMs: number;
}

export class EarlyShares {
  /** assistant → sid → share, oldest first */
  readonly #rooms = new Map<string, Map<string, Early>>();

  /** shares that are waiting */
  get size(): number {
    let size = 0;
    for (const room of this.#rooms.values()) size += room.size;
    return size;
  }

  /**
   * @param sid as the assistant has signed it, 32 bytes
   * @param nowMs of a clock that does not go back
   * @returns `displaced` where it was taken and the assistant's oldest has given way
   * @throws RangeError on another length of `sid`, which the caller's decoder should have refused
   */
  put(sid: Uint8Array, contribution: Contribution, nowMs: number): Verdict | 'displaced' {
    requireSid(sid);
    this.expire(nowMs);
    const fault = faultOf(contribution);
    if (fault !== undefined) return fault;
    const { assistant, index, value } = contribution;
    const key = toHex(sid);
    const known = this.#rooms.get(assistant)?.get(key)?.contribution;
    if (known !== undefined) return known.index === index && equal(known.value, value) ? 'repeated' : 'contradicted';
    if (!this.#rooms.has(assistant) && this.#rooms.size >= MAX_EARLY_ASSISTANTS) return 'full';
    const room = this.#rooms.get(assistant) ?? new Map<string, Early>();
    this.#rooms.set(assistant, room);
    room.set(key, { contribution: { ...contribution, value: value.slice() }, expiresMs: nowMs + EARLY_LIFETIME_MS });
    if (room.size <= MAX_EARLY_PER_ASSISTANT) return 'taken';
    this.#drop(assistant, room, room.keys().next().value!);
    return 'displaced';
  }

  /** @returns what has come for a session whose message 1 is here now; it is kept no longer, the caller wipes it */
  take(sid: Uint8Array): Contribution[] {
    const key = toHex(sid);
    const taken: Contribution[] = [];
    for (const [assistant, room] of this.#rooms) {
      const early = room.get(key);
      if (early === undefined) continue;
      taken.push(early.contribution);
      room.delete(key);
      if (room.size === 0) this.#rooms.delete(assistant);
    }
    return taken;
  }

  /** Forgets what has waited too long. */
  expire(nowMs: number): void {
    for (const [assistant, room] of this.#rooms) {
      for (const [key, { expiresMs }] of room) {
        if (expiresMs > nowMs) break;
        this.#drop(assistant, room, key);
      }
    }
  }

  /** Forgets all shares of an assistant, when its certificate is revoked say. */
  forget(assistant: string): void {
    const room = this.#rooms.get(assistant);
    for (const key of room?.keys() ?? []) this.#drop(assistant, room!, key);
  }

  close(): void {
    for (const assistant of this.#rooms.keys()) this.forget(assistant);
  }

  #drop(assistant: string, room: Map<string, Early>, key: string): void {
    wipe(room.get(key)?.contribution.value);
    room.delete(key);
    if (room.size === 0) this.#rooms.delete(assistant);
  }
}
