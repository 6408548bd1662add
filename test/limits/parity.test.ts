import { afterAll, describe, expect, test } from "bun:test";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import type { RouteRow } from "../../src/gateway/routes.ts";
import { startCountingUpstream } from "./counting-upstream.ts";
import { modelRows, requestFor, shapesOf } from "./endpoint-requests.ts";

// Made from the route table: every endpoint that asks a model, in every shape of its answers, under every measure. A limit of two lets
// two through and refuses the third, which reaches nobody.

const upstream = await startCountingUpstream();
afterAll(() => upstream.close());

const value = "sk-sluice-parity-0123456789abcdef0123456789abcdef";
const prices = { input: 1, output: 1, character: 1, audioSecond: 0.001, image: 0.001, search: 0.001 };

async function opened(limited: object): Promise<OpenedGateway> {
  const place = { baseUrl: upstream.url, apiKey: "k" };
  return openGateway({
    config: {
      providers: { up: { type: "openai", ...place }, chats: { type: "openai-compatible", ...place }, ranks: { type: "jina", ...place } },
      prices: { "up/*": prices, "chats/*": prices, "ranks/*": prices },
      keys: [{ name: "a", value, ...limited }],
    },
  });
}

interface Told {
  readonly status: number;
  readonly left: number;
  readonly text: string;
  readonly policy: string | null;
}

async function ask(gateway: OpenedGateway, row: RouteRow, shape: "whole" | "stream"): Promise<Told> {
  const { path, body } = requestFor(row, shape);
  const headers = { authorization: `Bearer ${value}`, ...(typeof body === "string" && { "content-type": "application/json" }) };
  const answer = await gateway.fetch(new Request(`http://127.0.0.1${path}`, { method: row.method, headers, body }));
  const text = await answer.text();
  const left = Number(/r=(\d+)/.exec(answer.headers.get("ratelimit") ?? "")?.[1] ?? Number.NaN);
  return { status: answer.status, left, text, policy: answer.headers.get("x-sluice-policy") };
}

const plenty = 1_000_000;
/** Limits of one counter: what it holds, in whole units of the measure. */
const measures = {
  tokens: (most: number) => ({ limits: { tokensPerDay: most } }),
  nanos: (most: number) => ({ budget: { usd: most / 1e9, per: "day" } }),
} as const;

/** Counting and judging cost nothing and use no tokens, and neither do tasks that are billed by the piece: no number of them uses these up. */
const free = { tokens: /count|input_tokens|moderations|translations|variations/, nanos: /count|input_tokens|moderations/ } as const;

let cells = 0;
afterAll(() => console.log(`${cells} cells of endpoints, shapes and measures`));

for (const row of modelRows) {
  for (const shape of shapesOf(row)) {
    describe(`${row.name}, ${shape}`, () => {
      test("a limit of two requests", async () => {
        cells++;
        const gateway = await opened({ limits: { requestsPerDay: 2 } });
        const before = upstream.seen();
        const told = [await ask(gateway, row, shape), await ask(gateway, row, shape), await ask(gateway, row, shape)];
        expect(told.map(({ status, text }) => [status, status === 200 ? "" : text.includes("key-requests-day")])).toEqual([
          [200, ""],
          [200, ""],
          [429, true],
        ]);
        // What is counted here is asked of nobody where the upstream does not count.
        if (upstream.seen() !== before) expect(upstream.seen() - before).toBe(2);
        await gateway.close();
      });

      for (const measure of ["tokens", "nanos"] as const) {
        test(`a limit of ${measure} for two`, async () => {
          cells++;
          const wide = await opened(measures[measure](plenty * 1000));
          const first = await ask(wide, row, shape);
          expect([first.status, first.status === 200 ? "" : first.text]).toEqual([200, ""]);
          const used = (await ask(wide, row, shape)).left;
          await wide.close();
          const each = await usedBy(measure, row, shape);
          expect([each > 0, used > 0]).toEqual([!free[measure].test(row.name), true]);
          const most = await needOf(measure, row, shape);
          expect(most).toBeGreaterThanOrEqual(each);
          if (each === 0) return;
          const gateway = await opened(measures[measure](most + each));
          const before = upstream.seen();
          const told = [await ask(gateway, row, shape), await ask(gateway, row, shape), await ask(gateway, row, shape)];
          expect(told.map(({ status }) => status)).toEqual([200, 200, 429]);
          expect(told[2]?.policy).toBe(measure === "tokens" ? "key-tokens-day" : "key-budget-day");
          expect(upstream.seen() - before).toBe(2);
          await gateway.close();
        });
      }

      test("two at a time", async () => {
        cells++;
        const gateway = await opened({ limits: { concurrency: 2 } });
        const before = upstream.seen();
        upstream.hold();
        const under = [ask(gateway, row, shape), ask(gateway, row, shape)];
        for (let tries = 0; upstream.seen() - before < 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 2));
        // Where the gateway counts by itself, no request is ever under way for longer than its turn.
        const waits = upstream.seen() - before === 2;
        const third = await ask(gateway, row, shape);
        upstream.letGo();
        expect((await Promise.all(under)).map(({ status }) => status)).toEqual([200, 200]);
        expect([third.status, third.policy]).toEqual(waits ? [429, "key-concurrency-now"] : [200, null]);
        if (!waits) expect(row.name).toMatch(/count/);
        expect((await ask(gateway, row, shape)).status).toBe(200);
        await gateway.close();
      });
    });
  }
}

/** What one answer uses, in the measure's units, as the record says. */
async function usedBy(measure: "tokens" | "nanos", row: RouteRow, shape: "whole" | "stream"): Promise<number> {
  const gateway = await opened(measures[measure](plenty * 1000));
  const settled = await ask(gateway, row, shape).then(() => ask(gateway, row, shape));
  const third = await ask(gateway, row, shape);
  await gateway.close();
  return settled.left - third.left;
}

/** The smallest limit that lets one through, which is what is set aside for it. */
async function needOf(measure: "tokens" | "nanos", row: RouteRow, shape: "whole" | "stream"): Promise<number> {
  const passes = async (most: number) => {
    const gateway = await opened(measures[measure](most));
    const { status } = await ask(gateway, row, shape);
    await gateway.close();
    return status === 200;
  };
  if (await passes(0)) return 0;
  let [no, yes] = [0, 256];
  while (!(await passes(yes))) [no, yes] = [yes, yes * 4];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (await passes(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
