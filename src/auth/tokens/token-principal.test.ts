import { expect, test } from "bun:test";
import type { IssuerOptions } from "./options.ts";
import { tokenHolder } from "./token-principal.ts";
import { trustedIssuer } from "./trusted-issuer.ts";

const base = { issuer: "https://login.example", audience: "sluice" };
const holder = (claims: object, options: Partial<IssuerOptions>) =>
  tokenHolder({ sub: "alice", ...claims }, trustedIssuer("acme", { ...base, ...options }));

test("a token that no team and no role is for gives nothing on either plane", () => {
  expect(holder({ groups: ["staff"] }, { teams: { support: "support" }, roles: { platform: "admin" } })).toMatchObject({
    mayCall: false,
    mayOperate: false,
  });
});

test("groups give teams and roles; the first team of the file counts, and every role", () => {
  const options = { teams: { b: "blue", a: "amber" }, roles: { a: "viewer", b: "finance" } };
  expect(holder({ groups: ["a", "b"] }, options)).toEqual({
    principal: {
      kind: "user",
      keyId: "token:acme:alice",
      keyName: "alice",
      user: "alice",
      team: "blue",
      roles: ["viewer", "finance"],
      scopes: [],
    },
    mayCall: true,
    mayOperate: true,
  });
});

test("an address that nobody has verified is not whom it names", () => {
  const options = { everyone: {}, claims: { user: "email" } };
  for (const [told, user] of [
    [{ email: "ann@example.com", email_verified: true }, "ann@example.com"],
    [{ email: "ann@example.com", email_verified: "true" }, "ann@example.com"],
    [{ email: "ann@example.com" }, "ann@example.com"],
    [{ email: "ann@example.com", email_verified: false }, "alice"],
    [{ email: "ann@example.com", email_verified: "false" }, "alice"],
  ] as const)
    expect([told, holder(told, options)?.principal.user]).toEqual([told, user]);
});

test("a role reaches the admin API, and calls models only where it says so", () => {
  const options = { roles: { platform: "admin", people: "viewer" } };
  expect(holder({ groups: "platform" }, options)).toMatchObject({ mayOperate: true, mayCall: true });
  expect(holder({ groups: ["people"] }, options)).toMatchObject({ mayOperate: true, mayCall: false });
  expect(holder({ groups: ["admin"] }, options)).toMatchObject({ mayOperate: false, mayCall: false });
  expect(holder({}, { everyone: { roles: ["viewer"] } })).toMatchObject({ mayOperate: true, mayCall: false });
  expect(holder({}, { everyone: {} })).toMatchObject({ mayOperate: false, mayCall: true });
});

test("claims are found by their whole name, and else step by step; nothing is inherited", () => {
  const roles = { ops: "admin" };
  expect(holder({ "https://acme.example/groups": ["ops"] }, { claims: { groups: "https://acme.example/groups" }, roles })?.mayOperate).toBe(
    true,
  );
  expect(holder({ realm_access: { roles: ["ops"] } }, { claims: { groups: "realm_access.roles" }, roles })?.mayOperate).toBe(true);
  for (const groups of ["constructor.name", "__proto__", "toString", "groups.length"])
    expect(holder({ groups: ["ops"] }, { claims: { groups }, roles: { Object: "admin", "1": "admin" } })?.mayOperate).toBe(false);
  expect(holder({ groups: { ops: true } }, { roles })?.mayOperate).toBe(false);
  expect(holder({ groups: [["ops"]] }, { roles })?.mayOperate).toBe(false);
});

test("names of claims that are no names count as missing", () => {
  const options = { claims: { user: "email", team: "team" }, everyone: { team: "all" } };
  expect(holder({ email: "a@b.example", team: "red" }, options)?.principal).toMatchObject({ user: "a@b.example", team: "red" });
  for (const bad of ["", "a\nb", "x".repeat(256), 7, null, ["red"]])
    expect(holder({ email: bad, team: bad }, options)?.principal).toMatchObject({ keyId: "token:acme:alice", user: "alice", team: "all" });
});

test("what the issuer's entry allows of models and users stands on every caller", () => {
  expect(holder({}, { everyone: {}, models: ["fast*"], mayPassUser: true })?.principal).toMatchObject({
    models: ["fast*"],
    mayPassUser: true,
  });
  expect(holder({}, { everyone: {} })?.principal).not.toHaveProperty("mayPassUser");
});
