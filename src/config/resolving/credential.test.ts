import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { policies } from "../../policies/index.ts";
import { readConfig } from "../load-config.ts";
import { defaultConfig } from "./default-config.ts";

async function load(providers: object, environment: Record<string, string> = {}) {
  const loaded = await readConfig(JSON.stringify({ providers }), "sluice.yaml", { environment, policies });
  const { config, issues = [] } = loaded;
  return {
    provider: config?.providers[0],
    issues: issues.map(({ path, problem, expected }) => `${path}: ${problem}; ${expected}`),
    issuesAsText: JSON.stringify(issues),
  };
}

describe("a credential that is fetched", () => {
  test("is chosen by the config, together with the place that the base URL is made of", async () => {
    const { provider, issues } = await load({
      vertex: { project: "p-1", region: "europe-west4", credential: { from: "service-account", file: "/key.json" } },
    });
    expect(issues).toEqual([]);
    expect(provider).toMatchObject({
      project: "p-1",
      region: "europe-west4",
      credential: { from: "service-account", file: "/key.json" },
      baseUrl: undefined,
    });
  });

  test("leaves the keys of the environment alone", async () => {
    const { provider } = await load(
      { bedrock: { region: "eu-west-1", credential: { from: "metadata" } } },
      { AWS_BEARER_TOKEN_BEDROCK: "key" },
    );
    expect(provider?.apiKey).toBeUndefined();
  });

  test("must be one that the provider has, and stands instead of a key", async () => {
    const place = { project: "p-1" };
    expect((await load({ vertex: { ...place, credential: { from: "web-identity" } } })).issues).toEqual([
      expect.stringContaining(
        "providers.vertex.credential.from: is no source for the type `vertex`; one of `default`, `service-account`, `metadata`",
      ),
    ]);
    expect((await load({ openai: { credential: { from: "default" }, apiKey: "k" } })).issues).toEqual([
      "providers.openai.credential: is not known for the type `openai`; `apiKey`",
    ]);
    expect((await load({ vertex: { ...place, apiKey: "k", credential: { from: "default" } } })).issues).toEqual([
      "providers.vertex.credential: stands beside `apiKey`; one of the two",
    ]);
    expect((await load({ vertex: { ...place, credential: { from: "default", fil: "x" } } })).issues).toHaveLength(1);
  });

  test("needs a place where the provider has one", async () => {
    expect((await load({ vertex: {} })).issues).toEqual([
      "providers.vertex.baseUrl: is missing; the URL of the API, for a provider of the type `vertex`, or `project` and `region`",
    ]);
    expect((await load({ vertex: {} }, { GOOGLE_CLOUD_PROJECT: "p-2" })).provider).toMatchObject({ project: "p-2" });
    expect((await load({ bedrock: {} })).issues).toHaveLength(1);
    for (const type of ["cloudflare", "snowflake", "databricks", "azure", "foundry"])
      expect((await load({ [type]: { apiKey: "k" } })).issues).toHaveLength(1);
    expect((await load({ bedrock: {} }, { AWS_REGION: "eu-west-1" })).provider).toMatchObject({ region: "eu-west-1" });
  });

  test("is never shown", async () => {
    const { issuesAsText } = await load({
      azure: { baseUrl: "https://x.example", credential: { from: "client-secret", clientSecret: 42 } },
    });
    expect(issuesAsText).toContain("may be a secret");
    expect(issuesAsText).not.toContain("42");
  });
});

test("a start without a file finds the clouds whose variables are set, and no others", () => {
  const names = (environment: Record<string, string>) =>
    defaultConfig(environment)
      .providers.map(({ name }) => name)
      .filter((name) => name !== "demo");
  expect(names({ GOOGLE_CLOUD_PROJECT: "p" })).toEqual([]);
  expect(names({ GOOGLE_CLOUD_PROJECT: "p", GOOGLE_APPLICATION_CREDENTIALS: "/key.json" })).toEqual(["vertex"]);
  expect(names({ AWS_REGION: "eu-west-1" })).toEqual([]);
  expect(names({ AWS_REGION: "eu-west-1", AWS_PROFILE: "dev" })).toEqual(["bedrock", "bedrock-mantle"]);
  expect(names({ AWS_WEB_IDENTITY_TOKEN_FILE: "/t", AWS_ROLE_ARN: "arn", AWS_DEFAULT_REGION: "eu-west-1" })).toContain("bedrock");
  const entra = { AZURE_TENANT_ID: "t", AZURE_CLIENT_ID: "c", AZURE_CLIENT_SECRET: "s" };
  expect(names({ ...entra, AZURE_OPENAI_ENDPOINT: "https://x.openai.azure.com" })).toEqual(["azure"]);
  expect(names(entra)).toEqual([]);
});

test("the examples of docs/clouds.md are right", async () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/clouds.md"), "utf8");
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
  expect(examples.length).toBe(3);
  for (const text of examples) {
    const loaded = await readConfig(text, "clouds.md", { environment: { AZURE_CLIENT_SECRET: "secret" }, policies });
    expect(loaded.issues, text).toBeUndefined();
    expect(loaded.config?.providers.every(({ credential }) => credential !== undefined)).toBe(true);
  }
});

test("a region that the provider does not have is no region: data would go elsewhere", async () => {
  expect((await load({ openai: { apiKey: "k", region: "mars" } })).issues).toEqual([
    "providers.openai.region: is no region of the type `openai`; one of `eu`, `us`, or a `baseUrl`",
  ]);
  expect((await load({ openai: { apiKey: "k", region: "eu" } })).issues).toEqual([]);
  expect((await load({ openai: { apiKey: "k", region: "mars", baseUrl: "https://proxy.example/v1" } })).issues).toEqual([]);
});
