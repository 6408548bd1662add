import * as z from "zod/mini";
import { invoiceForms } from "../../../insight/index.ts";
import { count, money, named, time } from "./named.ts";

const month = z.string().check(z.regex(/^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/, "a month, as 2026-11"));
const tag = "tag:[A-Za-z0-9_.-]{1,64}";
const listOf = (names: string) => z.string().check(z.maxLength(1000), z.regex(new RegExp(`^(?:${names})(?:,(?:${names})){0,9}$`)));

export const frozenMonthSchema = named(
  "FrozenMonth",
  z.object({
    month,
    closedAt: time,
    closedBy: z.string(),
    lines: count,
    tags: z.array(z.string()),
    hash: z.string(),
    costUsd: money,
    /** The lines are still those that the hash was made of. */
    whole: z.optional(z.boolean()),
  }),
);
export const frozenMonths = named("FrozenMonths", z.object({ data: z.array(frozenMonthSchema) }));
export const closingSchema = named("MonthToClose", z.strictObject({ month }));

export const lineQuery = z.strictObject({
  month,
  by: z.optional(listOf(`kind|day|organisation|team|application|user|serviceAccount|key|model|provider|targetModel|${tag}`)),
});
export const chargesSchema = named(
  "Charges",
  z.object({
    month,
    closed: z.boolean(),
    data: z.array(
      z.object({
        group: z.record(z.string(), z.string()),
        requests: z.int(),
        costUsd: money,
        chargedUsd: money,
        currency: z.string(),
        charged: money,
      }),
    ),
  }),
);

export const exportQuery = z.strictObject({ month, format: z.optional(z.enum(["csv", "focus"])) });
export const exportSchema = named(
  "ChargebackExport",
  z.object({ month, closed: z.boolean(), format: z.enum(["csv", "focus"]), text: z.string() }),
);

export const correctionsSchema = named(
  "Recomputation",
  z.strictObject({
    from: time,
    until: time,
    reason: z.string().check(z.minLength(1), z.maxLength(500)),
    dryRun: z.optional(z.boolean()),
  }),
);
export const correctedSchema = named(
  "Recomputed",
  z.object({ dryRun: z.boolean(), seen: count, corrected: count, unpriced: count, deltaUsd: money }),
);

const column = z.string().check(z.minLength(1), z.maxLength(200));
export const reconciliationSchema = named(
  "Reconciliation",
  z.strictObject({
    provider: column,
    month,
    form: z.enum(invoiceForms),
    /** The file as it is. */
    invoice: z.string().check(z.minLength(1)),
    columns: z.optional(z.strictObject({ day: column, model: column, cost: column })),
    /** What the invoice calls models otherwise: theirs to ours. */
    models: z.optional(z.record(column, column)),
    /** How far a day and model may differ, the larger of both: in millionths of the invoice's amount, and in nano-dollars. */
    tolerancePpm: z.optional(z.int().check(z.gte(0), z.lte(1_000_000))),
    toleranceNanos: z.optional(z.int().check(z.gte(0))),
  }),
);
export const reconciledSchema = named(
  "Reconciled",
  z.object({
    compared: count,
    outside: count,
    /** Only where nothing of the month is recorded with the provider: those that something is recorded with. */
    recordedProviders: z.optional(z.array(z.string())),
    invoiceUsd: money,
    recordedUsd: money,
    variances: z.array(
      z.object({
        day: z.string(),
        model: z.string(),
        why: z.enum(["differs", "only theirs", "only ours"]),
        invoiceUsd: money,
        recordedUsd: money,
        estimated: count,
        unpriced: count,
      }),
    ),
  }),
);

const who = "organisation|team|application|user|serviceAccount|endUser|key|model|provider|targetModel";
export const forecastQuery = z.strictObject({ by: z.optional(listOf(`${who}|${tag}`)) });
export const forecastSchema = named(
  "Forecast",
  z.object({
    month,
    data: z.array(z.object({ group: z.record(z.string(), z.string()), spentUsd: money, expectedUsd: money, basisDays: count })),
  }),
);

export const savingsQuery = z.strictObject({
  since: z.optional(time),
  until: z.optional(time),
  /** `provider/model` that all are held against. Default: the dearest target of the model that was called. */
  insteadOf: z.optional(z.string().check(z.maxLength(400), z.regex(/^[^\s/]+\/\S+$/, "a model as provider/model"))),
});
export const savingsSchema = named(
  "Savings",
  z.object({
    since: time,
    until: time,
    data: z.array(
      z.object({ model: z.string(), insteadOf: z.string(), requests: count, costUsd: money, otherwiseUsd: money, savedUsd: money }),
    ),
  }),
);
