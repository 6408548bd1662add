import * as z from "zod/mini";
import { usageGroups } from "../../../storage/index.ts";
import { count, money, named, needs, pageQuery, pageSchema, time } from "./named.ts";

const outcome = z.enum(["success", "refused", "failed", "cancelled"]);
export const recordSchema = named(
  "Record",
  z.object({
    id: z.string(),
    startedAt: time,
    keyId: z.string(),
    organisation: z.nullable(z.string()),
    team: z.nullable(z.string()),
    application: z.nullable(z.string()),
    user: z.nullable(z.string()),
    serviceAccount: z.nullable(z.string()),
    endUser: z.nullable(z.string()),
    endpoint: z.string(),
    model: z.string(),
    provider: z.nullable(z.string()),
    targetModel: z.nullable(z.string()),
    outcome,
    status: z.int(),
    fault: z.nullable(z.string()),
    stream: z.boolean(),
    usage: z.nullable(z.record(z.string(), z.unknown())),
    costUsd: needs("costs:read", z.optional(z.nullable(money))),
    priceVersion: needs("costs:read", z.optional(z.nullable(z.string()))),
    durationMs: z.number(),
    detail: z.record(z.string(), z.unknown()),
  }),
);
const billLine = named("BillLine", z.object({ name: z.string(), count, usdEach: money }));
const bill = named("Bill", z.object({ lines: z.array(billLine), current: z.boolean() }));
const recordCorrection = named(
  "RecordCorrection",
  z.object({ number: count, madeAt: time, deltaUsd: money, priceVersion: z.string(), reason: z.string() }),
);
/** With what explains it: `bill` by the prices of now, `current` where they are still those that were charged; what was put right since. */
export const explainedSchema = named(
  "ExplainedRecord",
  z.object({
    ...recordSchema.shape,
    keyName: z.nullable(z.string()),
    firstEventMs: z.nullable(z.number()),
    upstreamMs: z.nullable(z.number()),
    bill: needs("costs:read", z.optional(z.nullable(bill))),
    corrections: needs("costs:read", z.optional(z.array(recordCorrection))),
  }),
);
export const recordPage = pageSchema("RecordPage", recordSchema);

const group = `(?:${usageGroups.join("|")}|tag:[A-Za-z0-9_.-]{1,64})`;
const groupList = z
  .string()
  .check(
    z.maxLength(1000),
    z.regex(new RegExp(`^${group}(?:,${group}){0,9}$`), `groups separated by commas: ${usageGroups.join(", ")}, tag:NAME`),
  );
export const usageQuery = z.strictObject({
  by: z.optional(groupList),
  since: z.optional(time),
  until: z.optional(time),
  team: z.optional(z.string()),
});
const wanted = z.optional(z.string().check(z.maxLength(512)));
/** Of one team, by its id or the name that it has in the config file; of others as records have them. `until` is not included. */
export const recordQuery = z.strictObject({
  ...pageQuery.shape,
  team: z.optional(z.string()),
  key: wanted,
  user: wanted,
  application: wanted,
  serviceAccount: wanted,
  endUser: wanted,
  model: wanted,
  provider: wanted,
  outcome: z.optional(outcome),
  since: z.optional(time),
  until: z.optional(time),
});
const sums = named(
  "UsageSums",
  z.object({
    group: z.record(z.string(), z.string()),
    requests: count,
    success: count,
    refused: count,
    failed: count,
    cancelled: count,
    estimated: count,
    unpriced: count,
    inputTokens: z.string(),
    cachedTokens: z.string(),
    outputTokens: z.string(),
    costUsd: needs("costs:read", z.optional(money)),
  }),
);
export const usageSchema = named("Usage", z.object({ data: z.array(sums), total: sums }));
