import { describe, expect, test } from "bun:test";
import { JsonBody, Losses } from "../../exchange/index.ts";
import { cohereEmbed } from "../embed/cohere-embed.ts";
import { dialects } from "../every-codec.ts";
import { PartialArgs } from "../gemini/answer/partial-args.ts";
import { collect } from "./collect.ts";
import { foreignSignature, readForeign } from "./foreign-thoughts.ts";
import { play } from "./play.ts";

const encoder = new TextEncoder();
const context = { model: "m", stream: false, header: () => undefined };

/** The least that each dialect takes, with two members that it does not know. */
const requests: Readonly<Record<string, string>> = {
  "openai-chat": `"model":"m","messages":[{"role":"user","content":"Hi"}]`,
  "openai-responses": `"model":"m","input":"Hi"`,
  "anthropic-messages": `"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]`,
  "gemini-generate": `"contents":[{"role":"user","parts":[{"text":"Hi"}]}]`,
  "cohere-chat": `"model":"m","messages":[{"role":"user","content":"Hi"}]`,
  "ollama-chat": `"model":"m","stream":false,"messages":[{"role":"user","content":"Hi"}]`,
};

describe("members with names that objects have by themselves", () => {
  test.each(Object.entries(requests))("ride along in %s", (id, members) => {
    const dialect = dialects[id as keyof typeof dialects];
    const body = JsonBody.scan(encoder.encode(`{${members},"__proto__":{"stream":true},"toString":7}`));
    dialect?.checkRequest(body);
    const request = dialect?.readRequest(body, context);
    expect(Object.getPrototypeOf(request?.extra?.fields)).toBe(Object.prototype);
    expect(request?.stream).toBe(false);
    const written = JSON.stringify(dialect?.writeRequest(request as never, { provider: "p", model: "m" }, new Losses()));
    expect(written).toContain('"__proto__":{"stream":true}');
    expect(written).toContain('"toString":7');
  });
});

test("members with such names are reported as lost to other dialects", () => {
  const body = JsonBody.scan(encoder.encode(`{${requests["openai-chat"]},"constructor":7,"__proto__":{"a":1}}`));
  const losses = new Losses();
  const target = { provider: "p", model: "m" };
  dialects["cohere-chat"].writeRequest(dialects["openai-chat"].readRequest(body, context), target, losses);
  expect(losses.list.map(({ code, path }) => `${code} ${path}`).sort()).toEqual(["field_dropped __proto__", "field_dropped constructor"]);
});

describe("words that objects have by themselves", () => {
  test("are no types of events", () => {
    const reader = dialects["openai-responses"].readStream({ depth: "full", stripUsage: false });
    for (const type of ["__proto__", "constructor", "toString"]) {
      expect(reader.read(encoder.encode(`data: ${JSON.stringify({ type })}\n\n`)).events).toEqual([]);
    }
  });

  test.each([
    ["openai-chat", `{"choices":[{"message":{"content":"Hi"},"finish_reason":"constructor"}]}`],
    ["anthropic-messages", `{"content":[{"type":"text","text":"Hi"}],"stop_reason":"constructor"}`],
    ["gemini-generate", `{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"constructor"}]}`],
    ["bedrock-converse", `{"output":{"message":{"content":[{"text":"Hi"}]}},"stopReason":"constructor"}`],
    ["cohere-chat", `{"message":{"content":[{"type":"text","text":"Hi"}]},"finish_reason":"constructor"}`],
    ["ollama-chat", `{"message":{"content":"Hi"},"done":true,"done_reason":"constructor"}`],
  ] as const)("are no reasons to finish in %s", (id, text) => {
    const events = play(dialects[id].readAnswer(JSON.parse(text)));
    // Gemini has one word for a natural end, and this is another.
    const reason = id === "gemini-generate" ? "filtered" : "stop";
    expect(events.find(({ type }) => type === "choice-finish")).toMatchObject({ finish: { reason } });
  });
});

describe("values that are no words", () => {
  test("stand for nothing in a request for embeddings", () => {
    const body = `{"model":"m","texts":["Hi"],"input_type":{"toString":7},"truncate":"constructor"}`;
    const request = cohereEmbed.readRequest(JsonBody.scan(encoder.encode(body)), context);
    expect([request.purpose, request.truncate]).toEqual([undefined, undefined]);
  });

  test("half of a letter in a thought's id goes with it through other dialects' clients", () => {
    const signature = foreignSignature("openai-responses", "rs_\ud800", { kind: "encrypted", value: "x" });
    expect(readForeign(signature)).toMatchObject({ dialect: "openai-responses", sealed: { value: "x" } });
  });
});

describe("arguments under paths", () => {
  const add = (...paths: string[]) => {
    const args = new PartialArgs();
    for (const jsonPath of paths) args.add({ jsonPath, numberValue: 1 });
    return args.json();
  };

  test("reach nothing but what came", () => {
    expect(add("$.a[0]", "$.a[2]", "$.__proto__.b", "$.length")).toBe('{"a":[1,null,1],"__proto__":{"b":1},"length":1}');
    for (const path of ["$.a.__proto__.polluted", "$.a.length", "$.a.constructor.prototype.polluted", "$.a[4294967294]", "$.a[102]"]) {
      expect(() => add("$.a[0]", path)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
    }
    expect(() => add(`$${".a".repeat(101)}`)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
    expect(([] as unknown as { polluted?: number }).polluted).toBeUndefined();
  });
});

test("a paragraph with a number beyond all others is one paragraph", () => {
  const at = { block: 0, choice: 0 };
  const thought = [4_000_000_000, 2, 4_000_000_000].map(
    (paragraph) => ({ type: "reasoning-delta", ...at, text: `${paragraph};`, form: "summary", paragraph }) as const,
  );
  const answer = collect([{ type: "reasoning-start", ...at, dialect: "openai-responses" }, ...thought, { type: "reasoning-end", ...at }]);
  expect(answer.choices[0]?.items).toMatchObject([{ summary: ["2;", "4000000000;4000000000;"] }]);
});
