// The timer that the link wants (lorica/link/timer), over a host's clock. Ticks count from when it was made and do not
// go back, even where the wall clock is set back. It does not stop anything by itself: whoever sets, clears.
import type { HostClock } from 'lorica/hosts/node/clock';
import type { Timer } from 'lorica/link/timer';

export function hostTimer(clock: HostClock): Timer {
  const start = clock.now();
  let last = 0;
  return {
    ticks() {
      last = Math.max(last, Math.floor(clock.now() - start));
      return last;
    },
    set: (callback, delayMs) => clock.after(delayMs, callback),
    clear: (handle) => { (handle as (() => void) | undefined)?.(); },
  };
}
