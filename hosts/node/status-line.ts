// What `npm start` prints while it runs: on a terminal one line that is written over again and again, elsewhere a line
// now and then, so that a log does not fill.

/** Without a terminal. */
export const LINE_INTERVAL_MS = 10_000;
const REDRAW_INTERVAL_MS = 500;

export interface StatusStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export class StatusLine {
  readonly #stream: StatusStream;
  readonly #text: () => string;
  #timer: NodeJS.Timeout | undefined;
  #drawn = false;

  constructor(stream: StatusStream, text: () => string) {
    this.#stream = stream;
    this.#text = text;
  }

  start(): void {
    this.#timer = setInterval(() => { this.#draw(); }, this.#stream.isTTY === true ? REDRAW_INTERVAL_MS : LINE_INTERVAL_MS);
    if (this.#stream.isTTY === true) this.#draw();
  }

  /** Prints a line of its own, above the status. */
  print(line: string): void {
    this.#clear();
    this.#stream.write(`${line}\n`);
  }

  /** The last state stays to be read. */
  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
    this.#stream.write(`${this.#text()}\n`);
  }

  #draw(): void {
    if (this.#stream.isTTY !== true) {
      this.#stream.write(`${this.#text()}\n`);
      return;
    }
    this.#clear();
    // A line that wraps cannot be written over.
    this.#stream.write(this.#text().slice(0, (this.#stream.columns ?? 80) - 1));
    this.#drawn = true;
  }

  #clear(): void {
    if (this.#drawn) this.#stream.write('\r\u001b[2K');
    this.#drawn = false;
  }
}
