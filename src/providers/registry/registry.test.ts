import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Secret } from "../../secrets/index.ts";
import { type Provider, providers, Upstream } from "../index.ts";

const all = [...providers.values()];
const anyDeadlines = { connectMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };

function upstreamOf(provider: Provider, baseUrl?: string): Upstream {
  const surfaces = Object.keys(provider.optionalSurfaces ?? {}) as (keyof NonNullable<Provider["optionalSurfaces"]>)[];
  return new Upstream({ name: "any", provider, deadlines: anyDeadlines, surfaces, ...(baseUrl !== undefined && { baseUrl }) });
}

function addresses(id: string, baseUrl?: string): Record<string, string | undefined> {
  const upstream = upstreamOf(providers.get(id)!, baseUrl);
  return Object.fromEntries(upstream.surfaces.map((surface) => [surface, upstream.url(surface, "model")?.href]));
}

describe("the registry", () => {
  test("has every file of its folders, each id once, in kebab-case, as its file is named", () => {
    const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const files = folders.flatMap(({ name }) => readdirSync(join(import.meta.dirname, name))).filter((file) => file !== "index.ts");
    const declared = all.filter(({ answer }) => answer === undefined).map(({ id }) => id);
    expect(declared.toSorted()).toEqual(files.map((file) => file.replace(/\.ts$/, "")).toSorted());
    expect(new Set(declared).size).toBe(files.length);
    expect(declared.filter((id) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))).toEqual([]);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
    expect(all.length).toBeGreaterThanOrEqual(45);
  });

  test("keeps its folders small", () => {
    for (const { name } of readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory()))
      expect(readdirSync(join(import.meta.dirname, name)).length, name).toBeLessThanOrEqual(21);
  });
});

describe.each(all.map((provider) => [provider.id, provider] as const))("%s", (_id, provider) => {
  test("has a base URL that parses, encrypted unless it is of this machine, or takes it from the config", () => {
    if (provider.baseUrl === undefined) return;
    const url = new URL(provider.baseUrl);
    expect(provider.baseUrl).not.toEndWith("/");
    const here = url.hostname === "127.0.0.1" || url.hostname.endsWith(".invalid");
    expect(url.protocol).toBe(here ? "http:" : "https:");
    expect(url.username + url.password + url.search + url.hash).toBe("");
    if (here) expect(provider.local === true || provider.answer !== undefined).toBe(true);
  });

  test("has at least one surface that answers, each at an address of the same host", () => {
    const upstream = upstreamOf(provider, provider.baseUrl ?? "https://upstream.example/base");
    expect(upstream.surfaces.some((surface) => surface !== "openai-models")).toBe(true);
    expect(new Set(upstream.surfaces).size).toBe(
      Object.keys(provider.surfaces).length + Object.keys(provider.optionalSurfaces ?? {}).length,
    );
    expect(new Set(upstream.surfaces.map((surface) => upstream.url(surface, "model")?.host)).size).toBe(1);
    for (const surface of upstream.surfaces) expect(upstream.url(surface, "model")?.pathname).not.toContain("//");
  });

  test("names environment variables in upper case, and says where it is documented", () => {
    const { apiKey = [], baseUrl = [] } = provider.env;
    expect([...apiKey, ...baseUrl].filter((name) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(name))).toEqual([]);
    expect(new URL(provider.docs).protocol).toBe("https:");
    const hosted = provider.baseUrl !== undefined && provider.local !== true && provider.answer === undefined;
    if (hosted) expect(apiKey.length).toBeGreaterThan(0);
  });
});

test("Gemini since 3 is spoken to in its own words, so that its signatures are not lost", () => {
  const provider = providers.get("gemini");
  if (!provider) throw new Error("There is no such provider.");
  const upstream = new Upstream({ name: "gemini", provider, deadlines: anyDeadlines });
  const surfaces = ["gemini-2.5-flash", "gemini-3-pro-preview", "gemini-flash-latest"].map((model) =>
    upstream.nearest("openai-chat", model),
  );
  expect(surfaces).toEqual(["openai-chat", "gemini-generate", "gemini-generate"]);
});

test("Gemini takes its key in a header of its own, and as a bearer's where it speaks OpenAI's dialects", () => {
  const upstream = new Upstream({ name: "gemini", provider: providers.get("gemini")!, deadlines: anyDeadlines, apiKey: new Secret("k") });
  const styles = upstream.surfaces.map((surface) => {
    const { authorization, "x-goog-api-key": own } = upstream.headers(surface);
    return [surface, authorization, own];
  });
  expect(styles).toEqual(
    upstream.surfaces.map((surface) => (surface.startsWith("openai-") ? [surface, "Bearer k", undefined] : [surface, undefined, "k"])),
  );
});

describe("an address", () => {
  test("made of an account's name is that of its API; a whole one stays as it is", () => {
    const cloudflare = "https://api.cloudflare.com/client/v4/accounts/0a1b/ai/v1";
    expect(addresses("cloudflare", "0a1b")).toEqual(addresses("cloudflare", cloudflare));
    expect(addresses("cloudflare", "0a1b")["openai-chat"]).toBe(`${cloudflare}/chat/completions`);
    const snowflake = "https://org-account.snowflakecomputing.com/api/v2/cortex/v1";
    for (const written of ["org-account", "org-account.snowflakecomputing.com", "https://org-account.snowflakecomputing.com/", snowflake])
      expect(addresses("snowflake", written)["openai-chat"]).toBe(`${snowflake}/chat/completions`);
    expect(addresses("snowflake", "http://127.0.0.1:9/api/v2/cortex/v1")["openai-chat"]).toStartWith("http://127.0.0.1:9/");
    const databricks = "https://dbc-1.cloud.databricks.com/serving-endpoints";
    for (const written of ["dbc-1.cloud.databricks.com", "https://dbc-1.cloud.databricks.com", databricks])
      expect(addresses("databricks", written)["openai-chat"]).toBe(`${databricks}/chat/completions`);
    expect(addresses("litellm", "http://127.0.0.1:4000")["anthropic-messages"]).toBe("http://127.0.0.1:4000/v1/messages");
  });

  test("of a cloud is made of its region and its project, and each model has its own surface there", () => {
    const at = (id: string, region: string) =>
      new Upstream({ name: "any", provider: providers.get(id)!, deadlines: anyDeadlines, region, project: "p" });
    expect(at("watsonx", "jp-tok").url("openai-chat", "m", "chat_stream")?.href).toBe(
      "https://jp-tok.ml.cloud.ibm.com/ml/v1/text/chat_stream?version=2025-10-01",
    );
    const vertex = at("vertex", "europe-west4");
    const folder = "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4/publishers/google/models";
    const embeds = ["text-embedding-005", "text-multilingual-embedding-002", "gemini-embedding-001", "gemini-embedding-2"].map((model) => {
      const surface = vertex.nearest("openai-embeddings", model)!;
      return vertex.url(surface, model)?.href.replace(folder, "");
    });
    expect(embeds).toEqual([
      "/text-embedding-005:predict",
      "/text-multilingual-embedding-002:predict",
      "/gemini-embedding-001:predict",
      "/gemini-embedding-2:embedContent",
    ]);
    expect(vertex.nearest("openai-chat", "gemini-embedding-2")).toBeUndefined();
  });

  test("is that of the region where the provider has some, unless the config names one", () => {
    const at = (id: string, settings: { region?: string; baseUrl?: string }) =>
      new Upstream({ name: "any", provider: providers.get(id)!, deadlines: anyDeadlines, ...settings }).url("openai-chat", "m")?.host;
    expect(at("openai", {})).toBe("api.openai.com");
    expect(at("openai", { region: "eu" })).toBe("eu.api.openai.com");
    expect(at("openai", { region: "eu", baseUrl: "https://proxy.example/v1" })).toBe("proxy.example");
    expect(at("alibaba", { region: "cn-hongkong" })).toBe("cn-hongkong.dashscope.aliyuncs.com");
    for (const { id, baseUrl = "", regions = {} } of all) {
      for (const [region, url] of Object.entries(regions)) {
        expect([id, /^[a-z]{2,}(-[a-z0-9]+)*$/.test(region), new URL(url).protocol]).toEqual([id, true, "https:"]);
        expect(new URL(url).pathname, id).toBe(new URL(baseUrl).pathname);
      }
    }
  });

  test("holds a model's name as one segment, or as the path that it is, and never leads elsewhere", () => {
    const deepinfra = upstreamOf(providers.get("deepinfra")!);
    const at = (model: string) => deepinfra.url("deepinfra-rerank", model)?.href;
    expect(at("Qwen/Qwen3-Reranker-8B")).toBe("https://api.deepinfra.com/v1/inference/Qwen/Qwen3-Reranker-8B");
    expect(at("a?b/c#d")).toBe("https://api.deepinfra.com/v1/inference/a%3Fb/c%23d");
    for (const model of ["../openai/chat/completions", "a/../../b", "a//b", "/a", ".", "a/."])
      expect([model, at(model)]).toEqual([model, undefined]);
    const gemini = upstreamOf(providers.get("gemini")!);
    expect(gemini.url("gemini-embed", "a/../b")?.pathname).toBe("/v1beta/models/a%2F..%2Fb:embedContent");
    const bedrock = upstreamOf(providers.get("bedrock")!, "https://bedrock.example");
    expect(bedrock.url("bedrock-converse", "..", "converse")).toBeUndefined();
  });

  test("of Messages may lie beside the folder of the base URL, also where the config names another host", () => {
    expect(addresses("moonshot")["anthropic-messages"]).toBe("https://api.moonshot.ai/anthropic/v1/messages");
    expect(addresses("moonshot", "https://api.moonshot.cn/v1")["anthropic-messages"]).toBe("https://api.moonshot.cn/anthropic/v1/messages");
    expect(addresses("zai")["anthropic-messages"]).toBe("https://api.z.ai/api/anthropic/v1/messages");
    expect(addresses("minimax")["anthropic-messages"]).toBe("https://api.minimax.io/anthropic/v1/messages");
    expect(addresses("deepinfra")["anthropic-messages"]).toBe("https://api.deepinfra.com/anthropic/v1/messages");
    expect(addresses("novita")["anthropic-messages"]).toBe("https://api.novita.ai/anthropic/v1/messages");
    expect(addresses("alibaba")["anthropic-messages"]).toBe("https://dashscope-intl.aliyuncs.com/apps/anthropic/v1/messages");
  });
});

test("a credential goes where its provider takes it, and nowhere else", () => {
  for (const provider of all) {
    const { credential, credentialOf = {}, baseUrl = "https://upstream.example/base" } = provider;
    const upstream = new Upstream({ name: "any", provider, baseUrl, apiKey: new Secret("the-key-of-the-test"), deadlines: anyDeadlines });
    for (const surface of new Set([...upstream.surfaces, "openai-models" as const])) {
      const style = credentialOf[surface] ?? credential;
      const holding = Object.entries(upstream.headers(surface)).filter(([, value]) => value.includes("the-key-of-the-test"));
      const expected = {
        bearer: [["authorization", "Bearer the-key-of-the-test"]],
        aws: [["authorization", "Bearer the-key-of-the-test"]],
        token: [["authorization", "Token the-key-of-the-test"]],
        none: [],
      }[style as string] ?? [[style, "the-key-of-the-test"]];
      expect(holding, `${provider.id} ${surface}`).toEqual(expected as [string, string][]);
    }
  }
});

test("what shares another's entries in the catalog names one that is there", () => {
  const shared = all.filter((provider) => provider.catalogId !== undefined);
  expect(shared.length).toBeGreaterThan(0);
  for (const { id, catalogId } of shared) {
    expect(providers.has(catalogId as string), id).toBe(true);
    expect(providers.get(catalogId as string)?.catalogId, id).toBeUndefined();
  }
});

test("a model of Anthropic's is known by its generation in the names of every cloud", () => {
  const traits = (id: string, model: string) => providers.get(id)?.traits?.(model)?.thinking;
  expect(traits("anthropic", "claude-opus-4-8")).toBe("adaptive");
  expect(traits("vertex", "claude-sonnet-4-5@20250929")).toBe("budget");
  expect(traits("vertex", "claude-opus-4-8@20260101")).toBe("adaptive");
  expect(traits("bedrock", "us.anthropic.claude-opus-4-8")).toBe("adaptive");
  expect(traits("bedrock", "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-3-5-sonnet-20240620-v1:0")).toBe("none");
  expect(traits("bedrock-mantle", "anthropic.claude-opus-4-8")).toBe("adaptive");
  expect(traits("foundry", "claude-opus-4-8")).toBe("adaptive");
});
