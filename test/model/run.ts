// `npm run model [-- name …]`: puts the formal model in modules/noise/model to ProVerif, all scenarios or those whose
// names contain one of the words given. Ends with 1 if a result is not the one that its scenario expects.
import { isAsExpected, prove, provingProgram, readScenarios, type Scenario } from './scenario.ts';

function main(): void {
  const program = provingProgram();
  if (program === undefined) {
    console.log('model: skipped, ProVerif (2.05 or newer) is not on the PATH; modules/noise/model/README.md says where to get it');
    return;
  }
  const wanted = process.argv.slice(2);
  const scenarios = readScenarios().filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  console.log(`${program}: ${String(scenarios.length)} scenarios`);
  const failures = scenarios.filter((scenario) => !holds(scenario)).length;
  console.log(`${String(scenarios.length - failures)} passed, ${String(failures)} failed`);
  process.exitCode = failures === 0 && scenarios.length > 0 ? 0 : 1;
}

function holds(scenario: Scenario): boolean {
  const start = performance.now();
  const outcome = prove(scenario);
  const ok = isAsExpected(scenario, outcome);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${ok ? '✔' : '✖'} ${scenario.name}: ${outcome.results.join(', ') || 'no result'} (${seconds} s)`);
  if (!ok) console.log(`    expected ${scenario.expected.join(', ')}${outcome.error === undefined ? '' : `; ${outcome.error}`}`);
  return ok;
}

main();
