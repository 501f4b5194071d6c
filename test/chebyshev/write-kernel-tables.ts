// Writes the generated C files of the native kernels: node hosts/node/run.js test/chebyshev/write-kernel-tables.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { kernelTables } from './kernel-tables.ts';

for (const [name, text] of kernelTables()) writeFileSync(fileURLToPath(new URL(`../../modules/chebyshev/${name}`, import.meta.url)), text);
