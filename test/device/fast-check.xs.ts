// fast-check inside XS: the real package, with a fixed seed and fewer runs than the tests ask for in Node.
import './fast-check-globals.xs.ts';
import real from 'fast-check';
import { PROPERTY_RUNS } from './settings.xs.ts';

const SEED = 0x10_71_ca;
const DEFAULT_RUNS = 100;

const assert = (property: Parameters<typeof real.assert>[0], parameters: { readonly numRuns?: number } = {}): unknown =>
  real.assert(property, { ...parameters, seed: SEED, numRuns: Math.min(parameters.numRuns ?? DEFAULT_RUNS, PROPERTY_RUNS) });

/** what `import fc from 'fast-check'` gives */
export const fc = { ...real, assert };
