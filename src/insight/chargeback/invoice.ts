import { scaleDecimal } from "../../exchange/index.ts";
import { readCsv } from "./csv.ts";

/** What a provider says it is owed, for one day and one of its models. */
export interface InvoiceLine {
  /** `2026-11-20`, in UTC. */
  readonly day: string;
  readonly model: string;
  readonly costNanos: bigint;
}

/** Columns of a CSV, by what they hold. */
export interface InvoiceColumns {
  readonly day: string;
  readonly model: string;
  readonly cost: string;
}

/**
 * Forms of invoices and exports:
 * - `openai-costs`: JSON of `GET /v1/organization/costs` with `group_by=line_item`; or a CSV with the same names
 * - `anthropic-costs`: JSON of `GET /v1/organizations/cost_report` with `group_by[]=description`; amounts in cents
 * - `aws-cur`: CSV of a Cost and Usage Report
 * - `focus`: CSV in FOCUS 1.x
 * - `csv`: any CSV with its columns named
 */
export const invoiceForms = ["openai-costs", "anthropic-costs", "aws-cur", "focus", "csv"] as const;
export type InvoiceForm = (typeof invoiceForms)[number];

const columnsOf: Readonly<Partial<Record<InvoiceForm, InvoiceColumns>>> = {
  "openai-costs": { day: "start_time_iso", model: "line_item", cost: "amount_value" },
  "anthropic-costs": { day: "usage_date_utc", model: "model", cost: "cost_usd" },
  "aws-cur": { day: "lineItem/UsageStartDate", model: "lineItem/ResourceId", cost: "lineItem/UnblendedCost" },
  focus: { day: "ChargePeriodStart", model: "SkuId", cost: "BilledCost" },
};

/** @param given for forms whose columns are called otherwise @throws RangeError with the place that is wrong */
export function readInvoice(text: string, form: InvoiceForm, given?: InvoiceColumns): readonly InvoiceLine[] {
  const lines = linesIn(text, form, given);
  // One that is empty, or something else altogether, would look like one on which nothing was billed.
  if (lines.length === 0) throw new RangeError("There are no lines in it.");
  return lines;
}

function linesIn(text: string, form: InvoiceForm, given: InvoiceColumns | undefined): readonly InvoiceLine[] {
  const isJson = /^\s*[[{]/.test(text);
  if (isJson && form === "openai-costs") return fromOpenAi(JSON.parse(text));
  if (isJson && form === "anthropic-costs") return fromAnthropic(JSON.parse(text));
  const columns = given ?? columnsOf[form];
  if (columns === undefined) throw new RangeError("A CSV of no known form needs the names of its columns for day, model and cost.");
  return readCsv(text).map((row, at) => {
    const cell = (name: string): string => {
      const value = row[name];
      if (value === undefined)
        throw new RangeError(`There is no column ${JSON.stringify(name)}; there are ${Object.keys(row).join(", ")}.`);
      return value;
    };
    const place = `Row ${at + 2}`;
    return {
      day: dayOf(cell(columns.day), place),
      model: modelOf(cell(columns.model), form),
      costNanos: nanosOf(cell(columns.cost), 9, place),
    };
  });
}

interface Buckets<Result> {
  readonly data?: readonly { readonly start_time?: number; readonly starting_at?: string; readonly results?: readonly Result[] }[];
}

function fromOpenAi(body: Buckets<{ readonly amount?: { readonly value?: unknown }; readonly line_item?: string | null }>): InvoiceLine[] {
  return (body.data ?? []).flatMap(({ start_time = Number.NaN, results = [] }, at) =>
    results.map(({ amount, line_item }) => ({
      day: dayOf(new Date(start_time * 1000), `Bucket ${at + 1}`),
      model: modelOf(line_item ?? "", "openai-costs"),
      costNanos: nanosOf(amount?.value, 9, `Bucket ${at + 1}`),
    })),
  );
}

function fromAnthropic(body: Buckets<{ readonly amount?: unknown; readonly model?: string | null }>): InvoiceLine[] {
  return (body.data ?? []).flatMap(({ starting_at = "", results = [] }, at) =>
    results.map(({ amount, model }) => ({
      day: dayOf(starting_at, `Bucket ${at + 1}`),
      model: model ?? "",
      costNanos: nanosOf(amount, 7, `Bucket ${at + 1}`),
    })),
  );
}

/** OpenAI's line items are `model, kind`; AWS names models by ARN, FOCUS by `provider/model` where it is ours. */
function modelOf(text: string, form: InvoiceForm): string {
  if (form === "openai-costs") return (text.split(",")[0] as string).trim();
  if (form === "aws-cur" && text.startsWith("arn:")) return text.slice(text.lastIndexOf("/") + 1);
  return text.trim();
}

function dayOf(text: string | Date, place: string): string {
  const seconds = typeof text === "string" && /^\d{9,10}$/.test(text) ? Number(text) * 1000 : undefined;
  const date =
    typeof text === "string" ? new Date(seconds ?? `${text.trim()}${/^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text.trim()) ? "Z" : ""}`) : text;
  if (Number.isNaN(date.getTime())) throw new RangeError(`${place} has no date that can be read.`);
  return date.toISOString().slice(0, 10);
}

/** @param shift 9 for dollars, 7 for cents; what is finer than a nano-dollar is rounded half up */
function nanosOf(amount: unknown, shift: number, place: string): bigint {
  const text = String(amount).trim();
  const found = scaleDecimal(text.replace(/^-/, ""), shift);
  if (!found) throw new RangeError(`${place} has no amount that can be read.`);
  return text.startsWith("-") ? -BigInt(found.value) : BigInt(found.value);
}
