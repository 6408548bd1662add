import { describe, expect, test } from "bun:test";
import { type Fault, type Price, usageOf } from "../../exchange/index.ts";
import { openMemoryStorage, type SettledRecord, type Storage } from "../../storage/index.ts";
import type { ChargeLine } from "./charge-line.ts";
import { chargeMonth } from "./charge-month.ts";
import { closeMonth, hashOf, isAsFrozen, openLines } from "./close-month.ts";
import { readCsv } from "./csv.ts";
import { PriceBook } from "./price-book.ts";
import { recompute } from "./recompute.ts";
import { linesAsCsv, linesAsFocus } from "./write-lines.ts";

const october = chargeMonth("2026-10")!;
const november = chargeMonth("2026-11")!;
const december = chargeMonth("2026-12")!;
const later = Date.UTC(2027, 0, 5);
let nextId = 0;

function record(day: string, costNanos: number | undefined, fields: Partial<SettledRecord> = {}): SettledRecord {
  return {
    id: `req_${Date.parse(day).toString(32)}${String(nextId++).padStart(6, "0")}`,
    startedAt: Date.parse(`${day}T10:00:00Z`),
    keyId: "key_1",
    team: "support",
    endpoint: "chat",
    model: "smart",
    provider: "lab",
    targetModel: "big",
    outcome: "success",
    status: 200,
    stream: false,
    usage: usageOf({ inputUncached: 1000, output: 100 }),
    ...(costNanos !== undefined && { costNanos, priceVersion: "1" }),
    durationMs: 1,
    detail: {},
    ...fields,
  };
}

async function storageWith(...records: SettledRecord[]): Promise<Storage> {
  const storage = await openMemoryStorage();
  for (const each of records) await storage.journal.append(each);
  await storage.drain();
  return storage;
}

const linesOf = async (storage: Storage, month: string) =>
  (await storage.ledger.lines(month)).map(({ line }) => JSON.parse(line) as ChargeLine);
const sum = (lines: readonly ChargeLine[], field: "costNanos" | "chargedNanos" = "costNanos") =>
  lines.reduce((total, line) => total + BigInt(line[field]), 0n);
const closing = (storage: Storage, book = new PriceBook(), now = later) => ({
  records: storage.records,
  ledger: storage.ledger,
  book,
  now: () => now,
});

describe("closing a month", () => {
  test("freezes lines that add up to what its requests cost, and to no others'", async () => {
    const storage = await storageWith(
      record("2026-10-31", 1),
      record("2026-11-01", 20),
      record("2026-11-01", 300, { team: "sales", user: "ann" }),
      record("2026-11-30", 4_000, { detail: { metadata: { project: "x" } } }),
      record("2026-11-30", undefined),
      record("2026-12-01", 50_000),
    );
    const frozen = await closeMonth(november, "ann", closing(storage, new PriceBook({ tags: ["project"] })));
    const lines = await linesOf(storage, "2026-11");
    expect([frozen.costNanos, sum(lines), frozen.lines, lines.length]).toEqual([4_320n, 4_320n, 4, 4]);
    expect(lines.map(({ day, team, tags, requests, unpriced }) => [day, team, tags, requests, unpriced])).toEqual([
      ["2026-11-01", "sales", {}, 1, 0],
      ["2026-11-01", "support", {}, 1, 0],
      ["2026-11-30", "support", {}, 1, 1],
      ["2026-11-30", "support", { project: "x" }, 1, 0],
    ]);
    expect(await isAsFrozen(frozen, storage.ledger)).toBe(true);
  });

  test("happens once, and not before the month is over", async () => {
    const storage = await storageWith(record("2026-11-01", 20));
    const early = closeMonth(november, "ann", closing(storage, new PriceBook(), november.until - 1));
    expect(await early.catch((error) => (error as Fault).code)).toBe("request_malformed");
    const both = await Promise.allSettled([closeMonth(november, "ann", closing(storage)), closeMonth(november, "bob", closing(storage))]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await closeMonth(november, "eve", closing(storage)).catch((error) => (error as Fault).code)).toBe("object_conflict");
    expect((await storage.ledger.months()).length).toBe(1);
  });

  test("a frozen month stays frozen: what comes late is in the next one, once", async () => {
    const storage = await storageWith(record("2026-10-02", 5), record("2026-11-01", 20));
    const frozen = await closeMonth(october, "ann", closing(storage));
    await storage.journal.append(record("2026-10-02", 7));
    await storage.journal.append(record("2026-10-09", 11, { team: "sales" }));
    await storage.drain();
    expect(await isAsFrozen(frozen, storage.ledger)).toBe(true);
    await closeMonth(november, "ann", closing(storage));
    const lines = await linesOf(storage, "2026-11");
    expect(lines.map(({ kind, day, team, costNanos, requests }) => [kind, day, team, costNanos, requests])).toEqual([
      ["usage", "2026-11-01", "support", "20", 1],
      ["correction", "2026-10-02", "support", "7", 1],
      ["correction", "2026-10-09", "sales", "11", 1],
    ]);
    await closeMonth(december, "ann", closing(storage));
    expect(await linesOf(storage, "2026-12")).toEqual([]);
    expect(hashOf(await storage.ledger.lines("2026-10"))).toBe(frozen.hash);
    const [all] = await storage.records.usage({});
    expect(sum([...(await linesOf(storage, "2026-10")), ...lines])).toBe(all!.costNanos);
  });

  test("another list of tags changes nothing of what was charged before", async () => {
    const storage = await storageWith(record("2026-10-02", 5, { detail: { metadata: { project: "x" } } }));
    await closeMonth(october, "ann", closing(storage));
    expect(await openLines(november, closing(storage, new PriceBook({ tags: ["project"] })))).toEqual([]);
  });
});

describe("a price that was wrong", () => {
  const right: Price = { rates: { input: 1_000, output: 10_000 } };
  const options = { from: october.from, until: december.from, reason: "wrong" };

  test("is put right by lines beside the records, in the sums of their hour, and once", async () => {
    const first = record("2026-11-03", 999, { detail: { metadata: { project: "x" } } });
    const storage = await storageWith(first, record("2026-11-04", undefined), record("2026-11-05", 2_000), record("2026-12-01", 1));
    const tools = { records: storage.records, ledger: storage.ledger, priceOf: () => ({ price: right, version: "2" }), now: () => later };
    const dry = await recompute({ ...options, dryRun: true }, tools);
    const done = await recompute(options, tools);
    expect([dry, done]).toEqual([done, { seen: 3, corrected: 2, unpriced: 0, deltaNanos: 2_000n + 1_001n }]);
    const [row] = await storage.records.usage({ until: december.from });
    expect([row?.costNanos, row?.requests, row?.unpriced]).toEqual([6_000n, 3, 0]);
    const tagged = await storage.records.usage({ by: ["tag:project", "day"], until: december.from });
    expect(tagged.map(({ group, costNanos }) => [...Object.values(group), costNanos])).toEqual([
      ["", "2026-11-04", 2_000n],
      ["", "2026-11-05", 2_000n],
      ["x", "2026-11-03", 2_000n],
    ]);
    expect((await storage.records.record(first.id))?.costNanos).toBe(999);
    expect(await storage.ledger.corrections([first.id])).toEqual([
      { recordId: first.id, number: 1, madeAt: later, deltaNanos: 1_001, priceVersion: "2", reason: "wrong" },
    ]);
    expect((await recompute(options, tools)).corrected).toBe(0);
    const cheaper = await recompute(options, { ...tools, priceOf: () => ({ price: { rates: { input: 0, output: 0 } }, version: "3" }) });
    expect([cheaper.corrected, cheaper.deltaNanos]).toEqual([3, -6_000n]);
  });

  test("of a frozen month is charged in the next", async () => {
    const storage = await storageWith(record("2026-10-03", 999));
    await closeMonth(october, "ann", closing(storage));
    const priceOf = () => ({ price: right, version: "2" });
    await recompute(options, { records: storage.records, ledger: storage.ledger, priceOf, now: () => later });
    await closeMonth(november, "ann", closing(storage));
    const lines = await linesOf(storage, "2026-11");
    expect(lines.map(({ kind, day, costNanos, requests }) => [kind, day, costNanos, requests])).toEqual([
      ["correction", "2026-10-03", "1001", 0],
    ]);
  });
});

describe("internal prices", () => {
  const entries = (...costs: number[]) =>
    storageWith(...costs.map((cost, at) => record(`2026-11-${String(at + 1).padStart(2, "0")}`, cost)));

  test("are markup, discount and steps of volume, and lines add up whatever the rounding", async () => {
    const rule = {
      teams: ["supp*"],
      models: ["lab/*"],
      markupPercent: 12.5,
      discountPercent: 3,
      volume: [{ aboveUsd: 0.000001, discountPercent: 10 }],
    };
    const storage = await entries(333, 333, 333, 333, 333);
    const lines = await openLines(november, closing(storage, new PriceBook({ prices: [rule] })));
    // 1,665 nano-dollars: 1,000 at 0.97 and 665 at 0.90, times 1.125.
    expect(sum(lines, "chargedNanos")).toBe(BigInt(Math.round((1000 * 0.97 + 665 * 0.9) * 1.125)));
    expect(sum(lines)).toBe(1_665n);
    const others = await openLines(november, closing(storage, new PriceBook({ prices: [{ ...rule, teams: ["sales"] }] })));
    expect(sum(others, "chargedNanos")).toBe(1_665n);
  });

  test("are told in the currency of the house, by the rate of the day", async () => {
    const book = new PriceBook({
      currency: "EUR",
      rates: [
        { from: "2026-11-02", perUsd: 0.5 },
        { from: "2026-01-01", perUsd: 0.25 },
      ],
    });
    const lines = await openLines(november, closing(await entries(1_000, 1_000), book));
    expect(lines.map(({ currency, chargedInCurrency }) => [currency, chargedInCurrency])).toEqual([
      ["EUR", "250"],
      ["EUR", "500"],
    ]);
    const without = new PriceBook({ currency: "EUR", rates: [{ from: "2027-01-01", perUsd: 1 }] });
    await expect(openLines(november, closing(await entries(1), without))).rejects.toThrow("2026-11-01");
  });
});

test("lines are written as CSV and FOCUS whose amounts add up to the nano-dollar", async () => {
  const odd = '=1+1,"x"\nCafé';
  const storage = await storageWith(
    record("2026-11-01", 123_456_789),
    record("2026-11-02", 1, { user: odd, detail: { metadata: { project: odd } } }),
  );
  const lines = await openLines(november, closing(storage, new PriceBook({ tags: ["project"] })));
  const nanos = (text: string) => BigInt(text.split(".")[0] ?? "") * 1_000_000_000n + BigInt((text.split(".")[1] ?? "").padEnd(9, "0"));
  const rows = readCsv(linesAsCsv(november, lines));
  expect(rows.map(({ cost_usd }) => nanos(cost_usd!))).toEqual([123_456_789n, 1n]);
  expect([rows[1]?.user, rows[1]?.["tag:project"]]).toEqual([`'${odd}`, `'${odd}`]);
  const focus = readCsv(linesAsFocus(november, lines));
  expect(focus.map(({ BilledCost }) => nanos(BilledCost!))).toEqual([123_456_789n, 1n]);
  expect(JSON.parse(focus[1]!.Tags!)).toEqual({ project: odd, "sluice/user": odd, "sluice/model": "smart" });
});
