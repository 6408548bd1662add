import { nearest } from "../../../config/index.ts";
import { formatUsd } from "../../../exchange/index.ts";
import { isUsageGroup, type UsageGroup, type UsageRow, usageGroups } from "../../../storage/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { listElsewhere } from "../keys/keys-elsewhere.ts";
import { jsonLine, withData } from "../places.ts";
import type { Remote } from "../remote/remote.ts";
import { parseTime } from "../times.ts";

/** A page of the admin API holds two hundred. */
const mostNamed = 1_000;

/** A sum as it is shown, of this data folder or of a gateway elsewhere. */
interface ShownSums {
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly requests: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly estimated: number;
  readonly unpriced: number;
  readonly inputTokens: string;
  readonly cachedTokens: string;
  readonly outputTokens: string;
  /** Absent where the caller may not see it. */
  readonly costUsd?: string;
}

interface Found {
  readonly rows: readonly ShownSums[];
  readonly total: ShownSums | undefined;
  readonly keyNames: ReadonlyMap<string, string>;
  /** For `--json`. */
  readonly plain: Readonly<Record<string, unknown>>;
}

type Query = { readonly by: readonly UsageGroup[]; readonly since?: number; readonly until?: number };

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
  const gateway = gatewayOf(invocation);
  const { rows, total, keyNames, plain } = await (gateway ? askElsewhere(gateway, query) : look(invocation, query));
  if (flags.is("json")) {
    terminal.write(jsonLine({ by, since: query.since, until: query.until, ...plain }));
    return 0;
  }
  if (total === undefined || total.requests === 0) {
    terminal.write("Nothing has been used yet.\n");
    return 0;
  }
  const nameOf = (row: ShownSums, group: UsageGroup) => {
    const value = row.group[group] ?? "";
    return value === "" ? "–" : group === "key" ? (keyNames.get(value) ?? value) : value;
  };
  const table = [
    [...by, "requests", "refused", "failed", "cancelled", "input", "cached", "output", "cost in USD"],
    ...rows.map((row) => [...by.map((group) => nameOf(row, group)), ...figures(row)]),
    [...by.map((_, index) => (index === 0 ? "all" : "")), ...figures(total)],
  ];
  terminal.write(
    `${columns(
      table,
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => by.length + index),
    )}\n${footnotes(total)}`,
  );
  return 0;
};

/** In the data folder itself. */
function look(invocation: Invocation, query: Query): Promise<Found> {
  return withData(invocation, async (storage) => {
    await storage.drain();
    const rows = await storage.records.usage(query);
    const [whole] = await storage.records.usage({ ...query, by: [] });
    const ids = new Set(rows.flatMap(({ group }) => group.key ?? []));
    const named = await Promise.all([...ids].map(async (id) => [id, (await storage.control.keys.get(id))?.name ?? id] as const));
    const plain = { rows: rows.map(flat), total: whole && flat(whole) };
    return { rows: rows.map(shown), total: whole && shown(whole), keyNames: new Map(named), plain };
  });
}

/** At a gateway, by its admin API. */
async function askElsewhere(gateway: Remote, { by, since, until }: Query): Promise<Found> {
  const times = Object.entries({ since, until }).flatMap(([name, time]) =>
    time === undefined ? [] : [[name, new Date(time).toISOString()]],
  );
  const { body } = await askOperator(gateway, "GET", `/usage?${new URLSearchParams([["by", by.join(",")], ...times])}`);
  const { data: rows, total } = body as { data: readonly ShownSums[]; total: ShownSums };
  const ids = new Set(rows.flatMap(({ group }) => group.key ?? []));
  // Of many keys the others are shown by their ids, and so are all to who may not see keys.
  const keys = ids.size === 0 ? [] : await listElsewhere(gateway, mostNamed, true).catch(() => []);
  return { rows, total, keyNames: new Map(keys.map(({ id, name }) => [id, name])), plain: { rows, total } };
}

function groupOf(text: string): UsageGroup {
  const group = text.trim();
  if (isUsageGroup(group)) return group;
  const near = nearest(group, usageGroups);
  throw new CommandError(
    `Usage cannot be grouped by ${JSON.stringify(text)}.`,
    near === undefined ? `Groups are ${usageGroups.join(", ")}, and tags, as tag:project.` : `Did you mean ${near}?`,
  );
}

function figures({ requests, refused, failed, cancelled, ...row }: ShownSums): readonly string[] {
  const cost = row.costUsd === undefined ? "hidden" : `${row.costUsd}${row.unpriced > 0 ? "*" : ""}`;
  return [...[requests, refused, failed, cancelled].map(String), row.inputTokens, row.cachedTokens, row.outputTokens, cost];
}

function footnotes(whole: ShownSums): string {
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

function shown({ group, requests, refused, failed, cancelled, estimated, unpriced, ...sums }: UsageRow): ShownSums {
  return {
    ...{ group, requests, refused, failed, cancelled, estimated, unpriced },
    inputTokens: String(sums.inputUncached + sums.cacheRead + sums.cacheWrite),
    cachedTokens: String(sums.cacheRead),
    outputTokens: String(sums.output),
    costUsd: formatUsd(sums.costNanos),
  };
}
