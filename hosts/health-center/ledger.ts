// Counts what was refused, charged to the gateway that brought it, and writes the counts along with a commit now and
// then: a flood of refused messages costs no transactions.
import type { Code } from 'lorica/hosts/node/log';
import type { Store } from './store.ts';

const SAVE_INTERVAL_MS = 1_000;

export class Ledger {
  readonly #store: Store;
  readonly #note: ((code: Code, detail?: Readonly<Record<string, string | number>>) => void) | undefined;
  /** not at rest yet, by gateway and code */
  readonly #counts = new Map<string, { readonly gateway: number; readonly code: Code; count: number }>();
  #savedMs = -Infinity;

  constructor(store: Store, note: ((code: Code, detail?: Readonly<Record<string, string | number>>) => void) | undefined) {
    this.#store = store;
    this.#note = note;
  }

  /** @param gateway the one that brought it; none is nobody in particular */
  note(code: Code, gateway?: { readonly id: number; readonly name: string }, detail: Readonly<Record<string, string | number>> = {}): void {
    const id = gateway?.id ?? 0;
    const name = `${id} ${code}`;
    const entry = this.#counts.get(name);
    if (entry === undefined) this.#counts.set(name, { gateway: id, code, count: 1 });
    else entry.count++;
    this.#note?.(code, gateway === undefined ? detail : { gateway: gateway.name, ...detail });
  }

  /** Inside a transaction; does nothing most of the time. A transaction that fails afterwards loses these counts. */
  save(nowMs: number): void {
    if (nowMs - this.#savedMs < SAVE_INTERVAL_MS) return;
    this.#savedMs = nowMs;
    for (const { gateway, code, count } of this.#counts.values()) this.#store.chronicle.count(gateway, code, count);
    this.#counts.clear();
  }

  flush(): void {
    this.#savedMs = -Infinity;
    if (this.#counts.size > 0) this.#store.transaction(() => { this.save(0); });
  }
}
