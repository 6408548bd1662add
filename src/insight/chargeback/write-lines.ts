import { formatUsd } from "../../exchange/index.ts";
import type { ChargeLine } from "./charge-line.ts";
import type { ChargeMonth } from "./charge-month.ts";
import { writeCsv } from "./csv.ts";

/** The lines as CSV, amounts as decimals without rounding. */
export function linesAsCsv(month: ChargeMonth, lines: readonly ChargeLine[]): string {
  const tags = [...new Set(lines.flatMap((line) => Object.keys(line.tags)))].toSorted();
  const names = [
    ...[
      "month",
      "kind",
      "day",
      "organisation",
      "team",
      "application",
      "user",
      "service_account",
      "key",
      "provider",
      "model",
      "answered_by",
    ],
    ...tags.map((tag) => `tag:${tag}`),
    ...["requests", "unpriced", "input_tokens", "output_tokens", "cost_usd", "charged_usd", "currency", "charged"],
  ];
  const rows = lines.map((line) => [
    ...[month.name, line.kind, line.day, line.organisation, line.team, line.application, line.user, line.serviceAccount, line.key],
    ...[line.provider, line.model, line.targetModel],
    ...tags.map((tag) => line.tags[tag] ?? ""),
    ...[String(line.requests), String(line.unpriced), line.inputTokens, line.outputTokens],
    ...[decimal(line.costNanos), decimal(line.chargedNanos), line.currency, decimal(line.chargedInCurrency)],
  ]);
  return writeCsv(names, rows);
}

type Cell = (line: ChargeLine, month: ChargeMonth) => string;

const dayMs = 86_400_000;
const none: Cell = () => "";
const charged: Cell = (line) => decimal(line.chargedInCurrency);
const startOf: Cell = (line) => `${line.day}T00:00:00Z`;
const endOf: Cell = (line) => instant(Date.parse(line.day) + dayMs);
const sku: Cell = (line) => (line.provider === "" ? "" : `${line.provider}/${line.targetModel}`);
const tokens: Cell = (line) => String(BigInt(line.inputTokens) + BigInt(line.outputTokens));

/**
 * Each column of FOCUS 1.0 (FinOps Open Cost and Usage Specification, focus.finops.org/focus-specification/v1-0) and what stands in it.
 * What is billed is what the house charges; what the provider is owed stands in `x_ProviderCostUsd`.
 */
const focus: Readonly<Record<string, Cell>> = {
  AvailabilityZone: none,
  BilledCost: charged,
  BillingAccountId: (line) => line.organisation || "installation",
  BillingAccountName: (line) => line.organisation,
  BillingCurrency: (line) => line.currency,
  BillingPeriodEnd: (_, month) => instant(month.until),
  BillingPeriodStart: (_, month) => instant(month.from),
  ChargeCategory: () => "Usage",
  ChargeClass: (line) => (line.kind === "correction" ? "Correction" : ""),
  ChargeDescription: (line) =>
    line.kind === "correction"
      ? `What came to be known of ${line.day} after its month was closed`
      : `${line.requests} request${line.requests === 1 ? "" : "s"} to ${line.model}`,
  ChargeFrequency: () => "Usage-Based",
  ChargePeriodEnd: endOf,
  ChargePeriodStart: startOf,
  CommitmentDiscountCategory: none,
  CommitmentDiscountId: none,
  CommitmentDiscountName: none,
  CommitmentDiscountStatus: none,
  CommitmentDiscountType: none,
  ConsumedQuantity: tokens,
  ConsumedUnit: () => "Tokens",
  ContractedCost: charged,
  ContractedUnitPrice: none,
  EffectiveCost: charged,
  InvoiceIssuerName: () => "Sluice",
  ListCost: charged,
  ListUnitPrice: none,
  PricingCategory: () => "Standard",
  PricingQuantity: tokens,
  PricingUnit: () => "Tokens",
  ProviderName: (line) => line.provider || "none",
  PublisherName: (line) => line.provider || "none",
  RegionId: none,
  RegionName: none,
  ResourceId: (line) => line.key,
  ResourceName: (line) => line.key,
  ResourceType: (line) => (line.key === "" ? "" : "API key"),
  ServiceCategory: () => "AI and Machine Learning",
  ServiceName: (line) => line.provider || "Sluice",
  SkuId: sku,
  SkuPriceId: none,
  SubAccountId: (line) => line.team,
  SubAccountName: (line) => line.team,
  Tags: (line) => JSON.stringify(tagsOf(line)),
  x_ProviderCostUsd: (line) => decimal(line.costNanos),
  x_Requests: (line) => String(line.requests),
};

/** The lines as FOCUS 1.0, in CSV. */
export function linesAsFocus(month: ChargeMonth, lines: readonly ChargeLine[]): string {
  const cells = Object.values(focus);
  return writeCsv(
    Object.keys(focus),
    lines.map((line) => cells.map((cell) => cell(line, month))),
  );
}

/** Who asked stands among the tags, where FOCUS has no column for it. */
function tagsOf(line: ChargeLine): Record<string, string> {
  const { application, user, serviceAccount, model } = line;
  const own = { application, user, serviceAccount, model };
  return {
    ...line.tags,
    ...Object.fromEntries(Object.entries(own).flatMap(([name, value]) => (value === "" ? [] : [[`sluice/${name}`, value]]))),
  };
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

function decimal(nanos: string): string {
  return formatUsd(BigInt(nanos));
}
