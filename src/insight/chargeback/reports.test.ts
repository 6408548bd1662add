import { describe, expect, test } from "bun:test";
import { usageOf } from "../../exchange/index.ts";
import { openMemoryStorage, type SettledRecord, type Storage } from "../../storage/index.ts";
import { chargeMonth } from "./charge-month.ts";
import { type DayCost, forecast } from "./forecast.ts";
import { type InvoiceForm, readInvoice } from "./invoice.ts";
import { type ReconcileOptions, reconcile, type Variance } from "./reconcile.ts";
import { savings } from "./savings.ts";

const november = chargeMonth("2026-11")!;
const dayMs = 86_400_000;
const models = ["big", "small", "tiny-2026-01-01"];
let nextId = 0;

function record(day: string, targetModel: string, costNanos: number, fields: Partial<SettledRecord> = {}): SettledRecord {
  return {
    id: `req_${day}${String(nextId++).padStart(8, "0")}`,
    startedAt: Date.parse(`${day}T23:59:59Z`),
    keyId: "key_1",
    endpoint: "chat",
    model: "smart",
    provider: "lab",
    targetModel,
    outcome: "success",
    status: 200,
    stream: false,
    usage: usageOf({ inputUncached: 1000, output: 100 }),
    costNanos,
    priceVersion: "1",
    durationMs: 1,
    detail: {},
    ...fields,
  };
}

/** Thirty days of three models, several requests each, and the invoice that says the same. */
async function monthOfRequests(): Promise<{ readonly storage: Storage; readonly days: Map<string, bigint> }> {
  const storage = await openMemoryStorage();
  const days = new Map<string, bigint>();
  for (let at = november.from; at < november.until; at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10);
    for (const [index, model] of models.entries()) {
      for (let each = 1; each <= 3; each++) {
        const cost = 1_000_000_007 * each + (at / dayMs) * 13 + index;
        await storage.journal.append(record(day, model, cost));
        days.set(`${day}/${model}`, (days.get(`${day}/${model}`) ?? 0n) + BigInt(cost));
      }
    }
    await storage.journal.append(record(day, "big", 77, { provider: "elsewhere" }));
  }
  await storage.journal.append(record("2026-12-01", "big", 5));
  await storage.drain();
  return { storage, days };
}

const exact: ReconcileOptions = { provider: "lab", ...november, toleranceNanos: 0n, tolerancePpm: 0n };
const usd = (nanos: bigint) => `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, "0")}`;
const split = (name: string) => name.split("/") as [string, string];

/** The same invoice in each form that the providers document. */
const forms: Readonly<Record<InvoiceForm, (days: ReadonlyMap<string, bigint>) => string>> = {
  csv: (days) => `Model,Date,USD\n${[...days].map(([name, cost]) => `${split(name)[1]},${split(name)[0]},${usd(cost)}`).join("\n")}\n`,
  focus: (days) =>
    `BilledCost,ChargePeriodStart,SkuId\r\n${[...days].map(([name, cost]) => `${usd(cost)},${split(name)[0]}T00:00:00Z,${split(name)[1]}`).join("\r\n")}`,
  "aws-cur": (days) =>
    `lineItem/UsageStartDate,lineItem/ResourceId,lineItem/UnblendedCost\n${[...days].map(([name, cost]) => `${split(name)[0]}T07:00:00Z,arn:aws:bedrock:us-east-1::foundation-model/${split(name)[1]},${usd(cost)}`).join("\n")}`,
  "openai-costs": (days) =>
    JSON.stringify({
      object: "page",
      data: [...days].map(([name, cost]) => ({
        object: "bucket",
        start_time: Date.parse(split(name)[0]) / 1000,
        results: [
          {
            object: "organization.costs.result",
            amount: { value: "AMOUNT", currency: "usd" },
            line_item: `${split(name)[1]}, input`,
            cost: usd(cost),
          },
        ],
      })),
    }).replace(/"AMOUNT"(.*?),"cost":"([\d.]+)"/g, "$2$1"),
  "anthropic-costs": (days) =>
    JSON.stringify({
      data: [...days].map(([name, cost]) => ({
        starting_at: `${split(name)[0]}T00:00:00Z`,
        results: [
          { currency: "USD", amount: `${cost / 10_000_000n}.${String(cost % 10_000_000n).padStart(7, "0")}`, model: split(name)[1] },
        ],
      })),
    }),
};

describe("reconciliation", () => {
  test("finds nothing in an invoice that is right, in each form", async () => {
    const { storage, days } = await monthOfRequests();
    const total = [...days.values()].reduce((sum, cost) => sum + cost, 0n);
    for (const [form, write] of Object.entries(forms) as [InvoiceForm, (typeof forms)[InvoiceForm]][]) {
      const columns = form === "csv" ? { day: "Date", model: "Model", cost: "USD" } : undefined;
      const found = await reconcile(readInvoice(write(days), form, columns), exact, storage.records);
      expect([form, found]).toEqual([form, { compared: 90, theirs: total, ours: total, variances: [], outside: 0 }]);
    }
  });

  test("lists exactly the errors that were planted", async () => {
    const { storage, days } = await monthOfRequests();
    const names = [...days.keys()];
    const planted = new Map<string, [Variance["why"], bigint, bigint]>();
    const wrong = new Map(days);
    for (const [at, name] of names.entries()) {
      const cost = days.get(name) as bigint;
      if (at % 11 === 3) {
        wrong.set(name, cost + (at % 2 === 0 ? 1n : -1n));
        planted.set(name, ["differs", wrong.get(name) as bigint, cost]);
      }
      if (at % 17 === 5) {
        wrong.delete(name);
        planted.set(name, ["only ours", 0n, cost]);
      }
    }
    wrong.set("2026-11-09/unheard-of", 12n);
    planted.set("2026-11-09/unheard-of", ["only theirs", 12n, 0n]);
    wrong.set("2026-10-31/big", 12n);
    const invoice = readInvoice(forms["anthropic-costs"](wrong), "anthropic-costs");
    const found = await reconcile(invoice, exact, storage.records);
    const listed = new Map(found.variances.map(({ day, model, why, theirs, ours }) => [`${day}/${model}`, [why, theirs, ours] as const]));
    expect([...listed].toSorted()).toEqual([...planted].toSorted());
    expect([found.outside, planted.size]).toEqual([1, planted.size]);
    expect(planted.size).toBeGreaterThan(10);
  });

  test("lets pass what the tolerance allows, and no more", async () => {
    const { storage, days } = await monthOfRequests();
    const name = "2026-11-15/big";
    const cost = days.get(name) as bigint;
    const off = async (theirs: bigint, options: Partial<ReconcileOptions>) => {
      const invoice = readInvoice(forms["anthropic-costs"](new Map(days).set(name, theirs)), "anthropic-costs");
      return (await reconcile(invoice, { ...exact, ...options }, storage.records)).variances.length;
    };
    expect([await off(cost + 100n, { toleranceNanos: 100n }), await off(cost + 101n, { toleranceNanos: 100n })]).toEqual([0, 1]);
    const onePercent = { tolerancePpm: 10_000n };
    expect([await off((cost * 1009n) / 1000n, onePercent), await off((cost * 1011n) / 1000n, onePercent)]).toEqual([0, 1]);
  });

  test("knows models by what the provider calls them, and refuses what it cannot read", async () => {
    const { storage, days } = await monthOfRequests();
    const renamed = new Map([...days].map(([name, cost]) => [name.replace("tiny-2026-01-01", "tiny"), cost]));
    const invoice = readInvoice(forms["anthropic-costs"](renamed), "anthropic-costs");
    expect((await reconcile(invoice, exact, storage.records)).variances.length).toBe(60);
    const aliases = { models: new Map([["tiny", "tiny-2026-01-01"]]) };
    expect((await reconcile(invoice, { ...exact, ...aliases }, storage.records)).variances).toEqual([]);
    expect(() => readInvoice("a,b\n1", "csv", { day: "a", model: "b", cost: "c" })).toThrow("Row 2");
    expect(() => readInvoice("a,b,c\nx,y,1", "csv", { day: "a", model: "b", cost: "c" })).toThrow("no date");
    expect(() => readInvoice("a,b,c\n2026-11-01,y,one", "csv", { day: "a", model: "b", cost: "c" })).toThrow("no amount");
    expect(() => readInvoice('a,b\n"x"y,1', "csv")).toThrow();
  });
});

describe("a forecast", () => {
  const series = (costOn: (at: number) => number, from: number, until: number): DayCost[] =>
    Array.from({ length: Math.round((until - from) / dayMs) }, (_, index) => {
      const at = from + index * dayMs;
      return { day: new Date(at).toISOString().slice(0, 10), costNanos: BigInt(Math.round(costOn(at))) };
    });
  const start = Date.UTC(2026, 9, 1);
  /** How far the forecast made on a midnight is off what the month really came to, as a share. */
  const errorAt = (costOn: (at: number) => number, now: number): number => {
    const whole = series(costOn, november.from, november.until).reduce((sum, { costNanos }) => sum + Number(costNanos), 0);
    return Math.abs(Number(forecast(series(costOn, start, now), november, now).expected) - whole) / whole;
  };
  const tenth = Date.UTC(2026, 10, 10);

  test("is exact where days are alike, or alike by the day of the week", () => {
    expect(errorAt(() => 5e9, tenth)).toBe(0);
    const weekly = (at: number) => ([0, 6].includes(new Date(at).getUTCDay()) ? 1e9 : 10e9);
    expect(errorAt(weekly, tenth)).toBe(0);
    expect(errorAt(weekly, Date.UTC(2026, 10, 29))).toBe(0);
  });

  test("is within a quarter of what grows by half in a month, and closer the later it is made", () => {
    const growing = (at: number) => 1e9 * 1.5 ** ((at - start) / (30 * dayMs));
    const errors = [2, 10, 20, 28].map((day) => errorAt(growing, Date.UTC(2026, 10, day)));
    expect(errors).toEqual(errors.toSorted((one, other) => other - one));
    expect([errors[1]! < 0.25, errors[3]! < 0.03]).toEqual([true, true]);
  });

  test("is within a tenth where days scatter by half", () => {
    let seed = 42;
    const scatter = new Map<number, number>();
    for (let at = start; at < november.until; at += dayMs) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      scatter.set(at, 1e9 * (0.5 + seed / 2 ** 31));
    }
    const noisy = (at: number) => scatter.get(at) ?? 0;
    expect(errorAt(noisy, tenth)).toBeLessThan(0.1);
  });

  test("counts the part of today that is left, and says nothing of what it does not know", () => {
    const noon = tenth + dayMs / 2;
    const history = [...series(() => 8e9, start, tenth), { day: "2026-11-10", costNanos: 4_000_000_000n }];
    expect(forecast(history, november, noon)).toEqual({ spent: 76_000_000_000n, expected: 240_000_000_000n, basis: 28 });
    expect(forecast([], november, noon)).toEqual({ spent: 0n, expected: 0n, basis: 0 });
  });
});

test("savings are what the same requests would have cost at the dearest of the others", async () => {
  const storage = await openMemoryStorage();
  for (let at = 0; at < 700; at++) await storage.journal.append(record("2026-11-02", "small", 10));
  await storage.journal.append(record("2026-11-02", "small", 10, { model: "other" }));
  await storage.journal.append(record("2026-12-02", "small", 10));
  await storage.drain();
  const prices: Readonly<Record<string, number>> = { big: 5_000, middle: 2_000 };
  const rows = await savings(
    { ...november, otherwise: (model) => (model === "smart" ? Object.keys(prices).map((each) => ({ provider: "lab", model: each })) : []) },
    storage.records,
    (_, model) => ({ price: { rates: { input: prices[model] ?? 0, output: 0 } }, version: "1" }),
  );
  expect(rows).toEqual([{ model: "smart", insteadOf: "lab/big", requests: 700, cost: 7_000n, otherwise: 700n * 5_000n }]);
});
