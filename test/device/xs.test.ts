// The module tests once more, inside XS on this PC: each file in a process of its own. What only XS does otherwise
// (missing language features, UTF-8 strings, BigInt, wrong manifests) shows here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findToolchain } from 'lorica/hosts/node/c/toolchain';
import { buildImage } from 'lorica/hosts/node/xs/module-image';
import { buildImageCompiler, buildImageHost } from 'lorica/hosts/node/xs/xs-engine';
import { moduleSources, moduleTests, testModules } from './image.ts';

const BUILD_TIMEOUT_MS = 300_000;
const TEST_TIMEOUT_MS = 300_000;
const PROPERTY_RUNS = 25;
const NATIVES = fileURLToPath(new URL('./device-natives.c', import.meta.url));

const run = promisify(execFile);
const tests = moduleTests();
const runnable = tests.filter(({ reason }) => reason === undefined);

describe('inside XS on this PC', () => {
  const results = new Map<string, Promise<string>>();
  let host: string;
  let compiler: string;

  before('builds XS, the host and the image', async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    const toolchain = findToolchain('pc');
    if (!toolchain) {
      console.log('      skipped: there is no C compiler to build XS with');
      this.skip();
    }
    host = await buildImageHost(toolchain, 'debug', [NATIVES, ...moduleSources().natives]);
    compiler = await buildImageCompiler(toolchain, 'debug');
    startAll(await buildImage(compiler, testModules(runnable, PROPERTY_RUNS), true));
  });

  it('takes along the tests that need no Node, among them the vectors', () => {
    const names = runnable.map(({ name }) => name);
    for (const name of ['test/bytes/bytes.test', 'test/primitives/vectors.test', 'test/chebyshev/vectors.test']) assert.ok(names.includes(name), name);
    for (const { reason } of tests) if (reason !== undefined) console.log(`      stays in Node: ${reason}`);
  });

  it('fails where a test fails, where there is none, and where no manifest provides a module', async function () {
    this.timeout(TEST_TIMEOUT_MS);
    const planted = testModules([], PROPERTY_RUNS);
    const main = (body: string): { text: string } => ({ text: `import { runTests } from 'test/device/runner.xs';\n${body}\nawait runTests();` });
    planted.set('failing', main("it('fails', () => { throw new Error('as planted'); });"));
    planted.set('late', main("it('fails late', async () => { await Promise.resolve(); throw new Error('as planted'); });"));
    planted.set('empty', main(''));
    planted.set('astray', main("import 'lorica/bytes/astray';"));
    planted.set('passing', main("it('passes', () => { const { length } = [1]; if (length !== 1) throw new Error('no'); });"));
    const astray = await buildImage(compiler, planted, true);
    for (const [name, words] of [
      ['failing', /not ok fails\n {2}Error: as planted/], ['late', /not ok fails late/], ['empty', /there was no test/],
      ['astray', /module "lorica\/bytes\/astray" not found/],
    ] as const) {
      await assert.rejects(run(host, [astray, name]), (error: { code: number; stdout: string; stderr: string }) =>
        error.code === 1 && words.test(error.stdout + error.stderr), name);
    }
    assert.match((await run(host, [astray, 'passing'])).stdout, /^ok passes\n# passed 1 failed 0 skipped 0\n$/);
  });

  for (const { name } of runnable) {
    it(name, async function () {
      this.timeout(TEST_TIMEOUT_MS);
      const stdout = await results.get(name)!;
      const [, passed, failed, skipped] = /^# passed (\d+) failed (\d+) skipped (\d+)/m.exec(stdout) ?? [];
      assert.equal(failed, '0');
      if (Number(passed) > 0) return;
      // All of its vectors may lie beside the project, where they are not at hand.
      assert.ok(Number(skipped) > 0, stdout);
      console.log(`      skipped: ${name} has found none of its vectors`);
      this.skip();
    });
  }

  /** Runs all of them, in their order, as many at once as there are processors. */
  function startAll(image: string): void {
    const free = Array.from({ length: availableParallelism() }, () => Promise.resolve());
    runnable.forEach(({ name }, index) => {
      const lane = index % free.length;
      const result = free[lane]!.then(() => runOne(image, name));
      results.set(name, result);
      // a failure is the test's to report; the lane goes on
      free[lane] = result.then(() => undefined, () => undefined);
    });
  }

  async function runOne(image: string, name: string): Promise<string> {
    try {
      return (await run(host, [image, `main/${name}`], { timeout: TEST_TIMEOUT_MS })).stdout;
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      throw new Error(`exit status ${code}\n${stdout}${stderr}`);
    }
  }
});
