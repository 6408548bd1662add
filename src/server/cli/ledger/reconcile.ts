import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { nearest } from "../../../config/index.ts";
import { formatUsd, scaleDecimal } from "../../../exchange/index.ts";
import {
  chargeMonth,
  type InvoiceColumns,
  type InvoiceForm,
  type InvoiceLine,
  invoiceForms,
  type Reconciled,
  type ReconcileOptions,
  readInvoice,
  reconcile,
  type Variance,
} from "../../../insight/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { jsonLine, withData } from "../places.ts";
import type { Remote } from "../remote/remote.ts";

/** `sluice chargeback reconcile`. */
export const reconcileInvoice: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const provider = flags.text("provider");
  if (provider === undefined) throw new CommandError("Nothing says whose invoice it is.", "Name the provider: --provider openai.");
  const month = chargeMonth(flags.text("month") ?? "");
  if (month === undefined) throw new CommandError("Nothing says of which month the invoice is.", "Name it: --month 2026-11.");
  const invoice = invoiceIn(invocation);
  const options = {
    provider,
    ...month,
    ...toleranceOf(flags.text("tolerance") ?? "0.01%"),
    models: new Map(Object.entries(pairsOf(flags.text("models") ?? ""))),
  };
  const gateway = gatewayOf(invocation);
  const found = gateway
    ? await askElsewhere(gateway, invocation, options, month.name)
    : await withData(invocation, async ({ records, drain }) => {
        await drain();
        return reconcile(invoice, options, records);
      });
  terminal.write(flags.is("json") ? jsonLine(found) : `${written(found)}${strangerNote(provider, month.name, found)}`);
  return found.variances.length === 0 ? 0 : 1;
};

/** The invoice goes to the gateway as it is. */
async function askElsewhere(gateway: Remote, invocation: Invocation, options: ReconcileOptions, month: string): Promise<Reconciled> {
  const { arguments: given, flags, terminal } = invocation;
  const { provider, models = new Map(), toleranceNanos, tolerancePpm } = options;
  const columns = columnsIn(flags.text("columns"));
  const { body } = await askOperator(gateway, "POST", "/reconciliations", {
    ...{ provider, month, form: flags.text("form") ?? "csv" },
    invoice: readFileSync(resolve(terminal.folder, given[0] ?? ""), "utf8"),
    ...(columns && { columns }),
    models: Object.fromEntries(models),
    ...{ toleranceNanos: Number(toleranceNanos), tolerancePpm: Number(tolerancePpm) },
  });
  const { compared, outside, recordedProviders, variances } = body as ShownReconciled;
  return {
    ...{ compared, outside, ...amountsIn(body), ...(recordedProviders && { recordedProviders }) },
    variances: variances.map(({ invoiceUsd, recordedUsd, ...rest }) => ({ ...rest, ...amountsIn({ invoiceUsd, recordedUsd }) })),
  };
}

interface ShownAmounts {
  readonly invoiceUsd: string;
  readonly recordedUsd: string;
}
interface ShownReconciled extends ShownAmounts, Pick<Reconciled, "compared" | "outside" | "recordedProviders"> {
  readonly variances: readonly (Omit<Variance, "theirs" | "ours"> & ShownAmounts)[];
}

function amountsIn({ invoiceUsd, recordedUsd }: ShownAmounts): Pick<Variance, "theirs" | "ours"> {
  return { theirs: nanosIn(invoiceUsd), ours: nanosIn(recordedUsd) };
}

/** Credits of an invoice are less than nothing. */
function nanosIn(usd: string): bigint {
  const nanos = BigInt(scaleDecimal(usd.replace("-", ""), 9)?.value ?? 0);
  return usd.startsWith("-") ? -nanos : nanos;
}

function invoiceIn({ arguments: [file = ""], flags, terminal }: Invocation): readonly InvoiceLine[] {
  const form = flags.text("form") ?? "csv";
  const known = invoiceForms.find((each) => each === form);
  if (known === undefined)
    throw new CommandError(`No invoice has the form ${JSON.stringify(form)}.`, `Forms are ${invoiceForms.join(", ")}.`);
  try {
    return readInvoice(readFileSync(resolve(terminal.folder, file), "utf8"), known satisfies InvoiceForm, columnsIn(flags.text("columns")));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      "See --form and --columns in `sluice chargeback reconcile --help`.",
    );
  }
}

function columnsIn(text: string | undefined): InvoiceColumns | undefined {
  if (text === undefined) return undefined;
  const { day, model, cost } = pairsOf(text);
  if (day === undefined || model === undefined || cost === undefined)
    throw new CommandError("--columns needs names for day, model and cost.", "As --columns day=Date,model=Model,cost=USD.");
  return { day, model, cost };
}

function pairsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(",").filter((pair) => pair !== "");
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")).trim(), pair.slice(pair.indexOf("=") + 1).trim()]));
}

function toleranceOf(text: string): { readonly toleranceNanos: bigint; readonly tolerancePpm: bigint } {
  const isShare = text.endsWith("%");
  const found = scaleDecimal(isShare ? text.slice(0, -1) : text, isShare ? 4 : 9);
  if (!found) throw new CommandError(`${JSON.stringify(text)} is no tolerance.`, "Write a percentage, as 0.5%, or dollars, as 0.01.");
  const value = BigInt(found.value);
  return isShare ? { toleranceNanos: 0n, tolerancePpm: value } : { toleranceNanos: value, tolerancePpm: 0n };
}

/** A name that nobody bears looks like an invoice without a request. */
function strangerNote(provider: string, month: string, { recordedProviders: known }: Reconciled): string {
  if (known === undefined) return "";
  const near = nearest(provider, known);
  const others =
    known.length === 0 ? "Nothing is." : `${near === undefined ? "" : `Did you mean ${near}? `}These are: ${known.join(", ")}.`;
  return `\nNothing of ${month} is recorded with a provider ${JSON.stringify(provider)}. ${others}\n`;
}

function written({ compared, theirs, ours, variances, outside }: Reconciled): string {
  const totals = `${compared} days and models compared: the invoice says ${formatUsd(theirs)} USD, the records ${formatUsd(ours)} USD.\n`;
  const beyond =
    outside === 0 ? "" : `${outside} ${outside === 1 ? "line of the invoice is" : "lines of the invoice are"} of other months.\n`;
  if (variances.length === 0) return `${totals}${beyond}Nothing differs by more than the tolerance.\n`;
  const rows = variances.map(({ day, model, why, theirs: their, ours: our, estimated, unpriced }) => [
    ...[day, model || "–", why, formatUsd(their), formatUsd(our), formatUsd(their - our)],
    [estimated > 0 ? `${estimated} estimated` : "", unpriced > 0 ? `${unpriced} unpriced` : ""].filter((note) => note !== "").join(", "),
  ]);
  return `${totals}${beyond}\n${columns([["day", "model", "", "invoice", "records", "difference", ""], ...rows], [3, 4, 5])}\n`;
}
