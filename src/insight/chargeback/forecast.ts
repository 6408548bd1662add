/** Nano-dollars on a day, `2026-11-20`. Days on which nothing was spent may be left out. */
export interface DayCost {
  readonly day: string;
  readonly costNanos: bigint;
}

export interface Forecast {
  /** Nano-dollars until now. */
  readonly spent: bigint;
  /** At the end of the period. */
  readonly expected: bigint;
  /** Whole days that the forecast stands on. */
  readonly basis: number;
}

const dayMs = 86_400_000;
const weeks = 4;

/**
 * What a period will have cost when it ends: what was spent until now, and for the rest of it the mean of the same day of the week over the
 * last four weeks, today's by the part of it that is left. With less than two weeks of history all days count alike.
 *
 * @param history by day, up to and with today; from the first day on that has something
 * @param period milliseconds since the epoch, whole days in UTC
 */
export function forecast(history: readonly DayCost[], period: { readonly from: number; readonly until: number }, now: number): Forecast {
  const costs = new Map(history.map(({ day, costNanos }) => [day, costNanos]));
  const today = Math.floor(now / dayMs) * dayMs;
  const first = history.reduce((least, { day }) => Math.min(least, Date.parse(day)), today);
  const past: { readonly at: number; readonly cost: bigint }[] = [];
  for (let at = Math.max(first, today - weeks * 7 * dayMs); at < today; at += dayMs) past.push({ at, cost: costs.get(dayOf(at)) ?? 0n });
  const byWeekday = past.length >= 14;
  const like = (at: number) => past.filter((each) => !byWeekday || (at - each.at) % (7 * dayMs) === 0);

  let spent = 0n;
  for (const { day, costNanos } of history) if (Date.parse(day) >= period.from && Date.parse(day) < period.until) spent += costNanos;
  // Sums and days apart, so that nothing is rounded but the end.
  let expected = spent;
  for (let at = Math.max(today, period.from); at < period.until; at += dayMs) {
    const days = like(at);
    const left = at === today ? BigInt(today + dayMs - Math.max(now, period.from)) : BigInt(dayMs);
    if (days.length === 0) continue;
    expected += (days.reduce((sum, { cost }) => sum + cost, 0n) * left) / (BigInt(days.length) * BigInt(dayMs));
  }
  return { spent, expected, basis: past.length };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
