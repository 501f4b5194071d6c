// Configuration of the services: where state lies, and the settings of one service from a JSON file and the environment.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from 'lorica/hosts/node/failure';

/** How a setting is read: its default, and the check that turns text or JSON into its value. */
export interface Setting<T> {
  readonly default: T;
  readonly parse: (value: unknown) => T | undefined;
  readonly expects: string;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type Values<S extends Settings> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** @returns the folder of all state: LORICA_DATA, or `./.lorica`. It is made, readable by its owner alone. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const folder = resolve(environment['LORICA_DATA'] ?? '.lorica');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Settings of one service: defaults, then `<data>/<service>.json` (or the file named by LORICA_<SERVICE>_CONFIG), then
 * the environment as LORICA_<SERVICE>_<SETTING>. A name or value that is not known is refused with a sentence.
 */
export function readSettings<S extends Settings>(service: string, settings: S, environment: NodeJS.ProcessEnv = process.env): Values<S> {
  const prefix = `LORICA_${constantCase(service)}_`;
  const named = environment[`${prefix}CONFIG`];
  const file = named ?? join(dataFolder(environment), `${service}.json`);
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) values[name] = setting.default;
  if (named !== undefined || existsSync(file)) Object.assign(values, readFile(file, settings));
  for (const [name, setting] of Object.entries(settings)) {
    const text = environment[prefix + constantCase(name)];
    if (text !== undefined) values[name] = check(setting, text, `the environment variable ${prefix}${constantCase(name)}`);
  }
  return values as Values<S>;
}

export const text = (value: string): Setting<string> => ({ default: value, parse: (v) => (typeof v === 'string' ? v : undefined), expects: 'text' });

/** A whole number between the bounds, both included. */
export const integer = (value: number, least: number, most: number): Setting<number> => ({
  default: value,
  parse: (v) => {
    const n = typeof v === 'string' && /^-?\d+$/.test(v) ? Number(v) : v;
    return typeof n === 'number' && Number.isInteger(n) && n >= least && n <= most ? n : undefined;
  },
  expects: `a whole number from ${least} to ${most}`,
});

/** A TCP port; 0 lets the system choose. */
export const port = (value: number): Setting<number> => integer(value, 0, 65535);

function readFile(file: string, settings: Settings): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`the configuration file ${file} cannot be read as JSON (${(error as Error).message}); mend or remove it.`);
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) throw new UserError(`the configuration file ${file} must hold one JSON object.`);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(content)) {
    const setting = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (setting === undefined) throw new UserError(`${file} has the unknown setting "${name}"; known are ${Object.keys(settings).join(', ')}.`);
    values[name] = check(setting, value, `"${name}" in ${file}`);
  }
  return values;
}

function check(setting: Setting<unknown>, value: unknown, where: string): unknown {
  const parsed = setting.parse(value);
  if (parsed === undefined) throw new UserError(`${where} must be ${setting.expects}, not ${JSON.stringify(value)}.`);
  return parsed;
}

const constantCase = (name: string): string => name.replace(/-/g, '_').replace(/[a-z][A-Z]/g, (pair) => `${pair[0]}_${pair[1]}`).toUpperCase();
