// fast-check looks for timers when it is loaded, and uses them for time limits only, which no test here asks for.
const none = (): never => {
  throw new Error('XS has no timers here');
};

Object.assign(globalThis, { setTimeout: none, clearTimeout: none });
