// The Chebyshev groups as the DH functions of the Noise framework (revision 34 §4.1).
import { CHEB1536, CHEB2048 } from 'lorica/chebyshev/groups';
import type { ChebyshevGroup } from 'lorica/chebyshev/groups';
import { generateKeyPair, isMember, publicValue, sharedValue } from 'lorica/chebyshev/map';
import type { DiffieHellman } from 'lorica/noise/diffie-hellman';

export const CHEBYSHEV_2048 = diffieHellman(CHEB2048);
export const CHEBYSHEV_1536 = diffieHellman(CHEB1536);

function diffieHellman(group: ChebyshevGroup): Required<DiffieHellman> {
  return {
    name: group.name,
    publicLength: group.publicLength,
    sharedLength: group.publicLength,
    generate: (entropy) => generateKeyPair(group, entropy),
    publicKey: (secretKey) => publicValue(group, secretKey),
    shared: (secretKey, publicKey) => sharedValue(group, secretKey, publicKey),
    isMember: (publicKey) => isMember(group, publicKey),
  };
}
