import { expect, test } from "bun:test";
import type { IssuerOptions } from "./options.ts";
import { tokenHolder } from "./token-principal.ts";
import { trustedIssuer } from "./trusted-issuer.ts";

const base = { issuer: "https://login.example", audience: "sluice" };
const holder = (claims: object, options: Partial<IssuerOptions>) =>
  tokenHolder({ sub: "alice", ...claims }, trustedIssuer("acme", { ...base, ...options }));

test("a token that no team and no role is for gives nothing on either plane", () => {
  expect(holder({ groups: ["staff"] }, { teams: { support: "support" }, roles: { platform: "admin" } })).toEqual({
    caller: undefined,
    operator: undefined,
  });
});

test("groups give teams and roles; the first team of the file counts, and every role", () => {
  const options = { teams: { b: "blue", a: "amber" }, roles: { a: "viewer", b: "finance" } };
  expect(holder({ groups: ["a", "b"] }, options)?.caller).toEqual({
    kind: "key",
    keyId: "token:acme:alice",
    keyName: "alice",
    user: "alice",
    team: "blue",
    roles: ["viewer", "finance"],
    scopes: [],
  });
});

test("only the roles owner and admin reach the admin API, and they call models too", () => {
  const options = { roles: { platform: "admin", people: "viewer" } };
  expect(holder({ groups: "platform" }, options)?.operator).toMatchObject({ kind: "admin", keyId: "token:acme:alice", roles: ["admin"] });
  expect(holder({ groups: ["people"] }, options)?.operator).toBeUndefined();
  expect(holder({ groups: ["admin"] }, options)?.operator).toBeUndefined();
});

test("claims are found by their whole name, and else step by step; nothing is inherited", () => {
  const roles = { ops: "admin" };
  expect(
    holder({ "https://acme.example/groups": ["ops"] }, { claims: { groups: "https://acme.example/groups" }, roles })?.operator,
  ).toBeDefined();
  expect(holder({ realm_access: { roles: ["ops"] } }, { claims: { groups: "realm_access.roles" }, roles })?.operator).toBeDefined();
  for (const groups of ["constructor.name", "__proto__", "toString", "groups.length"])
    expect(holder({ groups: ["ops"] }, { claims: { groups }, roles: { Object: "admin", "1": "admin" } })?.operator).toBeUndefined();
  expect(holder({ groups: { ops: true } }, { roles })?.operator).toBeUndefined();
  expect(holder({ groups: [["ops"]] }, { roles })?.operator).toBeUndefined();
});

test("names of claims that are no names count as missing", () => {
  const options = { claims: { user: "email", team: "team" }, everyone: { team: "all" } };
  expect(holder({ email: "a@b.example", team: "red" }, options)?.caller).toMatchObject({ user: "a@b.example", team: "red" });
  for (const bad of ["", "a\nb", "x".repeat(256), 7, null, ["red"]])
    expect(holder({ email: bad, team: bad }, options)?.caller).toMatchObject({ keyId: "token:acme:alice", user: "alice", team: "all" });
});

test("what the issuer's entry allows of models and users stands on every caller", () => {
  expect(holder({}, { everyone: {}, models: ["fast*"], mayPassUser: true })?.caller).toMatchObject({
    models: ["fast*"],
    mayPassUser: true,
  });
  expect(holder({}, { everyone: {} })?.caller).not.toHaveProperty("mayPassUser");
});
