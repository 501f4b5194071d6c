// What XS gets as lorica/chebyshev/provider. Node never loads this file: package.json maps the name to hosts/node.
export { referenceChebyshev as default } from 'lorica/chebyshev/reference';
