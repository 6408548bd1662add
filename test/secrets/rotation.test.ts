import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeFolder, startGateway } from "../faults/gateway-process.ts";
import { ask, askAllTheTime } from "./ask.ts";
import { startKeyedUpstream } from "./keyed-upstream.ts";
import { rootToken, startVault } from "./vault-stand-in.ts";

const reference = (place: string) => `\${${place}}`;

function configOf(baseUrl: string, apiKey: string, more: Readonly<Record<string, unknown>> = {}) {
  return { providers: { one: { type: "openai-compatible", baseUrl, apiKey } }, models: { m: "one/m" }, ...more };
}

test("a key that is rotated in Vault, the old one ending at once, fails no request of a gateway under load", async () => {
  const upstream = startKeyedUpstream();
  const vault = startVault();
  const rotate = (turn: number) => {
    vault.put("secret/data/openai", { apiKey: `sk-turn-${turn}-of-the-key` });
    upstream.keys.clear();
    upstream.keys.set(`sk-turn-${turn}-of-the-key`, "accepted");
  };
  rotate(0);
  const secrets = {
    hashi: { type: "hashicorp-vault", address: vault.url, auth: { method: "token", token: rootToken }, refreshSeconds: 1 },
  };
  const gateway = await startGateway({ config: configOf(upstream.baseUrl, reference("hashi:secret/data/openai#apiKey"), { secrets }) });
  try {
    const rotations = 20;
    const rotating = (async () => {
      for (let turn = 1; turn <= rotations; turn++) {
        // Some within one interval of looking, some after it.
        await Bun.sleep(turn % 5 === 0 ? 1500 : 250);
        rotate(turn);
      }
      await Bun.sleep(300);
    })();
    const { asked, failed } = await askAllTheTime(gateway.port, 24, rotating);
    console.log(`rotation: ${rotations} rotations in Vault under load, ${asked} requests, ${failed.length} failed`);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(500);
    const used = new Set(upstream.asked);
    expect(used.size).toBe(rotations + 1);
    expect(gateway.log()).not.toContain("-of-the-key");
  } finally {
    await gateway.stop();
    removeFolder(gateway.folder);
    await vault.stop();
    await upstream.stop();
  }
}, 60_000);

test("a mounted key that is swapped by its link fails no request; the store away, the last known key stays in use", async () => {
  const upstream = startKeyedUpstream();
  const folder = mkdtempSync(join(tmpdir(), "sluice-mounted-"));
  const mount = (turn: number) => {
    mkdirSync(join(folder, `..${turn}`));
    writeFileSync(join(folder, `..${turn}`, "key"), `sk-mounted-${turn}\n`);
    symlinkSync(`..${turn}`, join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    upstream.keys.clear();
    upstream.keys.set(`sk-mounted-${turn}`, "accepted");
  };
  mount(0);
  symlinkSync("..data/key", join(folder, "key"));
  const gateway = await startGateway({ config: configOf(upstream.baseUrl, reference(`file:${folder}/key`)) });
  try {
    const swapping = (async () => {
      for (let turn = 1; turn <= 5; turn++) {
        await Bun.sleep(400);
        mount(turn);
      }
      await Bun.sleep(400);
    })();
    const { asked, failed } = await askAllTheTime(gateway.port, 8, swapping);
    console.log(`rotation: 5 swaps of a mounted file under load, ${asked} requests, ${failed.length} failed`);
    expect(failed).toEqual([]);
    rmSync(join(folder, "..data"));
    await Bun.sleep(2_500);
    expect((await ask(gateway.port)).good).toBe(true);
    expect(gateway.log()).toContain("the last known value stays in use");
  } finally {
    await gateway.stop();
    removeFolder(gateway.folder);
    rmSync(folder, { recursive: true });
    await upstream.stop();
  }
}, 60_000);

test("a key that is refused although the store has no other is told as the gateway's own, and the store is not beaten for it", async () => {
  const upstream = startKeyedUpstream();
  const vault = startVault();
  vault.put("secret/data/openai", { apiKey: "sk-refused-everywhere" });
  const secrets = { hashi: { type: "hashicorp-vault", address: vault.url, auth: { method: "token", token: rootToken } } };
  const gateway = await startGateway({ config: configOf(upstream.baseUrl, reference("hashi:secret/data/openai#apiKey"), { secrets }) });
  try {
    const before = vault.requests.length;
    for (let turn = 0; turn < 4; turn++) {
      const { status, body } = await ask(gateway.port);
      expect(status).toBe(502);
      expect(body).not.toContain("sk-refused");
    }
    expect(vault.requests.length - before).toBeLessThanOrEqual(2);
    expect(upstream.asked).toHaveLength(4);
  } finally {
    await gateway.stop();
    removeFolder(gateway.folder);
    await vault.stop();
    await upstream.stop();
  }
}, 30_000);

test("a start without the store ends with an error that names the reference, the store and why", async () => {
  const vault = startVault();
  vault.state = "sealed";
  const secrets = { hashi: { type: "hashicorp-vault", address: vault.url, auth: { method: "token", token: rootToken } } };
  try {
    const started = startGateway({ config: configOf("http://127.0.0.1:9/v1", reference("hashi:secret/data/openai#apiKey"), { secrets }) });
    const why = await started.then(
      () => "it started",
      (error: Error) => error.message,
    );
    expect(why).toContain("providers.one.apiKey");
    expect(why).toContain("Vault is sealed");
    expect(why).not.toContain(rootToken);
  } finally {
    await vault.stop();
  }
}, 30_000);
