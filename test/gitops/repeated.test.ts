import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freshGateway, type GatewayProcess, stopAll } from "./gateway-process.ts";

// Requests with an Idempotency-Key at two processes of one data folder, and at one that is killed.

setDefaultTimeout(120_000);
let folder: string;
let nodes: GatewayProcess[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-repeated-"));
  nodes = [await freshGateway(join(folder, "one")), await freshGateway(join(folder, "one"))];
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true });
});

const rest = () => new Promise((resolve) => setTimeout(resolve, 80));

test("of one key of idempotency at two processes at once one thing is made, and both tell the same of it", async () => {
  for (let round = 0; round < 20; round++) {
    const once = { "idempotency-key": `group-${round}` };
    // Denials have no name that would be refused the second time.
    const body = { kind: "subject", issuer: "sluice", value: `someone-${round}` };
    const told = await Promise.all([...nodes, ...nodes].map((node) => node.ask("POST", "/denials", body, once)));
    expect([round, told.map(({ status }) => status), new Set(told.map((each) => each.body.id)).size]).toEqual([
      round,
      [201, 201, 201, 201],
      1,
    ]);
    const others = await nodes[1]!.ask("POST", "/denials", { ...body, value: "other" }, once);
    expect([others.status, others.body.code]).toEqual([422, "repetition_differs"]);
    await rest();
  }
  const listed = (await nodes[0]!.ask("GET", "/denials?limit=200")).body.data.filter(({ value }: { value: string }) =>
    value.startsWith("someone-"),
  );
  expect(listed.length).toBe(20);
});

test("what shows a key is done once, and told once", async () => {
  const once = { "idempotency-key": "key" };
  const made = await nodes[0]!.ask("POST", "/keys", { name: "shown" }, once);
  expect((await nodes[0]!.ask("POST", "/keys", { name: "shown" }, once)).body.key).toBe(made.body.key);
  const elsewhere = await nodes[1]!.ask("POST", "/keys", { name: "shown" }, once);
  expect([elsewhere.status, elsewhere.body.code]).toEqual([409, "repetition_unknown"]);
  expect(JSON.stringify(elsewhere.body)).not.toContain(made.body.key);
});

test("a process that is killed midway leaves nothing that would be done a second time", async () => {
  const outcomes = { done: 0, told: 0, unknown: 0 };
  for (let round = 0; round < 12; round++) {
    const once = { "idempotency-key": `killed-${round}` };
    const body = { kind: "subject", issuer: "sluice", value: `killed-${round}` };
    const asked = nodes[1]!
      .ask("POST", "/denials", body, once)
      .then(({ status }) => status)
      .catch(() => 0);
    await new Promise((resolve) => setTimeout(resolve, round * 5));
    await nodes[1]!.end("SIGKILL");
    if ((await asked) === 201) outcomes.done++;
    const again = await nodes[0]!.ask("POST", "/denials", body, once);
    expect([round, again.status === 201 || again.body.code === "repetition_unknown"]).toEqual([round, true]);
    if (again.status === 201) outcomes.told++;
    else outcomes.unknown++;
    const found = (await nodes[0]!.ask("GET", "/denials?limit=200")).body.data.filter(
      ({ value }: { value: string }) => value === body.value,
    );
    expect([round, found.length <= 1, again.status !== 201 || found.length === 1]).toEqual([round, true, true]);
    nodes[1] = await freshGateway(join(folder, "one"));
  }
  console.log(`repeated: 12 kills midway, ${JSON.stringify(outcomes)}, nothing was done twice`);
});
