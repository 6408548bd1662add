import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heardCommand } from "../../../../test/heard-command.ts";
import { usageOf } from "../../../exchange/index.ts";
import { openStorage, type SettledRecord } from "../../../storage/index.ts";
import { startServer } from "../../start-server.ts";

let folder: string;

const answered: SettledRecord = {
  id: "req_answered",
  startedAt: Date.UTC(2026, 10, 20, 8),
  keyId: "key_1",
  team: "support",
  endpoint: "chat.completions",
  model: "fast",
  provider: "mock",
  targetModel: "echo",
  outcome: "success",
  status: 200,
  stream: true,
  usage: usageOf({ inputUncached: 1000, cacheRead: 500, output: 200 }),
  costNanos: 1_300_000 + 25_000,
  priceVersion: "config",
  durationMs: 812.4,
  firstEventMs: 301,
  upstreamMs: 290,
  detail: {
    routeReason: "fallback; 2 of 2",
    attempts: [
      { target: "other/echo", outcome: "upstream_failed", status: 500, ms: 12 },
      { target: "mock/echo", outcome: "answered", ms: 278 },
    ],
    surface: { id: "openai-responses", reason: "nearest of openai-responses, bedrock-converse" },
    cache: "bypass; off",
    warnings: [{ code: "seed_dropped", path: "seed", action: "dropped", class: "Q" }, "of another version"],
  },
};

const refused: SettledRecord = {
  id: "req_refused",
  startedAt: Date.UTC(2026, 10, 20, 9),
  keyId: "",
  endpoint: "messages",
  model: "",
  outcome: "refused",
  status: 401,
  fault: "credentials_unknown",
  stream: false,
  durationMs: 0.4,
  detail: {},
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-records-"));
  writeFileSync(
    join(folder, "sluice.yaml"),
    'providers: { mock: { type: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" } }\nprices: { "mock/*": { input: 1, cacheRead: 0.05, output: 1.5 } }\n',
  );
  const storage = await openStorage({ folder: join(folder, ".sluice") });
  await storage.journal.append(answered);
  await storage.journal.append(refused);
  await storage.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(line: string) {
  return heardCommand(folder, line.split(" "));
}

describe("sluice usage", () => {
  test("sums up by what was asked for", async () => {
    const { code, out } = await run("usage --by team,day");
    expect(code).toBe(0);
    expect(out).toMatch(/support +2026-11-20 +1 +0 +0 +0 +1500 +500 +200 +0\.001325/);
    expect(out).toMatch(/all +2 +1 +0 +0 +1500 +500 +200 +0\.001325/);
  });

  test("gives exact numbers as JSON", async () => {
    const { out } = await run("usage --by provider --json");
    expect(JSON.parse(out)).toMatchObject({ total: { requests: 2, costNanos: 1_325_000, costUsd: "0.001325" } });
  });

  test("knows since when", async () => {
    expect((await run("usage --since 2026-11-21")).out).toContain("Nothing has been used");
    expect((await run("usage --since yesterday")).out).toContain("--since takes a time");
    expect((await run("usage --by teem")).out).toContain("Did you mean team?");
  });
});

describe("sluice explain", () => {
  test("tells the route, the attempts, the verdicts and the price, line by line", async () => {
    const { code, out } = await run("explain req_answered");
    expect(code).toBe(0);
    expect(out).toContain("Route: fallback; 2 of 2; went to mock/echo.");
    expect(out).toContain("Surface: openai-responses, nearest of openai-responses, bedrock-converse.");
    expect(out).toMatch(/1\. other\/echo +failed: upstream_failed +status 500 +12 ms/);
    expect(out).toMatch(/2\. mock\/echo +answered +278 ms/);
    expect(out).toContain('Translation: seed_dropped at seed (dropped, Q), "of another version".');
    expect(out).toContain("Price: 0.001325 USD");
    expect(out).toMatch(/input +1000 +× 1 USD per million += 0\.001 USD/);
    expect(out).toMatch(/cacheRead +500 +× 0\.05 USD per million += 0\.000025 USD/);
    expect(out).toMatch(/output +200 +× 1\.5 USD per million += 0\.0003 USD/);
    expect(out).not.toContain("have changed");
  });

  test("tells why a request was refused", async () => {
    const { out } = await run("explain req_refused");
    expect(out).toContain("refused, status 401, fault credentials_unknown");
    expect(out).toContain("nothing was used");
  });

  test("says where to look when there is no such request", async () => {
    const { code, out } = await run("explain req_nobody");
    expect(code).toBe(1);
    expect(out).toContain("x-sluice-request-id");
  });
});

test("a gateway elsewhere tells by its admin API what its data tell, as far as who asks may know it", async () => {
  const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
  const told = [
    "usage --by team,day",
    "usage --by provider --since 2026-11-01",
    "usage --since 2026-11-21",
    "explain req_answered",
    "explain req_refused",
  ];
  const here = await Promise.all(told.map(run));
  const env = { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" };
  const configPath = join(folder, "sluice.yaml");
  const gateway = await startServer({ dataDir: join(folder, ".sluice"), configPath, port: 0, host: "127.0.0.1", env });
  const at = (line: string, key = owner) => heardCommand(folder, [...line.split(" "), "--url", gateway.url], { SLUICE_ADMIN_KEY: key });
  for (const [index, line] of told.entries()) expect([line, await at(line)]).toEqual([line, here[index]!]);
  expect(JSON.parse((await at("explain req_answered --json")).out)).toMatchObject({
    costUsd: "0.001325",
    keyName: null,
    firstEventMs: 301,
    bill: { current: true, lines: [{ name: "input", count: 1000, usdEach: "0.000001" }, { name: "cacheRead" }, { name: "output" }] },
    corrections: [],
  });
  expect(JSON.parse((await at("usage --json --by provider")).out)).toMatchObject({
    by: ["provider"],
    total: { requests: 2, costUsd: "0.001325" },
  });
  expect(await at("explain req_nobody")).toMatchObject({ code: 1, out: expect.stringContaining("There is no record") });

  const headers = { authorization: `Bearer ${owner}`, "content-type": "application/json" };
  const role = JSON.stringify({ name: "looker", permissions: ["records:read", "usage:read"] });
  const made = await fetch(`${gateway.url}/admin/v1/roles`, { method: "POST", headers, body: role });
  const { id } = (await made.json()) as { id: string };
  const body = JSON.stringify({ name: "looker", kind: "admin", role: id });
  const { key } = (await (await fetch(`${gateway.url}/admin/v1/keys`, { method: "POST", headers, body })).json()) as { key: string };
  expect((await at("usage --by team,day", key)).out).toMatch(/support +2026-11-20 +1 +0 +0 +0 +1500 +500 +200 +hidden/);
  const hidden = (await at("explain req_answered", key)).out;
  expect(hidden).toContain("Price: your role does not show it.");
  expect(hidden).toContain("went to mock/echo");
  await gateway.close();
}, 30_000);
