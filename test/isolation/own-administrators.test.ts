import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type AuditLine, type Caller, openTenants, root, type Tenants } from "./tenants.ts";

// What an organisation's own administrators see and do of what stood for the installation alone.

let tenants: Tenants;
let own: string;
let foreign: string;
beforeAll(async () => {
  tenants = await openTenants();
  own = tenants.own.organisations as string;
  foreign = tenants.foreign.organisations as string;
});
afterAll(() => tenants.close());

const caller = (role: string, organisation = own): Caller => ({ role, organisation });

describe("the audit log", () => {
  test("shows an organisation's auditor what was done to its own, by whomever, and nothing else", async () => {
    const { body: key } = await tenants.ask(root, "POST", "/admin/v1/keys", { name: "seen", organisation: own });
    await tenants.ask(root, "DELETE", `/admin/v1/keys/${key.id}`);
    await tenants.ask(caller("admin"), "POST", "/admin/v1/teams", { name: "audited" });
    await tenants.ask(caller("admin", foreign), "POST", "/admin/v1/teams", { name: "hidden-team" });
    await tenants.ask(root, "POST", "/admin/v1/teams", { name: "the-installations" });
    const { status, body } = await tenants.ask(caller("auditor"), "GET", "/admin/v1/audit?limit=200");
    expect(status).toBe(200);
    const lines: readonly AuditLine[] = body.data;
    expect(new Set(lines.map(({ organisation }) => organisation))).toEqual(new Set([own]));
    const acts = lines.map(({ operation, outcome, object }) => `${operation} ${outcome} ${object ?? ""}`);
    expect(acts).toContain(`keys.revoke done ${key.id}`);
    expect(acts).toContain("teams.create asked ");
    const text = JSON.stringify(lines);
    for (const hidden of [foreign, "foreign-mark", "hidden-team", "the-installations"]) expect(text).not.toContain(hidden);
    const byOthers = lines.filter(({ actor }) => actor.organisation !== own);
    expect(byOthers.length).toBeGreaterThan(0);
    expect(byOthers.filter(({ address }) => address !== undefined)).toEqual([]);
  });

  test("is read by the page, and to its end", async () => {
    const seen: number[] = [];
    let cursor = "";
    do {
      const { body } = await tenants.ask(caller("auditor"), "GET", `/admin/v1/audit?limit=5${cursor}`);
      seen.push(...body.data.map(({ seq }: { seq: number }) => seq));
      cursor = body.next === null ? "" : `&cursor=${body.next}`;
    } while (cursor !== "");
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).toEqual([...new Set(seen)].toSorted((one, other) => other - one));
  });

  test("stays closed to those who act within a team", async () => {
    const inTeam = { ...caller("auditor"), team: tenants.own.teams as string };
    expect((await tenants.ask(inTeam, "GET", "/admin/v1/audit")).status).toBe(403);
  });
});

test("an organisation's admin sees and ends the sessions of its own people and keys", async () => {
  const listed = await tenants.ask(caller("admin"), "GET", "/admin/v1/sessions?limit=200");
  const ids = listed.body.data.map(({ id }: { id: string }) => id);
  expect(ids).toContain(tenants.own.sessions);
  expect(ids).not.toContain(tenants.foreign.sessions);
  expect(ids).not.toContain(tenants.installation.sessions);
  expect((await tenants.ask(caller("admin"), "DELETE", `/admin/v1/sessions/${tenants.foreign.sessions}`)).status).toBe(404);
  expect((await tenants.ask(caller("admin"), "DELETE", `/admin/v1/sessions/${tenants.own.sessions}`)).status).toBe(204);
  const all = (await tenants.ask(root, "GET", "/admin/v1/sessions?limit=200")).body.data.map(({ id }: { id: string }) => id);
  expect(all).toContain(tenants.foreign.sessions);
  expect(all).not.toContain(tenants.own.sessions);
});

describe("SCIM tokens", () => {
  test("are made, seen and revoked by an organisation's owner for the organisation, and reach its people only", async () => {
    const made = await tenants.ask(caller("owner"), "POST", "/admin/v1/scim-tokens", { name: "directory" });
    expect([made.status, made.body.organisation]).toEqual([201, own]);
    const people = await tenants.askWith(made.body.token, "GET", "/scim/v2/Users?count=200");
    expect(people.status).toBe(200);
    expect(people.text).toContain("own-mark");
    expect(people.text).not.toContain("foreign-mark");
    const seen = (await tenants.ask(caller("owner"), "GET", "/admin/v1/scim-tokens")).body.data.map(({ id }: { id: string }) => id);
    expect(seen).toContain(made.body.id);
    expect(seen).not.toContain(tenants.foreign["scim-tokens"]);
    expect((await tenants.ask(caller("owner"), "DELETE", `/admin/v1/scim-tokens/${made.body.id}`)).status).toBe(204);
    expect((await tenants.askWith(made.body.token, "GET", "/scim/v2/Users")).status).toBe(401);
  });

  test("are not made for others, nor by whoever may not let a directory decide", async () => {
    const foreignOne = await tenants.ask(caller("owner"), "POST", "/admin/v1/scim-tokens", { name: "x", organisation: foreign });
    const nobodys = await tenants.ask(caller("owner"), "POST", "/admin/v1/scim-tokens", { name: "x", organisation: "org_nobody" });
    expect([foreignOne.status, foreignOne.body.code]).toEqual([nobodys.status, nobodys.body.code]);
    expect(foreignOne.status).toBe(404);
    expect((await tenants.ask(caller("admin"), "POST", "/admin/v1/scim-tokens", { name: "x" })).status).toBe(403);
  });
});
