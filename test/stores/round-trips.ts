// How often requests ask the server of the counters: `bun test ./test/stores/round-trips.ts`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import { countingWay } from "./counting-way.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";

const key = "sk-sluice-round-trips-0123456789abcdef";
const folder = mkdtempSync(join(tmpdir(), "sluice-round-trips-"));
const servers: Record<string, StoreServer> = {};
let upstream: Server;

beforeAll(async () => {
  [servers.redis, servers.postgres] = await Promise.all([startRedis(), startPostgres()]);
  upstream = createServer((request, response) => {
    request.resume().on("end", () => {
      const message = { role: "assistant", content: "Hi" };
      const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: "c", choices: [{ index: 0, finish_reason: "stop", message }], usage }));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
}, 300_000);
afterAll(async () => {
  for (const server of Object.values(servers)) await server.remove();
  upstream.close();
  rmSync(folder, { recursive: true });
});

async function ask(gateway: OpenedGateway): Promise<number> {
  const answered = await gateway.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "mock/m", max_tokens: 5, messages: [{ role: "user", content: "x" }] }),
    }),
  );
  await answered.text();
  return answered.status;
}

/** A hundred a second, whatever becomes of those before. */
async function many(gateway: OpenedGateway, count: number): Promise<number> {
  const asked: Promise<number>[] = [];
  for (let each = 0; each < count; each++) {
    asked.push(ask(gateway));
    await Bun.sleep(10);
  }
  return (await Promise.all(asked)).filter((status) => status === 200).length;
}

test.each(["redis", "postgres"])(
  "an ordinary request asks %s nothing: two budgets and two limits, at most one round trip in fifty requests of one caller alone",
  async (kind) => {
    const server = servers[kind] as StoreServer;
    const way = await countingWay(server.port);
    const gateway = await openGateway({
      folder: join(folder, kind),
      config: {
        providers: { mock: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1` } },
        prices: { "mock/*": { input: 1, output: 1 } },
        stores: { counters: server.url.replace(`:${server.port}`, `:${way.port}`), timeoutMs: 2_000 },
        teams: { one: { budget: { usd: 1000, per: "month" }, limits: { requestsPerDay: 1_000_000 } } },
        keys: [{ name: "k", team: "one", value: key, budget: { usd: 100, per: "month" }, limits: { tokensPerDay: 100_000_000 } }],
      },
    });
    expect(await many(gateway, 300)).toBe(300);
    const before = way.asked();
    expect(await many(gateway, 1_000)).toBe(1_000);
    const asked = way.asked() - before;
    console.log(`${kind}: ${before} round trips until then, ${asked} for 1000 requests`);
    // What was used is told every five seconds, and it is counted here at all.
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(20);
    await gateway.close();
    await way.close();
  },
  120_000,
);
