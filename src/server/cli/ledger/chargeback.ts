import { formatUsd } from "../../../exchange/index.ts";
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
  sumLines,
} from "../../../insight/index.ts";
import type { FrozenMonth, Storage } from "../../../storage/index.ts";
import { audited } from "../audit/audited.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { configOf, jsonLine, withData } from "../places.ts";
import { askRemote, type Remote, refusedBy } from "../remote/remote.ts";

/** `sluice chargeback list`. */
export const listMonths: Run = async (invocation) => {
  const gateway = gatewayOf(invocation);
  const months = gateway ? await monthsElsewhere(gateway) : (await withData(invocation, (storage) => storage.ledger.months())).map(flat);
  const { flags, terminal } = invocation;
  if (flags.is("json")) terminal.write(jsonLine({ data: months }));
  else if (months.length === 0) terminal.write("No month is closed yet.\n");
  else terminal.write(`${columns([["month", "closed at", "by", "lines", "cost in USD"], ...months.map(rowOf)], [3, 4])}\n`);
  return 0;
};

/** `sluice chargeback close`. */
export const close: Run = async (invocation) => {
  const month = monthIn(invocation);
  const gateway = gatewayOf(invocation);
  const frozen = gateway
    ? ((await askOperator(gateway, "POST", "/chargeback", { month: month.name })).body as ShownMonth)
    : flat(await closeHere(invocation, month));
  const { flags, terminal } = invocation;
  if (flags.is("json")) terminal.write(jsonLine(frozen));
  else terminal.write(`Closed ${frozen.month}: ${frozen.lines} lines, ${frozen.costUsd} USD, SHA-256 ${frozen.hash}.\n`);
  return 0;
};

async function closeHere(invocation: Invocation, month: ChargeMonth): Promise<FrozenMonth> {
  const book = new PriceBook((await configOf(invocation)).chargeback);
  return withData(invocation, async ({ control, installationKeys, records, ledger, drain }) => {
    await drain();
    const act = { operation: "chargeback.close", object: month.name, body: { month: month.name } };
    const tools = { records, ledger, book, now: Date.now };
    return audited({ control, installationKeys }, act, () => closeMonth(month, "cli", tools)).catch(asCommandError);
  });
}

/** `sluice chargeback show`. */
export const show: Run = async (invocation) => {
  const month = monthIn(invocation);
  const { flags, terminal } = invocation;
  const by = (flags.text("by") ?? "team").split(",").map((group) => group.trim());
  const gateway = gatewayOf(invocation);
  const { frozen, sums, whole, plain } = await (gateway ? sumsElsewhere(gateway, month, by) : sumsHere(invocation, month, by));
  if (!whole) terminal.writeError(`sluice: the lines of ${month.name} are not those that were closed: their hash differs.\n`);
  if (flags.is("json")) {
    terminal.write(
      jsonLine({
        month: month.name,
        closed: frozen !== undefined,
        whole,
        by,
        data: plain,
      }),
    );
    return whole ? 0 : 1;
  }
  const amounts = (each: (typeof sums)[number]) => [
    ...[String(each.requests), each.costUsd, each.chargedUsd, `${each.charged} ${each.currency}`],
  ];
  const table = [
    [...by, "requests", "cost in USD", "charged in USD", "charged"],
    ...sums.map((each) => [...by.map((group) => each.group[group] || "–"), ...amounts(each)]),
  ];
  const state = frozen ? `closed${frozen.closedAt === undefined ? "" : ` at ${frozen.closedAt} by ${frozen.closedBy}`}` : "not closed";
  terminal.write(
    `${month.name}, ${state}.\n\n${columns(
      table,
      [0, 1, 2, 3].map((at) => by.length + at),
    )}\n`,
  );
  return whole ? 0 : 1;
};

/** `sluice chargeback export`. */
export const exportMonth: Run = async (invocation) => {
  const month = monthIn(invocation);
  const gateway = gatewayOf(invocation);
  if (gateway) {
    const query = new URLSearchParams({ month: month.name, format: invocation.flags.text("format") ?? "csv" });
    if ((await frozenElsewhere(gateway, month))?.whole === false) throw changedSince(month);
    invocation.terminal.write((await askOperator(gateway, "GET", `/chargeback/export?${query}`)).body.text);
    return 0;
  }
  const write = writers[invocation.flags.text("format") ?? "csv"];
  if (write === undefined) throw new CommandError("Months are written as csv, focus or jsonl.", "Name one of them with --format.");
  const { lines, whole } = await linesIn(invocation, month);
  if (!whole) throw changedSince(month);
  invocation.terminal.write(write(month, lines));
  return 0;
};

function changedSince({ name }: ChargeMonth): CommandError {
  return new CommandError(`The lines of ${name} are not those that were closed: their hash differs.`, "Restore them from a backup.");
}

const writers: Readonly<Record<string, (month: ChargeMonth, lines: readonly ChargeLine[]) => string>> = {
  csv: linesAsCsv,
  focus: linesAsFocus,
  jsonl: (_, lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
};

/** As they were closed, or as they would be now. */
async function linesIn(invocation: Invocation, month: ChargeMonth) {
  const { chargeback } = await configOf(invocation);
  return withData(invocation, async (storage: Storage) => {
    await storage.drain();
    const { ledger, records } = storage;
    const frozen = (await ledger.months()).find((each) => each.month === month.name);
    if (frozen === undefined)
      return {
        frozen,
        whole: true,
        lines: await openLines(month, { records, ledger, book: new PriceBook(chargeback) }).catch(asCommandError),
      };
    const lines = (await ledger.lines(month.name)).map(({ line }) => JSON.parse(line) as ChargeLine);
    return { frozen, whole: await isAsFrozen(frozen, ledger), lines };
  });
}

export function monthIn({ arguments: [text = ""] }: Invocation): ChargeMonth {
  const month = chargeMonth(text);
  if (month === undefined) throw new CommandError(`${JSON.stringify(text)} is no month.`, "Write it as 2026-11.");
  return month;
}

function asCommandError(error: unknown): never {
  throw new CommandError(error instanceof Error ? error.message : String(error), "");
}

type ShownMonth = ReturnType<typeof flat> & {
  /** Told by a gateway. */
  readonly whole?: boolean;
};

async function monthsElsewhere(gateway: Remote): Promise<readonly ShownMonth[]> {
  return (await askOperator(gateway, "GET", "/chargeback")).body.data;
}

/** Undefined where the month is open, and where that is not for who asks: who may see the lines of a team does not see who closed it. */
async function frozenElsewhere(gateway: Remote, month: ChargeMonth): Promise<ShownMonth | undefined> {
  const answer = await askRemote(gateway, "GET", "/admin/v1/chargeback");
  if (answer.status === 403) return undefined;
  if (answer.status >= 300) throw refusedBy(gateway, answer);
  return (answer.body.data as readonly ShownMonth[]).find((each) => each.month === month.name);
}

interface ShownSum {
  readonly group: Readonly<Record<string, string>>;
  readonly requests: number;
  readonly costUsd: string;
  readonly chargedUsd: string;
  readonly currency: string;
  readonly charged: string;
}

interface FoundSums {
  /** Undefined where the month is open. */
  readonly frozen: Partial<Pick<ShownMonth, "closedAt" | "closedBy">> | undefined;
  readonly whole: boolean;
  readonly sums: readonly ShownSum[];
  /** For `--json`. */
  readonly plain: readonly unknown[];
}

async function sumsHere(invocation: Invocation, month: ChargeMonth, by: readonly string[]): Promise<FoundSums> {
  const { frozen, lines, whole } = await linesIn(invocation, month);
  const sums = sumLines(lines, by);
  return {
    ...{ frozen: frozen && flat(frozen), whole },
    sums: sums.map(({ group, requests, costNanos, chargedNanos, currency, charged }) => ({
      ...{ group, requests, currency, costUsd: formatUsd(costNanos), chargedUsd: formatUsd(chargedNanos), charged: formatUsd(charged) },
    })),
    plain: sums.map(({ group, ...rest }) => ({ ...group, ...rest })),
  };
}

async function sumsElsewhere(gateway: Remote, month: ChargeMonth, by: readonly string[]): Promise<FoundSums> {
  const query = new URLSearchParams({ month: month.name, by: by.join(",") });
  const { closed, data } = (await askOperator(gateway, "GET", `/chargeback/lines?${query}`)).body as { closed: boolean; data: ShownSum[] };
  const plain = data.map(({ group, ...rest }) => ({ ...group, ...rest }));
  if (!closed) return { frozen: undefined, whole: true, sums: data, plain };
  const frozen = await frozenElsewhere(gateway, month);
  return { frozen: frozen ?? {}, whole: frozen?.whole ?? true, sums: data, plain };
}

function rowOf({ month, closedAt, closedBy, lines, costUsd }: ShownMonth): readonly string[] {
  return [month, closedAt, closedBy, String(lines), costUsd];
}

function flat({ costNanos, closedAt, ...rest }: FrozenMonth) {
  return { ...rest, closedAt: new Date(closedAt).toISOString(), costUsd: formatUsd(costNanos) };
}
