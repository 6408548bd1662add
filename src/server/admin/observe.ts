import { Fault, formatUsd } from "../../exchange/index.ts";
import type { SettledRecord, UsageGroup, UsageRow } from "../../storage/index.ts";
import { etagOf } from "./etag.ts";
import type { AdminTools } from "./operation.ts";
import { operation } from "./operation.ts";
import { cursorOf, idIn, pageOf } from "./pages.ts";
import {
  auditPage,
  healthSchema,
  modelPage,
  pageQuery,
  providerPage,
  providerSchema,
  recordPage,
  recordSchema,
  usageQuery,
  usageSchema,
} from "./schemas.ts";

const ordinaryRecords = 50;

/** What is there and what happened: nothing here changes anything. */
export const observeOperations = [
  operation({
    name: "providers.list",
    method: "GET",
    path: "/admin/v1/providers",
    permission: "providers:read",
    summary: "The providers of the config, without their credentials.",
    query: pageQuery,
    status: 200,
    answer: providerPage,
    async run({ query }, tools) {
      return { status: 200, body: pageOf(providersOf(tools), query) };
    },
  }),
  operation({
    name: "providers.get",
    method: "GET",
    path: "/admin/v1/providers/{id}",
    permission: "providers:read",
    summary: "One provider.",
    status: 200,
    answer: providerSchema,
    async run({ object }, tools) {
      const found = providersOf(tools).find(({ id }) => id === object);
      if (!found) throw new Fault("object_unknown", { message: `There is no provider ${JSON.stringify(object)}.` });
      return { status: 200, body: found, etag: etagOf(found) };
    },
  }),
  operation({
    name: "models.list",
    method: "GET",
    path: "/admin/v1/models",
    permission: "models:read",
    summary: "The names that models are asked by, and what the catalog knows of them.",
    query: pageQuery,
    status: 200,
    answer: modelPage,
    async run({ query }, tools) {
      const models = tools.models().map((model) => ({
        id: model.id,
        provider: model.provider,
        targets: model.targets,
        contextTokens: model.contextTokens ?? null,
        maxOutputTokens: model.maxOutputTokens ?? null,
        inputs: model.inputs ?? [],
        outputs: model.outputs ?? [],
        priced: model.price !== undefined,
      }));
      return { status: 200, body: pageOf(models, query) };
    },
  }),
  operation({
    name: "records.list",
    method: "GET",
    path: "/admin/v1/records",
    permission: "records:read",
    summary: "The exchanges that have settled, newest first.",
    query: pageQuery,
    status: 200,
    answer: recordPage,
    async run({ query }, { storage }) {
      await storage.drain();
      const limit = query.limit ?? ordinaryRecords;
      const before = query.cursor === undefined ? undefined : idIn(query.cursor);
      const found = await storage.records.recent(limit + 1, before);
      const data = found.slice(0, limit).map(shownRecord);
      const last = data.at(-1);
      return { status: 200, body: { data, next: found.length > limit && last ? cursorOf(last.id) : null } };
    },
  }),
  operation({
    name: "records.get",
    method: "GET",
    path: "/admin/v1/records/{id}",
    permission: "records:read",
    summary: "One exchange: its route, its verdicts, its usage and its price.",
    status: 200,
    answer: recordSchema,
    async run({ object }, { storage }) {
      await storage.drain();
      const record = await storage.records.record(object);
      if (!record) throw new Fault("object_unknown", { message: `There is no record ${JSON.stringify(object)}.` });
      return { status: 200, body: shownRecord(record) };
    },
  }),
  operation({
    name: "usage.get",
    method: "GET",
    path: "/admin/v1/usage",
    permission: "usage:read",
    summary: "Sums over everything that has settled, by team, key, model, provider, day or hour.",
    query: usageQuery,
    status: 200,
    answer: usageSchema,
    async run({ query }, { storage }) {
      await storage.drain();
      const asked = {
        ...(query.since !== undefined && { since: Date.parse(query.since) }),
        ...(query.until !== undefined && { until: Date.parse(query.until) }),
      };
      const by = query.by === undefined ? [] : ([...new Set(query.by.split(","))] as UsageGroup[]);
      const rows = by.length === 0 ? [] : await storage.records.usage({ ...asked, by });
      const [total] = await storage.records.usage({ ...asked, by: [] });
      return { status: 200, body: { data: rows.map(shownSums), total: shownSums(total as UsageRow) } };
    },
  }),
  operation({
    name: "audit.list",
    method: "GET",
    path: "/admin/v1/audit",
    permission: "audit:read",
    summary: "What operators did, newest first. `sluice audit verify` tells whether it is whole.",
    query: pageQuery,
    status: 200,
    answer: auditPage,
    async run({ query }, { audit }) {
      const limit = query.limit ?? ordinaryRecords;
      const before = query.cursor === undefined ? undefined : Number(idIn(query.cursor));
      const found = audit.newest(limit + 1, before);
      const data = found.slice(0, limit);
      const last = data.at(-1);
      return { status: 200, body: { data, next: found.length > limit && last ? cursorOf(String(last.seq)) : null } };
    },
  }),
  operation({
    name: "health.get",
    method: "GET",
    path: "/admin/v1/health",
    permission: "health:read",
    summary: "How this node is.",
    status: 200,
    answer: healthSchema,
    async run(_call, tools) {
      const { draining, inFlight } = tools.state();
      const config = tools.config();
      const body = {
        status: draining ? "draining" : "ready",
        startedAt: new Date(tools.startedAt).toISOString(),
        inFlight,
        providers: config.providers.length,
        models: config.models.length,
      };
      return { status: 200, body };
    },
  }),
];

function providersOf(tools: AdminTools) {
  return tools.config().providers.map(({ name, provider, baseUrl, region, surfaces, apiKey, credential }) => ({
    id: name,
    type: provider.id,
    title: provider.title,
    baseUrl: withoutSecrets(baseUrl ?? provider.baseUrl),
    region: region ?? null,
    surfaces: [...Object.keys(provider.surfaces), ...surfaces],
    credential: apiKey !== undefined ? "key" : credential !== undefined ? "fetched" : "none",
    source: "file" as const,
  }));
}

/** People write credentials into addresses: neither those before the host nor the query come back. */
function withoutSecrets(url: string | undefined): string | null {
  if (url === undefined) return null;
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

function shownRecord(record: SettledRecord) {
  return {
    id: record.id,
    startedAt: new Date(record.startedAt).toISOString(),
    keyId: record.keyId,
    team: record.team ?? null,
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
