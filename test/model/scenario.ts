// Scenarios of the formal model in modules/noise/model: reading them, putting them to ProVerif, and reading what it
// says. A scenario names in comments the parts that it stands on, the results that it expects, and changes to those
// parts; the README beside the model says how. Written for the output of ProVerif 2.05.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MODEL_FOLDER = fileURLToPath(new URL('../../modules/noise/model', import.meta.url));

/** of one query; the slowest scenario takes well under a minute on an idle core */
const LIMIT_MS = 15 * 60_000;
const MAX_OUTPUT_BYTES = 1 << 28;

/**
 * `distinguished`: an equivalence that ProVerif cannot prove because it has found a trace that tells the two apart,
 * which is the furthest that it goes there. `unproved`: it does not know; nobody can expect that.
 */
export type Result = 'true' | 'false' | 'distinguished' | 'unproved';

export interface Scenario {
  readonly name: string;
  /** files that come before it */
  readonly parts: readonly string[];
  /** text of the parts → what stands in its place here */
  readonly changes: readonly (readonly [string, string])[];
  /** of each query, in order */
  readonly expected: readonly string[];
  readonly text: string;
}

export interface Outcome {
  readonly results: readonly Result[];
  /** ProVerif's own complaint, where it could not read the model or did not end */
  readonly error: string | undefined;
}

/** @returns ProVerif's name and version, or `undefined` where it is not on the PATH */
export function provingProgram(): string | undefined {
  const { error, stdout } = spawnSync('proverif', ['-help'], { encoding: 'utf8' });
  return error === undefined ? /^.*\d+\.\d+/m.exec(stdout)?.[0] ?? 'ProVerif' : undefined;
}

/** @throws Error for a file that is neither a scenario nor a part of one */
export function readScenarios(folder: string = MODEL_FOLDER): Scenario[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.pv')).sort();
  const all = files.map((file) => parseScenario(file, readFileSync(join(folder, file), 'utf8')));
  const parts = new Set(all.flatMap((scenario) => scenario.parts));
  for (const { name, expected } of all) {
    if (expected.length === 0 && !parts.has(`${name}.pv`)) throw new Error(`${name}: neither expects anything nor is a part`);
  }
  return all.filter(({ expected }) => expected.length > 0);
}

export function parseScenario(file: string, text: string): Scenario {
  const expected = [...text.matchAll(/\(\* expect (true|false|distinguished) \*\)/g)].map((match) => match[1]!);
  const parts = [...text.matchAll(/\(\* with ([\w-]+\.pv) \*\)/g)].map((match) => match[1]!);
  const changes = [...text.matchAll(/\(\* change «([^»]*)» to «([^»]*)» \*\)/g)].map((match) => [match[1]!, match[2]!] as const);
  return { name: file.slice(0, -'.pv'.length), parts, changes, expected, text: text.replaceAll(/\(\* change «[^]*?» \*\)/g, '') };
}

/**
 * @param readPart the text of a part
 * @returns the whole model
 * @throws Error for a change whose text stands in no part: it would change nothing
 */
export function compose({ name, parts, changes, text }: Scenario, readPart: (part: string) => string = readFromFolder): string {
  let whole = parts.map(readPart).join('\n');
  for (const [from, to] of changes) {
    if (!whole.includes(from)) throw new Error(`${name}: «${from}» stands in none of its parts`);
    whole = whole.replaceAll(from, () => to);
  }
  return `${whole}\n${text}`;
}

/** Puts a scenario to ProVerif, and waits. */
export function prove(scenario: Scenario): Outcome {
  const folder = mkdtempSync(join(tmpdir(), 'lorica-model-'));
  try {
    const file = join(folder, `${scenario.name}.pv`);
    writeFileSync(file, compose(scenario));
    const { error, stdout } = spawnSync('proverif', [file], { encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: MAX_OUTPUT_BYTES });
    return { results: readResults(stdout), error: error?.message ?? /^(?:File .*\n)?Error:.*$/m.exec(stdout)?.[0] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * One result for each query, in order. Not counted: the summary, which repeats them, and what stands in parentheses,
 * by which ProVerif says of an injective query how its weaker form fares.
 */
export function readResults(output: string): Result[] {
  const results: Result[] = [];
  let traced = false;
  for (const line of output.split('Verification summary')[0]!.split('\n')) {
    if (line === 'A trace has been found.') traced = true;
    if (!line.startsWith('RESULT ') || line.startsWith('RESULT (')) continue;
    if (line.endsWith(' is true.')) results.push('true');
    else if (line.endsWith(' is false.')) results.push('false');
    else results.push(traced && line.startsWith('RESULT Observational equivalence') ? 'distinguished' : 'unproved');
    traced = false;
  }
  return results;
}

/** true if each query was answered, and as expected */
export function isAsExpected({ expected }: Scenario, { results, error }: Outcome): boolean {
  return error === undefined && results.length === expected.length && results.every((result, i) => result === expected[i]);
}

function readFromFolder(part: string): string {
  return readFileSync(join(MODEL_FOLDER, part), 'utf8');
}
