import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig } from "../../src/config/index.ts";
import { type OpenedSecrets, openSecrets } from "../../src/gateway/index.ts";
import { openTransport, type Transport } from "../../src/providers/index.ts";
import { type CloudStandIns, clusterToken, serviceAccount, startClouds } from "./cloud-stand-ins.ts";

let clouds: CloudStandIns;
let transport: Transport;
let opened: OpenedSecrets;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  clouds = startClouds();
  folder = mkdtempSync(join(tmpdir(), "sluice-clouds-"));
  writeFileSync(join(folder, "google.json"), serviceAccount(`${clouds.url}/google/token`));
  writeFileSync(join(folder, "token"), clusterToken);
  env = {
    GOOGLE_APPLICATION_CREDENTIALS: join(folder, "google.json"),
    GOOGLE_CLOUD_PROJECT: "p-1",
    AZURE_TENANT_ID: "tenant-1",
    AZURE_CLIENT_ID: "client-1",
    AZURE_CLIENT_SECRET: "secret-of-the-application",
    AZURE_AUTHORITY_HOST: clouds.url,
  };
  transport = await openTransport();
  opened = openSecrets({ env, transport, log: () => undefined });
});
afterEach(async () => {
  await opened.close();
  await transport.close();
  await clouds.stop();
  rmSync(folder, { recursive: true });
});

async function read(reference: string): Promise<string> {
  const document = {
    secrets: {
      google: { type: "google-secret-manager", address: clouds.url },
      azure: { type: "azure-key-vault", address: clouds.url },
      cluster: { type: "kubernetes", address: clouds.url, namespace: "gateway", tokenFile: join(folder, "token") },
    },
    providers: { openai: { apiKey: `\${${reference}}` } },
  };
  const loaded = await readConfig(JSON.stringify(document), "sluice.yaml", {
    environment: env,
    policies: new Map(),
    stores: opened.secrets,
  });
  if (loaded.issues) return loaded.issues.map(({ problem }) => problem).join("\n");
  opened.secrets.taken();
  return loaded.config.providers[0]?.apiKey?.reveal() ?? "no key";
}

test("a secret of Google's is read by name, by version and by its whole name, with a service account's token", async () => {
  clouds.secrets.set("google openai", { value: "sk-in-google", version: "7" });
  expect(await read("google:openai")).toBe("sk-in-google");
  expect(await read("google:openai/versions/7")).toBe("sk-in-google");
  expect(await read("google:projects/p-1/secrets/openai")).toBe("sk-in-google");
  expect(opened.secrets.states()).toMatchObject([{ path: "projects/p-1/secrets/openai", version: "7", status: "fresh" }]);
  expect(await read("google:openai/versions/8")).toContain("(status 404 NOT_FOUND)");
  expect(await read("google:../../tokens")).toContain("NAME/versions/VERSION");
});

test("a secret of Azure's is read with a token for the vault, and its own end is kept", async () => {
  const endsAt = Math.floor(Date.now() / 1000) * 1000 + 3_600_000;
  clouds.secrets.set("azure openai", { value: JSON.stringify({ key: "sk-in-azure" }), version: "abc1", endsAt });
  expect(await read("azure:openai#key")).toBe("sk-in-azure");
  expect(opened.secrets.endsAt("azure:openai#key")).toBe(endsAt);
  expect(opened.secrets.states()).toMatchObject([{ version: "abc1", expiresAt: endsAt }]);
  expect(await read("azure:nope")).toContain("(status 404 SecretNotFound)");
});

test("a secret of a cluster is read with the pod's token, in its own and in another namespace", async () => {
  clouds.secrets.set("kubernetes gateway/providers openai", { value: "sk-in-cluster", version: "11" });
  clouds.secrets.set("kubernetes gateway/providers groq", { value: "gsk-in-cluster", version: "11" });
  clouds.secrets.set("kubernetes other/one only", { value: "sk-elsewhere", version: "12" });
  expect(await read("cluster:providers#openai")).toBe("sk-in-cluster");
  expect(await read("cluster:other/one")).toBe("sk-elsewhere");
  expect(await read("cluster:providers")).toContain("has 2 fields");
  expect(await read("cluster:nope#x")).toContain("(status 404): the service account must be allowed to get it");
  expect(await read("cluster:../pods#x")).toContain("NAME or NAMESPACE/NAME");
});

test("a cloud that refuses the gateway's credential is told as that, in our words", async () => {
  clouds.secrets.set("google openai", { value: "sk-in-google", version: "7" });
  rmSync(join(folder, "google.json"));
  expect(await read("google:openai")).toContain(`The credential's file ${join(folder, "google.json")} is not there`);
});
