// What goes down after a commit: messages gathered by gateway and link, cut into envelopes.
import { toHex } from 'lorica/bytes/bytes';
import { encodeEnvelope } from 'lorica/wire/envelope';
import { MAX_ENVELOPE_MESSAGES } from 'lorica/wire/message-type';

/** Where a node can be reached. */
export interface Route {
  /** name of the gateway */
  readonly gateway: string;
  readonly handle: Uint8Array;
}

export const routeName = ({ gateway, handle }: Route): string => `${gateway} ${toHex(handle)}`;

export class Outbox {
  readonly #links = new Map<string, { route: Route; messages: Uint8Array[] }>();

  add(route: Route, message: Uint8Array): void {
    const name = routeName(route);
    const link = this.#links.get(name);
    if (link === undefined) this.#links.set(name, { route, messages: [message] });
    else link.messages.push(message);
  }

  flush(send: (gateway: string, payload: Uint8Array) => void): void {
    for (const { route, messages } of this.#links.values()) {
      for (let i = 0; i < messages.length; i += MAX_ENVELOPE_MESSAGES) {
        send(route.gateway, encodeEnvelope({ handle: route.handle, messages: messages.slice(i, i + MAX_ENVELOPE_MESSAGES) }));
      }
    }
    this.#links.clear();
  }
}
