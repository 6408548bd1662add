import { type ChargeMonth, type DayCost, type Forecast, forecast } from "../insight/index.ts";
import type { RecordStore, UsageGroup } from "../storage/index.ts";

export interface ForecastRow extends Forecast {
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
}

const historyMs = 28 * 86_400_000;

/** What a month will have cost, by groups that are no times. */
export async function forecastUsage(
  records: Pick<RecordStore, "usage">,
  by: readonly UsageGroup[],
  month: ChargeMonth,
  now: number,
): Promise<readonly ForecastRow[]> {
  const rows = await records.usage({ since: Math.min(month.from, now - historyMs), until: now, by: [...by, "day"] });
  const grouped = Map.groupBy(rows, ({ group: { day: _, ...group } }) => JSON.stringify(group));
  return [...grouped].map(([name, days]) => {
    const history = days.map(({ group, costNanos }): DayCost => ({ day: group.day ?? "", costNanos }));
    return { group: JSON.parse(name), ...forecast(history, month, now) };
  });
}
