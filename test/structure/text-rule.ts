// What no file of the project may say: paths of somebody's machine and hosts of package registries. A lock file
// without addresses installs from whatever registry a site uses.
import type { Tree, Violation } from './tree.ts';

export function textRule(tree: Tree): Violation[] {
  const violations: Violation[] = [];
  for (const file of tree.paths.filter((path) => !BINARY.test(path))) {
    const text = tree.text(file);
    if (text.length > LONGEST_TEXT || text.includes('\0')) continue;
    for (const { pattern, message, only } of FORBIDDEN) {
      if (only !== undefined && !only.test(file)) continue;
      for (const match of text.matchAll(pattern)) {
        const line = text.slice(0, match.index).split('\n').length;
        violations.push({ file, line, message: `'${match[0].trim()}': ${message}` });
      }
    }
  }
  return violations;
}

/** Larger files are recordings and tables. */
const LONGEST_TEXT = 2_000_000;
const BINARY = /\.(png|jpe?g|gif|ico|woff2?|gz|zip|bin|der|p12|dat|hea|atr|wasm|pdf)$/;

const FORBIDDEN: readonly { pattern: RegExp; message: string; only?: RegExp }[] = [
  {
    // `/home/node` is the home in Node's container image, the same everywhere.
    pattern: /(?<![\w.$})~/-])\/(?:work|home(?!\/node\b)|Users|tmp)\/[\w.-]+/g,
    message: 'a path of one machine: make it relative to the project, or ask os.tmpdir()',
  },
  {
    pattern: /\bregistry\.[a-z0-9.-]+\.(?:org|com|net|io|dev|cn|internal|local)\b|\b[a-z0-9.-]*(?:artifactory|verdaccio|npmmirror)[a-z0-9.-]*\.[a-z]{2,}/g,
    message: 'a package registry: leave its choice to the configuration of whoever installs',
  },
  {
    pattern: /"resolved":/g,
    message: 'an address in the lock file: run npm with omit-lockfile-registry-resolved, as .npmrc sets it',
    only: /(^|\/)(package-lock|npm-shrinkwrap)\.json$/,
  },
];
