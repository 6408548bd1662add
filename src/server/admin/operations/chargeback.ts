import { Fault, formatUsd } from "../../../exchange/index.ts";
import {
  type ChargeLine,
  type ChargeMonth,
  chargeMonth,
  closeMonth,
  isAsFrozen,
  linesAsCsv,
  linesAsFocus,
  openLines,
  PriceBook,
  readInvoice,
  recompute,
  reconcile,
  savings,
  sumLines,
} from "../../../insight/index.ts";
import type { FrozenMonth, UsageGroup } from "../../../storage/index.ts";
import { forecastUsage } from "../../forecast-usage.ts";
import { type OwnTools, operation } from "../operation.ts";
import {
  chargesSchema,
  closingSchema,
  correctedSchema,
  correctionsSchema,
  exportQuery,
  exportSchema,
  forecastQuery,
  forecastSchema,
  frozenMonthSchema,
  frozenMonths,
  lineQuery,
  reconciledSchema,
  reconciliationSchema,
  savingsQuery,
  savingsSchema,
} from "../schemas/chargeback.ts";

/** What is charged for what was used. */
export const chargebackOperations = [
  operation({
    name: "chargeback.list",
    method: "GET",
    path: "/admin/v1/chargeback",
    permission: "chargeback:read",
    owner: "installation",
    summary: "The months that are closed, and whether their lines are as they were closed.",
    status: 200,
    answer: frozenMonths,
    async run(_, { storage: { ledger } }) {
      const data = [];
      for (const frozen of await ledger.months()) data.push({ ...shownMonth(frozen), whole: await isAsFrozen(frozen, ledger) });
      return { status: 200, body: { data } };
    },
  }),
  operation({
    name: "chargeback.close",
    method: "POST",
    path: "/admin/v1/chargeback",
    permission: "chargeback:write",
    owner: "installation",
    summary: "Closes a month: its lines never change again. What comes late is in the next one, as corrections.",
    body: closingSchema,
    status: 201,
    answer: frozenMonthSchema,
    repeatable: true,
    async run({ body, principal }, { storage: { records, ledger }, chargeback, drain, now }) {
      await drain();
      const tools = { records, ledger, book: new PriceBook(chargeback), now };
      const frozen = await closeMonth(monthOf(body.month), principal.keyName || principal.keyId, tools);
      return { status: 201, body: shownMonth(frozen), made: frozen.month };
    },
  }),
  operation({
    name: "chargeback.lines",
    method: "GET",
    path: "/admin/v1/chargeback/lines",
    permission: "chargeback:read",
    owner: "team",
    summary: "What a month is charged, as it was closed or as it would be now, by any groups. Default: by team.",
    query: lineQuery,
    status: 200,
    answer: chargesSchema,
    async run({ query }, tools) {
      const { lines, closed } = await linesOf(monthOf(query.month), tools);
      const data = sumLines(lines, (query.by ?? "team").split(",")).map(
        ({ group, currency, requests, costNanos, chargedNanos, charged }) => ({
          ...{ group, requests, costUsd: formatUsd(costNanos), chargedUsd: formatUsd(chargedNanos) },
          ...{ currency, charged: formatUsd(charged) },
        }),
      );
      return { status: 200, body: { month: query.month, closed, data } };
    },
  }),
  operation({
    name: "chargeback.export",
    method: "GET",
    path: "/admin/v1/chargeback/export",
    permission: "chargeback:read",
    owner: "team",
    summary: "The lines of a month as CSV, or as FOCUS 1.0. Default: csv.",
    query: exportQuery,
    status: 200,
    answer: exportSchema,
    async run({ query: { month: name, format = "csv" } }, tools) {
      const month = monthOf(name);
      const { lines, closed } = await linesOf(month, tools);
      const text = format === "csv" ? linesAsCsv(month, lines) : linesAsFocus(month, lines);
      return { status: 200, body: { month: name, closed, format, text } };
    },
  }),
  operation({
    name: "corrections.create",
    method: "POST",
    path: "/admin/v1/corrections",
    permission: "chargeback:write",
    owner: "installation",
    summary: "Prices the requests of a time anew, and writes what differs as corrections beside their records.",
    body: correctionsSchema,
    status: 200,
    answer: correctedSchema,
    repeatable: true,
    async run({ body }, { storage: { records, ledger }, prices, drain, now }) {
      await drain();
      const { reason, dryRun = false } = body;
      const options = { from: Date.parse(body.from), until: Date.parse(body.until), reason, dryRun };
      const { deltaNanos, ...counts } = await recompute(options, { records, ledger, priceOf: prices(), now });
      return { status: 200, body: { dryRun, ...counts, deltaUsd: formatUsd(deltaNanos) } };
    },
  }),
  operation({
    name: "reconciliations.create",
    method: "POST",
    path: "/admin/v1/reconciliations",
    permission: "chargeback:read",
    owner: "installation",
    summary: "Holds a provider's invoice against the records, by day and model, and lists what differs.",
    body: reconciliationSchema,
    secrets: ["invoice"],
    status: 200,
    answer: reconciledSchema,
    async run({ body }, { storage: { records }, drain }) {
      await drain();
      const { provider, models = {}, tolerancePpm = 100, toleranceNanos = 0 } = body;
      const options = { provider, ...monthOf(body.month), models: new Map(Object.entries(models)) };
      const tolerance = { tolerancePpm: BigInt(tolerancePpm), toleranceNanos: BigInt(toleranceNanos) };
      const found = await reconcile(invoiceIn(body), { ...options, ...tolerance }, records);
      const usd = ({ theirs, ours }: { theirs: bigint; ours: bigint }) => ({ invoiceUsd: formatUsd(theirs), recordedUsd: formatUsd(ours) });
      const variances = found.variances.map(({ theirs, ours, ...rest }) => ({ ...rest, ...usd({ theirs, ours }) }));
      const { compared, outside, recordedProviders } = found;
      return { status: 200, body: { compared, outside, ...(recordedProviders && { recordedProviders }), ...usd(found), variances } };
    },
  }),
  operation({
    name: "usage.forecast",
    method: "GET",
    path: "/admin/v1/usage/forecast",
    permission: "costs:read",
    owner: "team",
    summary: "What this month will have cost when it ends.",
    query: forecastQuery,
    status: 200,
    answer: forecastSchema,
    async run({ query }, { records, drain, now }) {
      await drain();
      const at = now();
      const month = monthOf(new Date(at).toISOString().slice(0, 7));
      const rows = await forecastUsage(records, query.by === undefined ? [] : (query.by.split(",") as UsageGroup[]), month, at);
      const data = rows.map(({ group, spent, expected, basis }) => ({
        ...{ group, spentUsd: formatUsd(spent), expectedUsd: formatUsd(expected), basisDays: basis },
      }));
      return { status: 200, body: { month: month.name, data } };
    },
  }),
  operation({
    name: "savings.list",
    method: "GET",
    path: "/admin/v1/savings",
    permission: "costs:read",
    owner: "installation",
    summary: "What the requests of a time would have cost at another model, by the prices of their time. Default: the last thirty days.",
    query: savingsQuery,
    status: 200,
    answer: savingsSchema,
    async run({ query }, { storage: { records }, config, prices, drain, now }) {
      await drain();
      const until = query.until === undefined ? now() : Date.parse(query.until);
      const from = query.since === undefined ? until - savingsMs : Date.parse(query.since);
      const other = query.insteadOf === undefined ? undefined : [targetNamed(query.insteadOf)];
      const targets = new Map(config().models.map((model) => [model.name, model.targets]));
      const rows = await savings({ from, until, otherwise: (model) => other ?? targets.get(model) ?? [] }, records, prices());
      const data = rows.map(({ cost, otherwise, ...row }) => ({
        ...row,
        ...{ costUsd: formatUsd(cost), otherwiseUsd: formatUsd(otherwise), savedUsd: formatUsd(otherwise - cost) },
      }));
      return { status: 200, body: { since: new Date(from).toISOString(), until: new Date(until).toISOString(), data } };
    },
  }),
];

const savingsMs = 30 * 86_400_000;

function targetNamed(text: string) {
  const slash = text.indexOf("/");
  return { provider: text.slice(0, slash), model: text.slice(slash + 1) };
}

/** Within reach: as they were closed, or as they would be now. */
async function linesOf(month: ChargeMonth, { ledger, records, chargeback, drain }: OwnTools) {
  await drain();
  const closed = (await ledger.months()).some((each) => each.month === month.name);
  if (!closed) return { closed, lines: await openLines(month, { records, ledger, book: new PriceBook(chargeback) }) };
  return { closed, lines: (await ledger.lines(month.name)).map(({ line }) => JSON.parse(line) as ChargeLine) };
}

function monthOf(text: string): ChargeMonth {
  const month = chargeMonth(text);
  if (!month) throw new Fault("request_malformed", { message: `${JSON.stringify(text)} is no month.`, param: "month" });
  return month;
}

function invoiceIn({
  invoice,
  form,
  columns,
}: {
  invoice: string;
  form: Parameters<typeof readInvoice>[1];
  columns?: Parameters<typeof readInvoice>[2];
}) {
  try {
    return readInvoice(invoice, form, columns);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Fault("request_malformed", { message: `The invoice cannot be read: ${why}`, param: "invoice" });
  }
}

function shownMonth({ costNanos, closedAt, ...rest }: FrozenMonth) {
  return { ...rest, closedAt: new Date(closedAt).toISOString(), costUsd: formatUsd(costNanos) };
}
