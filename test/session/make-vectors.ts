// Writes test/vectors/sessions.json anew. Do it only when the protocol itself has changed.
import { writeFileSync } from 'node:fs';
import { transcripts } from './transcripts.ts';

writeFileSync(new URL('../vectors/sessions.json', import.meta.url), `${JSON.stringify(transcripts(), undefined, 1)}\n`);
