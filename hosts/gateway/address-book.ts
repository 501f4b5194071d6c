// What the gateway remembers of radio addresses, within bounds: which ones are strangers (so that a crowd of foreign
// devices does not cost a MAC per node and advertisement), and which ones failed and rest for a while before they are
// tried again. Addresses are private and change; nothing here outlives the process.
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Advertisement } from 'lorica/link/radio';
import { recognise } from 'lorica/link/recognition';

/** Addresses remembered of each kind; beyond, the one that came first is forgotten. */
export const MAX_ADDRESSES = 1024;
/** An address that failed rests this long, then twice as long each time, at most… */
export const FIRST_REST_MS = 1_000;
export const LONGEST_REST_MS = 60_000;

interface Rest {
  readonly untilMs: number;
  readonly lastMs: number;
}

export class AddressBook {
  readonly #clock: HostClock;
  readonly #strangers = new Map<string, Uint8Array>();
  readonly #rests = new Map<string, Rest>();

  constructor(clock: HostClock) {
    this.#clock = clock;
  }

  /** @returns which of the `eligible` nodes this is, if it is one */
  recognise<N extends { readonly identityKey: Uint8Array }>(seen: Advertisement, nodes: readonly N[], eligible: (node: N) => boolean): N | undefined {
    const known = this.#strangers.get(seen.address);
    if (known !== undefined && sameBytes(known, seen.serviceData)) return undefined;
    const candidates = nodes.filter(eligible);
    const index = recognise(seen.serviceData, candidates.map(({ identityKey }) => identityKey));
    if (index !== undefined) return candidates[index];
    remember(this.#strangers, seen.address, seen.serviceData.slice());
    return undefined;
  }

  /** To be called when the set of eligible nodes has grown. */
  forgetStrangers(): void {
    this.#strangers.clear();
  }

  resting(address: string): boolean {
    const rest = this.#rests.get(address);
    return rest !== undefined && this.#clock.now() < rest.untilMs;
  }

  /** It failed: it rests, longer than the last time. */
  rest(address: string): void {
    const before = this.#rests.get(address)?.lastMs;
    const lastMs = before === undefined ? FIRST_REST_MS : Math.min(2 * before, LONGEST_REST_MS);
    this.#rests.delete(address);
    remember(this.#rests, address, { untilMs: this.#clock.now() + lastMs, lastMs });
  }

  forgive(address: string): void {
    this.#rests.delete(address);
  }
}

function remember<V>(map: Map<string, V>, address: string, value: V): void {
  if (map.size >= MAX_ADDRESSES) map.delete(map.keys().next().value!);
  map.set(address, value);
}

/** Both are public. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i]);
}
