import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelTables } from './kernel-tables.ts';

describe('chebyshev: the native kernels\' tables', () => {
  it('are what the groups give: nobody has touched a constant', function () {
    this.timeout(60_000);
    for (const [name, text] of kernelTables()) {
      const file = fileURLToPath(new URL(`../../modules/chebyshev/${name}`, import.meta.url));
      // compared as a whole, so that a failure does not print it all
      assert.ok(readFileSync(file, 'utf8') === text, `${name} is not what write-kernel-tables.ts writes`);
    }
  });
});
