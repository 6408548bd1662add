import { type Attempt, type CostLine, formatUsd, type Loss, ratesOfOne, scaleDecimal, usdOfPicos } from "../../../exchange/index.ts";
import type { Correction, SettledRecord } from "../../../storage/index.ts";
import { type Bill, billOf } from "../../bill.ts";
import { columns } from "../columns.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { gatewayOf } from "../elsewhere.ts";
import { askOperator } from "../gitops/operator.ts";
import { configOf, jsonLine, withData } from "../places.ts";
import type { Remote } from "../remote/remote.ts";

interface Explained {
  readonly record: SettledRecord;
  readonly keyName: string | undefined;
  readonly bill: Bill | undefined;
  readonly corrections: readonly Pick<Correction, "number" | "madeAt" | "deltaNanos" | "priceVersion" | "reason">[];
  /** The costs are not for who asks. */
  readonly costsHidden?: boolean;
  /** For `--json`. */
  readonly plain: unknown;
}

/** `sluice explain`: why this route, this verdict, this price. */
export const explain: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const id = invocation.arguments[0]!;
  const gateway = gatewayOf(invocation);
  const { record, keyName, bill, corrections, costsHidden, plain } = await (gateway ? askElsewhere(gateway, id) : look(invocation, id));
  if (flags.is("json")) {
    terminal.write(jsonLine(plain));
    return 0;
  }
  const cost = costsHidden ? "Price: your role does not show it." : price(record, bill) + corrected(record, corrections);
  terminal.write(`${[head(record, keyName), route(record), verdicts(record), cost].join("\n\n")}\n`);
  return 0;
};

/** In the data folder itself. @throws CommandError */
async function look(invocation: Invocation, id: string): Promise<Explained> {
  const found = await withData(invocation, async (storage) => {
    await storage.drain();
    const record = await storage.records.record(id);
    const corrections = await storage.ledger.corrections([id]);
    return { record, keyName: record && (await storage.control.keys.get(record.keyId))?.name, corrections };
  });
  const { record } = found;
  if (record !== undefined) {
    const explained = { ...found, record, bill: await billOf(record, await configOf(invocation)) };
    return { ...explained, plain: explained };
  }
  throw new CommandError(
    `There is no record of ${JSON.stringify(id)}.`,
    "The id is the value of the header x-sluice-request-id. A request is recorded when it has ended; look also whether --data names the right folder.",
  );
}

/** At a gateway, by its admin API. @throws CommandError */
async function askElsewhere(gateway: Remote, id: string): Promise<Explained> {
  const { body } = await askOperator(gateway, "GET", `/records/${encodeURIComponent(id)}`);
  const { startedAt, costUsd, keyName, bill, corrections = [], ...rest } = body;
  const told = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  const record = {
    ...told,
    startedAt: Date.parse(startedAt),
    ...(typeof costUsd === "string" && { costNanos: scaled(costUsd, 9) }),
  } as unknown as SettledRecord;
  const lines = (bill?.lines ?? []) as readonly (Pick<CostLine, "name" | "count"> & { readonly usdEach: string })[];
  return {
    record,
    keyName: keyName ?? undefined,
    bill: bill
      ? { current: bill.current, lines: lines.map(({ usdEach, ...line }) => ({ ...line, picos: scaled(usdEach, 12) })) }
      : undefined,
    corrections: (corrections as { madeAt: string; deltaUsd: string; number: number; priceVersion: string; reason: string }[]).map(
      (each) => ({
        ...each,
        madeAt: Date.parse(each.madeAt),
        deltaNanos: each.deltaUsd.startsWith("-") ? -scaled(each.deltaUsd.slice(1), 9) : scaled(each.deltaUsd, 9),
      }),
    ),
    costsHidden: costUsd === undefined,
    plain: body,
  };
}

/** Dollars in smaller units. */
function scaled(usd: string, shift: number): number {
  return scaleDecimal(usd, shift)?.value ?? Number.NaN;
}

function head(record: SettledRecord, keyName: string | undefined): string {
  const caller = `${keyName ?? (record.keyId === "" ? "nobody that we know" : record.keyId)}${record.team === undefined ? "" : ` of the team ${record.team}`}`;
  const rows = [
    ["request", record.id],
    ["when", new Date(record.startedAt).toISOString()],
    ["asked by", caller],
    ["for", `${record.model === "" ? "no model" : record.model} at ${record.endpoint}${record.stream ? ", streamed" : ""}`],
    ["ended in", `${record.outcome}, status ${record.status}${record.fault === undefined ? "" : `, fault ${record.fault}`}`],
    ["took", timesOf(record)],
    ...(record.detail.client === undefined ? [] : [["came from", record.detail.client]]),
  ];
  return columns(rows);
}

function timesOf(record: SettledRecord): string {
  const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
  const parts = [ms(record.durationMs)];
  if (record.firstEventMs !== undefined) parts.push(`first event after ${ms(record.firstEventMs)}`);
  if (record.upstreamMs !== undefined) parts.push(`${ms(record.upstreamMs)} of it until the provider answered`);
  return parts.join(", ");
}

function route({ detail, provider, targetModel }: SettledRecord): string {
  const attempts = (detail.attempts ?? []).filter(isAttempt);
  const reason = detail.routeReason === undefined ? "no target was looked for" : detail.routeReason;
  const tried = attempts.map((attempt, index) => [
    `  ${index + 1}. ${attempt.target}${attempt.key === undefined ? "" : `, key ${attempt.key}`}`,
    attempt.outcome === "answered" ? "answered" : `failed: ${attempt.outcome}`,
    attempt.status === undefined ? "" : `status ${attempt.status}`,
    `${attempt.ms.toFixed(0)} ms`,
  ]);
  const target = provider === undefined ? "nobody" : `${provider}/${targetModel ?? ""}`;
  const surface = detail.surface === undefined ? [] : [`Surface: ${detail.surface.id}, ${detail.surface.reason}.`];
  return [`Route: ${reason}; went to ${target}.`, ...surface, ...(tried.length === 0 ? [] : [columns(tried, [3])])].join("\n");
}

function isAttempt(value: unknown): value is Attempt {
  return (
    typeof value === "object" && value !== null && "target" in value && "outcome" in value && "ms" in value && typeof value.ms === "number"
  );
}

function verdicts({ id, detail, fault }: SettledRecord): string {
  const lines = [`Cache: ${detail.cache ?? "not asked"}.`];
  if (detail.repeat) lines.push(`Idempotency-Key: ${repeatLine(detail.repeat)}.`);
  const policies = detail.policies ?? [];
  if (policies.length > 0) lines.push(`Policies: ${policies.map((policy) => JSON.stringify(policy)).join(", ")}.`);
  else lines.push(fault?.startsWith("policy_") ? `Policies: refused (${fault}).` : "Policies: nothing objected.");
  const { thoughts, body } = detail;
  if (body) lines.push(body.kept ? `Body: kept (sluice records body ${id}).` : `Body: not kept, since ${body.why}.`);
  if (thoughts) lines.push(`Thoughts: put back in ${thoughts.putBack} turns, ${thoughts.kept} kept for the next.`);
  const warnings = detail.warnings ?? [];
  if (warnings.length > 0) lines.push(`Translation: ${warnings.map(lossLine).join(", ")}.`);
  return lines.join("\n");
}

function repeatLine(repeat: NonNullable<SettledRecord["detail"]["repeat"]>): string {
  if ("of" in repeat) return `came before; what ${repeat.of} was answered was given again (sluice explain ${repeat.of})`;
  if ("unguarded" in repeat) return "the store of the counters did not answer, so nobody could say whether it came before";
  return `the first with it; its answer is kept for whoever repeats it${repeat.clientLeft ? ". Its client left before the end" : ""}`;
}

/** `sampling_dropped at temperature (dropped, S)`; a record of another version is shown as it stands. */
function lossLine(warning: unknown): string {
  const { code, path, action, class: weight } = (warning ?? {}) as Partial<Loss>;
  return code === undefined ? JSON.stringify(warning) : `${code} at ${path} (${action}, ${weight})`;
}

function price({ usage, costNanos, priceVersion }: SettledRecord, bill: Bill | undefined): string {
  if (usage === undefined) return "Price: nothing was used, so nothing is charged.";
  if (costNanos === undefined) return "Price: unknown. The model has no price; set one under `prices` in the config. Nothing was charged.";
  const source =
    usage.source === "reported" ? "usage as the provider reported it" : "usage estimated, since the provider did not report it";
  const total = `Price: ${formatUsd(BigInt(costNanos))} USD (${source}; prices ${priceVersion ?? "unknown"}).`;
  if (bill === undefined) return total;
  const rows = bill.lines.map(({ name, count, picos }) => {
    const rate = ratesOfOne.has(name)
      ? `${usdOfPicos(BigInt(picos))} USD each`
      : `${usdOfPicos(BigInt(picos) * 1_000_000n)} USD per million`;
    return [`  ${name}`, String(count), `× ${rate}`, `= ${usdOfPicos(BigInt(picos) * BigInt(count))} USD`];
  });
  const note = bill.current ? "" : "\n  The prices have changed since; these are today's, and the sum above is what was charged.";
  return `${total}\n${columns(rows, [1])}${note}`;
}

/** What the record costs since its prices were put right; a record itself stays as it was settled. */
function corrected({ costNanos = 0 }: SettledRecord, corrections: Explained["corrections"]): string {
  if (corrections.length === 0) return "";
  const rows = corrections.map(({ number, madeAt, deltaNanos, priceVersion, reason }) => [
    ...[`  ${number}. ${new Date(madeAt).toISOString()}`, `${deltaNanos < 0 ? "" : "+"}${formatUsd(BigInt(deltaNanos))} USD`],
    `${JSON.stringify(reason)}, prices ${priceVersion}`,
  ]);
  const sum = corrections.reduce((total, { deltaNanos }) => total + BigInt(deltaNanos), BigInt(costNanos));
  return `\nCorrected since: ${formatUsd(sum)} USD.\n${columns(rows, [1])}`;
}
