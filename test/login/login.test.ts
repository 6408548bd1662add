import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { adminKey, askApi, type Bench, logIn, openBench, throughProvider, toCallback } from "./bench.ts";
import { Browser } from "./browser.ts";

const session = "__Host-sluice-session";
const departure = "__Host-sluice-login";
let bench: Bench;
let url: string;
let browser: Browser;

/** Of its own for each group: whoever tries much has to wait. */
function withBench(): void {
  beforeAll(async () => {
    bench = await openBench();
    url = bench.gateway.url;
  });
  afterAll(() => bench.close());
}
beforeEach(() => {
  browser = new Browser();
});

function callback(change: (answer: URL) => void, address: string): string {
  const answer = new URL(address);
  change(answer);
  return answer.href;
}

async function refused(page: { readonly status: number; readonly text: string }, why: RegExp): Promise<void> {
  expect([page.status, page.text]).toEqual([403, expect.stringMatching(why)]);
  expect(browser.cookie(url, session)).toBeUndefined();
}

describe("a person", () => {
  withBench();
  test("logs in with the provider and is who it says", async () => {
    const page = await logIn(browser, bench, "ann", "/docs?x=1");
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("ann@example.com")]);
    expect(page.text).toContain('content="0;url=/docs?x=1"');
    expect(browser.setCookies.at(-1)).toMatch(
      /^__Host-sluice-session=sk-sluice-session-[\w-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    );
    const me = await askApi(browser, `${url}/admin/v1/me`);
    expect(me.body).toMatchObject({ name: "ann@example.com", session: { holder: "browser", roles: ["admin"] } });
    expect((await askApi(browser, `${url}/admin/v1/keys`)).status).toBe(200);
  });

  test("whose groups have no role is not let in", async () => {
    await refused(await logIn(browser, bench, "eve"), /has no role here/);
  });

  test("logs out here, and is sent to the provider to log out there", async () => {
    await logIn(browser, bench, "ann");
    const { csrfToken } = (await askApi(browser, `${url}/admin/v1/me`)).body;
    const kept = browser.cookie(url, session)!;
    const out = await askApi(browser, `${url}/auth/logout`, { method: "POST", headers: { origin: url, "x-sluice-csrf": csrfToken } });
    expect(out.body.next).toStartWith(`${bench.openid.issuer}/session/end?client_id=sluice`);
    expect(browser.cookie(url, session)).toBeUndefined();
    browser.setCookie(url, session, kept);
    expect((await askApi(browser, `${url}/admin/v1/me`)).body).toMatchObject({ status: 401, code: "credentials_expired" });
    // With the provider's own session ended as well, nobody is let in without a password.
    const asked = await browser.go(out.body.next);
    const done = await browser.follow(await browser.submit(asked, { logout: "yes" }), (next) => next === `${url}/`);
    expect(done.url).toBe(`${url}/`);
    const again = await browser.follow(await browser.go(`${url}/auth/login`));
    expect(again.text).toContain('name="password"');
  });

  test("is put out by the provider's own logout, of all browsers that it knows him in", async () => {
    const other = new Browser();
    await logIn(browser, bench, "ann");
    await logIn(other, bench, "ann");
    await endAtProvider(browser);
    expect((await askApi(browser, `${url}/admin/v1/me`)).status).toBe(401);
    expect((await askApi(other, `${url}/admin/v1/me`)).status).toBe(200);
    const token = await bench.openid.sign({ sub: "ann", jti: "one", events: { "http://schemas.openid.net/event/backchannel-logout": {} } });
    const send = () =>
      new Browser().go(`${url}/auth/backchannel-logout`, { method: "POST", body: new URLSearchParams({ logout_token: token }) });
    expect((await send()).status).toBe(200);
    expect((await askApi(other, `${url}/admin/v1/me`)).status).toBe(401);
    expect((await send()).status).toBe(400);
  });
});

/** Ends the provider's session in this browser; its own back channel tells the gateway. */
async function endAtProvider(at: Browser): Promise<void> {
  const asked = await at.go(`${bench.openid.issuer}/session/end`);
  await at.submit(asked, { logout: "yes" });
}

describe("an answer of the provider", () => {
  withBench();
  test("is taken once, and only in the browser that began", async () => {
    const answer = await toCallback(browser, bench, "ann");
    const thief = new Browser();
    expect((await thief.go(answer.url, { from: bench.openid.issuer })).text).toContain("did not begin");
    // A victim who began a log-in of his own is not logged in as the attacker.
    await thief.go(`${url}/auth/login`);
    expect((await thief.go(answer.url, { from: bench.openid.issuer })).text).toContain("another log-in");
    expect(thief.cookie(url, session)).toBeUndefined();
    const kept = browser.cookie(url, departure)!;
    expect((await browser.go(answer.url, { from: bench.openid.issuer })).status).toBe(200);
    browser.setCookie(url, departure, kept);
    const asked = bench.openid.asked.get("/token");
    expect((await browser.go(answer.url, { from: bench.openid.issuer })).text).toContain("used before");
    expect(bench.openid.asked.get("/token")).toBe(asked);
  });

  test("whose code was used elsewhere is refused", async () => {
    const one = await toCallback(browser, bench, "ann");
    const other = new Browser();
    const two = await toCallback(other, bench, "ann");
    const code = new URL(one.url).searchParams.get("code")!;
    // Another browser's code under one's own state: PKCE binds it to the browser that asked.
    const stolen = callback((answer) => answer.searchParams.set("code", code), two.url);
    const page = await other.go(stolen, { from: bench.openid.issuer });
    expect([page.status, page.text]).toEqual([403, expect.stringContaining("did not take the code")]);
    expect(other.cookie(url, session)).toBeUndefined();
  });

  const wrongAnswers: readonly [string, (answer: URL) => void, RegExp][] = [
    ["another state", ({ searchParams }) => searchParams.set("state", "x".repeat(43)), /another log-in/],
    ["no state", ({ searchParams }) => searchParams.delete("state"), /another log-in/],
    ["two states", ({ searchParams }) => searchParams.append("state", "x"), /twice/],
    ["two codes", ({ searchParams }) => searchParams.append("code", "x"), /twice/],
    ["another issuer (mix-up)", ({ searchParams }) => searchParams.set("iss", "https://evil.example"), /another provider/],
    ["no issuer, where the provider promises one", ({ searchParams }) => searchParams.delete("iss"), /another provider/],
    ["no code", ({ searchParams }) => searchParams.delete("code"), /let nobody in/],
    ["an error with markup", ({ searchParams }) => searchParams.set("error", "<script>"), /let nobody in \(an error\)/],
  ];
  test.each(wrongAnswers)("with %s is refused", async (_what, change, why) => {
    const answer = await toCallback(browser, bench, "ann");
    await refused(await browser.go(callback(change, answer.url), { from: bench.openid.issuer }), why);
  });

  const wrongTokens: readonly [string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>][] = [
    ["another nonce", { nonce: "other" }, {}],
    ["no nonce", { nonce: undefined }, {}],
    ["another audience", { aud: "other" }, {}],
    ["several audiences and no authorized party", { aud: ["sluice", "other"] }, {}],
    ["another authorized party", { azp: "other" }, {}],
    ["another issuer", { iss: "https://evil.example" }, {}],
    ["an end that has come", { exp: Math.floor(Date.now() / 1000) - 120 }, {}],
    ["no end", { exp: undefined }, {}],
    ["an age of an hour", { iat: Math.floor(Date.now() / 1000) - 3600 }, {}],
    ["nobody's name", { sub: undefined }, {}],
    ["an empty name", { sub: "" }, {}],
    ["an unknown key", {}, { kid: "two" }],
  ];
  test.each(wrongTokens)("with an ID token of %s is refused", async (_what, claims, header) => {
    const answer = await toCallback(browser, bench, "ann");
    const genuine = await nonceOf(answer.url);
    const token = await bench.openid.sign({ sub: "ann", nonce: genuine, ...claims }, header);
    bench.openid.changeTokens = (body) => ({ ...body, id_token: token });
    await refused(await browser.go(answer.url, { from: bench.openid.issuer }), /token|log-in|client|nobody/);
  });

  afterEach(() => {
    bench.openid.changeTokens = undefined;
  });

  test("with an ID token that is not signed, or signed with our own secret, is refused", async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    for (const alg of ["none", "HS256"]) {
      const answer = await toCallback(browser, bench, "ann");
      const claims = {
        iss: bench.openid.issuer,
        aud: "sluice",
        sub: "ann",
        nonce: await nonceOf(answer.url),
        iat: Date.now() / 1000,
        exp: Date.now() / 1000 + 60,
      };
      const unsigned = `${part({ alg })}.${part(claims)}`;
      const mac = new Bun.CryptoHasher("sha256", "client-secret-0123456789abcdef0123456789").update(unsigned).digest("base64url");
      bench.openid.changeTokens = (body) => ({ ...body, id_token: `${unsigned}.${alg === "none" ? "" : mac}` });
      await refused(await browser.go(answer.url, { from: bench.openid.issuer }), alg === "none" ? /not well formed/ : /does not hold/);
    }
  });

  test("that is genuine passes through the same changes as the wrong ones", async () => {
    const answer = await toCallback(browser, bench, "ann");
    const token = await bench.openid.sign({ sub: "ann", nonce: await nonceOf(answer.url), groups: ["platform"] });
    bench.openid.changeTokens = (body) => ({ ...body, id_token: token });
    expect((await browser.go(answer.url, { from: bench.openid.issuer })).status).toBe(200);
    expect((await askApi(browser, `${url}/admin/v1/me`)).status).toBe(200);
  });
});

/** What the gateway asked the provider to put into the token, which the provider's log-in page was opened with. */
async function nonceOf(answer: string): Promise<string> {
  const asked = bench.openid.nonces.get(new URL(answer).searchParams.get("state")!);
  expect(asked).toBeString();
  return asked!;
}

describe("a session", () => {
  withBench();
  test("is always a new one: a cookie that was there before is worth nothing, and an older session ends", async () => {
    browser.setCookie(url, session, `sk-sluice-session-${"A".repeat(43)}`);
    await logIn(browser, bench, "ann");
    const first = browser.cookie(url, session)!;
    expect(first).not.toContain("AAAAAA");
    await logIn(browser, bench, "ann");
    expect(browser.cookie(url, session)).not.toBe(first);
    browser.setCookie(url, session, first);
    expect((await askApi(browser, `${url}/admin/v1/me`)).status).toBe(401);
  });

  test("is a browser's or the command line's, and neither in the other's place", async () => {
    await logIn(browser, bench, "ann");
    const cookie = browser.cookie(url, session)!;
    const asBearer = await fetch(`${url}/admin/v1/me`, { headers: { authorization: `Bearer ${cookie}` } });
    expect(asBearer.status).toBe(401);
    const made = await fetch(`${url}/admin/v1/sessions`, { method: "POST", headers: { authorization: `Bearer ${adminKey}` }, body: "{}" });
    const { token } = (await made.json()) as { token: string };
    expect((await fetch(`${url}/admin/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
    const other = new Browser();
    other.setCookie(url, session, token);
    expect((await askApi(other, `${url}/admin/v1/me`)).status).toBe(401);
    const again = await fetch(`${url}/admin/v1/sessions`, { method: "POST", headers: { authorization: `Bearer ${token}` }, body: "{}" });
    expect(again.status).toBe(403);
  });

  test("is nothing to the data plane, and its stored hash is nothing to anybody", async () => {
    await logIn(browser, bench, "ann");
    expect((await askApi(browser, `${url}/v1/models`)).status).toBe(401);
    const files = new Bun.Glob("**/*").scanSync({ cwd: `${bench.folder}/data`, onlyFiles: true });
    const secret = browser.cookie(url, session)!.slice(18);
    for (const file of files) {
      const text = await Bun.file(`${bench.folder}/data/${file}`).text();
      expect([file, text.includes(secret)]).toEqual([file, false]);
    }
  });

  test("is listed and ended, one's own and another's, and is out with the next request", async () => {
    const other = new Browser();
    await logIn(browser, bench, "ann");
    await logIn(other, bench, "bob");
    const { csrfToken } = (await askApi(browser, `${url}/admin/v1/me`)).body;
    const bobs = (await askApi(other, `${url}/admin/v1/me`)).body.session.id;
    const headers = { origin: url, "x-sluice-csrf": csrfToken };
    expect((await askApi(browser, `${url}/admin/v1/me/sessions/${bobs}`, { method: "DELETE", headers })).body.code).toBe("object_unknown");
    expect((await askApi(browser, `${url}/admin/v1/sessions?limit=200`)).body.data.map(({ id }: { id: string }) => id)).toContain(bobs);
    expect((await askApi(browser, `${url}/admin/v1/sessions/${bobs}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await askApi(other, `${url}/admin/v1/me`)).status).toBe(401);
    const own = (await askApi(browser, `${url}/admin/v1/me`)).body.session.id;
    expect((await askApi(browser, `${url}/admin/v1/me/sessions`)).body.data.map(({ id }: { id: string }) => id)).toContain(own);
    expect((await askApi(browser, `${url}/admin/v1/me/sessions/${own}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await askApi(browser, `${url}/admin/v1/me`)).status).toBe(401);
  });

  test("of an admin key is one's browser's too, and ends with the key", async () => {
    const made = await fetch(`${url}/admin/v1/sessions`, { method: "POST", headers: { authorization: `Bearer ${adminKey}` }, body: "{}" });
    expect(made.status).toBe(201);
    const form = await browser.go(`${url}/auth/login?with=key&to=/docs`);
    const page = await browser.submit(form, { key: adminKey });
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("SLUICE_ADMIN_KEY")]);
    expect((await askApi(browser, `${url}/admin/v1/me`)).body).toMatchObject({ name: "SLUICE_ADMIN_KEY", session: { holder: "browser" } });
    expect((await browser.submit(form, { key: "sk-sluice-admin-wrong" })).status).toBe(401);
  });
});

describe("another site", () => {
  withBench();
  const wanted = "/admin/v1/keys";
  const senders: readonly [string, Readonly<Record<string, string>>, boolean, number][] = [
    ["our page, with its token", { origin: "own", "sec-fetch-site": "same-origin" }, true, 201],
    ["our page of an old browser, which says its origin only", { origin: "own", "sec-fetch-site": "" }, true, 201],
    ["our page without the token", { origin: "own", "sec-fetch-site": "same-origin" }, false, 403],
    ["another origin with the token", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }, true, 403],
    ["another origin that says it is ours", { origin: "https://evil.example", "sec-fetch-site": "same-origin" }, true, 403],
    ["another site that hides its origin", { origin: "null", "sec-fetch-site": "cross-site" }, true, 403],
    ["a subdomain", { origin: "own", "sec-fetch-site": "same-site" }, true, 403],
    ["an address that was typed", { "sec-fetch-site": "none" }, true, 403],
    ["somebody who says nothing", { "sec-fetch-site": "" }, true, 403],
    ["somebody who says nothing but null", { origin: "null", "sec-fetch-site": "" }, true, 403],
  ];
  test.each(senders)("changes nothing with a browser's session: %s", async (what, sent, withToken, status) => {
    await logIn(browser, bench, "ann");
    const { csrfToken } = (await askApi(browser, `${url}/admin/v1/me`)).body;
    const cookie = `${session}=${browser.cookie(url, session)}`;
    const headers = new Headers({ cookie, "content-type": "application/json" });
    for (const [name, value] of Object.entries(sent)) if (value !== "") headers.set(name, value === "own" ? url : value);
    if (withToken) headers.set("x-sluice-csrf", csrfToken);
    const answer = await fetch(`${url}${wanted}`, { method: "POST", headers, body: JSON.stringify({ name: what }) });
    expect([what, answer.status]).toEqual([what, status]);
  });

  test("gets no session made, ended or read", async () => {
    await logIn(browser, bench, "ann");
    const foreign = { from: "https://evil.example/page" };
    expect((await browser.go(`${url}/auth/logout`, { method: "POST", ...foreign })).status).toBe(401);
    const cookie = `${session}=${browser.cookie(url, session)}`;
    const read = await fetch(`${url}/admin/v1/me`, { headers: { cookie, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" } });
    expect(read.status).toBe(403);
    const form = {
      method: "POST",
      body: new URLSearchParams({ key: adminKey }),
      headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
    };
    expect((await fetch(`${url}/auth/key`, form)).status).toBe(403);
    expect((await askApi(browser, `${url}/admin/v1/me`)).status).toBe(200);
  });

  test.each([
    ["https://evil.example/"],
    ["//evil.example/"],
    ["/\\evil.example/"],
    ["\\\\evil.example/"],
    ["/\t/evil.example/"],
    ["/%09/evil.example"],
    ["///evil.example"],
    ["/.//evil.example"],
    ["javascript:alert(1)"],
    ["/x\r\nset-cookie: a=b"],
    ['/x"><script>'],
    ["evil.example"],
    ["@evil.example"],
    ["/@evil.example"],
  ])("is not where one lands after logging in: %j", async (to) => {
    const page = await logIn(browser, bench, "ann", to);
    expect(page.status).toBe(200);
    const onward = new URL(/content="0;url=([^"]*)"/.exec(page.text)![1]!, url);
    expect(onward.origin).toBe(url);
    expect(page.text).not.toContain("<script");
  });

  test("in a frame, or with a script, is nothing to the pages", async () => {
    const page = await logIn(browser, bench, "ann");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(page.headers.get("cache-control")).toBe("no-store");
  });
});

describe("a provider's session", () => {
  withBench();
  test("leads straight through", async () => {
    await logIn(browser, bench, "ann");
    const again = await throughProvider(browser, await browser.go(`${url}/auth/login?to=/a`), url, "nobody");
    expect((await browser.go(again.url, { from: bench.openid.issuer })).text).toContain("ann@example.com");
  });
});
