import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type DialectId, dialectIds, type Loss } from "../../src/exchange/index.ts";
import { onlyProvider } from "../transcripts/ask-gateway.ts";
import { type Bench, openBench, type Reply } from "../transcripts/bench.ts";
import { cannedAnswer } from "../transcripts/canned.ts";
import { answerFeatures } from "./answers/index.ts";
import type { Feature, Features } from "./feature.ts";
import { cellOf, everyLoss, lossReference } from "./page.ts";
import { requestFeatures } from "./requests/index.ts";
import { answerOutcomeOf, outcomeOf } from "./translate.ts";

const minuteMs = 60_000;
const others = (dialect: DialectId): DialectId[] => dialectIds.filter((id) => id !== dialect);

const directions = [
  ["a request in another dialect", requestFeatures, outcomeOf],
  ["an answer for callers of another dialect", answerFeatures, answerOutcomeOf],
] as const;

describe.each(directions)("%s", (_name, all, become) => {
  test("is looked at feature by feature for every dialect that is spoken", () => {
    expect(all.map(({ dialect }) => dialect).toSorted()).toEqual([...dialectIds].toSorted());
  });

  const pairs = all.flatMap((features) => others(features.dialect).map((other) => [features.dialect, other, features] as const));
  test.each(pairs)("of %s loses nothing silently on the way to %s", (_from, other, features) => {
    const outcomes = features.list.map((feature) => [feature.name, become(features, feature, other)] as const);
    const wrong = outcomes.filter(([, outcome]) => outcome.kind === "silent");
    expect(wrong.map(([name, outcome]) => `${name}: ${cellOf(outcome)}`)).toEqual([]);
  });
});

describe("the page of losses", () => {
  test(
    "tells what the codecs lose, and nothing else",
    () => {
      const written = readFileSync(new URL("../../docs/reference/losses.md", import.meta.url), "utf8");
      expect(written === lossReference()).toBe(true);
    },
    minuteMs,
  );

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

  const drawn = {
    candidates: [
      {
        content: { role: "model", parts: [{ text: "Here." }, { inlineData: { mimeType: "image/png", data: "bWFyaw==" } }] },
        finishReason: "STOP",
      },
    ],
  };
  const asks = { caller: "openai-chat", provider: onlyProvider("gemini-generate") } as const;
  const body = (stream: boolean) => ({ model: "m", messages: [{ role: "user", content: "Draw." }], ...(stream && { stream }) });
  const answerOf = (stream: boolean) => {
    const type = stream ? "text/event-stream" : "application/json";
    const text = stream ? `data: ${JSON.stringify(drawn)}\n\n` : JSON.stringify(drawn);
    return { dialect: "gemini-generate", answer: { status: 200, headers: { "content-type": type }, body: Buffer.from(text) } } as const;
  };

  test.each([false, true])("an answer that loses a picture says so, streamed: %p", async (stream) => {
    const reply = await bench.ask({ ...asks, body: body(stream), stream }, answerOf(stream));
    expect([reply.status, reply.text.includes("Here."), reply.text.includes("bWFyaw")]).toEqual([200, true, false]);
    expect(reply.headers.get("x-sluice-warning")).toContain("modality_dropped=inlineData");
    expect(reply.records[0]?.detail.warnings).toContainEqual({
      code: "modality_dropped",
      path: "inlineData",
      class: "S",
      action: "dropped",
    });
  });

  test.each([false, true])("refuses an answer that would lose a picture, streamed: %p", async (stream) => {
    const headers = { "x-sluice-strict": "true" };
    const reply = await bench.ask({ ...asks, body: body(stream), stream, headers }, answerOf(stream));
    expect([reply.status, reply.text.includes("modality_dropped")]).toEqual([400, true]);
    expect(reply.records.map(({ status, outcome }) => [status, outcome])).toEqual([[400, "refused"]]);
  });
});
