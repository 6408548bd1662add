const firstDelayMs = 500;
const longestDelayMs = 8_000;
/** Whoever is told to wait longer is better told so. */
const mostPatienceMs = 60_000;

/** `Retry-After` in milliseconds: seconds, or a date of HTTP. Undefined where it is neither. */
export function readRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/**
 * How long to wait before the next try, in milliseconds; undefined: no use to wait. Where nobody said how long, it doubles from half a
 * second on, half of it by chance, so that those who failed together do not come back together.
 */
export function delayMs(retry: number, retryAfterMs: number | undefined, random: number): number | undefined {
  if (retryAfterMs !== undefined) return retryAfterMs > mostPatienceMs ? undefined : retryAfterMs;
  const whole = Math.min(longestDelayMs, firstDelayMs * 2 ** retry);
  return whole / 2 + (whole / 2) * random;
}

/** Ends early, by throwing the signal's reason. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal?.addEventListener("abort", aborted, { once: true });
  });
}
