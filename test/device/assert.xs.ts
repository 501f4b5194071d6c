// The part of node:assert/strict that tests of portable modules use, for inside XS. What it lacks is not there and
// fails loudly.

export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

type Expected = RegExp | (abstract new (...values: never[]) => unknown) | ((error: unknown) => boolean) | Readonly<Record<string, unknown>>;

function fail(message: string | Error = 'Failed'): never {
  throw message instanceof Error ? message : new AssertionError(message);
}

function ok(value: unknown, message?: string | Error): asserts value {
  if (!value) fail(message ?? `${show(value)} is not truthy`);
}

function equal(actual: unknown, expected: unknown, message?: string | Error): void {
  if (!Object.is(actual, expected)) fail(message ?? `${show(actual)} is not ${show(expected)}`);
}

function notEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  if (Object.is(actual, expected)) fail(message ?? `both are ${show(actual)}`);
}

function deepEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  const difference = differs(actual, expected, '');
  if (difference !== undefined) fail(message ?? difference);
}

function notDeepEqual(actual: unknown, expected: unknown, message?: string | Error): void {
  if (differs(actual, expected, '') === undefined) fail(message ?? `both are ${show(actual)}`);
}

function match(text: string, pattern: RegExp, message?: string | Error): void {
  if (!pattern.test(text)) fail(message ?? `${show(text)} does not match ${String(pattern)}`);
}

function doesNotMatch(text: string, pattern: RegExp, message?: string | Error): void {
  if (pattern.test(text)) fail(message ?? `${show(text)} matches ${String(pattern)}`);
}

function throws(body: () => unknown, expected?: Expected | string, message?: string): void {
  let thrown: unknown;
  try {
    body();
  } catch (error) {
    thrown = error;
    judge(error, expected, message);
    return;
  }
  fail(message ?? (typeof expected === 'string' ? expected : `nothing was thrown (${show(thrown)})`));
}

function doesNotThrow(body: () => unknown): void {
  body();
}

async function rejects(body: Promise<unknown> | (() => Promise<unknown>), expected?: Expected | string, message?: string): Promise<void> {
  try {
    await (typeof body === 'function' ? body() : body);
  } catch (error) {
    judge(error, expected, message);
    return;
  }
  fail(message ?? 'the promise was kept');
}

function judge(error: unknown, expected: Expected | string | undefined, message?: string): void {
  if (expected === undefined || typeof expected === 'string') return;
  if (expected instanceof RegExp) ok(expected.test(String(error)), message ?? `${String(error)} does not match ${String(expected)}`);
  else if (typeof expected === 'function') judgeByFunction(error, expected as (error: unknown) => boolean, message);
  else for (const key of Object.keys(expected)) judgeProperty(error as Record<string, unknown>, key, expected[key]);
}

function judgeByFunction(error: unknown, expected: (error: unknown) => boolean, message?: string): void {
  if (expected.prototype !== undefined && error instanceof expected) return;
  if (expected === (Error as unknown) || Error.isPrototypeOf(expected)) fail(message ?? `${String(error)} is no ${expected.name}`);
  if (expected.call({}, error) !== true) fail(message ?? `${String(error)} is not what was expected`);
}

function judgeProperty(error: Record<string, unknown>, key: string, expected: unknown): void {
  if (expected instanceof RegExp && typeof error[key] === 'string') match(error[key], expected);
  else deepEqual(error[key], expected);
}

/** @returns where the first difference lies, or `undefined` */
function differs(a: unknown, b: unknown, path: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  const here = `${path === '' ? 'value' : path}: ${show(a)} is not ${show(b)}`;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return here;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${here} (prototypes)`;
  if (a instanceof Map && b instanceof Map) return mapsDiffer(a, b, path) ?? (a.size === b.size ? undefined : here);
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((value) => b.has(value)) ? undefined : here;
  if (a instanceof ArrayBuffer) return differs(new Uint8Array(a), new Uint8Array(b as ArrayBuffer), path);
  if (a instanceof Error && (a.message !== (b as Error).message || a.name !== (b as Error).name)) return here;
  const keys = Object.keys(a), others = Object.keys(b);
  if (keys.length !== others.length) return `${here} (${keys.length} members, ${others.length} expected)`;
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return here;
  for (const key of keys) {
    if (!Object.hasOwn(b, key)) return `${path}.${key}: not expected`;
    const difference = differs((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], `${path}.${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** Order does not count. */
function mapsDiffer(a: ReadonlyMap<unknown, unknown>, b: ReadonlyMap<unknown, unknown>, path: string): string | undefined {
  for (const [key, value] of a) {
    if (!b.has(key)) return `${path}: ${show(key)} is not expected`;
    const difference = differs(value, b.get(key), `${path}(${show(key)})`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

const SHOWN_MAX = 200;

function show(value: unknown): string {
  let text: string;
  if (typeof value === 'string') text = JSON.stringify(value);
  else if (typeof value === 'bigint') text = `${value}n`;
  else if (ArrayBuffer.isView(value)) text = `[${Array.from(value as Uint8Array).join(' ')}]`;
  else if (typeof value === 'object' && value !== null && !(value instanceof Error)) {
    try {
      text = JSON.stringify(value, (_, inner: unknown) => typeof inner === 'bigint' ? `${inner}n` : inner);
    } catch {
      text = Object.prototype.toString.call(value);
    }
  } else text = String(value);
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** what `import assert from 'node:assert/strict'` gives */
export const assert = Object.assign((value: unknown, message?: string): asserts value => { ok(value, message); }, {
  AssertionError, fail, ok, equal, notEqual, strictEqual: equal, notStrictEqual: notEqual, deepEqual, deepStrictEqual: deepEqual,
  notDeepEqual, notDeepStrictEqual: notDeepEqual, match, doesNotMatch, throws, doesNotThrow, rejects,
});
