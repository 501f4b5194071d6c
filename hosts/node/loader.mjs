// Node's hook that loads the project's TypeScript: compiled by ts-node without type checks, once for each content of
// each file, and kept in node_modules/.cache, so that a service starts in the time that Node itself needs. Names are
// left to Node: imports say what they mean (system rule), so nothing has to be guessed here.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CACHE = `${ROOT}node_modules/.cache/lorica/`;
const require = createRequire(import.meta.url);
/** What the output depends on beside the source. */
const BASIS = `${require('ts-node/package.json').version} ${require('typescript/package.json').version} ${readFileSync(`${ROOT}tsconfig.json`, 'utf8')}`;

let compiler;

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !/\.ts$/.test(url) || url.includes('/node_modules/')) return nextLoad(url, context);
  const path = fileURLToPath(url);
  const source = readFileSync(path, 'utf8');
  const file = `${CACHE}${createHash('sha256').update(`${BASIS}\0${path}\0${source}`).digest('hex')}.mjs`;
  return { format: 'module', shortCircuit: true, source: kept(file) ?? keep(file, compile(source, path)) };
}

function compile(source, path) {
  // Loading the compiler takes longer than all the rest, so it waits until it is needed.
  compiler ??= require('ts-node').create({ project: `${ROOT}tsconfig.json`, transpileOnly: true, experimentalResolver: false });
  return compiler.compile(source, path);
}

function kept(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: several processes start at once. Where nothing can be written, nothing is kept. */
function keep(file, output) {
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, output);
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
  return output;
}
