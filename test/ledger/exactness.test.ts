import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { normaliseUsage, priceUsage } from "../../src/accounting/index.ts";
import { type Price, type Usage, usageOf } from "../../src/exchange/index.ts";
import { type ChargeLine, chargeMonth, closeMonth, PriceBook } from "../../src/insight/index.ts";
import { openStorage, type SettledRecord } from "../../src/storage/index.ts";

// `USAGES=1000000 bun test test/ledger/exactness.test.ts` for the long form; `SEED=n` for another row of numbers.
const usages = Number(process.env.USAGES ?? 50_000);
let seed = Number(process.env.SEED ?? 20_261_121) >>> 0;

function random(): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
}

const below = (most: number) => Math.floor(random() * most);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;

/** Rates in pico-dollars a token, as the price sheets of these made-up models have them. */
const sheets = Array.from({ length: 12 }, () => ({
  input: 1 + below(15_000_000),
  output: 1 + below(75_000_000),
  cacheRead: random() < 0.7 ? below(1_500_000) : undefined,
  cacheWrite: random() < 0.5 ? below(20_000_000) : undefined,
  reasoning: random() < 0.3 ? below(90_000_000) : undefined,
}));
const prices = sheets.map(
  (rates): Price => ({ rates: Object.fromEntries(Object.entries(rates).filter(([, rate]) => rate !== undefined)) }),
);

/** The same sum in whole numbers of any size, from the sheet alone. */
function oracle(sheet: (typeof sheets)[number], usage: Usage): bigint {
  const of = (count: number, rate: number) => BigInt(count) * BigInt(rate);
  const separate = sheet.reasoning === undefined ? 0 : usage.reasoning;
  const picos =
    of(usage.inputUncached, sheet.input) +
    of(usage.cacheRead, sheet.cacheRead ?? sheet.input) +
    of(usage.cacheWrite, sheet.cacheWrite ?? sheet.input) +
    of(separate, sheet.reasoning ?? 0) +
    of(usage.output - separate, sheet.output);
  return picos / 1000n + (picos % 1000n >= 500n ? 1n : 0n);
}

/** Mostly as requests are, now and then beyond what any is. */
function someUsage(): Usage {
  const size = random() < 0.01 ? 1_000_000_000 : random() < 0.5 ? 4_000 : 200_000;
  const output = below(size);
  const rare = random() < 0.2;
  return usageOf({
    inputUncached: below(size),
    cacheRead: rare ? below(size) : 0,
    cacheWrite: rare ? below(size) : 0,
    output,
    reasoning: below(output + 1),
  });
}

test(`the ledger's lines are what ${usages.toLocaleString("en")} requests cost, to the nano-dollar`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-ledger-"));
  const storage = await openStorage({ folder, drainEveryMs: 60_000 });
  try {
    const november = chargeMonth("2026-11")!;
    const expected = new Map<string, bigint>();
    let whole = 0n;
    let beyondFloats = 0;
    for (let at = 0; at < usages; at++) {
      const which = below(sheets.length);
      const { usage } = normaliseUsage(someUsage());
      const { costNanos } = priceUsage(usage, prices[which], 0);
      const cost = oracle(sheets[which] as (typeof sheets)[number], usage);
      if (BigInt(costNanos ?? -1) !== cost) throw new Error(`Usage ${at}: ${costNanos} and not ${cost}: ${JSON.stringify(usage)}`);
      const record: SettledRecord = {
        id: `req_${String(at).padStart(12, "0")}`,
        startedAt: november.from + below(november.until - november.from),
        keyId: `key_${below(40)}`,
        team: pick(["red", "green", "blue"]),
        user: pick([undefined, "ann", "bob"]),
        endpoint: "chat",
        model: "smart",
        provider: "lab",
        targetModel: `model-${which}`,
        outcome: "success",
        status: 200,
        stream: false,
        usage,
        costNanos,
        priceVersion: "1",
        durationMs: 1,
        detail: random() < 0.3 ? { metadata: { project: `p${below(50)}` } } : {},
      };
      storage.journal.append(record);
      const line = JSON.stringify([new Date(record.startedAt).toISOString().slice(0, 10), record.team, record.user ?? "", which]);
      expected.set(line, (expected.get(line) ?? 0n) + cost);
      whole += cost;
      if (whole > BigInt(Number.MAX_SAFE_INTEGER)) beyondFloats++;
      if (at % 20_000 === 19_999) await storage.drain();
    }
    await storage.drain();
    const [all] = await storage.records.usage({});
    expect([all?.requests, all?.costNanos]).toEqual([usages, whole]);
    const { records, ledger } = storage;
    const book = new PriceBook({
      tags: ["project"],
      prices: [{ markupPercent: 7.77, volume: [{ aboveUsd: 1000, discountPercent: 3.3333 }] }],
    });
    const frozen = await closeMonth(november, "test", { records, ledger, book, now: () => november.until });
    const lines = (await ledger.lines("2026-11")).map(({ line }) => JSON.parse(line) as ChargeLine);
    const found = new Map<string, bigint>();
    for (const { day, team, user, targetModel, costNanos } of lines) {
      const line = JSON.stringify([day, team, user, Number(targetModel.slice(6))]);
      found.set(line, (found.get(line) ?? 0n) + BigInt(costNanos));
    }
    expect([frozen.costNanos, lines.reduce((sum, { requests }) => sum + requests, 0)]).toEqual([whole, usages]);
    let off = 0;
    for (const [line, cost] of expected) if (found.get(line) !== cost) off++;
    expect([off, found.size]).toEqual([0, expected.size]);
    expect(beyondFloats).toBeGreaterThan(0);
    console.log(`${usages} usages, ${lines.length} lines, ${whole} nano-dollars: 0 differ`);
  } finally {
    await storage.close();
    rmSync(folder, { recursive: true });
  }
}, 1_800_000);

test("what is no count, and what no price fits, never becomes money", () => {
  const price: Price = { rates: { input: 1_000, output: 1_000 } };
  const absurd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -(2 ** 53), -0, 0.5];
  for (const count of absurd) {
    const { usage, clamped } = normaliseUsage(usageOf({ inputUncached: count, output: 5 }));
    const cost = priceUsage(usage, price, 0).costNanos as number;
    expect([count, Number.isSafeInteger(cost), cost >= 5, clamped]).toEqual([count, true, true, ["inputUncached"]]);
  }
  const { usage } = normaliseUsage(usageOf({ output: 2 ** 60 }));
  expect(usage.output).toBe(1_000_000_000_000);
  const most = priceUsage(usage, { rates: { input: 0, output: Number.MAX_SAFE_INTEGER } }, 0);
  expect(most).toEqual({ costNanos: Number.MAX_SAFE_INTEGER, missing: ["overflow"] });
});
