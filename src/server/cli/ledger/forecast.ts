import { formatUsd } from "../../../exchange/index.ts";
import { chargeMonth } from "../../../insight/index.ts";
import { isUsageGroup, type UsageGroup } from "../../../storage/index.ts";
import { forecastUsage } from "../../forecast-usage.ts";
import { columns } from "../columns.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { jsonLine, withData } from "../places.ts";
import type { Remote } from "../remote/remote.ts";

/** `sluice usage forecast`. */
export const showForecast: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const now = Date.now();
  const by = (flags.text("by") ?? "").split(",").flatMap((text): UsageGroup[] => (text.trim() === "" ? [] : [groupOf(text.trim())]));
  const month = chargeMonth(new Date(now).toISOString().slice(0, 7));
  if (month === undefined) throw new CommandError("The clock of this machine is wrong.", "");
  const gateway = gatewayOf(invocation);
  const { plain, rows } = gateway
    ? await askElsewhere(gateway, by)
    : await withData(invocation, async ({ records, drain }) => {
        await drain();
        const data = await forecastUsage(records, by, month, now);
        const shown = data.map(({ group, spent, expected, basis }) => {
          return { group, spentUsd: formatUsd(spent), expectedUsd: formatUsd(expected), basisDays: basis };
        });
        return { plain: data, rows: shown };
      });
  if (flags.is("json")) {
    terminal.write(jsonLine({ month: month.name, by, data: plain }));
    return 0;
  }
  const table = rows.map(({ group, spentUsd, expectedUsd, basisDays }) => [
    ...[...by.map((each) => group[each] || "–"), spentUsd, expectedUsd, `${basisDays} days`],
  ]);
  terminal.write(`${columns([[...by, "spent in USD", `expected for ${month.name}`, "from"], ...table], [by.length, by.length + 1])}\n`);
  return 0;
};

interface ShownForecast {
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly spentUsd: string;
  readonly expectedUsd: string;
  readonly basisDays: number;
}

async function askElsewhere(gateway: Remote, by: readonly UsageGroup[]) {
  const query = by.length === 0 ? "" : `?${new URLSearchParams({ by: by.join(",") })}`;
  const rows = (await askOperator(gateway, "GET", `/usage/forecast${query}`)).body.data as readonly ShownForecast[];
  return { plain: rows, rows };
}

function groupOf(text: string): UsageGroup {
  if (isUsageGroup(text) && !["month", "day", "hour"].includes(text)) return text;
  throw new CommandError(
    `A forecast cannot be grouped by ${JSON.stringify(text)}.`,
    "Groups are those of `sluice usage` that are no times.",
  );
}
