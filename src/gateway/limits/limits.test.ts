import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spanAt } from "../../policies/limits/window.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

/** Answers ten tokens of input and as many of output as may be had, at most five; keeps what was asked. */
let upstream: Server;
let baseUrl = "";
let seen: Record<string, unknown>[] = [];
let failing = false;

beforeAll(async () => {
  upstream = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
});
afterAll(() => void upstream.close());
beforeEach(() => {
  seen = [];
  failing = false;
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += chunk;
  const body = JSON.parse(text) as Record<string, unknown>;
  seen.push(body);
  await new Promise((resolve) => setTimeout(resolve, 5));
  response.statusCode = failing ? 400 : 200;
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const choice = { index: 0, finish_reason: "stop" };
  if (body.stream === true) {
    const chunk = (choices: unknown[], used: unknown = null) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices, usage: used })}\n\n`;
    response.setHeader("content-type", "text/event-stream");
    response.end(`${chunk([{ ...choice, delta: { role: "assistant", content: "Hi" } }])}${chunk([], usage)}data: [DONE]\n\n`);
  } else if (request.url?.endsWith("/embeddings")) {
    response.setHeader("content-type", "application/json");
    const data = [{ object: "embedding", index: 0, embedding: [0.5] }];
    response.end(JSON.stringify({ object: "list", model: "m", data, usage: { prompt_tokens: 15, total_tokens: 15 } }));
  } else {
    response.setHeader("content-type", "application/json");
    const message = { role: "assistant", content: "Hi" };
    response.end(failing ? '{"error":{"message":"No."}}' : JSON.stringify({ id: "c", choices: [{ ...choice, message }], usage }));
  }
}

const key = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;

async function opened(config: Record<string, unknown>, folder?: string): Promise<OpenedGateway> {
  const providers = { mock: { type: "openai-compatible", baseUrl, dialects: ["openai-embeddings"] } };
  const whole = { providers, prices: { "mock/free": { input: 0, output: 0 }, "mock/m*": { input: 1, output: 1 } }, ...config };
  return openGateway({ config: whole, ...(folder !== undefined && { folder }) });
}

type Shape = "whole" | "stream" | "embeddings";

async function ask(gateway: OpenedGateway, name: string, shape: Shape = "whole", fields: Record<string, unknown> = { max_tokens: 5 }) {
  const chat = { model: "mock/m", messages: [{ role: "user", content: "x" }], ...fields, ...(shape === "stream" && { stream: true }) };
  const body = shape === "embeddings" ? { model: "mock/m", input: "x" } : chat;
  const path = shape === "embeddings" ? "/v1/embeddings" : "/v1/chat/completions";
  const headers = { authorization: `Bearer ${key(name)}`, "content-type": "application/json" };
  const answered = await gateway.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  return { status: answered.status, headers: answered.headers, text: await answered.text() };
}

describe("a limit of ten", () => {
  const scopes: Record<string, Record<string, unknown>> = {
    key: { keys: [{ name: "a", value: key("a"), limits: { requestsPerDay: 10 } }] },
    team: { teams: { t: { limits: { requestsPerMinute: 10 } } }, keys: [{ name: "a", value: key("a"), team: "t" }] },
    model: { models: { limited: { targets: ["mock/m"], limits: { requestsPerHour: 10 } } }, keys: [{ name: "a", value: key("a") }] },
  };
  for (const [scope, config] of Object.entries(scopes)) {
    for (const shape of ["whole", "stream", "embeddings"] as const) {
      if (scope === "model" && shape === "embeddings") continue;
      test(`of a ${scope} lets ten of five hundred through, ${shape}`, async () => {
        const gateway = await opened(config);
        const fields = scope === "model" ? { model: "limited", max_tokens: 5 } : { max_tokens: 5 };
        const answers = await Promise.all(Array.from({ length: 500 }, () => ask(gateway, "a", shape, fields)));
        expect([answers.filter(({ status }) => status === 200).length, seen.length]).toEqual([10, 10]);
        const refused = answers.filter(({ status }) => status === 429);
        expect(refused.length).toBe(490);
        for (const { headers, text } of refused) {
          expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
          expect(headers.get("ratelimit")).toMatch(/^"(key|team|model)-requests-(day|minute|hour)";r=0;t=\d+$/);
          expect(text).toContain("rate_limit");
        }
        await gateway.close();
      });
    }
  }

  test("counts what reached a provider, and tells what is left", async () => {
    const gateway = await opened({ keys: [{ name: "a", value: key("a"), limits: { requestsPerDay: 3, concurrency: 2 } }] });
    expect((await ask(gateway, "a", "whole", { model: "nobody/has-this" })).status).toBe(404);
    failing = true;
    expect((await ask(gateway, "a")).status).toBe(400);
    failing = false;
    const { headers } = await ask(gateway, "a");
    expect(headers.get("ratelimit")).toMatch(/^"key-requests-day";r=1;t=\d+, "key-concurrency-now";r=2$/);
    expect(headers.get("ratelimit-policy")).toBe('"key-requests-day";q=3;w=86400, "key-concurrency-now";q=2;qu="concurrent-requests"');
    expect((await ask(gateway, "a")).status).toBe(200);
    expect((await ask(gateway, "a")).status).toBe(429);
    await gateway.close();
  });

  test("lasts until its unit of the calendar ends in its zone, of every measure", async () => {
    const zone = "Pacific/Auckland";
    // A request uses 10 tokens of input and 5 of output; what it may use at most is set aside first.
    const measures = { requests: 2, tokens: 100, inputTokens: 90, outputTokens: 12 };
    for (const [measure, limit] of Object.entries(measures)) {
      for (const unit of ["day", "week", "month", "quarter", "year"] as const) {
        const named = `${measure}Per${unit[0]?.toUpperCase()}${unit.slice(1)}`;
        const gateway = await opened({ keys: [{ name: "a", value: key("a"), limits: { [named]: limit, zone } }] });
        const answers = [await ask(gateway, "a"), await ask(gateway, "a"), await ask(gateway, "a"), await ask(gateway, "a")];
        const last = answers.findLast(({ status }) => status === 429);
        const untilMs = spanAt(unit, zone, Date.now()).endMs - Date.now();
        expect([named, answers[0]?.status, last?.headers.get("x-sluice-policy")?.endsWith(`-${unit}`)]).toEqual([named, 200, true]);
        expect(Math.abs(Number(last?.headers.get("retry-after")) - untilMs / 1000)).toBeLessThan(10);
        await gateway.close();
      }
    }
  }, 30_000);

  test("tells nobody to come again for more than there ever is", async () => {
    const limits = { tokensPerMinute: 120, outputTokensPerDay: 100 };
    const gateway = await opened({ keys: [{ name: "a", value: key("a"), limits }] });
    const retryAfter = async (fields: object) => {
      const { status, headers } = await ask(gateway, "a", "whole", fields as Record<string, unknown>);
      return [status, headers.get("x-sluice-policy"), headers.get("retry-after") === null];
    };
    expect(await retryAfter({ max_tokens: 101 })).toEqual([429, "key-tokens-minute", true]);
    expect(await retryAfter({ max_tokens: 5 })).toEqual([200, null, true]);
    // There is room for it when what was used is free again.
    expect(await retryAfter({ max_tokens: 40 })).toEqual([429, "key-tokens-minute", false]);
    await gateway.close();
  });

  test("that slides is free again when its headers say so", async () => {
    const gateway = await opened({ keys: [{ name: "a", value: key("a"), limits: { requestsPerHour: 1, window: "sliding" } }] });
    expect((await ask(gateway, "a")).status).toBe(200);
    const { status, headers } = await ask(gateway, "a");
    const told = Number(/;t=(\d+)/.exec(headers.get("ratelimit") ?? "")?.[1]);
    expect(status).toBe(429);
    expect(Math.abs(told - Number(headers.get("retry-after")))).toBeLessThanOrEqual(1);
    await gateway.close();
  });

  test("is still used up after a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-limits-"));
    const config = { keys: [{ name: "a", value: key("a"), limits: { requestsPerMonth: 3 } }] };
    for (const passes of [true, true, true, false]) {
      const gateway = await opened(config, folder);
      expect((await ask(gateway, "a")).status).toBe(passes ? 200 : 429);
      await gateway.close();
    }
    rmSync(folder, { recursive: true });
  });
});

describe("a budget", () => {
  const poor = (usd: number) => ({ keys: [{ name: "a", value: key("a"), budget: { usd, per: "month" } }] });

  test("says in words how long it has to last", async () => {
    const words = { hour: "an hour", day: "a day", quarter: "a quarter", ever: "for ever" };
    for (const [per, said] of Object.entries(words)) {
      const gateway = await opened({ keys: [{ name: "a", value: key("a"), budget: { usd: 0.00001, per } }] });
      expect((await ask(gateway, "a")).text).toContain(`(0.00001 USD ${said}) has`);
      await gateway.close();
    }
  });

  test("is used and never overspent, by many at once", async () => {
    for (const shape of ["whole", "stream"] as const) {
      seen = [];
      const gateway = await opened(poor(0.0005));
      const spent = async () => {
        const answers = await Promise.all(Array.from({ length: 80 }, () => ask(gateway, "a", shape)));
        return answers.filter(({ status }) => status === 200).length * 15;
      };
      let total = 0;
      for (let round = 0; round < 12; round++) total += await spent();
      expect(total).toBe(seen.length * 15);
      expect(total).toBeLessThanOrEqual(500);
      // The last request fits only if what it may cost at most does.
      expect(total).toBeGreaterThan(500 - 120);
      await gateway.close();
    }
  });

  test("holds an answer of open length to what is left, in the caller's own words", async () => {
    const gateway = await opened(poor(0.0005));
    expect((await ask(gateway, "a", "whole", {})).status).toBe(200);
    const most = seen[0]?.max_completion_tokens ?? seen[0]?.max_tokens;
    expect(most as number).toBeGreaterThan(16);
    expect(most as number).toBeLessThan(500);
    expect((await ask(gateway, "a", "whole", { max_tokens: 600 })).text).toContain("may cost up to");
    await gateway.close();
  });

  test("takes nothing from what has no price, and all from what costs nothing", async () => {
    const gateway = await opened(poor(0.0005));
    const { status, text } = await ask(gateway, "a", "whole", { model: "mock/other" });
    expect([status, seen.length]).toEqual([403, 0]);
    expect(text).toContain("has no price");
    for (let at = 0; at < 3; at++) expect((await ask(gateway, "a", "whole", { model: "mock/free", max_tokens: 9e6 })).status).toBe(200);
    await gateway.close();
  });
});
