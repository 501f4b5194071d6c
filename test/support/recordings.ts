// Where the real recordings lie: beside the project, never inside it. A test that needs one asks here, and skips
// aloud when it is not there.

import { existsSync } from 'node:fs';
import type { Context } from 'mocha';

const FOLDER = new URL('../../../shared/data/', import.meta.url).pathname;

/** @returns the path of a recording, or skips the running test with a line that says why */
export function recording(test: Context, name: string, probe = name): string {
  if (!existsSync(FOLDER + probe)) {
    console.log(`      skipped: the recording ${name} is not in ../shared/data`);
    test.skip();
  }
  return FOLDER + name;
}
