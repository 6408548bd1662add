import { afterAll, beforeAll, expect, test } from "bun:test";
import { adminOperations } from "../../src/server/admin/operations/all.ts";
import { adminKey, askApi, type Bench, logIn, openBench, toCallback } from "./bench.ts";
import { Browser } from "./browser.ts";
import { clientSecret } from "./openid-server.ts";

let bench: Bench;
const said: string[] = [];
const write = process.stdout.write.bind(process.stdout);
const writeError = process.stderr.write.bind(process.stderr);

beforeAll(async () => {
  bench = await openBench({}, {}, {}, { SLUICE_LOG: "debug" });
  const keep =
    (out: typeof write) =>
    (chunk: string | Uint8Array): boolean => {
      said.push(Buffer.from(chunk as Uint8Array).toString());
      return out(chunk);
    };
  process.stdout.write = keep(write) as typeof process.stdout.write;
  process.stderr.write = keep(writeError) as typeof process.stderr.write;
});
afterAll(async () => {
  process.stdout.write = write;
  process.stderr.write = writeError;
  await bench.close();
});

/** As it is, in base64 of any shift, and as it stands in a URL; whole, and its end. */
function formsOf(secret: string): readonly string[] {
  const shifted = ["", "x", "xx"].map((before) =>
    Buffer.from(before + secret)
      .toString("base64")
      .slice(4, -4),
  );
  return [
    secret,
    secret.slice(-20),
    encodeURIComponent(secret),
    ...shifted,
    ...shifted.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

test("no secret of a log-in is in any file, log line, answer of the admin API or audit line", async () => {
  const { url } = bench.gateway;
  const browser = new Browser();
  const secrets = new Map<string, string>([["client secret", clientSecret]]);
  bench.openid.changeTokens = (body) => {
    secrets.set("ID token", String(body.id_token));
    secrets.set("access token", String(body.access_token));
    return body;
  };
  const answer = await toCallback(browser, bench, "ann");
  secrets.set("code", new URL(answer.url).searchParams.get("code")!);
  secrets.set("state", new URL(answer.url).searchParams.get("state")!);
  secrets.set("departure", browser.cookie(url, "__Host-sluice-login")!);
  expect((await browser.go(answer.url, { from: bench.openid.issuer })).status).toBe(200);
  secrets.set("session", browser.cookie(url, "__Host-sluice-session")!.slice(18));
  const me = await askApi(browser, `${url}/admin/v1/me`);
  secrets.set("csrf token", me.body.csrfToken);
  // The same again, and what is wrong: errors tell nothing either.
  await browser.go(answer.url, { from: bench.openid.issuer });
  await logIn(new Browser(), bench, "eve");
  bench.openid.changeTokens = (body) => ({ ...body, id_token: `${body.id_token}x` });
  await logIn(new Browser(), bench, "bob");
  const device = await fetch(`${url}/auth/device`, { method: "POST" });
  const waiting = (await device.json()) as { device_code: string; user_code: string };
  secrets.set("device code", waiting.device_code);
  const headers = { authorization: `Bearer ${adminKey}` };
  for (const path of ["sessions", "scim-tokens"]) {
    const made = await fetch(`${url}/admin/v1/${path}`, { method: "POST", headers, body: path === "sessions" ? "{}" : '{"name":"x"}' });
    secrets.set(`token of ${path}`, ((await made.json()) as { token: string }).token.slice(16));
  }
  expect(secrets.size).toBe(11);

  const places = new Map<string, string>([["log", said.join("")]]);
  for (const file of new Bun.Glob("**/*").scanSync({ cwd: `${bench.folder}/data`, onlyFiles: true }))
    places.set(file, Buffer.from(await Bun.file(`${bench.folder}/data/${file}`).bytes()).toString("latin1"));
  for (const { method, path } of adminOperations)
    if (method === "GET" && !path.includes("{") && path !== "/admin/v1/me")
      places.set(path, await (await fetch(`${url}${path}`, { headers })).text());
  expect(places.get("/admin/v1/audit")).toContain("sessions.begin");
  // What is no secret is found by the same look.
  const { id } = me.body.session;
  expect([...places].filter(([, text]) => formsOf(id).some((form) => text.includes(form))).map(([place]) => place)).toContain(
    "/admin/v1/sessions",
  );
  const found: string[] = [];
  for (const [name, secret] of secrets)
    for (const [place, text] of places)
      if (formsOf(secret).some((form) => form.length >= 9 && text.includes(form))) found.push(`${name} in ${place}`);
  expect(found).toEqual([]);
});
