// A service as a child of `npm start`: it says when it is ready and how much it has done, and ends when asked to, or
// when its parent is gone (the channel between them closes even if the parent was killed). Run by hand, without a
// parent, it ends on SIGINT and SIGTERM alone. The parent's side is start.ts.

/** How long a service may take to end; then it is ended. */
export const STOP_DEADLINE_MS = 8_000;
const REPORT_INTERVAL_MS = 500;

/** Plain numbers and texts only: it crosses a process boundary. */
export type Facts = Readonly<Record<string, string | number>>;

export type ChildMessage =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'ready'; readonly facts: Facts }
  | { readonly kind: 'statistics'; readonly facts: Facts }
  | { readonly kind: 'failed'; readonly sentence: string };

export interface Service {
  /** what the parent needs to know, the ports that were chosen for example */
  readonly facts: Facts;
  /** asked for twice a second; must be cheap */
  statistics?(): Facts;
  /** ends cleanly; what was received is committed, files are closed */
  stop(): Promise<void>;
}

/** Tells what is being done while the service starts; nothing without a parent. */
export function tellProgress(text: string): void {
  send({ kind: 'progress', text });
}

/**
 * Starts the service and keeps the process until it is asked to end.
 * Failures of `start` are the caller's ({@link runMain} prints them).
 */
export async function runService(start: () => Promise<Service>): Promise<void> {
  let asked = false;
  const running: { service?: Service } = {};
  const stop = (): void => {
    if (asked) return;
    asked = true;
    if (running.service !== undefined) end(running.service);
  };
  // An interrupt from the keyboard goes to the whole group: a child leaves it to its parent to say when.
  process.on('SIGINT', () => { if (process.send === undefined) stop(); });
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.on('message', (message) => { if (message === 'stop') stop(); });
  // The parent may have gone before anybody here listened.
  if (process.send !== undefined && !process.connected) process.exit(0);
  const service = await start();
  running.service = service;
  if (asked) {
    end(service);
    return;
  }
  send({ kind: 'ready', facts: service.facts });
  if (service.statistics !== undefined && process.send !== undefined) reportOf(service);
}

function reportOf(service: Service): void {
  const timer = setInterval(() => {
    if (process.connected) send({ kind: 'statistics', facts: service.statistics!() });
    else clearInterval(timer);
  }, REPORT_INTERVAL_MS);
}

function end(service: Service): void {
  const deadline = setTimeout(() => { process.exit(1); }, STOP_DEADLINE_MS);
  if (service.statistics !== undefined) send({ kind: 'statistics', facts: service.statistics() });
  service.stop().then(
    () => {
      clearTimeout(deadline);
      process.exit(0);
    },
    (error: unknown) => { setImmediate(() => { throw error; }); },
  );
}

function send(message: ChildMessage): void {
  if (process.send !== undefined && process.connected) process.send(message);
}
