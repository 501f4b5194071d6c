// What the store's parts share: names of sealed rows, and bytes out of the database as plain Uint8Arrays (a Buffer's
// `slice` shares memory, which the portable modules do not expect).
import { ascii, concat } from 'lorica/bytes/bytes';
import { UserError } from 'lorica/hosts/node/failure';
import type { SqlValue } from './database.ts';
import type { Sealer } from './sealer.ts';

/** The associated data of a sealed value: its column, NUL, and what names its row. */
export function rowName(column: string, row: Uint8Array): Uint8Array {
  return concat(ascii(column), Uint8Array.of(0), row);
}

/** The octets of a row's number. */
export function rowNumber(id: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(id));
  return bytes;
}

export function plainBytes(value: SqlValue | undefined): Uint8Array {
  // The library gives a Buffer for `get` and an ArrayBuffer for `all`.
  if ((value as unknown) instanceof ArrayBuffer) return new Uint8Array(value as unknown as ArrayBuffer);
  if (!(value instanceof Uint8Array)) throw new TypeError('not bytes');
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

export const numberOrUndefined = (value: SqlValue | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

/** @throws UserError for a value that was changed in the database, or moved to another row */
export function unseal(sealer: Sealer, column: string, row: Uint8Array, sealed: SqlValue | undefined): Uint8Array {
  const plaintext = sealer.open(rowName(column, row), plainBytes(sealed));
  if (plaintext === undefined) throw new UserError(`a sealed value of the database (${column}) was changed by somebody else; put your latest backup in its place.`);
  return plaintext;
}

export const seal = (sealer: Sealer, column: string, row: Uint8Array, plaintext: Uint8Array): Uint8Array => sealer.seal(rowName(column, row), plaintext);
