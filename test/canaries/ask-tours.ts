import { adminOperations } from "../../src/server/admin/operations/all.ts";
import { inParallel, sleep } from "../faults/promise.ts";
import { ask, bodyFor } from "../faults/raw-client.ts";
import { RawConnection } from "../faults/raw-connection.ts";
import { crossCases, modelOf, nativeCases } from "../faults/scenarios.ts";
import { crossPairs } from "../faults/upstream-config.ts";
import { sampleOf } from "../isolation/sample-body.ts";
import { toldForms } from "./echo-upstream.ts";
import type { Landscape } from "./landscape.ts";
import { marker } from "./planted-config.ts";
import type { Kind } from "./shown.ts";

/** One request, of which every byte that comes back is noted. */
export async function noted(
  land: Landscape,
  kind: Kind,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
  meant: readonly string[] = [],
): Promise<string> {
  const connection = new RawConnection(land.port);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.send(
    `${line} HTTP/1.1\r\nhost: 127.0.0.1:${land.port}\r\nconnection: close\r\n${lines.join("")}${body === undefined ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`}\r\n${body ?? ""}`,
  );
  await connection.end(10_000);
  connection.destroy();
  land.shown.note(kind, `${line} ${body?.slice(0, 60) ?? ""}`, connection.text, meant);
  return connection.text;
}

export function jsonIn(text: string): Record<string, unknown> {
  return JSON.parse(/\r\n\r\n([\s\S]*)/.exec(text)?.[1] || "{}") as Record<string, unknown>;
}

export function adminHeaders({ adminKey }: Landscape): Record<string, string> {
  return { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
}

const chat = (model: string, stream = false) =>
  JSON.stringify({ model, stream, max_tokens: 5, messages: [{ role: "user", content: "hi" }] });

/** The whole matrix of faults, its upstream holding a secret of ours. @returns how many requests that were */
export async function tourFaults({ port, shown }: Landscape): Promise<number> {
  const cases = [...nativeCases(), ...crossCases(crossPairs)];
  await inParallel(cases, 120, async (of) => {
    const { status, headers, body } = await ask({ port, dialect: of.client, body: bodyFor(of.client, modelOf(of), of.stream) });
    const text = `${status} ${JSON.stringify(headers)} ${body.toString("latin1")}`;
    shown.note("answers to applications", `${of.scenario} of ${of.client} from ${of.upstream}`, text);
  });
  return cases.length;
}

/** Every provider that tells what it got, in all forms, and callers who hold secrets of their own. */
export async function tourCallers(land: Landscape, key: string): Promise<number> {
  const { canaries } = land;
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const asked: [string, Record<string, string>, string | undefined][] = [];
  const inRepeats = canaries.make("caller's Idempotency-Key");
  for (const provider of [marker, "several", "variable", "sealed", "stored", "anthropic", "gemini", "bedrock", "vertex", "dead"]) {
    for (const status of [200, 301, 400, 401, 403, 429, 500, 529]) {
      for (const form of toldForms) {
        const model = `${provider}/${marker}-${status}-${form}`;
        // Kept in the data folder where it was answered, and told to nobody.
        const keyed = (stream: boolean) => ({ ...headers, "idempotency-key": `${inRepeats} ${model} ${stream}` });
        for (const stream of [false, true]) asked.push(["POST /v1/chat/completions", keyed(stream), chat(model, stream)]);
      }
    }
  }
  const [inQuery, inCookie, inBasic, inBearer, inProxy, inKey] = ["?key=", "cookie", "Basic", "bearer", "proxy", "x-api-key"].map((name) =>
    canaries.make(`caller's ${name}`),
  ) as [string, string, string, string, string, string];
  const claims = { iss: land.openid.issuer, aud: "sluice", sub: canaries.make("caller's claim"), exp: 4_000_000_000, iat: 1 };
  const forged = `${Buffer.from('{"alg":"RS256","kid":"one"}').toString("base64url")}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${inBearer}`;
  const real = await land.openid.sign({ sub: "ann" });
  canaries.add("caller's JWT", real.split(".")[2] as string);
  const strangers: Record<string, string>[] = [
    { cookie: `session=${inCookie}; __Host-sluice-session=${inCookie}; __Host-sluice-login=${inCookie}` },
    { authorization: `Basic ${Buffer.from(`user:${inBasic}`).toString("base64")}` },
    { authorization: `Bearer ${inBearer}` },
    { authorization: `Bearer ${forged}` },
    { authorization: `Bearer ${real}` },
    { "proxy-authorization": `Bearer ${inProxy}` },
    { "x-api-key": inKey },
    { "x-goog-api-key": inKey },
    { "x-sluice-user": "somebody", authorization: `Bearer ${inBearer}` },
  ];
  const lines = [
    ...["GET /v1/models", "POST /v1/chat/completions", "POST /v1beta/models/m:generateContent", "POST /oauth/token", "POST /nowhere"],
    ...["GET /admin/v1/keys", "POST /admin/v1/keys", "GET /auth/callback", "GET /auth/login", "GET /auth/device", "POST /auth/logout"],
    ...[
      "GET /scim/v2/Users",
      "POST /scim/v2/Users",
      "GET /metrics",
      "GET /docs",
      "POST /auth/device/token",
      "POST /auth/backchannel-logout",
    ],
  ];
  const more = `?key=${encodeURIComponent(inQuery)}&code=${encodeURIComponent(inQuery)}&access_token=${encodeURIComponent(inQuery)}&state=${encodeURIComponent(inQuery)}`;
  for (const own of strangers) {
    for (const line of lines) {
      const body = line.startsWith("POST") ? chat(`${marker}/m-400-raw`) : undefined;
      asked.push([`${line}${more}`, own, body], [line, { ...own, ...(own.authorization === undefined && headers) }, body]);
    }
  }
  for (const body of ["{", '{"model":7}', chat("nobody/m"), chat(`${marker}/${marker}-200-raw`).slice(0, -20)])
    asked.push(["POST /v1/chat/completions", headers, body]);
  await inParallel(asked, 12, async ([line, own, body]) => void (await noted(land, "answers to applications", line, own, body)));
  const kept = { model: "chat/ok", messages: [{ role: "user", content: canaries.make("what somebody asked") }] };
  await noted(land, "answers to applications", "POST /v1/chat/completions", headers, JSON.stringify(kept));
  // The key's limit tells those whom the config names; each of them refuses, or is not there, or asks for its password.
  const limited = { authorization: `Bearer ${land.limitedKey}`, "content-type": "application/json" };
  for (let turn = 0; turn < 3; turn++) await noted(land, "answers to applications", "POST /v1/chat/completions", limited, chat("chat/ok"));
  return asked.length + 4;
}

/** Every operation of the admin API by nobody, by a wrong key, with what no schema takes, and as it is meant. */
export async function tourOperations(land: Landscape): Promise<number> {
  const { canaries } = land;
  const own = adminHeaders(land);
  const wrong = { authorization: `Bearer ${canaries.make("wrong admin key")}` };
  const inBody = canaries.make("credential in a bad request");
  let count = 0;
  const ask = async (line: string, headers: Readonly<Record<string, string>>, body?: string) => {
    count++;
    const answer = await noted(land, "answers to operators", line, headers, body);
    // Whoever asks much has to wait, and shall see the answer itself.
    if (headers !== own || !answer.startsWith("HTTP/1.1 429")) return;
    await sleep(1_000);
    await noted(land, "answers to operators", line, headers, body);
  };
  const bad = [
    JSON.stringify({ value: inBody, password: inBody, secret: { deep: inBody }, name: [inBody], id: 7 }),
    JSON.stringify([inBody]),
    `{"value": "${inBody}", `,
  ];
  for (const { method, path, body: schema, permission } of adminOperations) {
    const line = `${method} ${path.replace("{id}", "nothing-there")}`;
    const bodies = method === "GET" ? [undefined] : [...bad, ...(schema ? [JSON.stringify(sampleOf(schema))] : [])];
    for (const body of bodies) {
      if (body === bodies[0]) await ask(line, wrong, body);
      // What ends the installation's own keys or its vault's would end the tour.
      if (permission !== "vault:rekey" || body === undefined || bad.includes(body)) await ask(line, own, body);
    }
    if (method === "GET" && path.includes("{id}"))
      for (const id of ["canary-sealed", marker, "canary"]) await ask(`${method} ${path.replace("{id}", id)}`, own);
    if (method === "GET") await ask(`${line}?limit=200&cursor=${encodeURIComponent(inBody)}&secret=${encodeURIComponent(inBody)}`, own);
  }
  return count;
}

/** What operators make, and see of it afterwards; what is shown once is shown where it is made, and there only. */
export async function tourOperators(land: Landscape): Promise<void> {
  const { canaries, shown } = land;
  const own = adminHeaders(land);
  const ask = (line: string, body?: unknown, meant?: readonly string[]) =>
    noted(land, "answers to operators", line, own, body === undefined ? undefined : JSON.stringify(body), meant);
  const made = async (name: string, line: string, body: unknown, field: string) => {
    const found = jsonIn(await ask(line, body, [name]));
    if (typeof found[field] !== "string") throw new Error(`${line}: ${JSON.stringify(found)}`);
    canaries.add(name, found[field] as string);
    return found as Record<string, string>;
  };
  const key = await made("key that was made", "POST /admin/v1/keys", { name: `made-${marker}` }, "key");
  await made("key that was rotated", `POST /admin/v1/keys/${key.id}/rotate`, {}, "key");
  const admin = await made("admin key that was made", "POST /admin/v1/keys", { name: "operator", kind: "admin", role: "admin" }, "key");
  await noted(land, "answers to operators", "GET /admin/v1/me", { authorization: `Bearer ${admin.key}` });
  const session = await made("token of a session", "POST /admin/v1/sessions", {}, "token");
  await noted(land, "answers to operators", "GET /admin/v1/me", { authorization: `Bearer ${session.token}` });
  const scim = await made("SCIM token", "POST /admin/v1/scim-tokens", { name: "directory" }, "token");
  const scimHeaders = { authorization: `Bearer ${scim.token}`, "content-type": "application/scim+json" };
  await noted(land, "answers to operators", "POST /scim/v2/Users", scimHeaders, '{"userName":"a","password":"x"}');
  await noted(land, "answers to operators", "GET /scim/v2/Users?filter=(((", scimHeaders);
  await noted(land, "answers to operators", "GET /scim/v2/Users", scimHeaders);
  const value = canaries.make("credential of the admin API");
  await ask("POST /admin/v1/credentials", { name: "canary-by-api", value });
  await ask("POST /admin/v1/credentials", { name: "canary-by-api", value });
  await ask("POST /admin/v1/credentials/canary-by-api/rotate", { value: canaries.make("credential that was rotated") });
  await ask("GET /admin/v1/credentials");
  // A secret does not stand in an object that is applied; whoever tries is refused, and it is nowhere afterwards.
  const literal = canaries.make("literal key in a config that is applied");
  const definition = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: literal, headers: { authorization: literal } };
  await ask("POST /admin/v1/config/apply", { objects: { providers: { late: definition } } });
  await ask("POST /admin/v1/config/apply?dryRun=true", { objects: { providers: { late: definition } } });
  await ask("POST /admin/v1/providers", { name: "late", definition });
  const good = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: `\${vault:canary-by-api}` };
  const applied = await ask("POST /admin/v1/config/apply", { objects: { providers: { [`applied-${marker}`]: good } } });
  if (!applied.startsWith("HTTP/1.1 200")) throw new Error(applied);
  const exchanged = await noted(
    land,
    "answers to applications",
    "POST /oauth/token",
    { "content-type": "application/x-www-form-urlencoded" },
    new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: land.limitedKey,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    }).toString(),
    ["token of the exchange"],
  );
  const token = jsonIn(exchanged).access_token as string;
  canaries.add("token of the exchange", token.split(".")[2] as string);
  await noted(land, "answers to applications", "GET /v1/models", { authorization: `Bearer ${token}` });
  for (const path of ["/admin/v1/config", "/admin/v1/versions", "/admin/v1/versions/1", "/admin/v1/records?limit=200", "/admin/v1/secrets"])
    await ask(`GET ${path}`);
  const audit = await ask("GET /admin/v1/audit?limit=200");
  shown.note("audit lines", "of the admin API", audit);
  await noted(land, "metrics", "GET /metrics", own);
  for (const path of ["/openapi.json", "/docs", "/docs/faults", "/admin/v1/openapi.json"])
    await noted(land, "documents", `GET ${path}`, own);
}
