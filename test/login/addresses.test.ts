import { afterAll, beforeAll, expect, test } from "bun:test";
import { adminKey, type Bench, logIn, openBench } from "./bench.ts";
import { Browser } from "./browser.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({}, { userClaim: "email", scopes: ["openid", "profile", "email"] });
});
afterAll(() => bench.close());

test("whoever writes another's address, unverified however the provider says it, is not the other", async () => {
  const address = { email: "ann@example.com", groups: ["platform"] };
  for (const [who, emailVerified, status] of [
    ["mallory", false, 403],
    ["mallory", "false", 403],
    ["mallory", "False", 403],
    ["mallory", "no", 403],
    ["ann", "true", 200],
    ["ann", true, 200],
  ] as const) {
    bench.openid.people.set(who, { ...address, emailVerified });
    const landed = await logIn(new Browser(), bench, who);
    expect([who, emailVerified, landed.status]).toEqual([who, emailVerified, status]);
  }
});

test("whoever is called at the provider what only looks like another's name is not the other", async () => {
  const names = await openBench({}, { roles: {}, userClaim: "preferred_username" });
  const asOwner = (method: string, path: string, body?: object) =>
    fetch(`${names.gateway.url}/admin/v1/${path}`, {
      method,
      headers: { authorization: `Bearer ${adminKey}` },
      ...(body && { body: JSON.stringify(body) }),
    });
  try {
    for (const userName of ["kate", "office"]) expect((await asOwner("POST", "users", { userName, roles: ["owner"] })).status).toBe(201);
    for (const [who, status] of [
      // The sign of the kelvin, wide letters, a ligature, small capitals that fold.
      ["\u212Aate", 403],
      ["\uFF4Bate", 403],
      ["o\uFB03ce", 403],
      ["o\uFB00ice", 403],
      ["KATE", 200],
      ["office", 200],
    ] as const) {
      names.openid.people.set(who, { email: "x@example.com", groups: [] });
      const landed = await logIn(new Browser(), names, who);
      expect([who, landed.status]).toEqual([who, status]);
    }
  } finally {
    await names.close();
  }
});
