// The forms in which a reading would lie in clear, for whoever searches traffic and files: CBOR, 16-bit integers in both
// byte orders, and ASCII digits. Each form is a run of at least six octets, which chance does not make in a megabyte.
import { encodeReading } from 'lorica/reading/encode';
import type { Reading } from 'lorica/reading/reading';

export interface Form {
  readonly name: 'CBOR' | 'little-endian' | 'big-endian' | 'ASCII';
  readonly bytes: Uint8Array;
}

const RUN = 4;

/** @param numbers what the reading says, in its order: measured values, or samples */
export function formsOf(reading: Reading, numbers: readonly number[]): Form[] {
  const cbor = encodeReading(reading);
  const forms: Form[] = [
    { name: 'CBOR', bytes: cbor },
    // A part of it would do for a thief: what lies behind kind, boot and tick.
    { name: 'CBOR', bytes: cbor.subarray(cbor.length - 12) },
    { name: 'ASCII', bytes: new TextEncoder().encode(numbers.join(',')) },
    { name: 'ASCII', bytes: new TextEncoder().encode(numbers.join(' ')) },
  ];
  for (let i = 0; i + RUN <= numbers.length; i += RUN) {
    const run = numbers.slice(i, i + RUN);
    forms.push({ name: 'little-endian', bytes: words(run, true) }, { name: 'big-endian', bytes: words(run, false) });
  }
  for (const number of numbers) if (String(number).length >= 6) forms.push({ name: 'ASCII', bytes: new TextEncoder().encode(String(number)) });
  return forms;
}

/** @returns the names of the forms that occur in any of the recordings */
export function findForms(forms: readonly Form[], recordings: readonly Uint8Array[]): Set<Form['name']> {
  const found = new Set<Form['name']>();
  for (const { name, bytes } of forms) if (recordings.some((recording) => Buffer.from(recording).includes(Buffer.from(bytes)))) found.add(name);
  return found;
}

function words(numbers: readonly number[], littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * numbers.length);
  const view = new DataView(bytes.buffer);
  numbers.forEach((number, i) => { view.setInt16(2 * i, number, littleEndian); });
  return bytes;
}
