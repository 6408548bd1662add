import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { WorstCase } from "../../src/accounting/worst-case.ts";
import { resolvePrice } from "../../src/config/resolving/resolve-price.ts";
import { costOf, usageOf } from "../../src/exchange/index.ts";

const folder = join(process.env.SLUICE_DATA ?? resolve(import.meta.dirname, "../../../shared/data"), "prices/litellm");
const file = existsSync(folder) ? readdirSync(folder).find((name) => /^model_prices.*\.json$/.test(name)) : undefined;

type Listed = Readonly<Record<string, unknown>>;
const words = { flex: "flex", priority: "priority", batch: "batches" } as const;

/** Dollars a million tokens, where they have six decimals. */
function perMillion(listed: Listed, name: string): number | undefined {
  const each = listed[name];
  if (typeof each !== "number") return undefined;
  const dollars = Number((each * 1e6).toFixed(6));
  return Math.abs(dollars - each * 1e6) < 1e-9 ? dollars : undefined;
}

function ratesOf(listed: Listed, suffix: string) {
  const [input, output] = [perMillion(listed, `input_cost_per_token${suffix}`), perMillion(listed, `output_cost_per_token${suffix}`)];
  return input === undefined || output === undefined ? undefined : { input, output };
}

describe.skipIf(file === undefined)("service tiers of the price list", () => {
  test("are charged by the name that the answer tells, and set aside at the dearest [needs ../shared/data]", () => {
    const listed = JSON.parse(readFileSync(join(folder, file as string), "utf8")) as Readonly<Record<string, Listed>>;
    const compared = { flex: 0, priority: 0, batch: 0 };
    for (const model of Object.values(listed)) {
      const standard = ratesOf(model, "");
      if (!standard) continue;
      const tiers = Object.fromEntries(
        Object.entries(words).flatMap(([tier, word]) => {
          const rates = ratesOf(model, `_${word}`);
          return rates ? [[tier, rates] as const] : [];
        }),
      );
      if (Object.keys(tiers).length === 0) continue;
      const price = resolvePrice({ ...standard, tiers });
      const used = { inputUncached: 1_000_000, output: 1_000_000 };
      const nanos = ({ input, output }: { input: number; output: number }) => BigInt(Math.round((input + output) * 1e9));
      for (const [tier, rates] of Object.entries(tiers)) {
        expect(costOf(usageOf({ ...used, tier }), price)).toEqual({ nanos: nanos(rates) });
        compared[tier as keyof typeof compared]++;
      }
      expect(costOf(usageOf({ ...used, tier: "default" }), price)?.nanos).toBe(nanos(standard));
      expect(costOf(usageOf(used), price)?.nanos).toBe(nanos(standard));
      const all = [standard, ...Object.values(tiers)];
      const dearest = (of: (rates: { input: number; output: number }) => number) => Math.max(...all.map(of));
      const most = dearest(({ input }) => input) + dearest(({ output }) => output);
      expect(new WorstCase().cost(price, { input: 1_000_000, output: 1_000_000 }, undefined, 0)).toBe(
        Math.ceil(Number((most * 1e9).toFixed(3))),
      );
    }
    for (const count of Object.values(compared)) expect(count).toBeGreaterThan(10);
    console.log(`${compared.flex} flex, ${compared.priority} priority and ${compared.batch} batch prices are charged as listed.`);
  });
});

test("steps and tiers take what they leave out from what they stand on", () => {
  const price = resolvePrice({
    input: 2,
    output: 8,
    cacheRead: 0.5,
    above: [
      { inputTokens: 1000, input: 4 },
      { inputTokens: 2000, output: 12 },
    ],
    tiers: { priority: { input: 3, above: [{ inputTokens: 1000, input: 6 }] } },
  });
  const cost = (input: number, tier?: string) =>
    costOf(usageOf({ inputUncached: input, cacheRead: 10, output: 100, ...(tier && { tier }) }), price)?.nanos;
  expect(cost(500)).toBe(500n * 2000n + 10n * 500n + 100n * 8000n);
  expect(cost(1500)).toBe(1500n * 4000n + 10n * 500n + 100n * 8000n);
  expect(cost(2500)).toBe(2500n * 4000n + 10n * 500n + 100n * 12000n);
  expect(cost(500, "priority")).toBe(500n * 3000n + 10n * 500n + 100n * 8000n);
  expect(cost(1500, "priority")).toBe(1500n * 6000n + 10n * 500n + 100n * 8000n);
});
