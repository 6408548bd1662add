import { afterAll, beforeAll, expect, test } from "bun:test";
import { type OperatedGateway, openOperated, ownerKey as owner } from "../../../test/isolation/operated-gateway.ts";
import { runCommandLine } from "../cli/command-line/run-command-line.ts";
import { commands } from "../cli/commands.ts";

// A real server with its demo model, which costs what the config says.

const fileKey = "sk-sluice-filed-0123456789abcdef0123456789abcdef";
let gateway: OperatedGateway;

beforeAll(async () => {
  gateway = await openOperated(
    `providers: { demo: { limits: { requestsPerDay: 1000 } } }
prices: { "demo/*": { input: 1, output: 1 } }
sessions: { limits: { requestsPerHour: 5 } }
tools: { "mail_*": { limits: { requestsPerDay: 7 } } }
tags: { agent: { limits: { requestsPerHour: 6 } } }
models: { cheap: { targets: [demo/echo] } }
keys: [{ name: filed, value: "${fileKey}", limits: { requestsPerDay: 1 } }]
`,
  );
});
afterAll(() => gateway.close());

const ask: OperatedGateway["ask"] = (...asked) => gateway.ask(...asked);
const made: OperatedGateway["made"] = (...asked) => gateway.made(...asked);

async function chat(key: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model: "demo/chat", max_tokens: 5, messages: [{ role: "user", content: "Hi" }] }),
  });
  await answer.text();
  return answer.status;
}

const one = async (id: string) => (await ask(owner, "GET", `limits/${encodeURIComponent(id)}`)).body;

test("limits of what the API made hold at once, are listed with what is left, begin anew and grow", async () => {
  const team = await made("teams", { name: "t", limits: { requestsPerDay: 2 }, budget: { usd: 1, per: "month" } });
  const { key } = await made("keys", { name: "k", team: team.id });
  expect([await chat(key), await chat(key), await chat(key)]).toEqual([200, 200, 429]);
  const { body } = await ask(owner, "GET", `limits?kind=team&of=${team.id}`);
  // biome-ignore lint/suspicious/noExplicitAny: looked at below
  const [requests, budget] = body.data.toSorted((a: any, b: any) => (a.measure < b.measure ? 1 : -1));
  expect(requests).toMatchObject({ name: "team-requests-day", limit: 2, used: 2, left: 0, whose: 'the team "t"' });
  expect(budget).toMatchObject({ name: "team-budget-month", limit: 1e9, measure: "nanos" });
  expect(Date.parse(requests.endsAt)).toBeGreaterThan(Date.now());

  expect(await ask(owner, "POST", `limits/${encodeURIComponent(requests.id)}/add`, { add: 1 })).toMatchObject({
    status: 200,
    body: { left: 1 },
  });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect([await chat(key), await chat(key)]).toEqual([200, 429]);
  const reset = await ask(owner, "POST", `limits/${encodeURIComponent(requests.id)}/reset`, { reason: "a new day" });
  expect(reset).toMatchObject({ status: 200, body: { used: 0, left: 2 } });
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect([await chat(key), await chat(key), await chat(key)]).toEqual([200, 200, 429]);
  const audit = await ask(owner, "GET", "audit?limit=20");
  expect(JSON.stringify(audit.body)).toContain("limits.reset");
  expect(JSON.stringify(audit.body)).toContain("a new day");
});

test("what the file limits is listed too, and sessions by their name", async () => {
  expect([await chat(fileKey, { "x-sluice-session": "s1" }), await chat(fileKey)]).toEqual([200, 429]);
  const { body } = await ask(owner, "GET", "limits");
  const names = body.data.map(({ id }: { id: string }) => id);
  expect(names).toContain("key:config:filed|requests|day@UTC");
  expect(names).toContain("provider:demo|requests|day@UTC");
  const [tool] = (await ask(owner, "GET", "limits?kind=tool")).body.data;
  expect(tool).toMatchObject({ limit: 7, kind: "tool", of: "mail_*", whose: 'the tool "mail_*"' });
  expect(names.filter((id: string) => id.startsWith("session"))).toEqual([]);
  const session = await ask(owner, "GET", "limits?kind=session&of=config:filed/s1");
  expect(session.body.data).toMatchObject([{ limit: 5, kind: "session" }]);
  expect(session.body.data[0].used).toBeGreaterThanOrEqual(1);
  expect((await one(session.body.data[0].id)).limit).toBe(5);
  const { key } = await made("keys", { name: "tagged", metadata: { agent: "a|b/c ü" } });
  expect(await chat(key)).toBe(200);
  const [tagged] = (await ask(owner, "GET", `limits?kind=tag-agent&of=${encodeURIComponent("//a|b/c ü")}`)).body.data;
  expect(tagged).toMatchObject({ limit: 6, used: 1, kind: "tag-agent", whose: 'the tag agent "//a|b/c ü"' });
  expect((await ask(owner, "POST", `limits/${encodeURIComponent(tagged.id)}/reset`, {})).body.used).toBe(0);
  expect((await ask(owner, "GET", "limits?leftAtMost=0")).body.data.map(({ id }: { id: string }) => id)).toContain(
    "key:config:filed|requests|day@UTC",
  );
  expect((await ask(owner, "GET", "limits/nothing")).status).toBe(404);
});

test("are seen and changed by those who may, within their reach, and never by those whom they limit", async () => {
  const organisation = await made("organisations", { name: "acme", budget: { usd: 5, per: "year" } });
  const other = await made("teams", { name: "other", limits: { requestsPerDay: 9 } });
  const team = await made("teams", { name: "in", organisation: organisation.id, limits: { requestsPerDay: 3 } });
  const admin = (fields: object) => made("keys", { kind: "admin", role: "admin", ...fields });
  const [whole, within, developer] = [
    await admin({ name: "whole", organisation: organisation.id }),
    await admin({ name: "within", organisation: organisation.id, team: team.id }),
    await admin({ name: "developer", role: "developer", organisation: organisation.id }),
  ];
  const ids = async (key: string) => (await ask(key, "GET", "limits")).body.data.map(({ of }: { of: string }) => of).toSorted();
  expect(await ids(whole.key)).toEqual([organisation.id, team.id].toSorted());
  expect(await ids(within.key)).toEqual([team.id]);
  const path = (id: string, measure = "requests|day@UTC", kind = "team") =>
    `limits/${encodeURIComponent(`${kind}:${id}|${measure}`)}/reset`;
  expect((await ask(whole.key, "POST", path(team.id), {})).status).toBe(200);
  expect((await ask(within.key, "POST", path(team.id), {})).body.code).toBe("grant_refused");
  expect((await ask(whole.key, "POST", path(organisation.id, "nanos|year@UTC", "organisation"), {})).body.code).toBe("grant_refused");
  expect((await ask(whole.key, "POST", path(other.id), {})).status).toBe(404);
  expect((await ask(developer.key, "POST", path(team.id), {})).body.code).toBe("permission_missing");
  const raised = await ask(developer.key, "POST", "keys", { name: "rich", limits: { requestsPerDay: 9 } });
  expect([raised.status, raised.body.code]).toEqual([403, "permission_missing"]);
  const part = { limits: { requestsPerDay: null, concurrency: 3 } };
  expect((await ask(developer.key, "PATCH", `teams/${team.id}`, part)).status).toBe(403);
  expect((await ask(whole.key, "PATCH", `teams/${team.id}`, part)).body.limits).toEqual({ concurrency: 3 });
  expect((await ask(whole.key, "PATCH", `teams/${team.id}`, { limits: null })).body.limits).toBeNull();
  const unknown = await ask(whole.key, "PATCH", `teams/${team.id}`, { limits: { requestsPerDayy: 1 } });
  expect([unknown.status, unknown.body.detail]).toEqual([400, expect.stringMatching(/did you mean requestsPerDay\?$/)]);
});

test("the command line lists them, resets one and adds to one", async () => {
  const lines: string[] = [];
  const terminal = {
    environment: { SLUICE_ADMIN_KEY: owner },
    folder: gateway.folder,
    write: (text: string) => lines.push(text),
    writeError: (text: string) => lines.push(text),
  };
  const run = (...words: string[]) => runCommandLine([...words, "--url", gateway.url], commands, terminal as never);
  expect(await run("limits", "--kind", "key")).toBe(0);
  expect(lines.join("")).toContain('the key "filed"');
  expect(await run("limits", "add", "key:config:filed|requests|day@UTC", "3", "--reason", "why not")).toBe(0);
  expect(await run("limits", "reset", "key:config:filed|requests|day@UTC")).toBe(0);
  expect((await one("key:config:filed|requests|day@UTC")).left).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect([await chat(fileKey), await chat(fileKey)]).toEqual([200, 429]);
});

test("limits that lead to models, or to people to be told, who are not there are refused, wherever they stand", async () => {
  // biome-ignore lint/suspicious/noThenProperty: nobody awaits options
  const insteadOf = (use: string) => ({ requestsPerDay: 1, then: { use } });
  const instead = insteadOf("nope");
  const budget = { usd: 1, per: "day", alerts: [{ at: 0.8, to: ["nobody"] }] };
  const refused = [
    await ask(owner, "POST", "keys", { name: "lost", limits: instead }),
    await ask(owner, "POST", "keys", { name: "lost", budget: [{ usd: 1, per: "ever" }, budget] }),
    await ask(owner, "POST", "teams", { name: "lost", budget }),
    await ask(owner, "POST", "applications", { name: "lost", endUsers: { limits: instead } }),
  ];
  expect(refused.map(({ status, body }) => [status, body.detail])).toEqual([
    [400, '`limits`: there is no model "nope".'],
    [400, '`budget`: nobody is called "nobody" in `alerts.targets` of the config.'],
    [400, '`budget`: nobody is called "nobody" in `alerts.targets` of the config.'],
    [400, '`endUsers`: there is no model "nope".'],
  ]);
  const { id } = await made("keys", { name: "found", limits: insteadOf("cheap") });
  expect((await ask(owner, "PATCH", `keys/${id}`, { limits: instead })).status).toBe(400);
  expect((await ask(owner, "PATCH", `keys/${id}`, { limits: null, budget: null })).status).toBe(200);
});
