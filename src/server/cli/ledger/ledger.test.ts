import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heardCommand } from "../../../../test/heard-command.ts";
import { usageOf } from "../../../exchange/index.ts";
import { openStorage } from "../../../storage/index.ts";
import { startServer } from "../../start-server.ts";

let folder: string;
const dayMs = 86_400_000;
const thisMonth = new Date().toISOString().slice(0, 7);
/** The month before. */
const start = Date.UTC(Number(thisMonth.slice(0, 4)), Number(thisMonth.slice(5)) - 2);
const month = new Date(start).toISOString().slice(0, 7);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-ledger-"));
  writeFileSync(
    join(folder, "sluice.yaml"),
    `providers: { lab: { type: openai-compatible, baseUrl: "http://127.0.0.1:1/v1" } }
models: { fast: { targets: [lab/small, lab/big] } }
prices: { "lab/small": { input: 1, output: 2 }, "lab/big": { input: 10, output: 20 } }
chargeback: { currency: EUR, rates: [{ from: 2020-01-01, perUsd: 0.5 }], tags: [project], prices: [{ teams: [support], markupPercent: 10 }] }
`,
  );
  const storage = await openStorage({ folder: join(folder, ".sluice") });
  for (let day = 0; day < 3; day++) {
    for (const team of ["support", "sales"]) {
      await storage.journal.append({
        id: `req_${day}_${team}`,
        startedAt: start + day * dayMs,
        keyId: "key_1",
        team,
        endpoint: "chat",
        model: "fast",
        provider: "lab",
        targetModel: "small",
        outcome: "success",
        status: 200,
        stream: false,
        usage: usageOf({ inputUncached: 1000, output: 100 }),
        // A thousandth more than the price says.
        costNanos: team === "sales" ? 1_201_200 : 1_200_000,
        priceVersion: "config",
        durationMs: 1,
        detail: team === "sales" ? {} : { metadata: { project: "x" } },
      });
    }
  }
  await storage.close();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(...words: string[]) {
  return heardCommand(folder, words);
}

const asJson = async (...words: string[]) => JSON.parse((await run(...words, "--json")).out);

describe("the ledger's commands, one after the other", () => {
  test("sum up by tag, and know the groups that there are", async () => {
    const { rows, total } = await asJson("usage", "--by", "tag:project,team");
    expect(rows.map((row: Record<string, unknown>) => [row["tag:project"], row.team, row.costUsd])).toEqual([
      ["", "sales", "0.0036036"],
      ["x", "support", "0.0036"],
    ]);
    expect(total.costUsd).toBe("0.0072036");
    const wrong = await run("usage", "--by", "aplication");
    expect([wrong.code, wrong.out.includes("Did you mean application?")]).toEqual([1, true]);
  });

  test("close a month once, and not this one", async () => {
    expect(await asJson("chargeback", "close", month)).toMatchObject({ month, lines: 6, closedBy: "cli", costUsd: "0.0072036" });
    for (const each of [month, thisMonth, "2026-13"]) expect((await run("chargeback", "close", each)).code).toBe(1);
    expect((await asJson("chargeback", "list")).data.map((each: { month: string }) => each.month)).toEqual([month]);
    const { lines } = await asJson("audit", "list");
    const acts = lines.map(({ operation, object, outcome }: Record<string, unknown>) => [operation, object, outcome]);
    expect(acts).toEqual([
      ["chargeback.close", thisMonth, "refused"],
      ["chargeback.close", thisMonth, "asked"],
      ["chargeback.close", month, "refused"],
      ["chargeback.close", month, "asked"],
      ["chargeback.close", month, "done"],
      ["chargeback.close", month, "asked"],
    ]);
  });

  test("show and write what is charged", async () => {
    const { data, whole } = await asJson("chargeback", "show", month, "--by", "team,tag:project");
    expect(whole).toBe(true);
    expect(
      data.map((row: Record<string, unknown>) => [row.team, row["tag:project"], row.costNanos, row.chargedNanos, row.charged]),
    ).toEqual([
      ["sales", "", 3_603_600, 3_603_600, 1_801_800],
      ["support", "x", 3_600_000, 3_960_000, 1_980_000],
    ]);
    const lines = async (format: string) => (await run("chargeback", "export", month, "--format", format)).out.trim().split("\n");
    expect([(await lines("csv")).length, (await lines("focus")).length, (await lines("jsonl")).length]).toEqual([7, 7, 6]);
  });

  test("put right a wrong price, after the month was closed", async () => {
    const from = `${month}-01`;
    const dry = await asJson("prices", "recompute", "--from", from, "--to", `${thisMonth}-01`, "--dry-run");
    expect(dry).toEqual({ dryRun: true, seen: 6, corrected: 3, unpriced: 0, deltaUsd: "-0.0000036" });
    expect(await asJson("prices", "recompute", "--from", from, "--to", `${thisMonth}-01`)).toEqual({ ...dry, dryRun: false });
    const { out } = await run("explain", "req_0_sales");
    expect(out).toMatch(/Corrected since: 0\.0012 USD\.\n {2}1\. \S+Z +-0\.0000012 USD {2}".+", prices config/);
    expect((await run("explain", "req_0_support")).out).not.toContain("Corrected");
    const { lines } = await asJson("audit", "list");
    expect(lines[0]).toMatchObject({ operation: "corrections.create", outcome: "done", actor: { id: "command line" } });
    const { data } = await asJson("chargeback", "show", thisMonth, "--by", "kind,team");
    expect(data.map((row: Record<string, unknown>) => [row.kind, row.team, row.costNanos])).toEqual([["correction", "sales", -3_600]]);
    expect((await asJson("chargeback", "show", month)).whole).toBe(true);
  });

  test("hold an invoice against the records", async () => {
    const days = [0, 1, 2].map((day) => new Date(start + day * dayMs).toISOString().slice(0, 10));
    const invoice = (third: string) =>
      `Day,What,Dollars\n${days.map((day, at) => `${day},small-v1,${at === 2 ? third : "0.0024"}`).join("\n")}\n`;
    const reconciled = (...more: string[]) =>
      run(
        "chargeback",
        "reconcile",
        "invoice.csv",
        "--provider",
        "lab",
        "--month",
        month,
        "--columns",
        "day=Day,model=What,cost=Dollars",
        "--models",
        "small-v1=small",
        ...more,
      );
    writeFileSync(join(folder, "invoice.csv"), invoice("0.0024"));
    expect((await reconciled()).code).toBe(0);
    writeFileSync(join(folder, "invoice.csv"), invoice("0.0025"));
    const { code, out } = await reconciled("--json");
    expect([code, JSON.parse(out).variances]).toEqual([
      1,
      [{ day: days[2], model: "small", why: "differs", theirs: 2_500_000, ours: 2_400_000, estimated: 0, unpriced: 0 }],
    ]);
    expect((await reconciled("--tolerance", "5%")).code).toBe(0);
    expect((await reconciled()).out).not.toContain("is recorded with");
    const { out: misspelt } = await reconciled("--provider", "labs");
    expect(misspelt).toContain(`Nothing of ${month} is recorded with a provider "labs". Did you mean lab? These are: lab.`);
    expect(JSON.parse((await reconciled("--provider", "nobody", "--json")).out).recordedProviders).toEqual(["lab"]);
  });

  test("say what was saved, and what is to come", async () => {
    const { data } = await asJson("chargeback", "savings", "--since", "90d");
    expect(data).toEqual([{ model: "fast", insteadOf: "lab/big", requests: 6, cost: 7_203_600, otherwise: 72_000_000, saved: 64_796_400 }]);
    const forecast = await asJson("usage", "forecast", "--by", "team");
    expect(forecast.month).toBe(thisMonth);
    expect((await run("usage", "forecast", "--by", "day")).code).toBe(1);
  });
});

test("a gateway elsewhere charges, forecasts and reconciles as its data folder does, by its admin API", async () => {
  const invoice = ["invoice.csv", "--provider", "lab", "--month", month, "--columns", "day=Day,model=What,cost=Dollars"];
  const told = [
    ["chargeback", "list"],
    ["chargeback", "list", "--json"],
    ["chargeback", "show", month],
    ["chargeback", "show", month, "--by", "tag:project,team"],
    ["chargeback", "show", thisMonth, "--by", "kind"],
    ["chargeback", "export", month],
    ["chargeback", "export", month, "--format", "focus"],
    ["chargeback", "savings", "--since", "90d"],
    ["usage", "forecast", "--by", "team"],
    ["chargeback", "reconcile", ...invoice],
    ["chargeback", "reconcile", ...invoice, "--models", "small-v1=small", "--tolerance", "5%"],
    ["chargeback", "reconcile", ...invoice, "--provider", "labs"],
    ["prices", "recompute", "--from", `${month}-01`, "--to", `${thisMonth}-01`, "--dry-run"],
  ];
  const here: unknown[] = [];
  for (const words of told) here.push(await run(...words));
  const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
  const env = { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" };
  const at = { dataDir: join(folder, ".sluice"), configPath: join(folder, "sluice.yaml"), port: 0, host: "127.0.0.1", env };
  const gateway = await startServer(at);
  const asked = (...words: string[]) => heardCommand(folder, [...words, "--url", gateway.url], { SLUICE_ADMIN_KEY: owner });
  for (const [index, words] of told.entries()) {
    const { code, out } = await asked(...words);
    // It looks at the month's lines each time.
    expect([words, { code, out: out.replace(',"whole":true', "") }]).toEqual([words, here[index]] as never);
  }
  expect((await asked("chargeback", "export", month, "--format", "jsonl")).code).toBe(1);
  const ledger = new Database(join(folder, ".sluice", "records.db"));
  ledger.run("DROP TRIGGER no_other_line");
  const tampered = ledger.run("UPDATE frozen_lines SET line = replace(line, 'support', 'purport') WHERE month = ?", [month]).changes;
  ledger.close();
  expect(tampered).toBeGreaterThan(0);
  for (const words of [
    ["show", month],
    ["export", month],
  ]) {
    const { code, out } = await asked("chargeback", ...words);
    expect([words, code, out.includes("their hash differs")]).toEqual([words, 1, true]);
  }
  expect((await asked("chargeback", "close", month)).out).toContain("is closed");
  expect((await asked("prices", "recompute", "--from", `${month}-01`, "--to", `${thisMonth}-01`)).out).toContain("were corrected");
  const { out } = await asked("audit", "list");
  expect(out).toContain("corrections.create");
  await gateway.close();
}, 60_000);
