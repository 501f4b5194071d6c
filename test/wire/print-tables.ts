// Puts the tables that come from lorica.cddl into modules/wire/README.md:
//   node --import ./hosts/node/register.mjs test/wire/print-tables.ts
import { readCddl, readReadme, withTables, writeReadme } from './cddl/file.ts';

writeReadme(withTables(readReadme(), readCddl()));
