import type * as z from "zod/mini";
import { type CostLine, Fault, formatUsd, usdOfPicos } from "../../../exchange/index.ts";
import { firstRequestIdAt } from "../../../gateway/index.ts";
import type { Correction, Scope, SettledRecord, UsageGroup, UsageRow } from "../../../storage/index.ts";
import type { Bill } from "../../bill.ts";
import { fittingPage } from "../fitting-page.ts";
import { operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { explainedSchema, recordPage, recordQuery, usageQuery, usageSchema } from "../schemas/records.ts";

const ordinaryRecords = 50;
/** An id is made before its exchange's clock is read. */
const idBeforeStartMs = 1_000;

/** What has settled, one by one and in sums. */
export const recordOperations = [
  operation({
    name: "records.list",
    method: "GET",
    path: "/admin/v1/records",
    permission: "records:read",
    owner: "team",
    summary: "The exchanges that have settled, newest first.",
    query: recordQuery,
    status: 200,
    answer: recordPage,
    async run({ query, access }, { records, drain }) {
      refuseOtherTeam(query.team, access.scope);
      await drain();
      const { limit = ordinaryRecords, cursor, since, until } = query;
      const [from, to] = [since, until].map((text) => (text === undefined ? undefined : Date.parse(text)));
      const ends = [cursor === undefined ? [] : idIn(cursor), to === undefined ? [] : firstRequestIdAt(to)].flat();
      const fits = fitting(query, from, to);
      const first = from === undefined ? undefined : firstRequestIdAt(from - idBeforeStartMs);
      const { data, next } = await fittingPage<SettledRecord>((some, last) => records.recent(some, last), {
        limit,
        before: ends.toSorted()[0],
        ...(fits && { fits }),
        ...(first !== undefined && { isPast: ({ id }) => id < first }),
        keyOf: ({ id }) => id,
      });
      return { status: 200, body: { data: data.map(shownRecord), next: next === undefined ? null : cursorOf(next) } };
    },
  }),
  operation({
    name: "records.get",
    method: "GET",
    path: "/admin/v1/records/{id}",
    permission: "records:read",
    owner: "team",
    summary: "One exchange: its route, its verdicts, its usage and its price.",
    status: 200,
    answer: explainedSchema,
    async run({ object }, { records, keys, fileKeys, billOf, correctionsOf, drain }) {
      await drain();
      const record = await records.record(object);
      if (!record) throw new Fault("object_unknown", { message: `There is no record ${JSON.stringify(object)}.` });
      const fileKey = fileKeys.find(({ name }) => record.keyId === `config:${name}`);
      const keyName = fileKey?.name ?? (await keys.get(record.keyId))?.name ?? null;
      const [bill, corrections] = await Promise.all([billOf(record), correctionsOf(record)]);
      return { status: 200, body: { ...shownRecord(record), ...shownExplanation(record, bill, corrections), keyName } };
    },
  }),
  operation({
    name: "usage.get",
    method: "GET",
    path: "/admin/v1/usage",
    permission: "usage:read",
    owner: "team",
    summary: "Sums over everything that has settled, by whoever asked, model, provider, tag or time.",
    query: usageQuery,
    status: 200,
    answer: usageSchema,
    async run({ query, access }, { records, drain }) {
      refuseOtherTeam(query.team, access.scope);
      await drain();
      const asked = {
        ...(query.since !== undefined && { since: Date.parse(query.since) }),
        ...(query.until !== undefined && { until: Date.parse(query.until) }),
      };
      const by = query.by === undefined ? [] : ([...new Set(query.by.split(","))] as UsageGroup[]);
      const rows = by.length === 0 ? [] : await records.usage({ ...asked, by });
      const [total] = await records.usage({ ...asked, by: [] });
      return { status: 200, body: { data: rows.map(shownSums), total: shownSums(total as UsageRow) } };
    },
  }),
];

/** Whoever names a team gets what is its own and nothing else. @throws Fault `object_unknown` for one out of reach */
function refuseOtherTeam(team: string | undefined, { teams }: Scope): void {
  if (team === undefined || (teams?.length === 1 && teams[0] === team)) return;
  throw new Fault("object_unknown", { message: `There is no team ${JSON.stringify(team)}.` });
}

/** Whether a record is asked for; undefined where all are. */
function fitting(
  { key: keyId, user, application, serviceAccount, endUser, model, provider, outcome }: z.output<typeof recordQuery>,
  from: number | undefined,
  to: number | undefined,
): ((record: SettledRecord) => boolean) | undefined {
  const named = Object.entries({ keyId, user, application, serviceAccount, endUser, model, provider, outcome });
  const wanted = named.filter(([, value]) => value !== undefined) as (readonly [keyof SettledRecord, string])[];
  if (wanted.length === 0 && from === undefined && to === undefined) return undefined;
  return (record) =>
    (from === undefined || record.startedAt >= from) &&
    (to === undefined || record.startedAt < to) &&
    wanted.every(([name, value]) => record[name] === value);
}

function shownRecord(record: SettledRecord) {
  return {
    id: record.id,
    startedAt: new Date(record.startedAt).toISOString(),
    keyId: record.keyId,
    organisation: record.organisation ?? null,
    team: record.team ?? null,
    application: record.application ?? null,
    user: record.user ?? null,
    serviceAccount: record.serviceAccount ?? null,
    endUser: record.endUser ?? null,
    endpoint: record.endpoint,
    model: record.model,
    provider: record.provider ?? null,
    targetModel: record.targetModel ?? null,
    outcome: record.outcome,
    status: record.status,
    fault: record.fault ?? null,
    stream: record.stream,
    usage: record.usage ?? null,
    costUsd: record.costNanos === undefined ? null : formatUsd(BigInt(record.costNanos)),
    priceVersion: record.priceVersion ?? null,
    durationMs: record.durationMs,
    detail: record.detail,
  };
}

function shownExplanation({ firstEventMs, upstreamMs }: SettledRecord, bill: Bill | undefined, corrections: readonly Correction[]) {
  return {
    firstEventMs: firstEventMs ?? null,
    upstreamMs: upstreamMs ?? null,
    bill: bill ? { lines: bill.lines.map(shownLine), current: bill.current } : null,
    corrections: corrections.map(({ number, madeAt, deltaNanos, priceVersion, reason }) => ({
      ...{ number, madeAt: new Date(madeAt).toISOString(), priceVersion, reason },
      deltaUsd: formatUsd(BigInt(deltaNanos)),
    })),
  };
}

function shownLine({ name, count, picos }: CostLine) {
  return { name, count, usdEach: usdOfPicos(BigInt(picos)) };
}

function shownSums(row: UsageRow) {
  return {
    group: row.group,
    requests: row.requests,
    success: row.success,
    refused: row.refused,
    failed: row.failed,
    cancelled: row.cancelled,
    estimated: row.estimated,
    unpriced: row.unpriced,
    inputTokens: String(row.inputUncached + row.cacheRead + row.cacheWrite),
    cachedTokens: String(row.cacheRead),
    outputTokens: String(row.output),
    costUsd: formatUsd(row.costNanos),
  };
}
