import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "../../src/server/index.ts";
import { type CountingUpstream, startCountingUpstream } from "./counting-upstream.ts";
import { type RacedScope, type RaceShape, race } from "./race.ts";

// Five hundred first requests at once, in each of nine scopes: a limit of ten lets exactly ten reach the upstream, and a budget is
// never overspent.

const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const value = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;
const shapes = ["whole", "stream", "embeddings"] as const;
const scopes = ["organisation", "team", "application", "user", "key", "end user", "model", "provider", "tool"] as const;
const crowd = 500;
/** Fifteen tokens an answer, at a micro-dollar a token. */
const usedNanos = 15_000;

/** What is limited, by requests or by money. */
const limitsOf = {
  requests: { limits: { requestsPerDay: 10 } },
  money: { budget: { usd: 0.002, per: "month" } },
} as const;
const budgetNanos = 2_000_000;

let upstream: CountingUpstream;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startCountingUpstream();
  folder = mkdtempSync(join(tmpdir(), "sluice-race-"));
  const place = { type: "openai", baseUrl: upstream.url, apiKey: "k" };
  const cells = Object.entries(limitsOf).flatMap(([kind, limited]) => shapes.map((shape) => [`${kind}-${shape}`, limited] as const));
  const config = {
    providers: { up: place, ...Object.fromEntries(cells.map(([cell, limited]) => [`up-${cell}`, { ...place, ...limited }])) },
    prices: { "*/*": { input: 1, output: 1 } },
    models: Object.fromEntries(cells.map(([cell, limited]) => [`limited-${cell}`, { targets: ["up/m"], ...limited }])),
    tools: Object.fromEntries(cells.map(([cell, limited]) => [`tool-${cell}`, limited])),
    keys: [{ name: "plain", value: value("plain") }],
  };
  const configPath = join(folder, "sluice.yaml");
  writeFileSync(configPath, JSON.stringify(config));
  const env = { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" };
  server = await startServer({ dataDir: join(folder, "data"), configPath, port: 0, host: "127.0.0.1", env });
});
afterAll(async () => {
  await server.close();
  upstream.close();
  rmSync(folder, { recursive: true });
});

async function made(path: string, body: object): Promise<{ readonly id: string; readonly key: string }> {
  const headers = { authorization: `Bearer ${owner}` };
  const answer = await fetch(`${server.url}/admin/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (answer.status === 429) {
    // The admin API's own limit: this test asks faster than people do.
    await Bun.sleep(1000 * Number(answer.headers.get("retry-after") ?? 1));
    return made(path, body);
  }
  if (answer.status !== 201) throw new Error(`${path}: ${text}`);
  return JSON.parse(text) as { id: string; key: string };
}

/** Everything that a key can belong to, made for one race, with the limit on one of them. */
async function scopeFor(name: (typeof scopes)[number], kind: keyof typeof limitsOf, shape: RaceShape): Promise<RacedScope> {
  const cell = `${kind}-${shape}`;
  if (name === "model") return { name, key: value("plain"), model: `limited-${cell}` };
  if (name === "provider") return { name, key: value("plain"), model: `up-${cell}/m` };
  if (name === "tool") return { name, key: value("plain"), model: "up/m", tool: `tool-${cell}` };
  const limited = limitsOf[kind];
  const own = (each: string) => (each === name ? limited : {});
  const called = { name: `${name} ${cell}` };
  const organisation = (await made("organisations", { ...called, ...own("organisation") })).id;
  const team = (await made("teams", { ...called, organisation, ...own("team") })).id;
  const users = name === "end user" ? { endUsers: limited } : {};
  const application = (await made("applications", { ...called, organisation, team, ...own("application"), ...users })).id;
  const user = (await made("users", { userName: called.name, organisation, ...own("user") })).id;
  const { key } = await made("keys", { ...called, organisation, team, application, user, ...own("key") });
  return { name, key, model: "up/m", ...(name === "end user" && { headers: { "x-sluice-user": "ann" } }) };
}

for (const name of scopes) {
  describe(`of ${name === "end user" || name === "application" || name === "organisation" ? "an" : "a"} ${name}`, () => {
    for (const shape of shapes) {
      if (name === "tool" && shape === "embeddings") continue;
      test(`a limit of ten lets ten of ${crowd} through, ${shape}`, async () => {
        const scope = await scopeFor(name, "requests", shape);
        const before = upstream.seen();
        expect(await race([server.url], scope, shape, crowd)).toEqual({ passed: 10, refused: crowd - 10, others: [] });
        expect(upstream.seen() - before).toBe(10);
        expect(await race([server.url], scope, shape, 5)).toEqual({ passed: 0, refused: 5, others: [] });
      }, 60_000);

      test(`a budget in dollars is used and not overspent, ${shape}`, async () => {
        const scope = await scopeFor(name, "money", shape);
        const before = upstream.seen();
        const { others } = await race([server.url], scope, shape, crowd);
        for (let passed = 1; passed > 0; ) ({ passed } = await race([server.url], scope, shape, 50));
        const spent = (upstream.seen() - before) * usedNanos;
        expect(others).toEqual([]);
        expect(spent).toBeLessThanOrEqual(budgetNanos);
        // The last one fits only if what it may cost at most does.
        expect(spent).toBeGreaterThan(budgetNanos * 0.9);
      }, 60_000);
    }
  });
}
