import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config/index.ts";
import { type OpenedSecrets, openSecrets } from "../../src/gateway/index.ts";
import { openTransport, type Transport } from "../../src/providers/index.ts";
import { appRole, podToken, rootToken, startVault, type VaultStandIn } from "./vault-stand-in.ts";

let vault: VaultStandIn;
let transport: Transport;
let opened: OpenedSecrets;
const logged: string[] = [];

beforeEach(async () => {
  vault = startVault();
  transport = await openTransport();
  logged.length = 0;
  opened = openSecrets({ env: {}, transport, log: (_level, message) => void logged.push(message) });
  vault.put("secret/data/openai", { apiKey: "sk-first-value-0001", other: "sk-other-value-0001" });
});
afterEach(async () => {
  await opened.close();
  await transport.close();
  await vault.stop();
});

const token = { method: "token", token: rootToken };

async function read(reference: string, source: Readonly<Record<string, unknown>> = {}) {
  const document = {
    secrets: { hashi: { type: "hashicorp-vault", address: vault.url, auth: token, refreshSeconds: 3600, ...source } },
    providers: { openai: { apiKey: `\${${reference}}` } },
  };
  const loaded = await readConfig(JSON.stringify(document), "sluice.yaml", {
    environment: {},
    policies: new Map(),
    stores: opened.secrets,
  });
  if (loaded.config) opened.secrets.taken();
  const key = loaded.config?.providers[0]?.apiKey as unknown;
  const plain = typeof key === "object" && key !== null && "reveal" in key ? (key as { reveal(): string }).reveal() : key;
  return { key: plain, issues: loaded.issues?.map(({ path, problem }) => `${path}: ${problem}`), loaded };
}

describe("a secret of Vault's", () => {
  test("is read from version 2 and version 1 of the key-value engine", async () => {
    vault.put("kv/openai", { apiKey: "sk-old-engine" });
    expect((await read("hashi:secret/data/openai#apiKey")).key).toBe("sk-first-value-0001");
    expect((await read("hashi:kv/openai#apiKey")).key).toBe("sk-old-engine");
    // The only field of a secret needs no name.
    expect((await read("hashi:kv/openai")).key).toBe("sk-old-engine");
    expect(opened.secrets.states().map(({ source, path, status }) => [source, path, status])).toEqual([["hashi", "kv/openai", "fresh"]]);
  });

  test("that is not there, or not to be had, is an error that names the reference and no value", async () => {
    const problem = async (...given: Parameters<typeof read>) => (await read(...given)).issues?.join("\n") ?? "";
    expect(await problem("hashi:secret/data/openai")).toContain("has 2 fields: name one behind a hash");
    expect(await problem("hashi:secret/data/openai#nope")).toContain("has no field nope");
    expect(await problem("hashi:secret/openai#apiKey")).toContain("(404): version 2 of the key-value engine wants `data/`");
    expect(await problem("hashi:../sys/seal")).toContain("a path of Vault is one of its API");
    expect(await problem("hashi:secret/data/openai#apiKey", { auth: { method: "token", token: "hvs.wrong-one" } })).toContain("(403)");
    expect(await problem("hashy:secret/data/openai#apiKey")).toContain("did you mean `hashi`");
    vault.state = "sealed";
    expect(await problem("hashi:secret/data/openai#apiKey", { refreshSeconds: 3601 })).toContain("Vault is sealed");
    expect(await problem("hashi:secret/data/x", { address: "http://vault.example:8200" })).toContain("must begin with https://");
  });

  test("is had by AppRole, whose secret id may stand in a file, and by Kubernetes, in a namespace", async () => {
    await vault.stop();
    vault = startVault("team-a");
    vault.put("secret/data/openai", { apiKey: "sk-of-team-a" });
    const folder = mkdtempSync(join(tmpdir(), "sluice-secrets-"));
    try {
      writeFileSync(join(folder, "secret-id"), `${appRole.secretId}\n`);
      writeFileSync(join(folder, "pod-token"), podToken);
      const approle = { method: "approle", roleId: appRole.roleId, secretId: `\${file:${folder}/secret-id}` };
      const reference = "hashi:secret/data/openai#apiKey";
      expect((await read(reference, { namespace: "team-a", auth: approle })).key).toBe("sk-of-team-a");
      expect((await read(reference, { namespace: "team-b", auth: approle })).issues?.[0]).toContain("refused the log-in");
      const pod = { method: "kubernetes", role: "sluice", tokenFile: join(folder, "pod-token") };
      expect((await read(reference, { namespace: "team-a", auth: pod })).key).toBe("sk-of-team-a");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("is read with a token that is renewed, and had anew where Vault has forgotten it", async () => {
    vault.tokenSeconds = 1;
    const auth = { method: "approle", ...appRole };
    await read("hashi:secret/data/openai#apiKey", { auth });
    await Bun.sleep(700);
    await opened.secrets.refresh();
    expect(vault.requests).toContain("POST auth/token/renew-self");
    vault.endTokens();
    vault.put("secret/data/openai", { apiKey: "sk-after-the-restart" });
    await opened.secrets.refresh();
    expect(vault.requests.filter((each) => each === "POST auth/approle/login")).toHaveLength(2);
    expect((await read("hashi:secret/data/openai#apiKey", { auth })).key).toBe("sk-after-the-restart");
    expect(logged).toEqual([]);
  });
});

describe("what changes in Vault", () => {
  const reference = "hashi:secret/data/openai#apiKey";

  test("is seen at the next look, and told once", async () => {
    let changes = 0;
    opened.secrets.onChange(() => changes++);
    await read(reference, { refreshSeconds: 1 });
    vault.put("secret/data/openai", { apiKey: "sk-second-value-0002" });
    for (let tries = 0; tries < 40 && changes === 0; tries++) await Bun.sleep(50);
    expect(changes).toBe(1);
    expect((await read(reference, { refreshSeconds: 1 })).key).toBe("sk-second-value-0002");
  });

  test("leaves the last known value in use while Vault is away, says so, and is taken when it is back", async () => {
    await read(reference);
    vault.state = "sealed";
    await opened.secrets.refresh();
    await opened.secrets.refresh();
    expect(opened.secrets.states()).toMatchObject([{ status: "stale", problem: expect.stringContaining("sealed") }]);
    // Said once, not at every look.
    expect(logged.filter((line) => line.includes("the last known value stays in use"))).toHaveLength(1);
    expect((await read(reference)).key).toBe("sk-first-value-0001");
    vault.state = "open";
    vault.put("secret/data/openai", { apiKey: "sk-second-value-0002" });
    expect(await opened.secrets.refresh()).toMatchObject([{ status: "fresh", version: "2", problem: null }]);
    expect((await read(reference)).key).toBe("sk-second-value-0002");
    expect(JSON.stringify([opened.secrets.states(), logged])).not.toContain("sk-");
  });

  test("is lent: the lease is renewed and the credential stays; where it cannot be, another is had before the end", async () => {
    vault.leaseSeconds = 2;
    const lent = "hashi:lent/creds/reader#password";
    const { key } = await read(lent);
    await Bun.sleep(2_500);
    expect(vault.requests.filter((each) => each === "PUT sys/leases/renew").length).toBeGreaterThan(0);
    expect((await read(lent)).key).toBe(key);
    vault.renewable = false;
    let changes = 0;
    opened.secrets.onChange(() => changes++);
    await Bun.sleep(2_500);
    expect(changes).toBeGreaterThan(0);
    const next = (await read(lent)).key;
    expect(next).toStartWith("lent-password-");
    expect(next).not.toBe(key);
  }, 20_000);

  test("that has ended, with Vault away, is not used any more", async () => {
    vault.leaseSeconds = 1;
    await read("hashi:lent/creds/reader#password");
    vault.state = "sealed";
    await Bun.sleep(1_200);
    expect((await read("hashi:lent/creds/reader#password")).issues?.[0]).toContain("sealed");
    expect(opened.secrets.states()).toMatchObject([{ status: "missing" }]);
  });
});
