// The Chebyshev map on Node: the C kernel, or the BigInt reference where it cannot be built (chebyshev-kernel.ts).
import { findChebyshevKernel } from 'lorica/hosts/node/primitives/chebyshev-kernel';

const kernel = await findChebyshevKernel();

export default kernel.provider;

/** why the map is not the C kernel here, or `undefined` if it is: for a log */
export const chebyshevFallbackReason: string | undefined = kernel.reason;
