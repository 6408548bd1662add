/** By so much two clocks may differ over an hour without one of them having been put right. */
const slackMs = 1_000;

/**
 * Milliseconds for what lasts: how long ago something was, and until when something rests. It goes on where the clock of the machine is
 * put back, and knows of the time that the machine slept. No date: it differs from the clock by what that was ever put back.
 */
export function steadyClock(wall: () => number = Date.now, tick: () => number = () => performance.now()): () => number {
  let base = 0;
  let aheadMs = wall() - tick();
  return () => {
    const ticked = tick();
    const leapMs = wall() - ticked - aheadMs;
    if (Math.abs(leapMs) > slackMs) {
      aheadMs += leapMs;
      if (leapMs > 0) base += leapMs;
    }
    return Math.trunc(base + ticked);
  };
}
