// A service for the supervisor's test: serves until it is stopped, or refuses to start.
import { runService, tellProgress } from 'lorica/hosts/node/child';
import { runMain, UserError } from 'lorica/hosts/node/failure';

await runMain('small', () => runService(() => {
  if (process.argv[2] === 'refuse') throw new UserError('the moon is full; wait.');
  tellProgress('beginning');
  const timer = setInterval(() => undefined, 1_000);
  return Promise.resolve({
    facts: { port: 1234 },
    statistics: () => ({ stored: 7 }),
    stop: () => {
      clearInterval(timer);
      console.log('stopped cleanly');
      return Promise.resolve();
    },
  });
}));
