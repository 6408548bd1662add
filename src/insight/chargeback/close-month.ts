import { createHash } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { FrozenLine, FrozenMonth, LedgerStore, RecordStore } from "../../storage/index.ts";
import { type ChargeEntry, type ChargeLine, entryOf, isNothing, less, lineGroups, nameOf, sumsOf } from "./charge-line.ts";
import { type ChargeMonth, chargeMonth } from "./charge-month.ts";
import type { PriceBook } from "./price-book.ts";

export interface ClosingTools {
  readonly records: Pick<RecordStore, "usage">;
  readonly ledger: LedgerStore;
  readonly book: PriceBook;
  /** Milliseconds since the epoch. */
  now(): number;
}

type OpenTools = Pick<ClosingTools, "records" | "book"> & { readonly ledger: Pick<LedgerStore, "lines" | "months"> };

/** What the month would be closed with now. */
export async function openLines(month: ChargeMonth, { records, ledger, book }: OpenTools): Promise<readonly ChargeLine[]> {
  const own = await entriesOf(month, book.tags, records);
  return book.price([...own, ...(await lateEntries(month, records, ledger))]);
}

/**
 * Freezes a month: its lines, as they are from now on, and what came to be known of months that were frozen before. Whoever sums all
 * frozen lines sums all requests of the frozen months as they were known at the last close.
 *
 * @throws Fault `object_conflict` where it is frozen already, `request_malformed` where the month is not over
 */
export async function closeMonth(month: ChargeMonth, by: string, tools: ClosingTools): Promise<FrozenMonth> {
  const closedAt = tools.now();
  if (closedAt < month.until)
    throw new Fault("request_malformed", { message: `${month.name} is not over: it can be closed from ${day(month.until)} (UTC) on.` });
  if ((await tools.ledger.months()).some((frozen) => frozen.month === month.name)) throw frozenAlready(month);
  const lines = await openLines(month, tools);
  const kept = lines.map((line): FrozenLine => ({ organisation: line.organisation, team: line.team, line: JSON.stringify(line) }));
  const frozen: FrozenMonth = {
    month: month.name,
    closedAt,
    closedBy: by,
    lines: kept.length,
    tags: tools.book.tags,
    hash: hashOf(kept),
    costNanos: lines.reduce((sum, { costNanos }) => sum + BigInt(costNanos), 0n),
  };
  if (!(await tools.ledger.freeze(frozen, kept))) throw frozenAlready(month);
  return frozen;
}

/** A line feed behind each line. @returns SHA-256 in hexadecimal */
export function hashOf(lines: readonly FrozenLine[]): string {
  const hash = createHash("sha256");
  for (const { line } of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** Whether a month is as it was frozen. */
export async function isAsFrozen(frozen: FrozenMonth, ledger: Pick<LedgerStore, "lines">): Promise<boolean> {
  return hashOf(await ledger.lines(frozen.month)) === frozen.hash;
}

/** What was frozen before, and has changed since: another price, or requests that settled late. */
async function lateEntries(
  month: ChargeMonth,
  records: ClosingTools["records"],
  ledger: OpenTools["ledger"],
): Promise<readonly ChargeEntry[]> {
  const frozen = await ledger.months();
  const charged = new Map<string, ChargeEntry>();
  for (const { month: name } of frozen) for (const { line } of await ledger.lines(name)) addTo(charged, JSON.parse(line) as ChargeLine);
  const late: ChargeEntry[] = [];
  for (const { month: name, tags } of frozen) {
    const past = chargeMonth(name);
    if (past === undefined || past.from >= month.from) continue;
    const known = new Map<string, ChargeEntry>();
    for (const entry of await entriesOf(past, tags, records)) add(known, entry);
    for (const [key, { to }] of charged)
      if (isWithin(to.day, past) && !known.has(key)) known.set(key, { kind: "usage", to, sums: nothing });
    for (const [key, { to, sums }] of known) {
      const difference = less(sums, charged.get(key)?.sums ?? nothing);
      if (!isNothing(difference)) late.push({ kind: "correction", to, sums: difference });
    }
  }
  return late;
}

const nothing = { requests: 0, unpriced: 0, inputTokens: 0n, outputTokens: 0n, costNanos: 0n };

function addTo(charged: Map<string, ChargeEntry>, line: ChargeLine): void {
  const { kind, requests: _requests, unpriced: _unpriced, inputTokens: _in, outputTokens: _out, costNanos: _cost, ...rest } = line;
  const { chargedNanos: _charged, currency: _currency, chargedInCurrency: _inCurrency, ...to } = rest;
  add(charged, { kind, to, sums: sumsOf(line) });
}

function add(all: Map<string, ChargeEntry>, { kind, to, sums }: ChargeEntry): void {
  const name = nameOf(to);
  all.set(name, { kind, to, sums: less(all.get(name)?.sums ?? nothing, less(nothing, sums)) });
}

async function entriesOf(month: ChargeMonth, tags: readonly string[], records: ClosingTools["records"]): Promise<readonly ChargeEntry[]> {
  const by = [...lineGroups, ...tags.map((tag) => `tag:${tag}` as const)];
  return (await records.usage({ since: month.from, until: month.until, by })).map((row) => entryOf(row, tags));
}

function isWithin(text: string, { from, until }: ChargeMonth): boolean {
  const at = Date.parse(text);
  return at >= from && at < until;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function frozenAlready({ name }: ChargeMonth): Fault {
  return new Fault("object_conflict", { message: `${name} is closed already, and a closed month stays as it is.` });
}
