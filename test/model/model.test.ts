// The formal model's scenarios are well formed and its runner cannot be deceived; the fastest are also put to ProVerif,
// where it is installed. All of them: `npm run model`.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compose, isAsExpected, MODEL_FOLDER, parseScenario, prove, provingProgram, readResults, readScenarios, type Scenario } from './scenario.ts';

/** as ProVerif 2.05 prints it, shortened */
const OUTPUT = `Process 0 (that is, the initial process):
Starting query not attacker(reading[])
RESULT not attacker(reading[]) is true.
Starting query inj-event(Stores(k)) ==> inj-event(Sends(k))
A trace has been found.
RESULT inj-event(Stores(k)) ==> inj-event(Sends(k)) is false.
RESULT (even event(Stores(k)) ==> event(Sends(k)) is false.)
RESULT event(Stores(k)) ==> event(Sends(k)) cannot be proved.

--------------------------------------------------------------
Verification summary:

Query not attacker(reading[]) is true.
RESULT not attacker(reading[]) is true.
`;

const FASTEST = ['resumption-attacker-in-the-middle', 'identity-unpaired-gateway', 'flaw-label-reused'];

const scenarios = readScenarios();

function named(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  assert.ok(found, name);
  return found;
}

describe('model: what the runner reads', () => {
  it('is one result for each query, neither the weaker form in parentheses nor the summary', () => {
    assert.deepEqual(readResults(OUTPUT), ['true', 'false', 'unproved']);
    assert.deepEqual(readResults(''), []);
  });

  it('takes two processes for told apart only where a trace tells them apart', () => {
    assert.deepEqual(readResults('RESULT Observational equivalence is true.'), ['true']);
    assert.deepEqual(readResults('A trace has been found.\nRESULT Observational equivalence cannot be proved.'), ['distinguished']);
    assert.deepEqual(readResults('RESULT Observational equivalence cannot be proved.'), ['unproved']);
    const elsewhere = 'A trace has been found.\nRESULT not attacker(x[]) is false.\nRESULT Observational equivalence cannot be proved.';
    assert.deepEqual(readResults(elsewhere), ['false', 'unproved']);
  });

  it('is refused where an expectation is wrong, missing or one too many, or ProVerif complains', () => {
    const results = readResults('RESULT not attacker(a[]) is true.\nRESULT not attacker(b[]) is false.');
    const expecting = (...expected: string[]): Scenario => ({ ...named('flaw-label-reused'), expected });
    assert.ok(isAsExpected(expecting('true', 'false'), { results, error: undefined }));
    for (const wrong of [['true', 'true'], ['false', 'true'], ['true'], ['true', 'false', 'true'], []]) {
      assert.ok(!isAsExpected(expecting(...wrong), { results, error: undefined }), wrong.join());
    }
    assert.ok(!isAsExpected(expecting('true', 'false'), { results, error: 'spawnSync proverif ETIMEDOUT' }));
  });
});

describe('model: its scenarios', () => {
  it('change their parts at every place, and only where the text stands', () => {
    const text = '(* with a.pv *)\n(* change «x, y» to «$& y» *)\n(* change «out(b).» to «» *)\n(* expect false *) query attacker(x).';
    const scenario = parseScenario('s.pv', text);
    assert.deepEqual(scenario.changes, [['x, y', '$& y'], ['out(b).', '']]);
    assert.equal(compose(scenario, () => 'f(x, y) g(x, y) out(b).'), 'f($& y) g($& y) \n(* with a.pv *)\n\n\n(* expect false *) query attacker(x).');
    assert.throws(() => compose(scenario, () => 'f(x, y)'), /«out\(b\)\.» stands in none of its parts/);
  });

  it('compose, and expect as many results as they ask questions', () => {
    assert.ok(scenarios.length >= 20);
    for (const scenario of scenarios) {
      const whole = compose(scenario);
      const asked = whole.match(/^(?:\(\* expect \w+ \*\) )?query /gm)?.length ?? 0;
      assert.equal(scenario.expected.length, asked === 0 && whole.includes('choice[') ? 1 : asked, scenario.name);
    }
  });

  it('plant at least three flaws, each by a change, each expected to be found', () => {
    const flaws = scenarios.filter(({ name }) => name.startsWith('flaw-'));
    assert.ok(flaws.length >= 3);
    for (const { name, changes, expected } of flaws) assert.ok(changes.length > 0 && expected.every((result) => result === 'false' || result === 'distinguished'), name);
  });

  it('have a control for each part of the protocol that what they speak of happens', () => {
    for (const part of ['session', 'resumption', 'collaboration', 'pairing', 'identity-session']) {
      assert.ok(named(`${part}-reachable`).expected.every((result) => result === 'false'), part);
    }
  });

  it('are all in the README\'s table, which names no other', () => {
    const readme = readFileSync(join(MODEL_FOLDER, 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]!);
    assert.deepEqual(rows.sort(), scenarios.map(({ name }) => name).sort());
  });
});

describe('model: ProVerif', () => {
  before(function () {
    if (provingProgram() !== undefined) return;
    console.log('    skipped: ProVerif is not on the PATH (modules/noise/model/README.md)');
    this.skip();
  });

  for (const name of FASTEST) {
    it(`confirms ${name}`, () => {
      const scenario = named(name);
      const outcome = prove(scenario);
      assert.ok(isAsExpected(scenario, outcome), `${outcome.results.join()} ${outcome.error ?? ''}`);
    }).timeout(60_000);
  }

  it('does not confirm a wrong expectation, or what it cannot read', () => {
    const scenario = named('flaw-label-reused');
    assert.ok(!isAsExpected({ ...scenario, expected: ['true'] }, prove({ ...scenario, expected: ['true'] })));
    const outcome = prove({ ...scenario, text: `${scenario.text}\nneither here nor there` });
    assert.match(outcome.error ?? '', /Error: /);
    assert.ok(!isAsExpected(scenario, outcome));
  }).timeout(60_000);
});
