import { cacheWriteTokens, type Usage, usageOf } from "../exchange/index.ts";
import type { RecordDetail, SettledRecord } from "./settled-record.ts";
import type { SqlRow } from "./sqlite/driver.ts";

export type Cell = string | number | null;

/**
 * The order in which a record's columns stand in a journal line and in the table `records`, `detail` behind them. New
 * ones are added at the end, so that an older journal still fits.
 */
export const recordColumns = [
  "id",
  "started_at",
  "key_id",
  "team",
  "endpoint",
  "model",
  "provider",
  "target_model",
  "outcome",
  "status",
  "fault",
  "stream",
  "usage_source",
  "input_uncached",
  "cache_read",
  "cache_write",
  "output",
  "reasoning",
  "cost_nanos",
  "price_version",
  "duration_ms",
  "first_event_ms",
  "upstream_ms",
] as const;

export type RecordColumn = (typeof recordColumns)[number];

/** Where a column stands. */
export const columnAt = Object.freeze(
  Object.fromEntries(recordColumns.map((name, index) => [name, index])) as Record<RecordColumn, number>,
);

/** Callers write the model's name, and it may be nonsense of any length. */
const maxModelLength = 256;

export function cellsOf(record: SettledRecord): Cell[] {
  const usage = record.usage;
  return [
    record.id,
    Math.trunc(record.startedAt),
    record.keyId,
    record.team ?? null,
    record.endpoint,
    record.model.length > maxModelLength ? record.model.slice(0, maxModelLength) : record.model,
    record.provider ?? null,
    record.targetModel ?? null,
    record.outcome,
    record.status,
    record.fault ?? null,
    record.stream ? 1 : 0,
    usage === undefined ? null : usage.source,
    usage === undefined ? null : count(usage.inputUncached),
    usage === undefined ? null : count(usage.cacheRead),
    usage === undefined ? null : count(cacheWriteTokens(usage)),
    usage === undefined ? null : count(usage.output),
    usage === undefined ? null : count(usage.reasoning),
    record.costNanos !== undefined && Number.isSafeInteger(record.costNanos) ? record.costNanos : null,
    record.priceVersion ?? null,
    record.durationMs,
    record.firstEventMs ?? null,
    record.upstreamMs ?? null,
  ];
}

/** Sums in the store stay integers whatever an upstream reported. */
function count(tokens: number): number {
  return Number.isSafeInteger(tokens) ? tokens : 0;
}

/** The detail with the parts of the usage that have no column, where there are any. */
export function detailOf(record: SettledRecord): RecordDetail {
  const usage = record.usage;
  if (usage === undefined || !hasRareUsage(usage)) return record.detail;
  const rare: Record<string, unknown> = {};
  for (const name of rareCounts) if (usage[name] !== 0) rare[name] = usage[name];
  if (usage.tier !== undefined) rare.tier = usage.tier;
  return { ...record.detail, usage: rare };
}

const rareCounts = [
  "cacheWrite5m",
  "cacheWrite30m",
  "cacheWrite1h",
  "cacheWrite12h",
  "inputAudio",
  "inputImage",
  "cacheReadAudio",
  "outputAudio",
  "outputImage",
  "webSearches",
] as const satisfies readonly (keyof Usage)[];

function hasRareUsage(usage: Usage): boolean {
  return (
    usage.cacheWrite5m !== 0 ||
    usage.cacheWrite30m !== 0 ||
    usage.cacheWrite1h !== 0 ||
    usage.cacheWrite12h !== 0 ||
    usage.inputAudio !== 0 ||
    usage.inputImage !== 0 ||
    usage.cacheReadAudio !== 0 ||
    usage.outputAudio !== 0 ||
    usage.outputImage !== 0 ||
    usage.webSearches !== 0 ||
    usage.tier !== undefined
  );
}

/** A row of the table `records`, as it was settled. */
export function recordOf(row: SqlRow): SettledRecord {
  const { usage: rare, ...detail } = JSON.parse(String(row.detail)) as RecordDetail;
  const usage = usageFrom(row, (rare ?? {}) as Partial<Usage>);
  return {
    id: String(row.id),
    startedAt: Number(row.started_at),
    keyId: String(row.key_id),
    ...given("team", row.team),
    endpoint: String(row.endpoint),
    model: String(row.model),
    ...given("provider", row.provider),
    ...given("targetModel", row.target_model),
    outcome: row.outcome as SettledRecord["outcome"],
    status: Number(row.status),
    ...given("fault", row.fault),
    stream: row.stream === 1,
    ...(usage === undefined ? {} : { usage }),
    ...given("costNanos", row.cost_nanos),
    ...given("priceVersion", row.price_version),
    durationMs: Number(row.duration_ms),
    ...given("firstEventMs", row.first_event_ms),
    ...given("upstreamMs", row.upstream_ms),
    detail,
  };
}

function usageFrom(row: SqlRow, rare: Partial<Usage>): Usage | undefined {
  if (row.usage_source === null) return undefined;
  const split = cacheWriteTokens(usageOf(rare));
  return usageOf({
    ...rare,
    source: row.usage_source as Usage["source"],
    inputUncached: Number(row.input_uncached),
    cacheRead: Number(row.cache_read),
    cacheWrite: Number(row.cache_write) - split,
    output: Number(row.output),
    reasoning: Number(row.reasoning),
  });
}

function given(name: string, value: unknown): Record<string, unknown> {
  return value === null ? {} : { [name]: value };
}
