// A small mocha for inside XS: the same globals, one line of output a test, an error at the end if one failed.
// No timeouts (XS has no clock here), no parallelism.
import './array-by-copy.xs.ts';
import { print } from './machine.xs.ts';

interface Context { timeout(ms?: number): void; slow(ms?: number): void; skip(): never }
type Body = (this: Context) => unknown;

interface Suite {
  readonly title: string;
  readonly skipped: boolean;
  readonly parent: Suite | undefined;
  readonly entries: (Suite | Test)[];
  readonly hooks: Record<HookName, Body[]>;
}
interface Test { readonly title: string; readonly body: Body | undefined }
type HookName = 'before' | 'after' | 'beforeEach' | 'afterEach';

class SkipError extends Error {}
const context: Context = {
  timeout() { /* no clock */ },
  slow() { /* no clock */ },
  skip() { throw new SkipError(); },
};

const root = suite('', undefined, false);
let current = root;
const counts = { passed: 0, failed: 0, skipped: 0 };

function suite(title: string, parent: Suite | undefined, skipped: boolean): Suite {
  return { title, skipped, parent, entries: [], hooks: { before: [], after: [], beforeEach: [], afterEach: [] } };
}

function enter(title: string, body: () => void, skipped: boolean): void {
  const inner = suite(title, current, skipped);
  current.entries.push(inner);
  current = inner;
  try {
    body();
  } finally {
    current = inner.parent!;
  }
}

const describe = Object.assign((title: string, body: () => void) => { enter(title, body, false); },
  { skip: (title: string, body: () => void) => { enter(title, body, true); } });
const it = Object.assign((title: string, body?: Body) => { current.entries.push({ title, body }); },
  { skip: (title: string) => { current.entries.push({ title, body: undefined }); } });
const hook = (name: HookName) => (first: string | Body, second?: Body) => {
  current.hooks[name].push(typeof first === 'string' ? second! : first);
};

Object.assign(globalThis, {
  describe, context: describe, it, specify: it,
  before: hook('before'), after: hook('after'), beforeEach: hook('beforeEach'), afterEach: hook('afterEach'),
});

/** Runs all that was declared. @throws Error if a test failed or there was none */
export async function runTests(): Promise<void> {
  await runSuite(root, '');
  print(`# passed ${counts.passed} failed ${counts.failed} skipped ${counts.skipped}`);
  if (counts.failed > 0) throw new Error(`${counts.failed} failed`);
  if (counts.passed + counts.skipped === 0) throw new Error('there was no test');
}

async function runSuite(entered: Suite, path: string): Promise<void> {
  for (const body of entered.hooks.before) if (!entered.skipped) await body.call(context);
  for (const entry of entered.entries) {
    const title = path === '' ? entry.title : `${path}: ${entry.title}`;
    if ('entries' in entry) await runSuite({ ...entry, skipped: entry.skipped || entered.skipped }, title);
    else if (entered.skipped || !entry.body) skipped(title);
    else await runTest(entered, title, entry.body);
  }
  for (const body of entered.hooks.after) if (!entered.skipped) await body.call(context);
}

async function runTest(of: Suite, title: string, body: Body): Promise<void> {
  const around: Suite[] = [];
  for (let at: Suite | undefined = of; at; at = at.parent) around.unshift(at);
  try {
    for (const { hooks } of around) for (const each of hooks.beforeEach) await each.call(context);
    await body.call(context);
    for (const { hooks } of around.reverse()) for (const each of hooks.afterEach) await each.call(context);
    counts.passed++;
    print(`ok ${title}`);
  } catch (error) {
    if (error instanceof SkipError) {
      skipped(title);
      return;
    }
    counts.failed++;
    print(`not ok ${title}`);
    print(`  ${error instanceof Error ? error.stack ?? String(error) : String(error)}`);
  }
}

function skipped(title: string): void {
  counts.skipped++;
  print(`skip ${title}`);
}
