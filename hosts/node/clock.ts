// Time as the Node hosts see it: the wall clock and one-shot timers behind one interface, so that a service runs in
// real time and, in the simulator and in tests, in virtual time. It does not keep time: the operating system does.

export interface HostClock {
  /** @returns milliseconds since 1970-01-01T00:00Z */
  now(): number;
  /** Calls `callback` once, not before `delayMs` have passed. @returns what cancels it; harmless when it has fired */
  after(delayMs: number, callback: () => void): () => void;
}

/** Node fires a timer with a longer delay at once (2^31 − 1 ms, 24.8 days). */
const LONGEST_DELAY_MS = 0x7fffffff;

/** The machine's own clock and timers. */
export const systemClock: HostClock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      if (restMs <= LONGEST_DELAY_MS) timer = setTimeout(callback, restMs);
      else timer = setTimeout(() => { wait(restMs - LONGEST_DELAY_MS); }, LONGEST_DELAY_MS);
    };
    wait(Math.max(0, delayMs));
    return () => { clearTimeout(timer); };
  },
};

/** Never goes back, whatever is done to the wall clock while the process runs; it stands still while the machine sleeps. */
export const steadyClock: HostClock = {
  now: () => Math.floor(performance.timeOrigin + performance.now()),
  after: (delayMs, callback) => systemClock.after(delayMs, callback),
};
