import { expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../src/secrets/index.ts";
import { makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { ask, askAllTheTime } from "../secrets/ask.ts";
import { startKeyedUpstream } from "../secrets/keyed-upstream.ts";
import { sluice, told, withVault } from "./process.ts";

const adminKey = "sk-sluice-admin-5f0c1e7d9b3a8246f0c1e7d9b3a82465";
const reference = (name: string) => `\${vault:${name}}`;

function configOf(baseUrl: string, apiKey: string) {
  return { providers: { one: { type: "openai-compatible", baseUrl, apiKey } }, models: { m: "one/m" } };
}

function manage(port: number, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${adminKey}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

test("a credential that is rotated by the command line or the admin API fails no request, and those under way end with the old one", async () => {
  const upstream = startKeyedUpstream();
  const folder = makeFolder();
  const keyOf = (turn: number) => `sk-canary-turn-${turn}-of-the-vault`;
  upstream.keys.set(keyOf(0), "accepted");
  expect((await told(sluice(["vault", "put", "one"], folder, keyOf(0)))).code).toBe(0);
  const gateway = await startGateway({ config: configOf(upstream.baseUrl, reference("one")), folder, env: { SLUICE_ADMIN_KEY: adminKey } });
  try {
    const rotations = 12;
    const lateness: number[] = [];
    const rotating = (async () => {
      for (let turn = 1; turn <= rotations; turn++) {
        upstream.keys.set(keyOf(turn), "accepted");
        if (turn % 2 === 0) {
          const answer = await manage(gateway.port, "POST", "/credentials/one/rotate", { value: keyOf(turn) });
          expect(answer.status).toBe(200);
          expect(await answer.text()).not.toContain("canary");
        } else expect((await told(sluice(["vault", "rotate", "one"], folder, `${keyOf(turn)}\n`))).code).toBe(0);
        const done = performance.now();
        while (!upstream.asked.includes(keyOf(turn)) && performance.now() - done < 5_000) await Bun.sleep(5);
        lateness.push(performance.now() - done);
        await Bun.sleep(150);
        upstream.keys.delete(keyOf(turn - 1));
      }
    })();
    const { asked, failed } = await askAllTheTime(gateway.port, 16, rotating);
    const latest = Math.round(Math.max(...lateness));
    console.log(`vault: ${rotations} rotations under load, ${asked} requests, ${failed.length} failed, in use after at most ${latest} ms`);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(300);
    expect(new Set(upstream.asked).size).toBe(rotations + 1);
    expect(latest).toBeLessThan(2_000);

    upstream.delayMs = 1_500;
    const before = upstream.asked.length;
    const slow = ask(gateway.port);
    while (upstream.asked.length === before) await Bun.sleep(5);
    upstream.keys.set("sk-canary-after-the-slow-one", "accepted");
    await manage(gateway.port, "POST", "/credentials/one/rotate", { value: "sk-canary-after-the-slow-one" });
    await Bun.sleep(700);
    upstream.delayMs = 0;
    expect((await ask(gateway.port)).good).toBe(true);
    expect((await slow).good).toBe(true);
    expect(upstream.asked.slice(-2)).toEqual([keyOf(rotations), "sk-canary-after-the-slow-one"]);

    const list = await (await manage(gateway.port, "GET", "/credentials")).text();
    expect(JSON.parse(list).data).toMatchObject([{ name: "one", version: rotations + 2, hint: "…-one" }]);
    const audit = await (await manage(gateway.port, "GET", "/audit?limit=200")).text();
    expect(audit.match(/credentials\.rotate/g)?.length).toBeGreaterThan(rotations);
    for (const text of [list, audit, gateway.log()]) expect(text).not.toContain("canary");
    await gateway.stop();
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
    const holding = files.filter(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes("canary"));
    expect(holding.map(({ name }) => name)).toEqual([]);
  } finally {
    await gateway.stop();
    removeFolder(folder);
    await upstream.stop();
  }
}, 90_000);

test("re-keying that is killed again and again, under load, ends with every credential under the new key and no failed request", async () => {
  const upstream = startKeyedUpstream();
  const folder = makeFolder();
  upstream.keys.set("sk-used-by-the-gateway", "accepted");
  const others = 1_500;
  await withVault(folder, async (vault) => {
    await vault.put("one", new Secret("sk-used-by-the-gateway"));
    for (let index = 0; index < others; index++) await vault.put(`other-${index}`, new Secret(`value ${index}`));
  });
  const gateway = await startGateway({ config: configOf(upstream.baseUrl, reference("one")), folder, env: { SLUICE_ADMIN_KEY: adminKey } });
  try {
    let kills = 0;
    let midway = 0;
    const rekeying = (async () => {
      for (let round = 0; round < 6; round++) {
        const child = sluice(["vault", "rekey", ...(round === 0 ? ["--new-key"] : [])], folder);
        // At the first sign of work, and a little later each time.
        await child.stderr.getReader().read();
        await Bun.sleep(round * 3);
        child.kill("SIGKILL");
        await child.exited;
        kills++;
        const { masterKeys } = await withVault(folder, (vault) => vault.status());
        if (masterKeys.filter(({ secrets }) => secrets > 0).length > 1) midway++;
      }
      const rest = await manage(gateway.port, "POST", "/vault/rekey", {});
      expect(rest.status).toBe(200);
      const last = await told(sluice(["vault", "rekey", "--forget", "--json"], folder));
      expect(JSON.parse(last.out)).toMatchObject({ rewrapped: 0, forgotten: 1, secrets: others + 1 });
    })();
    const { asked, failed } = await askAllTheTime(gateway.port, 8, rekeying);
    console.log(
      `vault: re-keying of ${others + 1} killed ${kills} times, ${midway} times midway, ${asked} requests, ${failed.length} failed`,
    );
    expect(failed).toEqual([]);
    expect(midway).toBeGreaterThan(0);
    const status = await withVault(folder, (vault) => vault.status());
    expect(status).toMatchObject({ secrets: others + 1, masterKeys: [{ seals: true, secrets: others + 1 }] });
    const right = await withVault(folder, async (vault) => {
      let count = 0;
      for (let index = 0; index < others; index++) if ((await vault.read(`other-${index}`)).value.reveal() === `value ${index}`) count++;
      return count;
    });
    expect(right).toBe(others);
    // Sealed under the new key by another process, used by the one that began with the old key.
    upstream.keys.set("sk-after-the-new-key", "accepted");
    expect((await told(sluice(["vault", "rotate", "one"], folder, "sk-after-the-new-key"))).code).toBe(0);
    const end = performance.now() + 3_000;
    while (upstream.asked.at(-1) !== "sk-after-the-new-key" && performance.now() < end) expect((await ask(gateway.port)).good).toBe(true);
    expect(upstream.asked.at(-1)).toBe("sk-after-the-new-key");
  } finally {
    await gateway.stop();
    removeFolder(folder);
    await upstream.stop();
  }
}, 120_000);

test("a start without the master key that is needed says which it is and what to do", async () => {
  const folder = makeFolder();
  await withVault(folder, (vault) => vault.put("one", new Secret("sk-canary-that-is-locked")));
  const { masterKeys } = await withVault(folder, (vault) => vault.status());
  rmSync(join(folder, "data", "secrets", "master-key"));
  const failure = await startGateway({ config: configOf("http://127.0.0.1:1/v1", reference("one")), folder }).then(
    () => "it started",
    (error: Error) => error.message,
  );
  for (const words of [masterKeys[0]!.id, "SLUICE_MASTER_KEY", "secrets/master-key", "sluice vault status", "providers.one.apiKey"])
    expect(failure).toContain(words);
  expect(failure).not.toContain("canary");
  const status = await told(sluice(["vault", "status"], folder));
  expect(status).toMatchObject({ code: 1 });
  expect(status.out).toContain("MISSING");
  removeFolder(folder);
});
