import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type MadeKey, type OperatedGateway, openOperated, ownerKey as owner } from "../../../test/isolation/operated-gateway.ts";
import { KeptAnswers } from "../../cache/index.ts";
import { openVault } from "../../secrets/index.ts";
import { openStorage } from "../../storage/index.ts";
import { runCommandLine } from "../cli/command-line/run-command-line.ts";
import { commands } from "../cli/commands.ts";

// A real server with its demo model, and what operators may see of what was said to it.

const fileKey = "sk-sluice-filed-0123456789abcdef0123456789abcdef";
let gateway: OperatedGateway;

beforeAll(async () => {
  gateway = await openOperated(
    `providers: { demo: {} }
keys: [{ name: filed, value: "${fileKey}", mayPassUser: true }]
records: { bodies: {} }
`,
  );
});
afterAll(() => gateway.close());

const ask: OperatedGateway["ask"] = (...asked) => gateway.ask(...asked);
const made: OperatedGateway["made"] = (...asked) => gateway.made(...asked);

async function chat(key: string, content: string, headers: Record<string, string> = {}) {
  const sent = JSON.stringify({ model: "demo/chat", max_tokens: 5, messages: [{ role: "user", content }] });
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: sent,
  });
  return { sent, got: await answer.text(), id: answer.headers.get("x-sluice-request-id") ?? "", status: answer.status };
}

const said = async (id: string, key = owner) => ask(key, "GET", `records/${id}/body`);
const refusal = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

test("what was asked and answered is read back, without the credential that came with it, and the look is audited", async () => {
  const { id, sent, got } = await chat(fileKey, "Is it a secret?");
  const { status, body } = await said(id);
  expect(status).toBe(200);
  expect(body.request).toEqual({ type: "application/json", length: sent.length, truncated: false, encoding: "utf-8", data: sent });
  expect(body.answer).toMatchObject({ status: 200, whole: true, encoding: "utf-8", data: got });
  expect(JSON.stringify(body)).not.toContain(fileKey);
  const { body: log } = await ask(owner, "GET", "audit?limit=5");
  const looks = log.data.filter(({ operation, object }: Record<string, string>) => operation === "records.body.get" && object === id);
  expect(looks.map(({ outcome }: Record<string, string>) => outcome)).toEqual(["done", "asked"]);
  expect(JSON.stringify(log)).not.toContain("Is it a secret?");
  expect((await ask(owner, "GET", `records/${id}`)).body.detail.body).toEqual({ kept: true });
});

test("takes a permission of its own that no other role has: whoever sees records does not see these", async () => {
  const { id } = await chat(fileKey, "Hi");
  for (const role of ["admin", "auditor", "developer", "finance", "viewer"]) {
    const { key } = await made("keys", { name: `r-${role}`, kind: "admin", role });
    expect([role, ...refusal(await said(id, key))]).toEqual([role, 403, "permission_missing"]);
  }
  const role = await made("roles", { name: "reader of bodies", permissions: ["bodies:read"] });
  const { key } = await made("keys", { name: "reader", kind: "admin", role: role.id });
  expect((await said(id, key)).status).toBe(200);
  expect(refusal(await ask(key, "DELETE", `records/${id}/body`))).toEqual([403, "permission_missing"]);
});

test("another organisation's are not there, and one's own are", async () => {
  const [ours, theirs] = [await made("organisations", { name: "ours" }), await made("organisations", { name: "theirs" })];
  const keys = await Promise.all([ours, theirs].map(({ id }, at) => made("keys", { name: `o${at}`, organisation: id })));
  const [mine, other] = await Promise.all(keys.map(({ key }) => chat(key, "Hi")));
  const operator = await made("keys", { name: "op", kind: "admin", organisation: ours.id, role: "owner" });
  expect((await said(mine?.id ?? "", operator.key)).body.request.data).toBe(mine?.sent ?? "");
  const foreign = await said(other?.id ?? "", operator.key);
  const unknown = await said("req_none", operator.key);
  expect([refusal(foreign), refusal(unknown)]).toEqual([
    [404, "object_unknown"],
    [404, "object_unknown"],
  ]);
  expect(refusal(await ask(operator.key, "DELETE", `records/${other?.id}/body`))).toEqual([404, "object_unknown"]);
  expect(refusal(await ask(operator.key, "POST", "bodies/erase", { organisation: theirs.id }))).toEqual([404, "object_unknown"]);
  expect((await ask(operator.key, "POST", "bodies/erase", { key: keys[1]?.id })).body).toEqual({ erased: 0 });
  expect((await said(other?.id ?? "")).status).toBe(200);
  // The house's own looks stand in the log of whom they are about.
  await said(mine?.id ?? "");
  const seen = await ask(operator.key, "GET", "audit?limit=50");
  const looksAt = (id = "") =>
    seen.body.data.filter((line: { operation: string; object: string; actor: { organisation?: string } }) => {
      return line.operation === "records.body.get" && line.object === id && line.actor.organisation === undefined;
    }).length;
  expect([looksAt(mine?.id), looksAt(other?.id)]).toEqual([2, 0]);
});

test("one is erased, or all of somebody; their records stay", async () => {
  const ann = { "x-sluice-user": "ann" };
  const first = await chat(fileKey, "One", ann);
  const second = await chat(fileKey, "Two", ann);
  const third = await chat(fileKey, "Three", { "x-sluice-user": "bob" });
  expect((await ask(owner, "DELETE", `records/${first.id}/body`)).status).toBe(204);
  const gone = await said(first.id);
  expect([...refusal(gone), gone.body.detail]).toMatchObject([404, "object_unknown", expect.stringContaining("erased")]);
  expect((await ask(owner, "POST", "bodies/erase", {})).status).toBe(400);
  expect((await ask(owner, "POST", "bodies/erase", { endUser: "ann", until: "2026-01-01T00:00:00Z" })).body).toEqual({ erased: 0 });
  const since = new Date(Date.now() - 3_600_000).toISOString();
  expect((await ask(owner, "POST", "bodies/erase", { endUser: "ann", since })).body).toEqual({ erased: 2 });
  expect([(await said(second.id)).status, (await said(third.id)).status]).toEqual([404, 200]);
  expect((await ask(owner, "GET", `records/${second.id}`)).body.endUser).toBe("ann");
});

test("an answer that is kept for whoever repeats the request goes with it", async () => {
  const repeated = (key: string, user: string) => chat(fileKey, "Again", { "idempotency-key": key, "x-sluice-user": user });
  const first = await repeated("k1", "cat");
  const again = await repeated("k1", "cat");
  expect([again.status, again.got === first.got]).toEqual([200, true]);
  expect((await ask(owner, "GET", `records/${again.id}`)).body).toMatchObject({ costUsd: "0", detail: { repeat: { of: first.id } } });
  // By the record of the repeat, which shows the same answer.
  expect((await ask(owner, "DELETE", `records/${again.id}/body`)).status).toBe(204);
  expect([(await repeated("k1", "cat")).status, (await said(first.id)).status]).toEqual([409, 200]);
  await repeated("k2", "dan");
  expect((await ask(owner, "POST", "bodies/erase", { endUser: "dan" })).body).toEqual({ erased: 1 });
  const gone = await repeated("k2", "dan");
  expect([gone.status, JSON.parse(gone.got).error.code]).toEqual([409, "repetition_unknown"]);
});

test("with an organisation goes what was kept for repeats of its requests, and with nobody else", async () => {
  const [gone, stays] = [await made("organisations", { name: "gone" }), await made("organisations", { name: "stays" })];
  const keys = await Promise.all([gone, stays].map(({ id }, at) => made("keys", { name: `kept-${at}`, organisation: id })));
  const asked = await Promise.all(keys.map(({ key }) => chat(key, "Keep it", { "idempotency-key": "k" })));
  const data = join(gateway.folder, "data");
  const storage = await openStorage({ folder: data });
  const kept = async (of: MadeKey, at: number) => {
    // Opened anew each time, as by a process that knows nothing yet.
    const { bodySeals, close } = await openVault({ folder: data, env: {}, guards: {} });
    const seals = { seal: bodySeals.seal, open: bodySeals.openUnlessForgotten.bind(bodySeals), forget: bodySeals.forget };
    const answer = await new KeptAnswers(storage.counters, seals).get(`answers-org-${of.id}`, asked[at]?.id ?? "", 1);
    close();
    return answer && Buffer.from(answer).includes(asked[at]?.got ?? "nothing");
  };
  expect([await kept(gone, 0), await kept(stays, 1)]).toEqual([true, true]);
  // It is still used: nothing is lost by trying.
  expect((await ask(owner, "DELETE", `organisations/${gone.id}`)).status).toBe(409);
  expect(await kept(gone, 0)).toBe(true);
  expect((await ask(owner, "DELETE", `keys/${keys[0]?.id}`)).status).toBe(204);
  expect((await ask(owner, "DELETE", `organisations/${gone.id}`)).status).toBe(204);
  expect([await kept(gone, 0), await kept(stays, 1)]).toEqual([undefined, true]);
  // Bodies are for who may read those of the whole installation, until they are erased.
  expect((await said(asked[0]?.id ?? "")).status).toBe(200);
  await storage.close();
});

test("the command line shows them", async () => {
  const { id, sent, got } = await chat(fileKey, "From the command line");
  const run = async (...words: string[]) => {
    let out = "";
    let err = "";
    const terminal = {
      environment: { SLUICE_ADMIN_KEY: owner },
      folder: gateway.folder,
      write: (text: string) => {
        out += text;
      },
      writeError: (text: string) => {
        err += text;
      },
    };
    return { code: await runCommandLine(words, commands, terminal), out, err };
  };
  const both = await run("records", "body", id, "--url", gateway.url);
  expect([both.code, both.out.includes(sent), both.out.includes(got)]).toEqual([0, true, true]);
  expect((await run("records", "body", id, "--part", "answer", "--url", gateway.url)).out).toBe(got);
  expect(JSON.parse((await run("records", "body", id, "--json", "--url", gateway.url)).out).request.data).toBe(sent);
  const none = await run("records", "body", "req_none", "--url", gateway.url);
  expect([none.code, none.err.includes("no record")]).toEqual([1, true]);
  expect((await run("records", "body", id, "--part", "middle", "--url", gateway.url)).code).not.toBe(0);
  expect(JSON.parse((await run("records", "erase", "--key", "config:filed", "--json", "--url", gateway.url)).out).erased).toBeGreaterThan(
    0,
  );
  expect((await said(id)).status).toBe(404);
  // By its name, which is no id.
  expect((await run("records", "erase", "--key", "filed", "--url", gateway.url)).out).toContain("Nothing was erased");
});
