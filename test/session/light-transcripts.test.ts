// One session, one resumption and one pairing on the light group, as published, in Node and inside XS.
import assert from 'node:assert/strict';
import { ownVectors } from '../support/read-vectors.ts';
import { pairing, resumption, session, type Transcript } from './transcripts.ts';

const stored = ownVectors<Record<'sessions' | 'resumptions' | 'pairings', Transcript[]>>('sessions.json');

describe('transcripts on the light group', () => {
  it('of a session', () => assert.deepEqual(session(2, 0, undefined), stored.sessions[1]));
  it('of a resumption', () => assert.deepEqual(resumption(2, 7), stored.resumptions[1]));
  it('of a pairing', () => assert.deepEqual(pairing(2), stored.pairings[1]));
});
