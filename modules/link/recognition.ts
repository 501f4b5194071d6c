// How a gateway knows its own nodes by their advertising, and nobody else can (modules/wire/lorica.cddl, "service-data"):
// a random number and a MAC over it under the node's identity key. It is a hint for whom to connect to and proves nothing,
// since it can be recorded and played again; the proofs of lorica/link/link do.
import { ascii, concat, equal, fields } from 'lorica/bytes/bytes';
import type { Entropy } from 'lorica/primitives/entropy';
import { hmac } from 'lorica/primitives/hmac';

export const IDENTITY_KEY_LENGTH = 32;
export const SERVICE_DATA_LENGTH = 12;
const RANDOM_LENGTH = 4;
const LABEL = ascii('lorica advert');

/** @returns 12 bytes of service data, to be made anew with every advertising period, together with a new address */
export function makeServiceData(identityKey: Uint8Array, entropy: Entropy): Uint8Array {
  const random = entropy(RANDOM_LENGTH);
  return concat(random, mark(identityKey, random));
}

/** @returns the index of the identity key (32 bytes each) that this advertising was made with, if one was */
export function recognise(serviceData: Uint8Array, identityKeys: readonly Uint8Array[]): number | undefined {
  if (serviceData.length !== SERVICE_DATA_LENGTH) return undefined;
  const random = serviceData.subarray(0, RANDOM_LENGTH);
  const claimed = serviceData.subarray(RANDOM_LENGTH);
  for (let i = 0; i < identityKeys.length; i++) {
    if (equal(claimed, mark(identityKeys[i]!, random))) return i;
  }
  return undefined;
}

function mark(identityKey: Uint8Array, random: Uint8Array): Uint8Array {
  return hmac(identityKey, fields(LABEL, random)).slice(0, SERVICE_DATA_LENGTH - RANDOM_LENGTH);
}
