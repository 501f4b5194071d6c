// Test files are ES modules in TypeScript. mocha 12 would `require` them first and then report that failure instead
// of the real one, so it is told that this Node cannot.
import '../../hosts/node/register.mjs';

Object.defineProperty(process.features, 'require_module', { value: false });
