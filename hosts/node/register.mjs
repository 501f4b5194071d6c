// Makes Node run the project's TypeScript: ts-node's loader, without type checks (those are `npm run check`'s business).
import './check-version.cjs';
import { register } from 'node:module';

process.env.TS_NODE_PROJECT ??= new URL('../../tsconfig.json', import.meta.url).pathname;
register('ts-node/esm/transpile-only', import.meta.url);
