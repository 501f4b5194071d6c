// Makes Node run the project's TypeScript (loader.mjs), and show its own line numbers in a stack.
import './check-version.cjs';
import { register } from 'node:module';

process.setSourceMapsEnabled(true);
register('./loader.mjs', import.meta.url);
