import { nearest } from "../../../config/index.ts";
import { formatUsd } from "../../../exchange/index.ts";
import { isUsageGroup, type UsageGroup, type UsageRow, usageGroups } from "../../../storage/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { jsonLine, withData } from "../places.ts";
import { parseTime } from "../times.ts";

/** `sluice usage`: sums over everything that has settled until now. */
export const usage: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const by = (flags.text("by") ?? "model").split(",").map(groupOf);
  const now = Date.now();
  const since = flags.text("since");
  const until = flags.text("until");
  const query = {
    by,
    ...(since !== undefined && { since: parseTime(since, "since", now, "back") }),
    ...(until !== undefined && { until: parseTime(until, "until", now, "back") }),
  };
  const { rows, whole, keyNames } = await withData(invocation, async (storage) => {
    await storage.drain();
    const rows = await storage.records.usage(query);
    const ids = new Set(rows.flatMap(({ group }) => group.key ?? []));
    const named = await Promise.all([...ids].map(async (id) => [id, (await storage.control.keys.get(id))?.name ?? id] as const));
    return { rows, whole: (await storage.records.usage({ ...query, by: [] }))[0], keyNames: new Map(named) };
  });
  if (flags.is("json")) {
    terminal.write(jsonLine({ by, since: query.since, until: query.until, rows: rows.map(flat), total: whole && flat(whole) }));
    return 0;
  }
  if (whole === undefined || whole.requests === 0) {
    terminal.write("Nothing has been used yet.\n");
    return 0;
  }
  const nameOf = (row: UsageRow, group: UsageGroup) => {
    const value = row.group[group] ?? "";
    return value === "" ? "–" : group === "key" ? (keyNames.get(value) ?? value) : value;
  };
  const table = [
    [...by, "requests", "refused", "failed", "cancelled", "input", "cached", "output", "cost in USD"],
    ...rows.map((row) => [...by.map((group) => nameOf(row, group)), ...figures(row)]),
    [...by.map((_, index) => (index === 0 ? "all" : "")), ...figures(whole)],
  ];
  terminal.write(
    `${columns(
      table,
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => by.length + index),
    )}\n${footnotes(whole)}`,
  );
  return 0;
};

function groupOf(text: string): UsageGroup {
  const group = text.trim();
  if (isUsageGroup(group)) return group;
  const near = nearest(group, usageGroups);
  throw new CommandError(
    `Usage cannot be grouped by ${JSON.stringify(text)}.`,
    near === undefined ? `Groups are ${usageGroups.join(", ")}, and tags, as tag:project.` : `Did you mean ${near}?`,
  );
}

function figures(row: UsageRow): readonly string[] {
  const input = row.inputUncached + row.cacheRead + row.cacheWrite;
  const cost = `${formatUsd(row.costNanos)}${row.unpriced > 0 ? "*" : ""}`;
  return [
    String(row.requests),
    String(row.refused),
    String(row.failed),
    String(row.cancelled),
    String(input),
    String(row.cacheRead),
    String(row.output),
    cost,
  ];
}

function footnotes(whole: UsageRow): string {
  const notes: string[] = [];
  if (whole.unpriced > 0)
    notes.push(
      `* ${whole.unpriced} of ${whole.requests} requests had no price: what they cost is not in the sum. Set it under \`prices\` in the config.`,
    );
  if (whole.estimated > 0)
    notes.push(`The usage of ${whole.estimated} of ${whole.requests} requests is estimated, since the provider did not report it.`);
  return notes.length === 0 ? "" : `\n${notes.join("\n")}\n`;
}

function flat({ group, ...sums }: UsageRow): Readonly<Record<string, unknown>> {
  return { ...group, ...sums, costUsd: formatUsd(sums.costNanos) };
}
