import assert from "node:assert/strict";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import type { Checks } from "../node/checks.ts";
import { startAuthorizationServer } from "./authorization-server.ts";
import { adminKey } from "./token-checks.ts";

const audience = "https://ai.acme.example";
const own = "https://gateway.acme.example";
const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
const tokenType = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

/** RFC 8693, asked over HTTP of a gateway in a process of its own; its tokens are verified by `jose` from the set that it publishes. */
export async function checkExchange(checks: Checks): Promise<void> {
  const issuer = await startAuthorizationServer();
  const folder = makeFolder();
  process.env.SLUICE_ADMIN_KEY = adminKey;
  const config = {
    providers: { demo: { type: "demo" } },
    teams: { support: { models: ["demo/*"] } },
    identity: {
      exchange: { issuer: own, lifetimeSeconds: 300 },
      issuers: {
        acme: {
          issuer: issuer.issuer,
          audience,
          teams: { "ai-support": "support" },
          roles: { platform: "admin" },
          allowPrivateNetwork: true,
        },
      },
    },
  };
  const gateway = await startGateway({ folder, config });
  const url = `http://127.0.0.1:${gateway.port}`;
  const admin = async (path: string, method = "GET", body?: object) => {
    const headers = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/admin/v1/${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (answer.status === 204 ? {} : await answer.json()) as { id: string; key: string } };
  };
  const exchange = async (subject: string, more: Record<string, string> = {}) => {
    const body = new URLSearchParams({ grant_type: grant, subject_token: subject, subject_token_type: tokenType("access_token"), ...more });
    const answer = await fetch(`${url}/oauth/token`, { method: "POST", body });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, string> };
  };
  const given = async (subject: string, more: Record<string, string> = {}) => {
    const { status, body } = await exchange(subject, more);
    assert.equal(status, 200, JSON.stringify(body));
    return body.access_token as string;
  };
  const ask = async (token: string, path = "/v1/chat/completions", model = "demo/chat") => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
    const answer = await fetch(`${url}${path}`, path.startsWith("/v1/chat") ? { method: "POST", headers, body } : { headers });
    await answer.arrayBuffer();
    return answer.status;
  };
  const { body: plain } = await admin("keys", "POST", { name: "plain", team: "support" });
  const { body: bounded } = await admin("keys", "POST", {
    name: "bounded",
    models: ["demo/chat"],
    scopes: ["/v1/chat/completions", "/v1/models"],
  });
  const person = await issuer.token("billing-service", audience);

  await checks.check("what is published verifies what is given, and says what it is", async () => {
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    const { status, headers, body } = await exchange(plain.key);
    assert.equal(status, 200);
    assert.equal(headers.get("cache-control"), "no-store");
    assert.deepEqual([body.token_type, body.issued_token_type, body.expires_in], ["Bearer", tokenType("access_token"), 300]);
    const { payload } = await jwtVerify(body.access_token as string, keys, {
      issuer: own,
      audience: own,
      typ: "at+jwt",
      algorithms: ["ES256"],
    });
    assert.equal(payload.sub, plain.id);
    const metadata = (await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json()) as Record<string, unknown>;
    assert.deepEqual([metadata.issuer, metadata.token_endpoint], [own, `${own}/oauth/token`]);
    const set = await (await fetch(`${url}/.well-known/jwks.json`)).text();
    assert.ok(!set.includes('"d"'), "the private key is published");
  });
  await checks.check(
    "a key's token and a person's token call models, and nothing of the admin API, whatever the person's roles",
    async () => {
      assert.equal(await ask(await given(plain.key)), 200);
      assert.equal(await ask(await given(person)), 200);
      const operator = await issuer.token("platform-bot", audience);
      assert.equal(await ask(operator, "/admin/v1/keys"), 200);
      assert.deepEqual([await ask(await given(operator), "/admin/v1/keys"), await ask(await given(operator))], [403, 200]);
    },
  );
  await checks.check("a token is narrower where that is asked, and never wider", async () => {
    const narrow = await given(plain.key, { scope: "/v1/models model:demo/chat" });
    assert.deepEqual([await ask(narrow, "/v1/models"), await ask(narrow)], [200, 403]);
    const onlyOther = await given(plain.key, { scope: "model:demo/other" });
    assert.equal(await ask(onlyOther), 403);
    const inherited = await given(bounded.key);
    assert.deepEqual(
      [await ask(inherited), await ask(inherited, "/v1/chat/completions", "demo/embed"), await ask(inherited, "/api/tags")],
      [200, 403, 403],
    );
    for (const scope of [
      "model:*",
      "model:demo/*",
      "model:demo/ch*",
      "/v1/*",
      "*",
      "/*",
      "openid",
      "model:",
      "/v1/chat/completions model:demo/other",
    ])
      assert.deepEqual([(await exchange(bounded.key, { scope })).body.error, scope], ["invalid_scope", scope]);
    // Of a narrow token, again.
    assert.equal((await exchange(narrow, { scope: "/v1/chat/completions" })).body.error, "invalid_scope");
    assert.equal(await ask(await given(narrow), "/v1/models"), 200);
  });
  await checks.check("a token ends with what it was given for, at the latest", async () => {
    const first = decodeJwt(person).exp as number;
    assert.ok((decodeJwt(await given(person)).exp as number) <= first);
    const soon = new Date(Date.now() + 20_000).toISOString();
    const { body: short } = await admin("keys", "POST", { name: "short", expiresAt: soon });
    assert.ok((decodeJwt(await given(short.key)).exp as number) * 1000 <= Date.parse(soon));
    const again = await given(await given(plain.key));
    assert.ok((decodeJwt(again).exp as number) <= Date.now() / 1000 + 300);
  });
  await checks.check("what a key may do any more, and that it is revoked, holds for its tokens at once", async () => {
    const { body: key } = await admin("keys", "POST", { name: "changing" });
    const token = await given(key.key);
    assert.equal(await ask(token), 200);
    await admin(`keys/${key.id}`, "PATCH", { models: ["demo/other"] });
    assert.equal(await ask(token), 403);
    await admin(`keys/${key.id}`, "PATCH", { models: null });
    assert.equal(await ask(token), 200);
    await admin(`keys/${key.id}`, "DELETE");
    assert.equal(await ask(token), 401);
  });
  await checks.check("whoever is denied loses the tokens that were given for theirs too", async () => {
    const token = await given(person);
    const { body: denial } = await admin("denials", "POST", { kind: "subject", issuer: "acme", value: "billing-service" });
    assert.deepEqual([await ask(token), (await exchange(person)).body.error], [401, "invalid_grant"]);
    await admin(`denials/${denial.id}`, "DELETE");
    assert.equal(await ask(token), 200);
    const { body: one } = await admin("denials", "POST", { kind: "token", issuer: "sluice", value: decodeJwt(token).jti });
    assert.deepEqual([await ask(token), await ask(person)], [401, 200]);
    await admin(`denials/${one.id}`, "DELETE");
  });
  await checks.check("what is not as the standard says is refused in its words", async () => {
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{ grant_type: "client_credentials" }, "unsupported_grant_type"],
      [{ grant_type: "" }, "unsupported_grant_type"],
      [{ subject_token: "" }, "invalid_request"],
      [{ subject_token_type: "" }, "invalid_request"],
      [{ subject_token_type: tokenType("saml2") }, "invalid_request"],
      [{ requested_token_type: tokenType("refresh_token") }, "invalid_request"],
      [{ actor_token: plain.key, actor_token_type: tokenType("access_token") }, "invalid_request"],
      [{ audience: "https://other.example" }, "invalid_target"],
      [{ resource: "https://other.example" }, "invalid_target"],
      [{ subject_token: "sk-sluice-nobody-0123456789abcdef" }, "invalid_grant"],
      [{ subject_token: adminKey }, "invalid_grant"],
      [{ subject_token: `${person.slice(0, -6)}AAAAAA` }, "invalid_grant"],
      [{ subject_token: await issuer.token("stranger", audience) }, "invalid_grant"],
      [{ subject_token: await issuer.token("billing-service", "https://other.example") }, "invalid_grant"],
    ];
    for (const [change, error] of cases) {
      const { status, body } = await exchange(plain.key, change);
      assert.deepEqual([status, body.error, JSON.stringify(change).slice(0, 80)], [400, error, JSON.stringify(change).slice(0, 80)]);
    }
    const twice = await fetch(`${url}/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: `grant_type=${grant}&subject_token=a&subject_token=b`,
    });
    assert.equal(((await twice.json()) as { error: string }).error, "invalid_request");
    const json = await fetch(`${url}/oauth/token`, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
    assert.equal(json.status, 400);
    assert.equal((await exchange(plain.key, { audience: own })).status, 200);
  });
  await checks.check("a token that somebody else signed, or that was changed, is nobody's", async () => {
    const token = await given(plain.key);
    const [head, claims, signature] = token.split(".") as [string, string, string];
    const changed = { ...decodeJwt(token), sub: bounded.id, sluice: { from: { key: bounded.id }, rights: { scopes: [] } } };
    assert.equal(await ask(`${head}.${Buffer.from(JSON.stringify(changed)).toString("base64url")}.${signature}`), 401);
    assert.equal(await ask(`${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${claims}.AAAA`), 401);
  });
  await gateway.stop();
  await checks.check("records name whom the token was given for", async () => {
    const { records } = await readLedger(folder);
    const keys = new Set([...records.values()].map(({ keyId }) => keyId));
    assert.ok(keys.has(plain.id) && keys.has("token:acme:billing-service"), [...keys].join(", "));
  });
  const { exchange: _exchange, ...withoutExchange } = config.identity;
  const closed = await startGateway({ config: { ...config, identity: withoutExchange } });
  await checks.check("without `identity.exchange` there is no such endpoint", async () => {
    for (const [path, method] of [
      ["/oauth/token", "POST"],
      ["/.well-known/jwks.json", "GET"],
      ["/.well-known/oauth-authorization-server", "GET"],
    ] as const)
      assert.equal((await fetch(`http://127.0.0.1:${closed.port}${path}`, { method })).status, 404, path);
  });
  await closed.stop();
  removeFolder(closed.folder);
  await issuer.close();
  removeFolder(folder);
}
