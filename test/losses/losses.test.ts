import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type DialectId, dialectIds, type Loss } from "../../src/exchange/index.ts";
import { onlyProvider } from "../transcripts/ask-gateway.ts";
import { type Bench, openBench, type Reply } from "../transcripts/bench.ts";
import { cannedAnswer } from "../transcripts/canned.ts";
import type { Feature, Features } from "./feature.ts";
import { cellOf, everyLoss, lossReference } from "./page.ts";
import { requestFeatures } from "./requests/index.ts";
import { outcomeOf } from "./translate.ts";

const minuteMs = 60_000;
const others = (dialect: DialectId): DialectId[] => dialectIds.filter((id) => id !== dialect);

describe("a request in another dialect", () => {
  test("is looked at feature by feature for every dialect that is spoken", () => {
    expect(requestFeatures.map(({ dialect }) => dialect).toSorted()).toEqual([...dialectIds].toSorted());
  });

  for (const features of requestFeatures) {
    test.each(others(features.dialect))(`of ${features.dialect} loses nothing silently on the way to %s`, (upstream) => {
      const lost = features.list
        .map((feature) => [feature.name, outcomeOf(features, feature, upstream)] as const)
        .filter(([, outcome]) => outcome.kind === "silent");
      expect(lost.map(([name, outcome]) => `${name}: ${cellOf(outcome)}`)).toEqual([]);
    });
  }

  test("loses what the page tells, and nothing else", () => {
    const written = readFileSync(new URL("../../docs/reference/losses.md", import.meta.url), "utf8");
    expect(written === lossReference()).toBe(true);
  });

  test("names losses by codes of one form", () => {
    const losses = everyLoss();
    console.log(
      `${losses.length} losses of ${new Set(losses.map(({ loss }) => loss.code)).size} codes over ${dialectIds.length * (dialectIds.length - 1)} pairs of dialects.`,
    );
    expect(losses.length).toBeGreaterThan(0);
    expect(losses.filter(({ loss }) => !/^[a-z]+(_[a-z]+)+$/.test(loss.code) || loss.path === "")).toEqual([]);
  });
});

describe("x-sluice-strict", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  function ask({ dialect, plain }: Features, feature: Feature, upstream: DialectId, strict: boolean): Promise<Reply> {
    const body = { ...plain, ...feature.beside, ...feature.members };
    const stream = body.stream === true;
    const headers: Record<string, string> = strict ? { "x-sluice-strict": "true" } : {};
    const answer = cannedAnswer(upstream, stream);
    return bench.ask({ caller: dialect, provider: onlyProvider(upstream), body, stream, headers }, { dialect: upstream, answer });
  }

  for (const features of requestFeatures) {
    test(
      `refuses what changes the meaning of a request of ${features.dialect}, and nothing else`,
      async () => {
        const wrong: string[] = [];
        let refused = 0;
        for (const upstream of others(features.dialect)) {
          for (const feature of features.list) {
            const usual = await ask(features, feature, upstream, false);
            const strict = await ask(features, feature, upstream, true);
            const losses = (usual.records[0]?.detail?.warnings ?? []) as readonly Loss[];
            const serious = losses.filter((loss) => loss.class === "S");
            const named = losses.every(({ code }) => (usual.headers.get("x-sluice-warning") ?? "").includes(code));
            if (usual.status === 200 && !named) wrong.push(`${upstream}, ${feature.name}: not every loss is in the header`);
            const expected = usual.status !== 200 || serious.length > 0 ? 400 : 200;
            if (strict.status !== expected) wrong.push(`${upstream}, ${feature.name}: ${strict.status} instead of ${expected}`);
            if (serious.length === 0) continue;
            refused++;
            if (strict.arrivals.length > 0) wrong.push(`${upstream}, ${feature.name}: was sent all the same`);
            if (!serious.every(({ code, path }) => strict.text.includes(code) && strict.text.includes(path)))
              wrong.push(`${upstream}, ${feature.name}: the refusal names not every loss`);
          }
        }
        expect(wrong).toEqual([]);
        expect(refused).toBeGreaterThan(0);
      },
      minuteMs,
    );
  }
});
