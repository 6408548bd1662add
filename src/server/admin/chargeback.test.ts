import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "../../exchange/index.ts";
import { openStorage, type SettledRecord } from "../../storage/index.ts";
import type { RunningServer } from "../running-server.ts";
import { startServer } from "../start-server.ts";

const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
let folder: string;
let server: RunningServer;
let organisation: string;

const settled = (id: string, fields: Partial<SettledRecord>): SettledRecord => ({
  id,
  startedAt: Date.UTC(2026, 8, 14, 12),
  keyId: "key_1",
  team: "support",
  endpoint: "chat",
  model: "demo/echo",
  provider: "demo",
  targetModel: "echo",
  outcome: "success",
  status: 200,
  stream: false,
  usage: usageOf({ inputUncached: 1000, output: 100 }),
  costNanos: 7_000,
  priceVersion: "1",
  durationMs: 1,
  detail: {},
  ...fields,
});

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-chargeback-"));
  server = await startServer({ dataDir: folder, port: 0, host: "127.0.0.1", env: { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" } });
  organisation = (await ask(owner, "POST", "organisations", { name: "acme" })).body.id;
  // A second process on the same data, as the command line is one.
  const beside = await openStorage({ folder });
  beside.journal.append(settled("req_a", {}));
  beside.journal.append(settled("req_b", { organisation, team: "red", costNanos: 11_000 }));
  await beside.close();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
async function ask(key: string, method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: any }> {
  const answer = await fetch(`${server.url}/admin/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${key}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}

const keyOf = async (role: string, fields: object = {}) =>
  (await ask(owner, "POST", "keys", { name: `${role} ${JSON.stringify(fields).length}`, kind: "admin", role, ...fields })).body
    .key as string;
const linesAs = async (key: string) => {
  const { status, body } = await ask(key, "GET", "chargeback/lines?month=2026-09&by=organisation,team");
  return [status, body.closed, body.data?.map((row: { group: { team: string }; costUsd: string }) => [row.group.team, row.costUsd])];
};

describe("chargeback by the admin API", () => {
  test("is closed by finance, once, and stands in the audit log", async () => {
    const [finance, viewer] = [await keyOf("finance"), await keyOf("viewer")];
    expect((await ask(viewer, "POST", "chargeback", { month: "2026-09" })).status).toBe(403);
    expect((await ask(viewer, "GET", "chargeback/lines?month=2026-09")).status).toBe(403);
    expect(await ask(finance, "POST", "chargeback", { month: "2026-09" })).toMatchObject({
      status: 201,
      body: { lines: 2, costUsd: "0.000018" },
    });
    expect((await ask(finance, "POST", "chargeback", { month: "2026-09" })).status).toBe(409);
    expect((await ask(finance, "POST", "chargeback", { month: "2999-01" })).status).toBe(400);
    expect((await ask(finance, "GET", "chargeback")).body.data).toMatchObject([
      { month: "2026-09", whole: true, closedBy: expect.stringContaining("finance") },
    ]);
    const { data } = (await ask(owner, "GET", "audit?limit=200")).body;
    const acts = data
      .filter((line: { operation: string }) => line.operation === "chargeback.close")
      .map((line: { outcome: string }) => line.outcome);
    // The viewer's try is refused before anything is asked.
    expect(acts.toSorted()).toEqual(["asked", "asked", "asked", "done", "refused", "refused", "refused"]);
  });

  test("shows each organisation its own lines and sums", async () => {
    const theirs = await keyOf("finance", { organisation });
    expect(await linesAs(theirs)).toEqual([200, true, [["red", "0.000011"]]]);
    expect((await linesAs(owner))[2]).toEqual([
      ["support", "0.000007"],
      ["red", "0.000011"],
    ]);
    expect((await ask(theirs, "GET", "chargeback")).status).toBe(403);
    expect((await ask(theirs, "GET", "usage/forecast?by=team")).status).toBe(200);
    const { text } = (await ask(theirs, "GET", "chargeback/export?month=2026-09&format=focus")).body;
    expect([text.includes("support"), text.includes("red")]).toEqual([false, true]);
    const sums = await ask(theirs, "GET", "usage?by=application,serviceAccount,tag:project,targetModel");
    expect(sums.body.total).toMatchObject({ requests: 1, costUsd: "0.000011" });
    expect((await ask(theirs, "GET", "usage?by=tag:pro%20ject")).status).toBe(400);
  });

  test("puts right what was charged by a wrong price, and shows it as a correction of the next month", async () => {
    const span = { from: "2026-09-01T00:00:00Z", until: "2026-10-01T00:00:00Z", reason: "the demo is free" };
    expect((await ask(owner, "POST", "corrections", { ...span, dryRun: true })).body).toMatchObject({
      corrected: 2,
      deltaUsd: "-0.000018",
    });
    expect((await ask(owner, "POST", "corrections", span)).body).toMatchObject({ corrected: 2, unpriced: 0 });
    expect((await ask(owner, "POST", "corrections", span)).body).toMatchObject({ corrected: 0 });
    const next = (await ask(owner, "GET", "chargeback/lines?month=2026-10&by=kind,day")).body;
    expect(next.data).toMatchObject([{ group: { kind: "correction", day: "2026-09-14" }, requests: 0, costUsd: "-0.000018" }]);
    expect((await ask(owner, "GET", "chargeback")).body.data).toMatchObject([{ whole: true, costUsd: "0.000018" }]);
  });

  test("tells what was saved by what requests went to, to those above all", async () => {
    const theirs = await keyOf("finance", { organisation, name: "savings" });
    const span = "since=2026-09-01T00:00:00Z&until=2026-10-01T00:00:00Z";
    expect((await ask(theirs, "GET", `savings?${span}`)).status).toBe(403);
    const { status, body } = await ask(owner, "GET", `savings?${span}&insteadOf=demo/other`);
    expect([status, body.data]).toEqual([
      200,
      [{ model: "demo/echo", insteadOf: "demo/other", requests: 2, costUsd: "0.000018", otherwiseUsd: "0", savedUsd: "-0.000018" }],
    ]);
    expect((await ask(owner, "GET", `savings?${span}`)).body.data).toEqual([]);
    expect((await ask(owner, "GET", "savings?insteadOf=nonsense")).status).toBe(400);
  });

  test("holds an invoice against the records, and logs that, without the invoice", async () => {
    const invoice = "day,model,usd\n2026-09-14,echo,0.5\n";
    const asked = { provider: "demo", month: "2026-09", form: "csv", invoice, columns: { day: "day", model: "model", cost: "usd" } };
    const told = await ask(owner, "POST", "reconciliations", asked);
    expect([told.status, told.body.variances]).toMatchObject([
      200,
      [{ day: "2026-09-14", model: "echo", why: "only theirs", invoiceUsd: "0.5" }],
    ]);
    expect((await ask(owner, "POST", "reconciliations", { ...asked, invoice: "nonsense" })).status).toBe(400);
    // A line of the invoice: a number alone may stand in any time of day.
    expect(JSON.stringify((await ask(owner, "GET", "audit?limit=200")).body)).not.toContain("echo,0.5");
  });
});
