import { cacheWriteTokens, type Usage, usageOf } from "../../exchange/index.ts";
import type { RecordDetail, SettledRecord } from "../settled-record.ts";

export type Cell = string | number | null | RecordDetail;

/**
 * The order of a record's cells in its line: a JSON array, the same in the journal and in `records.db`. New ones are
 * added at the end, so that older lines still fit.
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
  "detail",
  "organisation",
  "application",
  "user",
  "service_account",
  "end_user",
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
    detailOf(record),
    record.organisation ?? null,
    record.application ?? null,
    record.user ?? null,
    record.serviceAccount ?? null,
    record.endUser ?? null,
  ];
}

/** Sums in the store stay integers whatever an upstream reported. */
function count(tokens: number): number {
  return Number.isSafeInteger(tokens) ? tokens : 0;
}

/** The detail with the parts of the usage that have no column, where there are any. */
function detailOf(record: SettledRecord): RecordDetail {
  const usage = record.usage;
  if (usage === undefined || !hasRareUsage(usage)) return record.detail;
  const rare: Record<string, unknown> = {};
  for (const name of rareCounts) if (usage[name] !== 0) rare[name] = usage[name];
  if (usage.units !== undefined) rare.units = usage.units;
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
    usage.units !== undefined ||
    usage.tier !== undefined
  );
}

/** The record that a line holds, as it was settled. */
export function recordOf(line: string): SettledRecord {
  const cells = JSON.parse(line) as readonly Cell[];
  const cell = (name: RecordColumn) => cells[columnAt[name]] ?? null;
  const { usage: rare, ...detail } = cell("detail") as RecordDetail;
  const usage = usageFrom(cell, (rare ?? {}) as Partial<Usage>);
  return {
    id: String(cell("id")),
    startedAt: Number(cell("started_at")),
    keyId: String(cell("key_id")),
    ...given("team", cell("team")),
    ...given("organisation", cell("organisation")),
    ...given("application", cell("application")),
    ...given("user", cell("user")),
    ...given("serviceAccount", cell("service_account")),
    ...given("endUser", cell("end_user")),
    endpoint: String(cell("endpoint")),
    model: String(cell("model")),
    ...given("provider", cell("provider")),
    ...given("targetModel", cell("target_model")),
    outcome: cell("outcome") as SettledRecord["outcome"],
    status: Number(cell("status")),
    ...given("fault", cell("fault")),
    stream: cell("stream") === 1,
    ...(usage === undefined ? {} : { usage }),
    ...given("costNanos", cell("cost_nanos")),
    ...given("priceVersion", cell("price_version")),
    durationMs: Number(cell("duration_ms")),
    ...given("firstEventMs", cell("first_event_ms")),
    ...given("upstreamMs", cell("upstream_ms")),
    detail,
  };
}

function usageFrom(cell: (name: RecordColumn) => Cell, rare: Partial<Usage>): Usage | undefined {
  const source = cell("usage_source");
  if (source === null) return undefined;
  const split = cacheWriteTokens(usageOf(rare));
  return usageOf({
    ...rare,
    source: source as Usage["source"],
    inputUncached: Number(cell("input_uncached")),
    cacheRead: Number(cell("cache_read")),
    cacheWrite: Number(cell("cache_write")) - split,
    output: Number(cell("output")),
    reasoning: Number(cell("reasoning")),
  });
}

function given(name: string, value: Cell): Record<string, unknown> {
  return value === null ? {} : { [name]: value };
}
