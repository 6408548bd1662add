import { formatUsd } from "../../../exchange/index.ts";
import { chargeMonth } from "../../../insight/index.ts";
import { isUsageGroup, type UsageGroup } from "../../../storage/index.ts";
import { forecastUsage } from "../../forecast-usage.ts";
import { columns } from "../columns.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { jsonLine, withData } from "../places.ts";

/** `sluice usage forecast`. */
export const showForecast: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const now = Date.now();
  const by = (flags.text("by") ?? "").split(",").flatMap((text): UsageGroup[] => (text.trim() === "" ? [] : [groupOf(text.trim())]));
  const month = chargeMonth(new Date(now).toISOString().slice(0, 7));
  if (month === undefined) throw new CommandError("The clock of this machine is wrong.", "");
  const rows = await withData(invocation, async ({ records, drain }) => {
    await drain();
    return forecastUsage(records, by, month, now);
  });
  if (flags.is("json")) {
    terminal.write(jsonLine({ month: month.name, by, data: rows }));
    return 0;
  }
  const table = rows.map(({ group, spent, expected, basis }) => [
    ...[...by.map((each) => group[each] || "–"), formatUsd(spent), formatUsd(expected), `${basis} days`],
  ]);
  terminal.write(`${columns([[...by, "spent in USD", `expected for ${month.name}`, "from"], ...table], [by.length, by.length + 1])}\n`);
  return 0;
};

function groupOf(text: string): UsageGroup {
  if (isUsageGroup(text) && !["month", "day", "hour"].includes(text)) return text;
  throw new CommandError(
    `A forecast cannot be grouped by ${JSON.stringify(text)}.`,
    "Groups are those of `sluice usage` that are no times.",
  );
}
