// Records that go into the link's queue together.

/** messages and octets of one batch; the link's queue takes a handshake message beside it */
export const MAX_BATCH_MESSAGES = 48;
export const MAX_BATCH_BYTES = 4096;

export class Batch {
  readonly messages: Uint8Array[] = [];
  /** something did not fit */
  isFull = false;
  #room: number;

  /** @param room octets that the link takes now */
  constructor(room: number) {
    this.#room = Math.min(room, MAX_BATCH_BYTES);
  }

  /** @returns whether it fits */
  add(record: Uint8Array): boolean {
    if (this.messages.length >= MAX_BATCH_MESSAGES || record.length > this.#room) {
      this.isFull = true;
      return false;
    }
    this.messages.push(record);
    this.#room -= record.length;
    return true;
  }
}
