// test/vectors/sessions.json: what it holds is what this code says on fixed inputs, and what an independent reader in
// Python, which knows the documents and not this code, computes from the same inputs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ownVectors } from '../support/read-vectors.ts';
import { transcripts, type Transcript } from './transcripts.ts';

const READER = fileURLToPath(new URL('../vectors/read_sessions.py', import.meta.url));

describe('transcripts', () => {
  it('equal the published ones', function () {
    this.timeout(60_000);
    assert.deepEqual(transcripts(), ownVectors<Transcript>('sessions.json'));
  });

  it('are recomputed by the independent reader', function () {
    this.timeout(60_000);
    if (spawnSync('python3', ['--version']).status !== 0) {
      console.log('      skipped: there is no python3 here to run test/vectors/read_sessions.py');
      this.skip();
    }
    const output = execFileSync('python3', [READER], { encoding: 'utf8' });
    assert.match(output, /^7 records, 3 sessions, 2 resumptions, 2 pairings: all as computed\n$/);
  });

  it('with one digit changed do not pass the independent reader', function () {
    this.timeout(60_000);
    if (spawnSync('python3', ['--version']).status !== 0) this.skip();
    const text = JSON.stringify(ownVectors('sessions.json'));
    const at = text.lastIndexOf('"linkKey":"') + 20;
    const bent = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
    assert.notEqual(spawnSync('python3', [READER, '-'], { input: bent, encoding: 'utf8' }).status, 0);
  });
});
