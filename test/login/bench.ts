import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "../../src/server/running-server.ts";
import { startServer } from "../../src/server/start-server.ts";
import type { Browser, Page } from "./browser.ts";
import { clientId, clientSecret, type OpenIdServer, startOpenIdServer } from "./openid-server.ts";

export const adminKey = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";

export interface Bench {
  readonly openid: OpenIdServer;
  readonly gateway: RunningServer;
  readonly folder: string;
  close(): Promise<void>;
}

/** A gateway and the provider that its people log in with. */
export async function openBench(
  login: Readonly<Record<string, unknown>> = {},
  openidOptions: Readonly<Record<string, unknown>> = {},
  others: Readonly<Record<string, unknown>> = {},
  environment: Readonly<Record<string, string>> = {},
): Promise<Bench> {
  const openid = await startOpenIdServer();
  openid.people.set("ann", { email: "ann@example.com", groups: ["platform"] });
  openid.people.set("bob", { email: "bob@example.com", groups: ["platform", "readers"] });
  openid.people.set("eve", { email: "eve@example.com", groups: ["strangers"] });
  const folder = mkdtempSync(join(tmpdir(), "sluice-login-"));
  const configPath = join(folder, "sluice.yaml");
  const document = {
    providers: { demo: {} },
    ...others,
    login: { ...login, openid: { issuer: openid.issuer, clientId, clientSecret, roles: { platform: "admin" }, ...openidOptions } },
  };
  writeFileSync(configPath, JSON.stringify(document));
  const env = { SLUICE_ADMIN_KEY: adminKey, SLUICE_LOG: "error", ...environment };
  const gateway = await startServer({ dataDir: join(folder, "data"), configPath, port: 0, host: "127.0.0.1", env });
  await openid.register(gateway.url);
  return {
    openid,
    gateway,
    folder,
    async close() {
      await gateway.close();
      await openid.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** From the gateway's door to the answer that the provider sends the browser back with; that one is not asked for yet. */
export async function toCallback(browser: Browser, { gateway }: Bench, who: string, to = "/"): Promise<Page> {
  const begun = await browser.go(`${gateway.url}/auth/login?to=${encodeURIComponent(to)}`);
  return throughProvider(browser, begun, gateway.url, who);
}

export async function throughProvider(browser: Browser, begun: Page, gateway: string, who: string): Promise<Page> {
  const back = (url: string) => url.startsWith(`${gateway}/auth/callback`);
  let page = await browser.follow(begun, back);
  for (let step = 0; step < 4 && !back(page.url); step++)
    page = await browser.follow(await browser.submit(page, /name="password"/.test(page.text) ? { login: who, password: "any" } : {}), back);
  return page;
}

/** The whole way. */
export async function logIn(browser: Browser, bench: Bench, who: string, to = "/"): Promise<Page> {
  const back = await toCallback(browser, bench, who, to);
  return browser.go(back.url, { from: bench.openid.issuer });
}

/** A JSON answer; what is asserted on is looked at by the test. */
export async function askApi(
  browser: Browser,
  url: string,
  init: RequestInit & { from?: string } = {},
  // biome-ignore lint/suspicious/noExplicitAny: see above
): Promise<{ status: number; body: any }> {
  const page = await browser.go(url, {
    from: url,
    ...init,
    headers: { accept: "application/json", ...(init.headers as Record<string, string>) },
  });
  return { status: page.status, body: page.text === "" ? undefined : JSON.parse(page.text) };
}
