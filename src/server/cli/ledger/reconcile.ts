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
  readInvoice,
  reconcile,
} from "../../../insight/index.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { jsonLine, withData } from "../places.ts";

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
  const found = await withData(invocation, async ({ records, drain }) => {
    await drain();
    return reconcile(invoice, options, records);
  });
  terminal.write(flags.is("json") ? jsonLine(found) : `${written(found)}${strangerNote(provider, month.name, found)}`);
  return found.variances.length === 0 ? 0 : 1;
};

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
