import { type Bench, throughProvider, toCallback } from "../login/bench.ts";
import { Browser, type Page } from "../login/browser.ts";
import type { Landscape } from "./landscape.ts";

const session = "__Host-sluice-session";
const departure = "__Host-sluice-login";
const inHeaders = ["state of a log-in", "departure cookie", "session cookie"];

/** A browser of which every page of the gateway is noted; its headers may set cookies and send it on with a state. */
class NotedBrowser extends Browser {
  readonly #land: Landscape;

  constructor(land: Landscape) {
    super();
    this.#land = land;
  }

  override async go(url: string, init: Parameters<Browser["go"]>[1] = {}): Promise<Page> {
    const page = await super.go(url, init);
    if (!url.startsWith(this.#land.url)) return page;
    const { shown } = this.#land;
    shown.note("pages", `headers of ${new URL(url).pathname}`, JSON.stringify([...page.headers]), inHeaders);
    shown.note(
      "pages",
      new URL(url).pathname,
      page.text,
      /^\/(admin\/v1\/me|auth\/device)$/.test(new URL(url).pathname) ? ["CSRF token"] : [],
    );
    return page;
  }
}

/** People log in, and fail to; a program waits for a browser's yes. */
export async function tourPeople(land: Landscape): Promise<void> {
  const { canaries, url, openid, shown } = land;
  const bench = { openid, gateway: { url } } as unknown as Bench;
  const browser = new NotedBrowser(land);
  let first = true;
  openid.changeTokens = (body) => {
    if (first) {
      canaries.add("ID token", String(body.id_token).split(".")[2] as string);
      canaries.add("access token of the provider", String(body.access_token));
    }
    first = false;
    return body;
  };
  const answer = await toCallback(browser, bench, "ann");
  const given = (name: string) => new URL(answer.url).searchParams.get(name) as string;
  canaries.add("code of a log-in", given("code"));
  canaries.add("state of a log-in", given("state"));
  canaries.add("departure cookie", browser.cookie(url, departure) as string);
  const landed = await browser.go(answer.url, { from: openid.issuer });
  if (landed.status !== 200) throw new Error(landed.text);
  canaries.add("session cookie", (browser.cookie(url, session) as string).slice(18));
  const me = JSON.parse((await browser.go(`${url}/admin/v1/me`, { headers: { accept: "application/json" } })).text) as {
    csrfToken: string;
  };
  canaries.add("CSRF token", me.csrfToken);
  // The same code again, a stranger, a broken token, answers that nobody asked for.
  await browser.go(answer.url, { from: openid.issuer });
  await browser.go(answer.url.replace(/state=[^&]+/, "state=wrong"), { from: openid.issuer });
  const stranger = new NotedBrowser(land);
  await stranger.go((await toCallback(stranger, bench, "eve")).url, { from: openid.issuer });
  openid.changeTokens = (body) => ({ ...body, id_token: `${body.id_token}x` });
  const broken = new NotedBrowser(land);
  await broken.go((await toCallback(broken, bench, "ann")).url, { from: openid.issuer });
  openid.changeTokens = undefined;
  await browser.go(`${url}/auth/key`);
  await browser.go(`${url}/auth/key`, {
    method: "POST",
    from: `${url}/auth/key`,
    headers: { origin: url, "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ key: canaries.make("wrong key in a form") }).toString(),
  });

  const device = (await (await fetch(`${url}/auth/device`, { method: "POST" })).json()) as { device_code: string; user_code: string };
  canaries.add("device code", device.device_code);
  const at = `${url}/auth/device?user_code=${device.user_code}`;
  const page = await browser.go(at);
  const asked = page.status === 303 ? await throughProvider(browser, page, url, "ann") : page;
  const yes = await browser.submit(asked, { answer: "yes" });
  if (yes.status !== 200) throw new Error(yes.text);
  // The standard's pause between two questions.
  await new Promise((resolve) => setTimeout(resolve, 5_200));
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:device_code", device_code: device.device_code };
  const told = await fetch(`${url}/auth/device/token`, { method: "POST", body: new URLSearchParams(form) });
  const { access_token: token } = (await told.json()) as { access_token: string };
  canaries.add("token of the command line", token.slice(16));
  const again = await fetch(`${url}/auth/device/token`, { method: "POST", body: new URLSearchParams(form) });
  shown.note("pages", "/auth/device/token, a second time", await again.text());
  await browser.go(`${url}/admin/v1/me`, { headers: { authorization: `Bearer ${token}` } });
}
