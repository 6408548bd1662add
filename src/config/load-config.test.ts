import { describe, expect, test } from "bun:test";
import * as z from "zod/mini";
import { type ConfigIssue, formatIssues } from "./issue.ts";
import { loadConfig, readConfig } from "./load-config.ts";

const policies = new Map([
  [
    "deny-words",
    {
      doc: "Refuses words.",
      schema: z.strictObject({ words: z.array(z.string()).check(z.minLength(1)), in: z.optional(z.enum(["both", "request", "answer"])) }),
    },
  ],
  ["allow-models", { doc: "Allows models.", schema: z.strictObject({ models: z.array(z.string()) }) }],
]);

function read(text: string, environment: Record<string, string> = {}) {
  return readConfig(text, "sluice.yaml", { environment, policies });
}

async function issuesOf(text: string, environment: Record<string, string> = {}): Promise<readonly ConfigIssue[]> {
  return (await read(text, environment)).issues ?? [];
}

const whole = `
listen: 127.0.0.1:9000
providers:
  openai: { apiKey: "\${OPENAI}" }
  eu: { type: azure, baseUrl: https://acme.openai.azure.com, apiKey: k-12345678, region: eu }
  local: { type: openai-compatible, baseUrl: http://127.0.0.1:8000/v1, timeouts: { firstEventMs: 5000 } }
models:
  fast: openai/gpt-5-mini
  smart:
    strategy: fallback
    targets: [eu/gpt-5, { use: openai/gpt-5.2, weight: 3 }]
    cache: { ttlSeconds: 60 }
  tuned: local/org/model:7b
teams:
  support: { models: [fast, "local/*", openai/gpt-4o] }
keys:
  - { name: bot, team: support, value: "\${BOT_KEY}", expires: 2030-01-31 }
prices:
  "local/*": { input: 0, output: 0.0001 }
policies:
  - { use: deny-words, words: [secret], in: answer }
journal: disk
drainSeconds: 5
`;

describe("a right config", () => {
  test("is filled in with defaults and the environment's values", async () => {
    const { config } = await read(whole, { OPENAI: "sk-from-env", BOT_KEY: "sk-sluice-0123456789abcdef0123" });
    expect(config?.listen).toEqual({ host: "127.0.0.1", port: 9000 });
    expect(config?.providers.map((provider) => [provider.name, provider.provider.id, provider.apiKey?.reveal()])).toEqual([
      ["openai", "openai", "sk-from-env"],
      ["eu", "azure", "k-12345678"],
      ["local", "openai-compatible", undefined],
    ]);
    expect(config?.models[0]?.targets).toEqual([{ provider: "openai", model: "gpt-5-mini", weight: 1 }]);
    expect(config?.models[1]?.targets[1]).toEqual({ provider: "openai", model: "gpt-5.2", weight: 3 });
    expect(config?.models[1]?.cache).toEqual({ ttlSeconds: 60 });
    expect(config?.models[2]?.targets[0]).toEqual({ provider: "local", model: "org/model:7b", weight: 1 });
    expect(config?.keys[0]?.expiresAt).toBe(Date.UTC(2030, 0, 31));
    expect(config?.prices[0]?.price.rates).toEqual({ input: 0, output: 100 });
    expect(config?.policies).toEqual([{ use: "deny-words", options: { words: ["secret"], in: "answer" } }]);
    expect(config).toMatchObject({ journal: "disk", drainSeconds: 5, stores: { timeoutMs: 50 } });
  });

  test("may be JSON with tabs", async () => {
    const { config } = await read('{\n\t"providers": {"demo": {}},\n\t"models": {"m": "demo/chat"}\n}');
    expect(config?.models[0]?.name).toBe("m");
  });

  test("may use anchors and merge keys", async () => {
    const { config } = await read(
      "providers:\n  a: &base { type: openai-compatible, baseUrl: http://127.0.0.1:1/v1 }\n  b: { <<: *base, region: eu }\n",
    );
    expect(config?.providers[1]).toMatchObject({ name: "b", baseUrl: "http://127.0.0.1:1/v1", region: "eu" });
  });

  test("that is empty takes its providers from the environment", async () => {
    const { config } = await read("# nothing yet\n", { ANTHROPIC_API_KEY: "sk-ant" });
    expect(config?.providers.map((provider) => provider.name).sort()).toEqual(["anthropic", "demo"]);
  });

  test("does not send the environment's key to another address than the provider's own", async () => {
    const { config } = await read("providers: { openai: { baseUrl: https://proxy.example/v1 } }", { OPENAI_API_KEY: "sk-own" });
    expect(config?.providers[0]?.apiKey).toBeUndefined();
  });

  test("may escape a reference to a variable", async () => {
    const { config } = await read("providers: { demo: { headers: { x-a: 'a$${B}' } } }");
    expect(config?.providers[0]?.headers["x-a"]?.reveal()).toBe(`a\${B}`);
  });
});

describe("a wrong config", () => {
  test("gives every error at once, each with its line, in the order of the file", async () => {
    const issues = await issuesOf(`
provders: {}
providers:
  openai: { api_key: x, apiKey: y, timeouts: { idleMs: soon } }
  unheard-of: {}
models:
  a: opnai/gpt-5
  b: { strategy: wieghted, targets: [] }
  c: gpt-5
keys:
  - { name: k, team: suport, value: sk-sluice-0123456789abcdef0123 }
  - { name: k, value: short }
teams: { support: { models: [aa] } }
policies:
  - { use: deny-wrods, words: [a] }
  - { use: deny-words, wrds: [a] }
  - { use: deny-words, words: [a], when: 'true' }
`);
    const lines = issues.map((issue) => [issue.line, issue.path, issue.nearest]);
    expect(lines).toEqual([
      [2, "provders", "providers"],
      [4, "providers.openai.api_key", "apiKey"],
      [4, "providers.openai.timeouts.idleMs", undefined],
      [5, "providers.unheard-of", undefined],
      [7, "models.a", "openai/gpt-5"],
      [8, "models.b.strategy", "weighted"],
      [8, "models.b.targets", undefined],
      [9, "models.c", undefined],
      [11, "keys[0].team", "support"],
      [12, "keys[1].name", undefined],
      [12, "keys[1].value", undefined],
      [13, "teams.support.models[0]", "a"],
      [15, "policies[0].use", "deny-words"],
      [16, "policies[1].words", undefined],
      [16, "policies[1].wrds", "words"],
      [17, "policies[2].when", undefined],
    ]);
    expect(formatIssues(issues)).toContain("sluice.yaml:4:13  providers.openai.api_key: unknown key; did you mean `apiKey`?");
    expect(formatIssues(issues)).toContain("16 errors in sluice.yaml.");
  });

  test("names the variable that is missing and never shows a secret", async () => {
    const issues = await issuesOf(
      `
providers:
  openai: { apiKey: "\${NOPE}" }
  groq: { apiKey: [canary-list-7788], baseUrl: "ftp://user:canary-7788@x" }
keys: [{ name: a, value: canary 7788 and some other words }, { name: b, value: "\${SHORT}" }]
`,
      { SHORT: "canary-7788" },
    );
    const text = formatIssues(issues) + JSON.stringify(issues);
    expect(text).toContain("the environment variable NOPE is not set");
    expect(text).toContain(`\${SHORT}`);
    expect(text).not.toContain("canary");
    expect(issues).toHaveLength(5);
  });

  test("with broken YAML is reported without quoting the file", async () => {
    const issues = await issuesOf('providers:\n  openai: { apiKey: "sk" sk-canary }\n');
    expect(issues[0]).toMatchObject({ line: 2 });
    expect(JSON.stringify(issues)).not.toContain("canary");
  });

  test("with a brace that is not closed says that, and not that the line below is indented wrongly", async () => {
    const open = await issuesOf('providers:\n  openai: { apiKey: "x"\nmodels:\n  fast: openai/m\n');
    expect(open).toMatchObject([{ line: 3, problem: expect.stringContaining("`{` or `[` above is not closed") }]);
    const indented = await issuesOf("models:\n   a: demo/chat\n  b: demo/chat\n");
    expect(indented).toMatchObject([{ line: 3, problem: "the indentation does not fit the lines above" }]);
  });

  test("with a key written twice says where the second one is", async () => {
    expect(await issuesOf("models: {}\nmodels: {}\n")).toMatchObject([{ line: 2, problem: "this key is there twice" }]);
  });

  test.each([
    [
      "aliases that multiply",
      `a: &a [1,2,3,4,5,6,7,8,9]\n${[..."bcdefghij"].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghi"[at]}`).join(",")}]`).join("\n")}`,
    ],
    ["deep nesting", `models: ${"[".repeat(300)}${"]".repeat(300)}`],
    ["an alias without an anchor", "models: *nothing"],
    ["a size beyond all reason", `# ${"x".repeat(1_100_000)}`],
    ["a list at the top", "- a"],
    ["a text at the top", "hello"],
    ["a hostile name", "providers: { __proto__: { type: demo } }"],
    ["another hostile name", "models: { constructor: demo/chat, __proto__: demo/chat }"],
  ])("survives %s", async (_what, text) => {
    expect((await issuesOf(text)).length).toBeGreaterThan(0);
    expect(Object.hasOwn(Object.prototype, "type")).toBe(false);
  });

  test("that does not exist says so", async () => {
    const { issues } = await loadConfig("/nonexistent/sluice.yaml", { environment: {}, policies });
    expect(issues).toMatchObject([{ file: "/nonexistent/sluice.yaml", problem: "there is no such file" }]);
  });

  test.each(["80:80:80", "host:99999", "a b:80", ""])("does not listen on %p", async (listen) => {
    expect(await issuesOf(`listen: "${listen}"`)).toMatchObject([{ path: "listen" }]);
  });

  test("needs a base URL where the provider has none, and a key where the provider wants one", async () => {
    expect(await issuesOf("providers: { azure: { apiKey: k }, openai: {} }")).toMatchObject([
      { path: "providers.azure.baseUrl" },
      { path: "providers.openai.apiKey", expected: "`apiKey`, or the environment variable OPENAI_API_KEY" },
    ]);
  });
});
