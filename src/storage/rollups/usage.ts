import { reachCondition, type Scope } from "../scope.ts";
import type { SqlQueries } from "../sql/sql-database.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";
import { hourMs, named, rollupCounts, rollupKeys, rollupMeasures, rollupSums } from "./rollup-columns.ts";

/** What usage is summed by. Names stand for the column of the same meaning; `model` is what callers wrote, `targetModel` who answered. */
export const usageGroups = [
  ...(["organisation", "team", "application", "user", "serviceAccount", "endUser", "key"] as const),
  ...(["model", "provider", "targetModel", "month", "day", "hour"] as const),
] as const;

/** Also by any tag: `tag:project`. */
export type UsageGroup = (typeof usageGroups)[number] | `tag:${string}`;

/** Names of tags, and of the labels of keys. */
export const tagName = /^[A-Za-z0-9_.-]{1,64}$/;

export function isUsageGroup(text: string): text is UsageGroup {
  return usageGroups.some((group) => group === text) || (text.startsWith("tag:") && tagName.test(text.slice(4)));
}

export interface UsageQuery {
  /** Milliseconds since the epoch; sums are kept by the hour, so the hour that it falls into counts whole. */
  readonly since?: number;
  /** Exclusive; the hour that it falls into counts whole. */
  readonly until?: number;
  /** Default: one row for everything. */
  readonly by?: readonly UsageGroup[];
}

/** Sums over a group. `requests = success + refused + failed + cancelled`. */
export interface UsageRow {
  /** Values of the groups asked for: names and ids, `2026-11-20` for a day, `2026-11-20T13:00Z` for an hour, `""` for none. */
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly requests: number;
  readonly success: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Requests whose usage was estimated, because the provider did not report it. */
  readonly estimated: number;
  /** Requests that used something for which there was no price: their cost is not in `costNanos`. */
  readonly unpriced: number;
  readonly inputUncached: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
  readonly costNanos: bigint;
}

/** What SQLite and PostgreSQL say differently. */
export interface UsageDialect {
  /** `2026-11` of the column `hour`. */
  readonly month: string;
  /** The tag of a name in the column `tags`, with the one value that the SQL takes; NULL where there is none. */
  tag(name: string): { readonly sql: string; readonly value: string };
}

const columns: Readonly<Record<Exclude<UsageGroup, `tag:${string}` | "month">, string>> = {
  organisation: "organisation",
  team: "team",
  application: "application",
  user: '"user"',
  serviceAccount: "service_account",
  endUser: "end_user",
  key: "key_id",
  model: "model",
  provider: "provider",
  targetModel: "target_model",
  day: "hour / 24",
  hour: "hour",
};

/** Sums by the groups, in the order of their values, within reach of the scope. */
export async function sumUsage(queries: SqlQueries, dialect: UsageDialect, query: UsageQuery, scope: Scope): Promise<readonly UsageRow[]> {
  const groups = query.by ?? [];
  const tagValues: SqlValue[] = [];
  const grouped = groups.map((group, at) => {
    if (group === "month") return `${dialect.month} AS by_${at}`;
    if (!isTag(group)) return `${columns[group]} AS by_${at}`;
    const tag = dialect.tag(group.slice(4));
    tagValues.push(tag.value);
    return `COALESCE(${tag.sql}, '') AS by_${at}`;
  });
  const selected = [
    ...grouped,
    ...rollupCounts.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`),
    // As text: neither runtime hands integers beyond 2^53 over as numbers exactly.
    ...rollupSums.map((name) => `CAST(COALESCE(SUM(${name}), 0) AS TEXT) AS ${name}`),
  ];
  const names = groups.map((_, at) => `by_${at}`).join(", ");
  const ends = groups.length === 0 ? "" : `GROUP BY ${names} HAVING SUM(requests) <> 0 OR SUM(cost_nanos) <> 0 ORDER BY ${names}`;
  const since = Math.floor((query.since ?? 0) / hourMs);
  const until = query.until === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(query.until / hourMs);
  const within = reachCondition(scope);
  const from = source(
    groups.some((group) => isTag(group) || group === "endUser"),
    `hour >= ? AND hour < ? AND ${within.sql}`,
  );
  const bounds = [since, until, ...within.values];
  const rows = await queries.all(`SELECT ${selected.join(", ")} FROM ${from.sql} ${ends}`, [
    ...tagValues,
    ...Array(from.parts).fill(bounds).flat(),
  ]);
  return rows.map((row) => usageRow(row, groups));
}

function isTag(group: UsageGroup): group is `tag:${string}` {
  return group.startsWith("tag:");
}

/**
 * Where the sums come from. What is tagged stands in both tables: all of it, and what has no tags, which is the whole less the tagged.
 */
function source(tags: boolean, condition: string): { readonly sql: string; readonly parts: number } {
  if (!tags) return { sql: `rollups WHERE ${condition}`, parts: 1 };
  const keys = named(rollupKeys);
  const measures = rollupMeasures.join(", ");
  const less = rollupMeasures.map((name) => `-${name} AS ${name}`).join(", ");
  const parts = [
    `SELECT ${keys}, '' AS end_user, '{}' AS tags, ${measures} FROM rollups WHERE ${condition}`,
    `SELECT ${keys}, '' AS end_user, '{}' AS tags, ${less} FROM tagged_rollups WHERE ${condition}`,
    `SELECT ${keys}, end_user, tags, ${measures} FROM tagged_rollups WHERE ${condition}`,
  ];
  return { sql: `(${parts.join(" UNION ALL ")}) AS sums`, parts: parts.length };
}

function usageRow(row: SqlRow, groups: readonly UsageGroup[]): UsageRow {
  return {
    group: Object.fromEntries(groups.map((group, at) => [group, groupValue(group, row[`by_${at}`])])),
    requests: Number(row.requests),
    success: Number(row.success),
    refused: Number(row.refused),
    failed: Number(row.failed),
    cancelled: Number(row.cancelled),
    estimated: Number(row.estimated),
    unpriced: Number(row.unpriced),
    inputUncached: BigInt(String(row.input_uncached)),
    cacheRead: BigInt(String(row.cache_read)),
    cacheWrite: BigInt(String(row.cache_write)),
    output: BigInt(String(row.output)),
    reasoning: BigInt(String(row.reasoning)),
    costNanos: BigInt(String(row.cost_nanos)),
  };
}

function groupValue(group: UsageGroup, value: unknown): string {
  if (group === "hour") return `${new Date(Number(value) * hourMs).toISOString().slice(0, 16)}Z`;
  if (group === "day") return new Date(Number(value) * 24 * hourMs).toISOString().slice(0, 10);
  return String(value);
}
