// The Chebyshev map on Node.
export { referenceChebyshev as default } from 'lorica/chebyshev/reference';
