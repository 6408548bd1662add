import { afterEach, beforeEach, expect, test } from "bun:test";
import { type GatewayProcess, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { ask } from "./ask.ts";
import { command } from "./command.ts";
import { type KeyedUpstream, startKeyedUpstream } from "./keyed-upstream.ts";
import { rootToken, startVault, type VaultStandIn } from "./vault-stand-in.ts";

const adminKey = "sk-sluice-admin-of-the-operator-test-2c81";
const reference = (place: string) => `\${${place}}`;

let upstream: KeyedUpstream;
let vault: VaultStandIn;
let gateway: GatewayProcess;

beforeEach(async () => {
  upstream = startKeyedUpstream();
  vault = startVault();
  vault.put("secret/data/openai", { apiKey: "sk-first-of-the-operators" });
  upstream.keys.set("sk-first-of-the-operators", "accepted");
  process.env.SLUICE_ADMIN_KEY = adminKey;
  // Looked at once an hour: whatever changes here was asked for.
  const hashi = { type: "hashicorp-vault", address: vault.url, auth: { method: "token", token: rootToken }, refreshSeconds: 3600 };
  const one = {
    type: "openai-compatible",
    baseUrl: upstream.baseUrl,
    // Not as `apiKey`: so the config is read anew for it.
    headers: { authorization: `Bearer ${reference("hashi:secret/data/openai#apiKey")}` },
  };
  gateway = await startGateway({ config: { secrets: { hashi }, providers: { one }, models: { m: "one/m" } }, folder: makeFolder() });
});
afterEach(async () => {
  delete process.env.SLUICE_ADMIN_KEY;
  await gateway.stop();
  removeFolder(gateway.folder);
  await vault.stop();
  await upstream.stop();
});

async function admin(method: string, path: string) {
  const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, { method, headers: { authorization: `Bearer ${adminKey}` } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

async function uses(key: string): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    await ask(gateway.port);
    if (upstream.asked.at(-1) === key) return;
    await Bun.sleep(50);
  }
  throw new Error(`It still uses ${upstream.asked.at(-1)}.`);
}

async function doctor() {
  const { stdout } = await command(gateway.folder, ["doctor", "--json"]);
  return JSON.parse(stdout) as { ok: boolean; findings: { what: string; ok: boolean; said: string }[] };
}

test("what has changed in a store is taken when an operator asks by the admin API, and it stands in the audit log", async () => {
  await uses("sk-first-of-the-operators");
  vault.put("secret/data/openai", { apiKey: "sk-second-of-the-operators" });
  upstream.keys.set("sk-second-of-the-operators", "accepted");
  const refreshed = await admin("POST", "/admin/v1/secrets/refresh");
  expect(refreshed).toMatchObject({ status: 200, body: { data: [{ id: "hashi:secret/data/openai", status: "fresh", version: "2" }] } });
  await uses("sk-second-of-the-operators");
  expect(JSON.stringify((await admin("GET", "/admin/v1/audit?limit=10")).body)).toContain("secrets.refresh");
  expect((await admin("GET", "/admin/v1/health")).body.secrets).toEqual({ fresh: 1, stale: 0, missing: 0 });
}, 30_000);

test("and when the process is sent SIGHUP, which does not end it", async () => {
  await uses("sk-first-of-the-operators");
  vault.put("secret/data/openai", { apiKey: "sk-second-of-the-operators" });
  process.kill(gateway.pid, "SIGHUP");
  await uses("sk-second-of-the-operators");
  expect(gateway.alive()).toBe(true);
}, 30_000);

test("a store that is away is told by readiness, health, the list and the doctor; requests go on", async () => {
  expect((await doctor()).findings.find(({ what }) => what.startsWith("secret "))).toMatchObject({ ok: true, said: "read, version 1" });
  vault.state = "sealed";
  const { body } = await admin("POST", "/admin/v1/secrets/refresh");
  expect(body).toMatchObject({ data: [{ status: "stale", version: "1", problem: expect.stringContaining("sealed") }] });
  const ready = await fetch(`http://127.0.0.1:${gateway.port}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", degraded: ["secrets"] }]);
  expect((await admin("GET", "/admin/v1/health")).body.secrets).toEqual({ fresh: 0, stale: 1, missing: 0 });
  const { ok, findings } = await doctor();
  expect(ok).toBe(false);
  expect(findings.find(({ what }) => what === "secret hashi:secret/data/openai")).toMatchObject({
    ok: false,
    said: expect.stringContaining("sealed"),
  });
  await uses("sk-first-of-the-operators");
  vault.state = "open";
  await admin("POST", "/admin/v1/secrets/refresh");
  expect(await (await fetch(`http://127.0.0.1:${gateway.port}/readyz`)).json()).toEqual({ status: "ready" });
}, 30_000);
