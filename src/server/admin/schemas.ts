import * as z from "zod/mini";

/** The bodies of the admin API by name: requests are checked by them, and the OpenAPI document is made from them. */
export const adminSchemas = z.registry<{ id: string }>();

function named<Schema extends z.ZodMiniType>(id: string, schema: Schema): Schema {
  adminSchemas.add(schema, { id });
  return schema;
}

const time = z.iso.datetime();
const name = z.string().check(z.minLength(1), z.maxLength(200));
const names = z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.minLength(1), z.maxLength(1000));
const scope = z.string().check(z.regex(/^\//), z.maxLength(256));
const scopes = z.array(scope).check(z.maxLength(200));
const count = z.int().check(z.gte(0));
/** Dollars without rounding: a decimal as text. */
const money = z.string().check(z.regex(/^-?\d+(\.\d+)?$/));

/** A page of a list. `next` is the cursor of the page behind it, null where there is none. */
function pageOf<Schema extends z.ZodMiniType>(id: string, item: Schema) {
  return named(id, z.object({ data: z.array(item), next: z.nullable(z.string()) }));
}

export const pageQuery = z.strictObject({
  limit: z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(200))),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(512))),
});

const keyFields = {
  id: z.string(),
  kind: z.enum(["key", "admin"]),
  name,
  hint: z.string(),
  team: z.nullable(z.string()),
  user: z.nullable(z.string()),
  scopes,
  models: z.nullable(z.array(z.string())),
  state: z.enum(["works", "expired", "revoked"]),
  source: z.enum(["file", "store"]),
  createdAt: z.nullable(time),
  expiresAt: z.nullable(time),
  revokedAt: z.nullable(time),
  lastUsedAt: z.nullable(time),
};
export const keySchema = named("Key", z.object(keyFields));
/** With the key itself, which is shown this once. */
export const issuedKeySchema = named("IssuedKey", z.object({ key: z.string(), ...keyFields }));
export const keyPage = pageOf("KeyPage", keySchema);
export const keyQuery = z.strictObject({
  ...pageQuery.shape,
  team: z.optional(z.string()),
  state: z.optional(z.enum(["works", "expired", "revoked"])),
});
export const newKeySchema = named(
  "NewKey",
  z.strictObject({
    name,
    kind: z.optional(z.enum(["key", "admin"])),
    team: z.optional(name),
    user: z.optional(name),
    scopes: z.optional(scopes),
    models: z.optional(names),
    expiresAt: z.optional(time),
  }),
);
export const keyChangesSchema = named(
  "KeyChanges",
  z.strictObject({
    name: z.optional(name),
    team: z.optional(z.nullable(name)),
    user: z.optional(z.nullable(name)),
    scopes: z.optional(scopes),
    models: z.optional(z.nullable(names)),
    expiresAt: z.optional(z.nullable(time)),
  }),
);
export const rotationSchema = named(
  "Rotation",
  z.strictObject({ graceSeconds: z.optional(z.int().check(z.gte(0), z.lte(30 * 24 * 3600))) }),
);

export const providerSchema = named(
  "Provider",
  z.object({
    id: z.string(),
    type: z.string(),
    title: z.string(),
    baseUrl: z.nullable(z.string()),
    region: z.nullable(z.string()),
    surfaces: z.array(z.string()),
    /** Whether there is one; the credential itself never leaves. */
    credential: z.enum(["key", "fetched", "none"]),
    source: z.enum(["file"]),
  }),
);
export const providerPage = pageOf("ProviderPage", providerSchema);

export const modelSchema = named(
  "Model",
  z.object({
    id: z.string(),
    provider: z.string(),
    targets: z.array(z.string()),
    contextTokens: z.nullable(count),
    maxOutputTokens: z.nullable(count),
    inputs: z.array(z.string()),
    outputs: z.array(z.string()),
    priced: z.boolean(),
  }),
);
export const modelPage = pageOf("ModelPage", modelSchema);

export const recordSchema = named(
  "Record",
  z.object({
    id: z.string(),
    startedAt: time,
    keyId: z.string(),
    team: z.nullable(z.string()),
    endpoint: z.string(),
    model: z.string(),
    provider: z.nullable(z.string()),
    targetModel: z.nullable(z.string()),
    outcome: z.enum(["success", "refused", "failed", "cancelled"]),
    status: z.int(),
    fault: z.nullable(z.string()),
    stream: z.boolean(),
    usage: z.nullable(z.record(z.string(), z.unknown())),
    costUsd: z.nullable(money),
    priceVersion: z.nullable(z.string()),
    durationMs: z.number(),
    detail: z.record(z.string(), z.unknown()),
  }),
);
export const recordPage = pageOf("RecordPage", recordSchema);

export const usageGroups = ["team", "key", "model", "provider", "day", "hour"] as const;
export const usageQuery = z.strictObject({
  by: z.optional(z.string().check(z.regex(/^(team|key|model|provider|day|hour)(,(team|key|model|provider|day|hour)){0,5}$/))),
  since: z.optional(time),
  until: z.optional(time),
});
const sums = z.object({
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
  costUsd: money,
});
export const usageSchema = named("Usage", z.object({ data: z.array(sums), total: sums }));

export const auditPage = pageOf(
  "AuditPage",
  named(
    "AuditLine",
    z.object({
      seq: count,
      at: time,
      actor: z.object({ id: z.string(), name: z.string() }),
      operation: z.string(),
      outcome: z.enum(["asked", "done", "refused"]),
      object: z.optional(z.string()),
      requestId: z.optional(z.string()),
      body: z.optional(z.unknown()),
      fault: z.optional(z.string()),
    }),
  ),
);

export const healthSchema = named(
  "Health",
  z.object({ status: z.enum(["ready", "draining"]), startedAt: time, inFlight: count, providers: count, models: count }),
);

export const configSchema = named(
  "Config",
  z.object({ path: z.nullable(z.string()), version: z.string(), document: z.record(z.string(), z.unknown()) }),
);

export const problemSchema = named(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
    errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  }),
);
