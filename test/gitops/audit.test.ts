import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice, told } from "../vault/process.ts";
import { freshGateway, stopAll } from "./gateway-process.ts";

setDefaultTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-audit-"));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly operation: string;
  readonly outcome: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly bodySha256?: string;
  readonly changed?: { readonly version: number; readonly count: number; readonly changes: readonly unknown[] };
  readonly fault?: string;
}

test("of a large apply the audit log has the hash and what changed, and not the whole", async () => {
  const gateway = await freshGateway(folder);
  const count = 2_500;
  const models = Object.fromEntries(Array.from({ length: count }, (_, at) => [`model-${at}`, { targets: [`demo/in-the-body-${at}`] }]));
  const body = { owner: "git", reason: "commit 1f2e3d", objects: { models } };
  const applied = await gateway.ask("POST", "/config/apply", body);
  expect([applied.status, applied.body.version, applied.body.changes.length]).toEqual([200, 1, count]);
  const again = await gateway.ask("POST", "/config/apply", body);
  expect([again.status, again.body.applied]).toEqual([200, false]);
  const wrong = { objects: { models: { one: { targets: ["nobody/in-the-body"] } } } };
  expect((await gateway.ask("POST", "/config/apply", wrong)).status).toBe(400);
  const fewer = { owner: "git", prune: true, objects: { models: { "model-0": "demo/other", added: "demo/chat" } } };
  expect((await gateway.ask("POST", "/config/apply", fewer)).status).toBe(200);
  expect((await gateway.ask("POST", "/versions/1/rollback", { reason: "back" })).status).toBe(200);

  const { data } = (await gateway.ask("GET", "/audit?limit=50")).body as { data: readonly Line[] };
  const lines = data.filter(({ operation }) => /^(config\.apply|versions\.rollback)$/.test(operation)).toReversed();
  const shaOf = (sent: unknown) => createHash("sha256").update(JSON.stringify(sent)).digest("hex");
  expect(
    lines.map(({ outcome, bodySha256, changed, fault }) => [outcome, bodySha256 ?? changed?.version ?? fault, changed?.count]),
  ).toEqual([
    ["asked", shaOf(body), undefined],
    ["done", 1, count],
    ["asked", shaOf(body), undefined],
    ["done", 1, 0],
    ["asked", shaOf(wrong), undefined],
    ["refused", "request_malformed", undefined],
    ["asked", shaOf(fewer), undefined],
    ["done", 2, count + 1],
    ["asked", undefined, undefined],
    ["done", 3, count + 1],
  ]);
  expect(lines[0]?.body).toEqual({ owner: "git", reason: "commit 1f2e3d" });
  expect(lines[1]?.changed?.changes.length).toBe(1_000);
  expect(lines[1]?.changed?.changes[0]).toEqual({ kind: "models", name: "model-0", action: "create" });
  const actions = new Set(lines[7]?.changed?.changes.map((change) => (change as { action: string }).action));
  expect([...actions].toSorted()).toEqual(["change", "create", "remove"]);
  const text = JSON.stringify(lines);
  expect([text.includes("in-the-body"), text.length < 250_000, JSON.stringify(body).length > 100_000]).toEqual([false, true, true]);
  console.log(JSON.stringify({ id: "audit of a large apply", sent: JSON.stringify(body).length, line: JSON.stringify(lines[0]).length }));

  // The version has all of it; the chain is whole.
  const version = (await gateway.ask("GET", "/versions/1")).body as { changes: readonly unknown[] };
  expect(version.changes.length).toBe(count);
  const verified = await told(sluice(["audit", "verify", "--json"], folder));
  expect(JSON.parse(verified.out)).toMatchObject({ whole: true });
});
