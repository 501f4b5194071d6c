// Runs before anything else and in the syntax of any Node, so that an old one gets a sentence and not a stack trace.
var parts = process.versions.node.split('.').map(Number);
if (parts[0] < 20 || (parts[0] === 20 && parts[1] < 19)) {
  console.error('Lorica needs Node.js 20.19 or newer; this is ' + process.versions.node + '. Install a newer Node.js and run the command again.');
  process.exit(1);
}
