// What XS gets as lorica/primitives/provider. Node never loads this file: package.json maps the name to hosts/node.
export { referencePrimitives as default } from 'lorica/primitives/reference/reference-primitives';
