import { afterEach, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readConfig } from "../../src/config/index.ts";
import { policies } from "../../src/policies/index.ts";
import { type Bench, logIn, openBench } from "./bench.ts";
import { Browser } from "./browser.ts";

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.close();
  bench = undefined;
});

describe("the provider", () => {
  test("that refuses this gateway's own client is a 502, and nobody's 401", async () => {
    bench = await openBench({}, { clientSecret: "another-secret-0123456789" });
    const page = await logIn(new Browser(), bench, "ann");
    expect([page.status, page.text]).toEqual([502, expect.stringContaining("own client")]);
    expect(page.text).not.toContain("another-secret");
  });

  test("that is away, or says something else, is a 502, and an admin key still lets one in", async () => {
    const answers: readonly ((issuer: string) => [number, string])[] = [
      () => [500, "{}"],
      () => [200, "<html>"],
      (issuer) => [200, JSON.stringify({ issuer: `${issuer}/other` })],
      (issuer) => [200, JSON.stringify({ issuer, authorization_endpoint: "javascript:alert(1)" })],
      (issuer) => [
        200,
        JSON.stringify({ issuer, authorization_endpoint: `${issuer}/a`, token_endpoint: "http://10.0.0.1/t", jwks_uri: `${issuer}/j` }),
      ],
      () => [200, `{"issuer":"${"x".repeat(1_000_000)}"}`],
    ];
    let answer = answers[0]!;
    const server = createServer((_request, response) => {
      const [status, body] = answer(issuer);
      response.writeHead(status, { "content-type": "application/json" }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    bench = await openBench({}, { issuer });
    const begin = () => new Browser().go(`${bench?.gateway.url}/auth/login`);
    for (answer of answers) expect((await begin()).status).toBe(502);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await begin()).status).toBe(502);
    expect((await new Browser().go(`${bench.gateway.url}/auth/login?with=key`)).text).toContain('name="key"');
  });
});

test("the address to come back to is the config's, whatever a request says of its host", async () => {
  bench = await openBench({ publicUrl: "https://ai.example.com" });
  for (const headers of [{}, { host: "localhost" }, { "x-forwarded-host": "evil.example" }, { forwarded: "host=evil.example" }] as Record<
    string,
    string
  >[]) {
    const begun = await fetch(`${bench.gateway.url}/auth/login`, { headers, redirect: "manual" });
    expect(new URL(begun.headers.get("location")!).searchParams.get("redirect_uri")).toBe("https://ai.example.com/auth/callback");
  }
});

describe("a config", () => {
  const openid = { issuer: "https://login.example.com", clientId: "sluice", clientSecret: "a-secret-0123456789", roles: { a: "admin" } };
  const issuesOf = async (document: Readonly<Record<string, unknown>>) => {
    const { issues } = await readConfig(JSON.stringify(document), "sluice.yaml", { environment: {}, policies });
    return issues?.map(({ path, value }) => `${path}${value === undefined ? "" : ` ${value}`}`);
  };

  test("with an OpenID provider says where the gateway is, unless that is this machine", async () => {
    expect(await issuesOf({ login: { openid } })).toBeUndefined();
    expect(await issuesOf({ listen: "0.0.0.0:8787", login: { openid, publicUrl: "https://ai.example.com" } })).toBeUndefined();
    expect(await issuesOf({ listen: "0.0.0.0:8787", login: { openid } })).toEqual(["login.publicUrl"]);
  });

  test.each([
    [{ publicUrl: "http://ai.example.com", openid }, "login.publicUrl"],
    [{ publicUrl: "https://ai.example.com/path", openid }, "login.publicUrl"],
    [{ openid: { ...openid, issuer: "http://login.example.com" } }, "login.openid.issuer"],
    [{ openid: { ...openid, issuer: "https://user:pw@login.example.com" } }, "login.openid.issuer"],
    [{ openid: { ...openid, roles: undefined } }, "login.openid"],
    [{ openid: { ...openid, scopes: ["a b"] } }, "login.openid.scopes"],
    [{ idleMinutes: 0 }, "login.idleMinutes"],
    [{ openId: openid }, "login.openId"],
  ])("is refused at its place: %j", async (login, place) => {
    const issues = await issuesOf({ login });
    expect(issues?.length).toBe(1);
    expect(issues?.[0]).toStartWith(place);
    expect(issues?.[0]).not.toContain("a-secret");
  });
});
