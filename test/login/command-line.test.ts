import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommandLine } from "../../src/server/cli/command-line/run-command-line.ts";
import { commands } from "../../src/server/cli/commands.ts";
import { adminKey, askApi, type Bench, logIn, openBench, throughProvider } from "./bench.ts";
import { Browser } from "./browser.ts";

let bench: Bench;
let url: string;
let home: string;

beforeAll(async () => {
  bench = await openBench();
  url = bench.gateway.url;
  home = mkdtempSync(join(tmpdir(), "sluice-home-"));
});
afterAll(async () => {
  await bench.close();
  rmSync(home, { recursive: true });
});

function run(line: string, environment: Readonly<Record<string, string>> = {}) {
  const said = { out: "", code: undefined as number | undefined };
  const take = (text: string) => {
    said.out += text;
  };
  const terminal = { environment: { XDG_CONFIG_HOME: home, ...environment }, folder: home, write: take, writeError: take };
  const ended = runCommandLine(line.split(" "), commands, terminal).then((code) => {
    said.code = code;
    return said;
  });
  return { said, ended };
}

async function shownCode(said: { readonly out: string }): Promise<{ readonly address: string; readonly code: string }> {
  for (let turn = 0; turn < 500; turn++) {
    const found = /Open (\S+)[\s\S]*code: ([A-Z]{4}-[A-Z]{4})/.exec(said.out);
    if (found) return { address: found[1]!, code: found[2]! };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(said.out);
}

const file = () => join(home, "sluice", "logins.json");

test("a browser's yes logs the command line in; it is listed, and ends with logout", async () => {
  const { said, ended } = run(`login --url ${url}`);
  const { address, code } = await shownCode(said);
  const browser = new Browser();
  // Nobody is logged in yet: the address leads through the provider and back.
  const back = await throughProvider(browser, await browser.go(address), url, "ann");
  const landed = await browser.go(back.url, { from: bench.openid.issuer });
  const onward = /content="0;url=([^"]*)"/.exec(landed.text)![1]!;
  const asked = await browser.go(new URL(onward, url).href, { from: url });
  expect(asked.text).toContain(code);
  expect(asked.text).toContain("ann@example.com");
  expect((await browser.submit(asked, { answer: "yes" })).text).toContain("Logged in");
  await ended;
  expect([said.code, said.out]).toEqual([0, expect.stringContaining("as ann@example.com")]);
  expect(statSync(file()).mode & 0o777).toBe(0o600);

  const { token } = JSON.parse(readFileSync(file(), "utf8")).logins[url] as { token: string };
  expect(said.out).not.toContain(token);
  const who = await run("whoami --json").ended;
  expect(JSON.parse(who.out)).toMatchObject({ url, name: "ann@example.com", session: { holder: "command-line" } });

  const own = await askApi(browser, `${url}/admin/v1/me/sessions`);
  expect(own.body.data.map(({ holder }: { holder: string }) => holder).toSorted()).toEqual(["browser", "command-line"]);
  expect((await run(`logout --url ${url}`).ended).code).toBe(0);
  expect((await fetch(`${url}/admin/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
  const nobody = await run(`whoami --url ${url}`).ended;
  expect([nobody.code, nobody.out]).toEqual([1, expect.stringContaining("sluice login")]);
}, 20_000);

test("a no, another browser's answer and a foreign page's yes let nobody in", async () => {
  const ask = (path: string, form: Record<string, string>) => fetch(`${url}${path}`, { method: "POST", body: new URLSearchParams(form) });
  const begin = async () => (await (await ask("/auth/device", {})).json()) as { device_code: string; user_code: string };
  const grant = "urn:ietf:params:oauth:grant-type:device_code";
  const token = async (device_code: string) => {
    const answer = await ask("/auth/device/token", { grant_type: grant, device_code });
    return { status: answer.status, ...((await answer.json()) as { error?: string; access_token?: string }) };
  };
  const browser = new Browser();
  await logIn(browser, bench, "bob");
  const page = (code: string) => browser.go(`${url}/auth/device?user_code=${code}`, { from: url });

  const refused = await begin();
  await browser.submit(await page(refused.user_code), { answer: "no" });
  expect((await token(refused.device_code)).error).toBe("access_denied");
  expect((await token(refused.device_code)).error).toBe("invalid_grant");

  const waiting = await begin();
  expect((await token(waiting.device_code)).error).toBe("slow_down");
  const csrf = /name="csrf" value="([^"]*)"/.exec((await page(waiting.user_code)).text)![1]!;
  const yes = new URLSearchParams({ user_code: waiting.user_code, answer: "yes", csrf });
  const foreign = { method: "POST", body: yes, from: url, headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" } };
  expect((await browser.go(`${url}/auth/device/answer`, foreign)).status).toBe(403);
  const forged = {
    method: "POST",
    body: new URLSearchParams({ user_code: waiting.user_code, answer: "yes" }),
    from: url,
    headers: { origin: url },
  };
  expect((await browser.go(`${url}/auth/device/answer`, forged)).status).toBe(403);
  const stranger = new Browser();
  expect((await stranger.go(`${url}/auth/device/answer`, { method: "POST", body: yes, from: url, headers: { origin: url } })).status).toBe(
    401,
  );

  // Small letters and no line are how people type.
  const typed = await page(waiting.user_code.toLowerCase().replace("-", ""));
  expect((await browser.submit(typed, { answer: "yes" })).status).toBe(200);
  const [one, other] = await Promise.all([token(waiting.device_code), token(waiting.device_code)]);
  expect([one.access_token, other.access_token].filter(Boolean).length).toBe(1);
  expect((await token("unknown")).error).toBe("invalid_grant");
  expect((await browser.go(`${url}/auth/device?user_code=BBBB-BBBB`, { from: url })).status).toBe(404);
});

test("an admin key is exchanged for a session, and is not kept", async () => {
  const { code, out } = await run(`login --url ${url} --admin-key`, { SLUICE_ADMIN_KEY: adminKey }).ended;
  expect([code, out]).toEqual([0, expect.stringContaining("as SLUICE_ADMIN_KEY")]);
  expect(readFileSync(file(), "utf8")).not.toContain(adminKey);
  expect((await run("whoami").ended).out).toContain("SLUICE_ADMIN_KEY");
  expect((await run(`login --url ${url} --admin-key`, { SLUICE_ADMIN_KEY: "sk-sluice-admin-wrong" }).ended).code).toBe(1);
  const plain = await run("login --url http://ai.example.com --admin-key", { SLUICE_ADMIN_KEY: adminKey }).ended;
  expect([plain.code, plain.out]).toEqual([1, expect.stringContaining("https://")]);
});
