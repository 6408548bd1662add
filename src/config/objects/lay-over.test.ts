import { describe, expect, test } from "bun:test";
import * as z from "zod/mini";
import { keyOptions } from "../../auth/options.ts";
import { credentialOptions, providerOptions } from "../../providers/options.ts";
import { readConfig } from "../load-config.ts";
import type { LaidObject } from "./lay-over.ts";
import { documentOf, objectsIn } from "./objects-in.ts";
import { isSecretPlace } from "./written-secrets.ts";

const policies = new Map([["deny-words", { doc: "Refuses words.", schema: z.strictObject({ words: z.array(z.string()) }) }]]);

function read(text: string, objects: readonly LaidObject[], environment: Record<string, string> = {}) {
  return readConfig(text, text === "" ? undefined : "sluice.yaml", { environment, policies, objects });
}

function model(name: string, definition: unknown): LaidObject {
  return { kind: "models", name, definition };
}

const demo = "providers: { demo: {} }\n";

describe("objects beside a file", () => {
  test("are checked and served with it", async () => {
    const { config } = await read(
      `lent: { references: [LOCAL] }\n${demo}models: { fast: demo/chat }\n`,
      [
        model("smart", { targets: ["demo/chat", "local/x"] }),
        {
          kind: "providers",
          name: "local",
          definition: { type: "openai-compatible", baseUrl: "http://127.0.0.1:1/v1", apiKey: `$${"{LOCAL}"}` },
        },
        { kind: "policies", name: "no-war", definition: { use: "deny-words", words: ["war"] } },
        { kind: "prices", name: "local/*", definition: { input: 1 } },
      ],
      { LOCAL: "k-1" },
    );
    expect(config?.models.map(({ name }) => name)).toEqual(["fast", "smart"]);
    expect(config?.providers.find(({ name }) => name === "local")?.apiKey?.reveal()).toBe("k-1");
    expect(config?.policies).toEqual([{ use: "deny-words", options: { words: ["war"] } }]);
    expect(config?.prices.map(({ pattern }) => pattern)).toEqual(["local/*"]);
  });

  test("give way to the file's of the same name, which stand first where the order counts", async () => {
    const { config } = await read(`${demo}models: { fast: demo/one }\npolicies: [{ use: deny-words, words: [a] }]\n`, [
      model("fast", "demo/two"),
      { kind: "policies", name: "deny-words", definition: { use: "deny-words", words: ["b"] } },
      { kind: "policies", name: "deny-words-2", definition: { use: "deny-words", words: ["c"] } },
    ]);
    expect(config?.models[0]?.targets[0]?.model).toBe("one");
    expect(config?.policies.map(({ options }) => options.words)).toEqual([["a"], ["c"]]);
  });

  test("leave the environment's providers where they were, as long as no file names any", async () => {
    const { config } = await read(
      "",
      [{ kind: "providers", name: "mine", definition: { type: "openai-compatible", baseUrl: "https://a.example/v1" } }],
      {
        OPENAI_API_KEY: "k-2",
      },
    );
    expect(config?.providers.map(({ name }) => name).toSorted()).toEqual(["demo", "mine", "openai"]);
    expect(config?.providers.find(({ name }) => name === "openai")?.apiKey?.reveal()).toBe("k-2");
  });

  test("are named in errors by kind and name, beside the file's own errors with their lines", async () => {
    const { issues } = await read(`${demo}models: { fast: nowhere/chat }\n`, [
      model("smart", "elsewhere/chat"),
      { kind: "policies", name: "no-war", definition: { use: "deny-words", words: "war" } },
    ]);
    expect(issues?.map(({ file, line, path, object }) => [file, line, path, object?.name])).toEqual([
      ["made by API", 0, "policies.no-war.words", "no-war"],
      ["made by API", 0, "models.smart", "smart"],
      ["sluice.yaml", 2, "models.fast", undefined],
    ]);
  });

  test("that hold a secret, or a variable where it could be read back, are refused without its value", async () => {
    const secret = "sk-canary-0123456789";
    const objects: LaidObject[] = [
      { kind: "providers", name: "a", definition: { type: "openai", apiKey: secret } },
      { kind: "providers", name: "b", definition: { type: "openai", headers: { "x-api-key": secret, "x-region": "eu" } } },
      { kind: "providers", name: "c", definition: { type: "openai", baseUrl: `https://$${"{CANARY}"}.example` } },
      { kind: "providers", name: "d", definition: { type: "openai", apiKey: `$${"{SLUICE_ADMIN_KEY}"}` } },
      { kind: "providers", name: "d2", definition: { type: "openai", apiKey: `$${"{file:/etc/passwd}"}` } },
      { kind: "providers", name: "e", definition: { type: "vertex", credential: { from: "service-account", file: "/etc/passwd" } } },
      { kind: "providers", name: "e2", definition: { type: "openai", apiKeys: [`$${"{CANARY}"}`, secret] } },
      { kind: "providers", name: "e3", definition: { type: "openai", apiKeys: [{ key: secret, weight: 2, account: "a" }] } },
      { kind: "providers", name: "e4", definition: { type: "openai", tokenOfTomorrow: secret } },
      { kind: "models", name: "f", definition: `$${"{CANARY}"}/x` },
      { kind: "keys", name: "g", definition: { value: secret } },
    ];
    const { issues } = await read(demo, objects, { CANARY: secret, SLUICE_ADMIN_KEY: secret });
    expect(issues?.map(({ object }) => object?.name)).toEqual(["a", "b", "c", "d", "d2", "e", "e2", "e3", "e4", "f", "g"]);
    expect(JSON.stringify(issues)).not.toContain(secret);
  });
});

test("each field of a provider and of a key is known to be plain, or taken for a secret", () => {
  const secret = (kind: string, shape: object) => Object.keys(shape).filter((field) => isSecretPlace([kind, "name", field]));
  // A new field is taken for a secret, and refused by API unless it is a reference. Where it is plain, `plainFields` says so.
  expect(secret("providers", providerOptions.shape)).toEqual(["apiKey", "apiKeys", "credential"]);
  expect(secret("keys", keyOptions.shape)).toEqual(["name", "value"]);
  expect(Object.keys(credentialOptions.shape).filter((field) => isSecretPlace(["providers", "name", "credential", field]))).toEqual([
    "json",
    "clientSecret",
  ]);
});

describe("objects in a document", () => {
  test("come back from the document that is made of them", () => {
    const tree = {
      providers: { demo: {} },
      models: { fast: "demo/chat" },
      prices: { "demo/*": { input: 1 } },
      policies: [
        { use: "deny-words", words: ["a"] },
        { name: "named", use: "deny-words", words: [] },
        { use: "deny-words", words: ["b"] },
      ],
    };
    const objects = objectsIn(tree);
    expect(objects.map(({ name }) => name)).toEqual(["demo", "fast", "demo/*", "deny-words", "named", "deny-words-2"]);
    expect(objectsIn(documentOf(objects))).toEqual(objects);
  });
});
